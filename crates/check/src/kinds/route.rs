//! `kind = "route"`: which way packets to a host would go. Nothing is sent.

use std::net::IpAddr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{self as host, Host, RouteError};
use netdiag_text::{Dimension, Message, Quantity, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{Bounds, Expected};
use crate::finding::Finding;
use crate::parts::destination::{Destination, address};
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// The way packets to a host would go, as the kernel decides it; nothing is sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    /// The host: an address or a name.
    target: Placed<String>,
    /// The address packets are sent from, where rules for it matter.
    #[schemars(with = "Option<IpAddr>")]
    from: Option<Placed<String>>,
    /// The interface they leave by: `eth0`, `~wg`.
    dev: Option<Placed<Expected>>,
    /// The next hop; `none` where the host is on the same link.
    gateway: Option<Placed<Expected>>,
    /// The address the kernel would choose to send from.
    source: Option<Placed<Expected>>,
    /// Whether there is a way at all; true if absent.
    exists: Option<bool>,
}

#[derive(Debug)]
struct Way {
    target: Destination,
    from: Option<IpAddr>,
    exists: bool,
    bounds: Bounds,
}

impl Config for Route {
    const WORD: &'static str = "route";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.way(settings)?))
    }
}

impl Route {
    fn way(self, settings: &Settings<'_>) -> Result<Way, Vec<Complaint>> {
        let target = Destination::read(&self.target, settings.family)?;
        let exists = self.exists.unwrap_or(true);
        let properties = [("dev", &self.dev), ("gateway", &self.gateway), ("source", &self.source)];
        let stated = properties.iter().find_map(|(name, condition)| Some((name, condition.as_ref()?)));
        if let (false, Some((name, condition))) = (exists, stated) {
            let message = message!("where there is no way there is no {}", Trusted(name));
            return Err(Complaint::new(&condition.span, message).into());
        }
        let bounds = Bounds::stated(properties.map(|(name, condition)| (name, condition, Dimension::Text)))?;
        let from = self.from.as_ref().map(|from| address(&from.value, &from.span)).transpose()?;
        Ok(Way { target, from, exists, bounds })
    }
}

impl Work for Way {
    fn target(&self) -> Message {
        self.target.words()
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async {
            match self.target.look_up().await {
                Ok(to) => self.found(Host::here().route_to(to, self.from), name),
                Err(finding) => finding,
            }
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let from = self.from.map(|from| message!(" from {}", from)).unwrap_or_default();
        Some(message!("ip route get {}{}", self.target.argument(), from))
    }
}

impl Way {
    fn found(&self, route: Result<host::Route, RouteError>, name: impl FnOnce(u32) -> String) -> Finding {
        let mut finding = Finding::default();
        let wanted = if self.exists { "a way" } else { "no way" };
        let route = match route {
            Ok(route) => route,
            Err(error @ RouteError::NoRoute(_)) => {
                let seen = message!("none: {}", error.message());
                finding.asserted("route", wanted, seen, !self.exists);
                return finding;
            }
            Err(error) => return Finding::unmeasured(message!("rtnetlink: {}", error.message()), None),
        };
        let dev = route.link.map_or_else(|| "none".to_owned(), name);
        let words = |address: Option<IpAddr>| {
            address.map_or_else(|| "none".to_owned(), |address| address.to_string())
        };
        finding.measured("dev", Quantity::Text(dev.clone()));
        finding.measured("gateway", Quantity::Text(words(route.gateway)));
        finding.measured("source", Quantity::Text(words(route.source)));
        if !self.exists || self.bounds.is_empty() {
            finding.asserted("route", wanted, message!("by {}", dev), self.exists);
        }
        self.bounds.judge(&mut finding);
        finding
    }
}

/// What an interface is called, or `ifN` if it is gone by now.
fn name(index: u32) -> String {
    let name = Host::here().interface_name(index);
    name.map_or_else(|| format!("if{index}"), |name| String::from_utf8_lossy(&name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::trial::{PLAIN, written};

    #[test]
    fn the_way_is_judged() {
        let mut gateway = host::Route::to([0; 4].into(), 0);
        gateway.link = Some(2);
        gateway.source = Some([10, 0, 0, 1].into());
        let link = gateway;
        gateway.gateway = Some([10, 0, 0, 254].into());
        let none = || Err(RouteError::NoRoute(nix::errno::Errno::ENETUNREACH.into()));
        #[rustfmt::skip]
        let cases = [
            ("dev = \"eth0\"",                           Ok(gateway),         true),
            ("dev = \"eth1\"",                           Ok(gateway),         false),
            ("gateway = \"10.0.0.254\"",                 Ok(gateway),         true),
            ("gateway = \"none\"",                       Ok(link),            true),
            ("gateway = \"none\"",                       Ok(gateway),         false),
            ("source = \"/^10[.]/\"\ndev = \"~eth\"",    Ok(gateway),         true),
            ("",                                         Ok(gateway),         true),
            ("",                                         none(),              false),
            ("exists = false",                           none(),              true),
            ("exists = false",                           Ok(gateway),         false),
            ("dev = \"eth0\"",                           none(),              false),
        ];
        for (lines, found, holds) in cases {
            let route: Route = written(&format!("target = \"10.9.9.9\"\n{lines}")).unwrap();
            let finding = route.way(&PLAIN).unwrap().found(found, |index| format!("eth{}", index - 2));
            assert_eq!(finding.holds(), holds, "{lines}: {finding:?}");
        }
    }

    #[test]
    fn hints_have_addresses_as_ip_takes_them() {
        let route: Route = written("target = \"[fd00::1]\"\nfrom = \"fd00::2\"").unwrap();
        let hint = route.way(&PLAIN).unwrap().hint(&Finding::default());
        assert_eq!(hint.as_ref().map(Message::unshown), Some("ip route get fd00::1 from fd00::2"));
    }

    #[test]
    fn a_way_needs_a_host() {
        #[rustfmt::skip]
        let cases = [
            ("target = \"\"",                                            "a host is missing"),
            ("target = \"a b\"",                                         "host name"),
            ("target = \"10.0.0.1\"\nexists = false\ndev = \"lo\"",      "no dev"),
        ];
        for (lines, words) in cases {
            let complaints = written::<Route>(lines).unwrap().way(&PLAIN).unwrap_err();
            assert!(complaints[0].message.unshown().contains(words), "{lines}: {complaints:?}");
        }
        let from = written::<Route>("target = \"10.0.0.1\"\nfrom = \"x\"").unwrap().way(&PLAIN).unwrap_err();
        assert_eq!(from[0].message.unshown(), "`x` is no address");
    }
}
