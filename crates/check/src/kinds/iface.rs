//! `kind = "iface"`: an interface is up, as large and as fast as stated, has its addresses, and makes no errors.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::{Message, Ours, message, strerror};
use netlink_packet_route::link::Stats64;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

use super::command::command;
use super::{Config, Planned, Work};
use crate::expect::{Bounds, Expectations};
use crate::file::{Complaint, Placed};
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};
use crate::rtnetlink::{self, Interface};
use crate::settings::{Settings, Time};
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
#[derive(Clone, Debug, Default)]
struct State {
    interface: Interface,
    addresses: Vec<(IpAddr, u8)>,
    /// Megabits per second.
    speed: Option<u32>,
}

type Count = fn(&Stats64) -> u64;

/// What is counted during the window.
#[rustfmt::skip]
const COUNTS: [(&str, Count); 9] = [
    ("rx_errors",         |stats| stats.rx_errors),
    ("tx_errors",         |stats| stats.tx_errors),
    ("rx_dropped",        |stats| stats.rx_dropped),
    ("tx_dropped",        |stats| stats.tx_dropped),
    ("rx_missed_errors",  |stats| stats.rx_missed_errors),
    ("rx_crc_errors",     |stats| stats.rx_crc_errors),
    ("rx_fifo_errors",    |stats| stats.rx_fifo_errors),
    ("tx_carrier_errors", |stats| stats.tx_carrier_errors),
    ("collisions",        |stats| stats.collisions),
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

    fn plan(self, _: &Settings) -> Planned {
        Ok(Box::new(self.port()?))
    }
}

impl Iface {
    fn port(self) -> Result<Port, Vec<Complaint>> {
        let counts = COUNTS.map(|(name, _)| (name, Dimension::Count));
        let bounds = Bounds::read(&self.expect, &[&PROPERTIES, &counts])?;
        if !is_name(&self.dev.value) {
            return Err(Complaint::new(&self.dev.span, "no interface can be called so").into());
        }
        let addresses = Complaint::collect(self.address.iter().map(|text| {
            let wrong = || Complaint::new(&text.span, message!("`{}` is no address", text.value));
            address(&text.value).ok_or_else(wrong)
        }))?;
        let window = Time::some(self.window.as_ref(), WINDOW, "nothing happens in no time")?;
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
                    return Finding::unmeasured(message!("rtnetlink: {}", Ours(&strerror(&error))), None);
                }
            };
            if self.window.is_zero() {
                return self.found(&before, &before);
            }
            sleep_until((Instant::now() + self.window).min(deadline)).await;
            match self.state() {
                Ok(Ok(after)) => self.found(&before, &after),
                Ok(Err(others)) => missing(&self.dev, &others),
                Err(error) => Finding::unmeasured(message!("rtnetlink: {}", Ours(&strerror(&error))), None),
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
    fn state(&self) -> io::Result<Result<State, Vec<String>>> {
        let mut interfaces = rtnetlink::interfaces()?;
        let Some(at) = interfaces.iter().position(|interface| interface.name == self.dev) else {
            return Ok(Err(interfaces.into_iter().map(|interface| interface.name).collect()));
        };
        let interface = interfaces.swap_remove(at);
        let addresses =
            if self.addresses.is_empty() { Vec::new() } else { rtnetlink::addresses(interface.index)? };
        let speed = speed(&interface);
        Ok(Ok(State { interface, addresses, speed }))
    }

    fn found(&self, before: &State, after: &State) -> Finding {
        let mut finding = Finding::default();
        let State { interface, addresses, speed } = after;
        let flag = |flag: bool| Quantity::Text(flag.to_string());
        let number = |number: u32| Quantity::Count(number.into());
        let told = [
            ("up", Some(flag(interface.up))),
            ("carrier", interface.carrier.map(flag)),
            ("mtu", interface.mtu.map(number)),
            ("speed", speed.map(number)),
        ];
        told.into_iter().for_each(|(name, value)| finding.measured(name, value));
        if let (Some(before), Some(after)) = (&before.interface.stats, &interface.stats) {
            for (name, count) in COUNTS.iter().filter(|_| !self.window.is_zero()) {
                let grown = count(after).wrapping_sub(count(before));
                finding.measured(*name, Quantity::Count(grown as f64));
            }
        }
        if let Some(name) = self.bounds.names().find(|name| finding.value(name).is_none()) {
            let reason = message!("the driver of {} does not tell its {}", self.dev, Ours(name));
            return Finding { unmeasured: Finding::unmeasured(reason, None).unmeasured, ..finding };
        }
        for (wanted, bits) in &self.addresses {
            let holds = addresses
                .iter()
                .any(|(address, own)| address == wanted && bits.is_none_or(|bits| bits == *own));
            let shown = addresses.iter().map(|(address, bits)| message!("{}/{}", address, bits));
            let shown = if addresses.is_empty() { "no address".into() } else { Message::join(shown, ", ") };
            let wanted = bits.map_or_else(|| message!("{}", wanted), |bits| message!("{}/{}", wanted, bits));
            finding.asserted("address", wanted, shown, holds);
        }
        self.bounds.judge(&mut finding);
        if self.bounds.is_empty() && self.addresses.is_empty() {
            finding.asserted(&self.dev, "an interface", "one", true);
        }
        finding
    }
}

/// Megabits per second, which only /sys tells without a conversation with the driver. It may show the interfaces of another
/// network namespace: an interface of this name, number and address is ours.
fn speed(interface: &Interface) -> Option<u32> {
    let read = |file: &str| {
        let text = fs::read_to_string(format!("/sys/class/net/{}/{file}", interface.name)).ok()?;
        Some(text.trim().to_owned())
    };
    let address: Vec<String> = interface.address.iter().map(|byte| format!("{byte:02x}")).collect();
    let ours = read("ifindex")? == interface.index.to_string() && read("address")? == address.join(":");
    // -1 stands for unknown.
    if ours { read("speed")?.parse().ok() } else { None }
}

const WINDOW: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    fn state(rx_errors: u64) -> State {
        let mut stats = Stats64::default();
        stats.rx_errors = rx_errors;
        State {
            interface: Interface {
                up: true,
                carrier: Some(true),
                mtu: Some(1400),
                stats: Some(stats),
                ..Interface::default()
            },
            addresses: vec![([10, 0, 0, 1].into(), 24)],
            speed: None,
        }
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
            let finding = port(lines).unwrap().found(&state(u64::MAX), &state(1));
            assert_eq!(finding.holds(), holds, "{lines}: {finding:?}");
        }
        let untold = port("expect = { speed = \">= 1000\" }").unwrap().found(&state(0), &state(0));
        assert!(untold.unmeasured.unwrap().reason.unshown().contains("does not tell its speed"));
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
            ("window = \"0s\"",                       "no time"),
        ];
        for (lines, words) in cases {
            let complaints = port(lines).unwrap_err();
            assert!(complaints[0].message.unshown().contains(words), "{lines}: {complaints:?}");
        }
    }
}
