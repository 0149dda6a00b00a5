//! `kind = "iface"`: an interface is up, as large and as fast as stated, has its addresses, and makes no errors.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{CutShort, Host, Link, LinkAddress, Part, UnknownGrowth};
use netdiag_text::{Dimension, Message, Quantity, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

use crate::expect::{Bounds, Expectations};
use crate::finding::Finding;
use crate::parts::command::command;
use crate::settings::{Settings, Time};
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// An interface of this host.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Iface {
    /// The interface: `eth0`.
    dev: Placed<String>,
    /// Addresses it must have: `10.0.0.1`, or with the length of the network's part, `10.0.0.1/24`.
    #[serde(default)]
    address: Vec<Placed<String>>,
    /// How long errors are counted, 1s if absent; not part of the timeout, and not waited for unless some count is expected.
    window: Option<Placed<Time>>,
    /// Conditions: `up = true`, `carrier = true`, `mtu = ">= 1500"`, `speed = ">= 1000"` (megabits per second), and what is counted
    /// during the window: `rx_errors = 0`, `tx_errors`, `rx_dropped`, `tx_dropped`, `rx_missed_errors`, `rx_crc_errors`,
    /// `rx_fifo_errors`, `tx_carrier_errors`, `collisions`.
    #[serde(default)]
    expect: Expectations,
}

#[derive(Debug)]
struct Port {
    dev: String,
    addresses: Vec<(IpAddr, Option<u8>)>,
    window: Duration,
    bounds: Bounds,
}

/// What the kernel tells of an interface.
#[derive(Clone, Debug)]
struct State {
    link: Link,
    addresses: Part<Vec<LinkAddress>>,
    /// Megabits per second.
    speed: Option<u32>,
}

/// What is counted during the window.
#[rustfmt::skip]
const COUNTS: [&str; 9] = [
    "rx_errors", "tx_errors", "rx_dropped", "tx_dropped", "rx_missed_errors", "rx_crc_errors", "rx_fifo_errors", "tx_carrier_errors",
    "collisions",
];

/// Whether the kernel lets an interface have this name (`dev_valid_name`).
fn is_name(text: &str) -> bool {
    let bad = |byte: u8| matches!(byte, b'/' | b':' | 0) || byte.is_ascii_whitespace();
    (1..16).contains(&text.len()) && !matches!(text, "." | "..") && !text.bytes().any(bad)
}

const PROPERTIES: [(&str, Dimension); 4] = [
    ("up", Dimension::Text),
    ("carrier", Dimension::Text),
    ("mtu", Dimension::Count),
    ("speed", Dimension::Count),
];

impl Config for Iface {
    const WORD: &'static str = "iface";

    fn plan(self, _: &Settings<'_>) -> Planned {
        Ok(Box::new(self.port()?))
    }
}

impl Iface {
    fn port(self) -> Result<Port, Vec<Complaint>> {
        let counts = COUNTS.map(|name| (name, Dimension::Count));
        let bounds = Bounds::read(&self.expect, &[&PROPERTIES, &counts])?;
        if !is_name(&self.dev.value) {
            return Err(Complaint::new(&self.dev.span, "no interface can be called so").into());
        }
        let addresses = Complaint::collect(self.address.iter().map(|text| {
            let wrong = || Complaint::new(&text.span, message!("`{}` is no address", text.value));
            address(&text.value).ok_or_else(wrong)
        }))?;
        let window =
            Time::some(self.window.as_ref(), WINDOW, "a window of 0 is too short to count anything")?;
        let counted = counts.iter().any(|(name, _)| bounds.mentions(name));
        let window = if counted { window } else { Duration::ZERO };
        Ok(Port { dev: self.dev.value, addresses, window, bounds })
    }
}

fn address(text: &str) -> Option<(IpAddr, Option<u8>)> {
    match text.split_once('/') {
        None => Some((text.parse().ok()?, None)),
        Some((address, bits)) => {
            let (address, bits): (IpAddr, u8) = (address.parse().ok()?, bits.parse().ok()?);
            let most = if address.is_ipv4() { 32 } else { 128 };
            (bits <= most).then_some((address, Some(bits)))
        }
    }
}

impl Work for Port {
    fn target(&self) -> Message {
        Message::from(&self.dev)
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        async move {
            let before = match self.state() {
                Ok(Ok(state)) => state,
                Ok(Err(others)) => return missing(&self.dev, &others),
                Err(error) => {
                    return Finding::unmeasured(message!("rtnetlink: {}", error.message()), None);
                }
            };
            if self.window.is_zero() {
                return self.found(&before, &before);
            }
            sleep_until((Instant::now() + self.window).min(deadline)).await;
            match self.state() {
                Ok(Ok(after)) => self.found(&before, &after),
                Ok(Err(others)) => missing(&self.dev, &others),
                Err(error) => Finding::unmeasured(message!("rtnetlink: {}", error.message()), None),
            }
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some(command("ip -s -d address show dev", None, &[&self.dev]))
    }

    fn lasts(&self) -> Duration {
        self.window
    }
}

fn missing(dev: &str, others: &[String]) -> Finding {
    let mut finding = Finding::default();
    let seen = message!("none; there are {}", Message::join(others, ", "));
    finding.asserted(Message::foreign(dev), "an interface", seen, false);
    finding
}

impl Port {
    /// What there is to know of it, or the names of those there are.
    fn state(&self) -> Result<Result<State, Vec<String>>, CutShort> {
        let host = Host::here();
        let mut links = host.links();
        let Some(at) = links.known.iter().position(|link| link.name == self.dev) else {
            let names = links.known.into_iter().map(|link| link.name).collect();
            return links.cut_short.map_or(Ok(Err(names)), Err);
        };
        let link = links.known.swap_remove(at);
        let none = || Part::whole(Vec::new());
        let mut addresses = if self.addresses.is_empty() { none() } else { host.addresses() };
        addresses.known.retain(|address| address.link == link.index);
        let speed = link.speed();
        Ok(Ok(State { link, addresses, speed }))
    }

    fn found(&self, before: &State, after: &State) -> Finding {
        let mut finding = Finding::default();
        after.tell(&mut finding);
        for name in COUNTS.iter().filter(|_| !self.window.is_zero()) {
            if let Ok(grown) = after.link.growth_since(&before.link, name) {
                finding.measured(*name, Quantity::Count(grown as f64));
            }
        }
        if let Some(name) = self.bounds.names().find(|name| finding.value(name).is_none()) {
            return unmeasured(finding, self.untold(name, before, after));
        }
        for wanted in &self.addresses {
            if let Err(reason) = after.judge(wanted, &mut finding) {
                return unmeasured(finding, reason);
            }
        }
        self.bounds.judge(&mut finding);
        if self.bounds.is_empty() && self.addresses.is_empty() {
            finding.asserted(&self.dev, "an interface", "one", true);
        }
        finding
    }

    /// Why something of it is not known.
    fn untold(&self, name: &str, before: &State, after: &State) -> Message {
        match after.link.growth_since(&before.link, name) {
            Err(why) if COUNTS.contains(&name) && why != UnknownGrowth::Absent => {
                message!("{} of {}: {}", Trusted(name), self.dev, Trusted(&why.to_string()))
            }
            _ => message!("the driver of {} does not tell its {}", self.dev, Trusted(name)),
        }
    }
}

fn unmeasured(finding: Finding, reason: Message) -> Finding {
    Finding { unmeasured: Finding::unmeasured(reason, None).unmeasured, ..finding }
}

impl State {
    /// What is as it is at one moment.
    fn tell(&self, finding: &mut Finding) {
        for (name, flag) in [("up", Some(self.link.up)), ("carrier", self.link.carrier)] {
            let word = flag.map(|flag| if flag { "true" } else { "false" });
            word.into_iter().for_each(|word| finding.told(name, word));
        }
        for (name, number) in [("mtu", self.link.mtu), ("speed", self.speed)] {
            finding.measured(name, number.map(|number| Quantity::Count(number.into())));
        }
    }

    /// Whether it has an address, or why that cannot be told.
    fn judge(&self, (address, bits): &(IpAddr, Option<u8>), finding: &mut Finding) -> Result<(), Message> {
        let wanted =
            |own: &LinkAddress| own.address == *address && bits.is_none_or(|bits| bits == own.prefix_length);
        let holds = self.addresses.has(|known| known.iter().any(wanted));
        let holds = holds.ok_or_else(|| {
            let why = self.addresses.cut_short.as_ref();
            why.map(|why| message!("rtnetlink: {}", why.message())).unwrap_or_default()
        })?;
        let known = &self.addresses.known;
        let shown = known.iter().map(|own| message!("{}/{}", own.address, own.prefix_length));
        let shown = if known.is_empty() { "no address".into() } else { Message::join(shown, ", ") };
        let wanted = bits.map_or_else(|| message!("{}", address), |bits| message!("{}/{}", address, bits));
        finding.asserted("address", wanted, shown, holds);
        Ok(())
    }
}

const WINDOW: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use netdiag_host::LinkCounters;

    use super::*;
    use crate::parts::trial::written;

    /// An interface of this number that has counted these errors.
    fn state(index: u32, rx_errors: u64) -> State {
        let mut link = Link::default();
        (link.index, link.up, link.carrier, link.mtu) = (index, true, Some(true), Some(1400));
        link.counters = LinkCounters::new(
            LinkCounters::NAMES.map(|name| if name == "rx_errors" { rx_errors } else { 0 }),
        );
        let addresses = Part::whole(vec![LinkAddress::new(index, [10, 0, 0, 1].into(), 24)]);
        State { link, addresses, speed: None }
    }

    fn port(lines: &str) -> Result<Port, Vec<Complaint>> {
        written::<Iface>(&format!("dev = \"eth0\"\n{lines}")).unwrap().port()
    }

    #[test]
    fn an_interface_is_judged() {
        #[rustfmt::skip]
        let cases = [
            ("",                                        true),
            ("expect = { up = true, carrier = true }",  true),
            ("expect = { up = false }",                 false),
            ("expect = { mtu = 1400 }",                 true),
            ("expect = { mtu = \">= 1500\" }",          false),
            ("expect = { rx_errors = 2 }",              true),
            ("expect = { rx_errors = 0 }",              false),
            ("expect = { tx_errors = 0 }",              true),
            ("address = [\"10.0.0.1\"]",                true),
            ("address = [\"10.0.0.1/24\"]",             true),
            ("address = [\"10.0.0.1/25\"]",             false),
            ("address = [\"10.0.0.1\", \"::1\"]",       false),
        ];
        for (lines, holds) in cases {
            let finding = port(lines).unwrap().found(&state(2, 5), &state(2, 7));
            assert_eq!(finding.holds(), holds, "{lines}: {finding:?}");
        }
        let untold = port("expect = { speed = \">= 1000\" }").unwrap().found(&state(2, 0), &state(2, 0));
        assert!(untold.unmeasured.unwrap().reason.unshown().contains("does not tell its speed"));
    }

    #[test]
    fn what_counts_anew_is_not_measured() {
        #[rustfmt::skip]
        let cases = [
            (state(2, 5), state(3, 1), "rx_errors = 0",     Some("made anew")),
            (state(2, 5), state(3, 9), "rx_errors = 0",     Some("made anew")),
            (state(2, 5), state(3, 0), "collisions = 0",    Some("made anew")),
            (state(2, 5), state(2, 4), "rx_errors = 0",     Some("went backwards, from 5 to 4")),
            (state(2, 5), state(2, 4), "tx_errors = 0",     None),
            (state(2, 5), state(2, 5), "rx_errors = 0",     None),
        ];
        for (before, after, expect, words) in cases {
            let finding = port(&format!("expect = {{ {expect} }}")).unwrap().found(&before, &after);
            match words {
                Some(words) => {
                    assert!(finding.unmeasured.unwrap().reason.unshown().contains(words), "{expect}");
                }
                None => assert!(finding.holds(), "{expect}: {finding:?}"),
            }
        }
    }

    #[test]
    fn absence_is_not_concluded_from_a_list_that_was_cut_short() {
        let mut cut = state(2, 0);
        cut.addresses.cut_short = Some(CutShort::Interrupted);
        #[rustfmt::skip]
        let cases = [("10.0.0.1", None), ("10.0.0.2", Some("interrupted"))];
        for (address, words) in cases {
            let finding = port(&format!("address = [\"{address}\"]")).unwrap().found(&cut, &cut);
            assert_eq!(finding.unmeasured.is_some(), words.is_some(), "{address}: {finding:?}");
            assert!(words.is_none_or(|words| finding.unmeasured.unwrap().reason.unshown().contains(words)));
        }
    }

    #[test]
    fn only_counting_takes_time() {
        assert_eq!(port("expect = { mtu = 5 }\nwindow = \"3s\"").unwrap().lasts(), Duration::ZERO);
        assert_eq!(
            port("expect = { rx_errors = 5 }\nwindow = \"3s\"").unwrap().lasts(),
            Duration::from_secs(3)
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        #[rustfmt::skip]
        let cases = [
            ("address = [\"10.0.0.1/33\"]",           "no address"),
            ("expect = { mut = 5 }",                  "unknown measure `mut`"),
            ("expect = { mtu = \"fast\" }",           "no number"),
            ("window = \"0s\"",                       "too short"),
        ];
        for (lines, words) in cases {
            let complaints = port(lines).unwrap_err();
            assert!(complaints[0].message.unshown().contains(words), "{lines}: {complaints:?}");
        }
    }
}
