//! `kind = "route"`: which way packets to a host would go. Nothing is sent.

use std::io;
use std::net::IpAddr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::{Message, Ours, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use super::destination::Destination;
use super::{Config, Planned, Work};
use crate::expect::{Bounds, Expected};
use crate::file::{Complaint, Placed};
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};
use crate::rtnetlink::{self, Path};
use crate::settings::Settings;
use crate::world::World;

/// The way packets to a host would go, as the kernel decides it; nothing is sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    /// The host: an address or a name.
    target: Placed<String>,
    /// The address packets are sent from, where rules for it matter.
    from: Option<Placed<IpAddr>>,
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

    fn plan(self, settings: &Settings) -> Planned {
        Ok(Box::new(self.way(settings)?))
    }
}

impl Route {
    fn way(self, settings: &Settings) -> Result<Way, Vec<Complaint>> {
        let target = Destination::read(&self.target, settings.family)?;
        let exists = self.exists.unwrap_or(true);
        let properties = [("dev", &self.dev), ("gateway", &self.gateway), ("source", &self.source)];
        let stated = properties.iter().find_map(|(name, condition)| Some((name, condition.as_ref()?)));
        if let (false, Some((name, condition))) = (exists, stated) {
            let message = message!("where there is no way there is no {}", Ours(name));
            return Err(Complaint::new(&condition.span, message).into());
        }
        let bounds = Bounds::stated(properties.map(|(name, condition)| (name, condition, Dimension::Text)))?;
        Ok(Way { target, from: self.from.map(|from| from.value), exists, bounds })
    }
}

impl Work for Way {
    fn target(&self) -> Message {
        self.target.words()
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async {
            match self.target.look_up().await {
                Ok(to) => self.found(rtnetlink::path(to, self.from)),
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
    fn found(&self, path: io::Result<Path>) -> Finding {
        let mut finding = Finding::default();
        let wanted = if self.exists { "a way" } else { "no way" };
        let path = match path {
            Ok(path) => path,
            Err(error) if is_no_way(&error) => {
                finding.asserted(
                    "route",
                    wanted,
                    message!("none: {}", Ours(&strerror(&error))),
                    !self.exists,
                );
                return finding;
            }
            Err(error) => {
                return Finding::unmeasured(message!("rtnetlink: {}", Ours(&strerror(&error))), None);
            }
        };
        let dev = path.interface.map_or_else(|| "none".to_owned(), |(_, name)| name);
        let words = |address: Option<IpAddr>| {
            address.map_or_else(|| "none".to_owned(), |address| address.to_string())
        };
        finding.measured("dev", Quantity::Text(dev.clone()));
        finding.measured("gateway", Quantity::Text(words(path.gateway)));
        finding.measured("source", Quantity::Text(words(path.source)));
        if !self.exists || self.bounds.is_empty() {
            finding.asserted("route", wanted, message!("by {}", dev), self.exists);
        }
        self.bounds.judge(&mut finding);
        finding
    }
}

/// Whether it is the routing table's own answer, and no failure to ask it.
fn is_no_way(error: &io::Error) -> bool {
    use nix::errno::Errno::{EACCES, EHOSTUNREACH, EINVAL, ENETUNREACH};

    let errno = error.raw_os_error().map(nix::errno::Errno::from_raw);
    matches!(errno, Some(ENETUNREACH | EHOSTUNREACH | EACCES | EINVAL))
}

#[cfg(test)]
mod tests {
    use super::super::{PLAIN, written};
    use super::*;

    #[test]
    fn the_way_is_judged() {
        let gateway = Path {
            interface: Some((2, "eth0".to_owned())),
            gateway: Some([10, 0, 0, 254].into()),
            source: Some([10, 0, 0, 1].into()),
        };
        let link = Path { gateway: None, ..gateway.clone() };
        let none = || Err(io::Error::from_raw_os_error(nix::errno::Errno::ENETUNREACH as i32));
        #[rustfmt::skip]
        let cases = [
            ("dev = \"eth0\"",                           Ok(gateway.clone()), true),
            ("dev = \"eth1\"",                           Ok(gateway.clone()), false),
            ("gateway = \"10.0.0.254\"",                 Ok(gateway.clone()), true),
            ("gateway = \"none\"",                       Ok(link),            true),
            ("gateway = \"none\"",                       Ok(gateway.clone()), false),
            ("source = \"/^10[.]/\"\ndev = \"~eth\"",    Ok(gateway.clone()), true),
            ("",                                         Ok(gateway.clone()), true),
            ("",                                         none(),              false),
            ("exists = false",                           none(),              true),
            ("exists = false",                           Ok(gateway),         false),
            ("dev = \"eth0\"",                           none(),              false),
        ];
        for (lines, path, holds) in cases {
            let route: Route = written(&format!("target = \"10.9.9.9\"\n{lines}")).unwrap();
            let finding = route.way(&PLAIN).unwrap().found(path);
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
        assert!(written::<Route>("target = \"10.0.0.1\"\nfrom = \"x\"").is_err());
    }
}
