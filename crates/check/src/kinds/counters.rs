//! `kind = "counters"`: what the kernel counted during a window of time.
//!
//! Counters belong to the network namespace, but some numbers of sockstat (`orphan`, `alloc`, `mem`) are the whole machine's.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::{Message, Ours, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

use super::{Config, Planned, Work};
use crate::bound::Bound;
use crate::expect::{self, Expectations};
use crate::file::{Complaint, Placed, unknown};
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};
use crate::settings::{Settings, Time};
use crate::world::World;

/// What the kernel's network counters grew by during a window of time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Counters {
    /// How long to look; 1s if absent. It is not part of the timeout.
    window: Option<Placed<Time>>,
    /// Conditions by counter, as files below /proc/net name them: `"TcpExt.ListenOverflows" = 0`, `"Udp.RcvbufErrors" = 0`,
    /// `"Udp6.RcvbufErrors" = 0`; what is no counter but a level is taken as it is at the end: `"TCP.tw" = "< 5000"`,
    /// `"Tcp.CurrEstab"`. Besides, `"tcp.retrans_ratio" = "< 1%"` and `"udp.error_ratio"`.
    expect: Placed<Expectations>,
}

#[derive(Debug)]
struct Growth {
    window: Duration,
    expected: Vec<(Counter, Bound)>,
}

/// What is measured.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Counter {
    /// How much one grew.
    Delta(String),
    /// What one is.
    Level(String),
    /// How much one grew of how much others did together.
    Ratio(&'static Ratio),
}

/// A part of a whole.
#[derive(Debug, Eq, PartialEq)]
struct Ratio {
    name: &'static str,
    part: &'static str,
    whole: &'static [&'static str],
}

const RATIOS: [Ratio; 2] = [
    // Segments that are nothing but sent again are not among those sent.
    Ratio { name: "tcp.retrans_ratio", part: "Tcp.RetransSegs", whole: &["Tcp.OutSegs", "Tcp.RetransSegs"] },
    Ratio { name: "udp.error_ratio", part: "Udp.InErrors", whole: &["Udp.InDatagrams", "Udp.InErrors"] },
];

/// Counters by name.
type Counts = BTreeMap<String, u64>;

impl Config for Counters {
    const WORD: &'static str = "counters";

    fn plan(self, _: &Settings) -> Planned {
        Ok(Box::new(self.growth(read().ok().as_ref())?))
    }
}

impl Counters {
    /// Decides; `known` is what this kernel counts, if that can be read.
    fn growth(self, known: Option<&Counts>) -> Result<Growth, Vec<Complaint>> {
        if self.expect.value.is_empty() {
            return Err(Complaint::new(&self.expect.span, "nothing is expected").into());
        }
        let window = Time::some(self.window.as_ref(), WINDOW, "nothing happens in no time")?;
        let expected = self.expect.value.iter().map(|(key, condition)| {
            let counter = Counter::named(key, known)?;
            let bound = expect::bound(condition, counter.dimension())?;
            Ok((counter, bound))
        });
        Ok(Growth { window, expected: Complaint::collect(expected)? })
    }
}

impl Counter {
    fn named(key: &Placed<String>, known: Option<&Counts>) -> Result<Self, Complaint> {
        let name = key.value.as_str();
        if let Some(ratio) = RATIOS.iter().find(|ratio| ratio.name == name) {
            return Ok(Self::Ratio(ratio));
        }
        if let Some(known) = known.filter(|known| !known.contains_key(name) && !comes_later(name)) {
            let names = RATIOS.iter().map(|ratio| ratio.name).chain(known.keys().map(String::as_str));
            return Err(unknown_counter(name, names).at(&key.span));
        }
        Ok(if is_level(name) { Self::Level(name.to_owned()) } else { Self::Delta(name.to_owned()) })
    }

    fn dimension(&self) -> Dimension {
        if let Self::Ratio(_) = self { Dimension::Ratio } else { Dimension::Count }
    }

    fn name(&self) -> &str {
        match self {
            Self::Delta(name) | Self::Level(name) => name,
            Self::Ratio(ratio) => ratio.name,
        }
    }

    /// Its value; `None` if the kernel does not count it, or nothing happened of which it could be a part.
    fn value(&self, before: &Counts, after: &Counts) -> Option<Quantity> {
        match self {
            Self::Level(name) => after.get(name).map(|level| Quantity::Count(*level as f64)),
            Self::Delta(name) => delta(name, before, after).map(|delta| Quantity::Count(delta as f64)),
            Self::Ratio(Ratio { part, whole, .. }) => {
                let part = delta(part, before, after)?;
                let whole = whole.iter().map(|name| delta(name, before, after)).sum::<Option<u64>>()?;
                (whole > 0).then(|| Quantity::Ratio(part as f64 / whole as f64))
            }
        }
    }
}

/// There are hundreds of counters, too many to list.
fn unknown_counter<'w>(name: &str, known: impl Iterator<Item = &'w str>) -> Complaint {
    let complaint = unknown(name, known, "counter");
    match complaint.help.as_ref().map(Message::unshown) {
        Some(help) if help.starts_with("did you mean") => complaint,
        _ => complaint.help("`cat /proc/net/snmp /proc/net/netstat` shows them: TcpExt.ListenOverflows"),
    }
}

/// Whether the kernel lists it only once it has counted any: until then it is 0.
fn comes_later(name: &str) -> bool {
    let kind = name.strip_prefix("IcmpMsg.").or_else(|| name.strip_prefix("Icmp6."));
    let number = kind.and_then(|kind| kind.strip_prefix("InType").or_else(|| kind.strip_prefix("OutType")));
    number.is_some_and(|number| number.parse::<u8>().is_ok())
}

/// Whether it goes up and down.
fn is_level(name: &str) -> bool {
    let group = name.split_once('.').map_or(name, |(group, _)| group);
    let sockstat =
        group == "sockets" || group.chars().all(|letter| letter.is_ascii_uppercase() || letter == '6');
    let configured =
        ["Tcp.CurrEstab", "Tcp.RtoAlgorithm", "Tcp.RtoMin", "Tcp.RtoMax", "Ip.Forwarding", "Ip.DefaultTTL"];
    sockstat || configured.contains(&name)
}

/// How much a counter grew; it starts again from 0 after its last value, which on 32-bit machines is that of 32 bits.
fn delta(name: &str, before: &Counts, after: &Counts) -> Option<u64> {
    let zero = || comes_later(name).then_some(0);
    let (before, after) = (before.get(name).copied().or_else(zero)?, after.get(name).copied().or_else(zero)?);
    Some(match after < before && before <= u64::from(u32::MAX) {
        true => after + (1 << 32) - before,
        false => after.wrapping_sub(before),
    })
}

impl Work for Growth {
    fn target(&self) -> Message {
        Message::join(self.expected.iter().map(|(counter, _)| counter.name()), ", ")
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        async move {
            let before = read();
            let start = Instant::now();
            sleep_until((start + self.window).min(deadline)).await;
            match (before, read()) {
                (Ok(before), Ok(after)) => self.found(&before, &after, start.elapsed()),
                (Err(error), _) | (_, Err(error)) => Finding::unmeasured(Ours(&strerror(&error)), None),
            }
        }
        .boxed()
    }

    fn hint(&self, finding: &Finding) -> Option<Message> {
        let failed = finding.assertions.iter().find(|assertion| !assertion.holds)?;
        let hint = match failed.subject.unshown() {
            "TcpExt.ListenOverflows" | "TcpExt.ListenDrops" => "netdiag ss -tlnp",
            "tcp.retrans_ratio" | "Tcp.RetransSegs" => "netdiag ss -tnpio",
            name if name.to_ascii_lowercase().starts_with("udp") => "netdiag ss -uanpm",
            name if name.starts_with("Tcp") => "netdiag ss -s",
            _ => return None,
        };
        Some(hint.into())
    }

    fn lasts(&self) -> Duration {
        self.window
    }
}

impl Growth {
    fn found(&self, before: &Counts, after: &Counts, window: Duration) -> Finding {
        let missing = self.expected.iter().map(|(counter, _)| counter).find(|counter| match counter {
            Counter::Delta(name) | Counter::Level(name) => !after.contains_key(name) && !comes_later(name),
            Counter::Ratio(Ratio { part, whole, .. }) => {
                !after.contains_key(*part) || whole.iter().any(|name| !after.contains_key(*name))
            }
        });
        if let Some(counter) = missing {
            return Finding::unmeasured(message!("this kernel does not count {}", counter.name()), None);
        }
        let mut finding = Finding::default();
        finding.measured("window", Quantity::Time(window));
        for (counter, bound) in &self.expected {
            match counter.value(before, after) {
                Some(value) => {
                    finding.measured(Message::foreign(counter.name()), value);
                    finding.judge(Message::foreign(counter.name()), bound);
                }
                None => finding.asserted(
                    Message::foreign(counter.name()),
                    bound.to_string(),
                    "nothing happened of which it could be a part",
                    true,
                ),
            }
        }
        finding
    }
}

/// All counters of this thread's network namespace; files of protocols this kernel has not are left out.
fn read() -> io::Result<Counts> {
    let mut counts = Counts::new();
    for (file, parse) in FILES {
        let path = format!("/proc/thread-self/net/{file}");
        match fs::read_to_string(&path) {
            Ok(text) => parse(&text, &mut counts),
            Err(error) if error.kind() == io::ErrorKind::NotFound && file != "snmp" => {}
            Err(error) => return Err(io::Error::new(error.kind(), format!("{path}: {}", strerror(&error)))),
        }
    }
    Ok(counts)
}

type Parse = fn(&str, &mut Counts);

const FILES: [(&str, Parse); 5] =
    [("snmp", table), ("netstat", table), ("snmp6", list), ("sockstat", levels), ("sockstat6", levels)];

/// `Tcp: Name …` and below it `Tcp: value …`: by name, never by column.
fn table(text: &str, counts: &mut Counts) {
    let mut lines = text.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let (Some((group, names)), Some((_, values))) = (names.split_once(':'), values.split_once(':'))
        else {
            continue;
        };
        for (name, value) in names.split_whitespace().zip(values.split_whitespace()) {
            // What is negative is no counter: -1 stands for no limit.
            if let Ok(value) = value.parse() {
                counts.insert(format!("{group}.{name}"), value);
            }
        }
    }
}

/// `Udp6RcvbufErrors 5`: called `Udp6.RcvbufErrors` as everywhere else.
fn list(text: &str, counts: &mut Counts) {
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(value)) = (words.next(), words.next().and_then(|word| word.parse().ok()))
        else {
            continue;
        };
        let name = match name.split_once('6') {
            Some((protocol, counter)) => format!("{protocol}6.{counter}"),
            None => name.to_owned(),
        };
        counts.insert(name, value);
    }
}

/// `TCP: inuse 5 orphan 0`.
fn levels(text: &str, counts: &mut Counts) {
    for (group, words) in text.lines().filter_map(|line| line.split_once(':')) {
        let words: Vec<&str> = words.split_whitespace().collect();
        for pair in words.chunks_exact(2) {
            if let Ok(value) = pair[1].parse() {
                counts.insert(format!("{group}.{}", pair[0]), value);
            }
        }
    }
}

const WINDOW: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> Counts {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn files_are_read_by_name() {
        let mut read = Counts::new();
        table("Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: MaxConn OutSegs\nTcp: -1 7\nbroken\n", &mut read);
        list("Udp6RcvbufErrors                 \t3\nIp6InReceives 18446744073709551615\nodd\n", &mut read);
        levels("sockets: used 12\nTCP: inuse 4 orphan 0 tw 3\nTCP6: inuse 1\n", &mut read);
        #[rustfmt::skip]
        let cases = [
            ("Ip.Forwarding", Some(1)), ("Tcp.OutSegs", Some(7)), ("Tcp.MaxConn", None), ("Udp6.RcvbufErrors", Some(3)),
            ("Ip6.InReceives", Some(u64::MAX)), ("sockets.used", Some(12)), ("TCP.tw", Some(3)), ("TCP6.inuse", Some(1)),
        ];
        for (name, value) in cases {
            assert_eq!(read.get(name).copied(), value, "{name}");
        }
    }

    #[test]
    fn counters_start_again_after_their_last_value() {
        #[rustfmt::skip]
        let cases = [
            (5,                       9,  4),
            (9,                       9,  0),
            (u64::from(u32::MAX) - 1, 3,  5),
            (u64::MAX - 1,            3,  5),
        ];
        for (before, after, expected) in cases {
            let delta = delta("a", &counts(&[("a", before)]), &counts(&[("a", after)]));
            assert_eq!(delta, Some(expected), "{before} {after}");
        }
        assert_eq!(delta("IcmpMsg.InType8", &counts(&[]), &counts(&[("IcmpMsg.InType8", 2)])), Some(2));
        assert_eq!(delta("a", &counts(&[]), &counts(&[("a", 2)])), None);
    }

    #[test]
    fn what_grew_is_judged() {
        let before = counts(&[
            ("TcpExt.ListenOverflows", 3),
            ("Tcp.OutSegs", 104),
            ("Tcp.RetransSegs", 1),
            ("TCP.tw", 9),
        ]);
        let after = counts(&[
            ("TcpExt.ListenOverflows", 5),
            ("Tcp.OutSegs", 300),
            ("Tcp.RetransSegs", 5),
            ("TCP.tw", 7),
        ]);
        #[rustfmt::skip]
        let cases = [
            ("\"TcpExt.ListenOverflows\" = 2",        &after,  true),
            ("\"TcpExt.ListenOverflows\" = 0",        &after,  false),
            ("\"tcp.retrans_ratio\" = \"<= 2%\"",     &after,  true),
            ("\"tcp.retrans_ratio\" = \"< 2%\"",      &after,  false),
            ("\"tcp.retrans_ratio\" = \"< 2%\"",      &before, true),
            ("\"TCP.tw\" = 7",                        &after,  true),
        ];
        for (expected, after, holds) in cases {
            let counters: Counters = written(&format!("expect = {{ {expected} }}")).unwrap();
            let finding = counters.growth(Some(&before)).unwrap().found(&before, after, WINDOW);
            assert_eq!(finding.holds(), holds, "{expected}: {finding:?}");
        }
        let growth = |known| written::<Counters>("expect = { \"Sctp.X\" = 0 }").unwrap().growth(known);
        assert!(growth(None).unwrap().found(&before, &after, WINDOW).unmeasured.is_some());
        assert!(growth(Some(&before)).is_err());
    }

    #[test]
    fn a_counter_nobody_counts_is_complained_about() {
        let known = read().unwrap();
        #[rustfmt::skip]
        let cases = [
            ("TcpExt.ListenOverflow",  Some("did you mean `TcpExt.ListenOverflows`?")),
            ("tcp.retrans_raito",      Some("did you mean `tcp.retrans_ratio`?")),
            ("IcmpMsg.InType200",      None),
            ("TcpExt.ListenOverflows", None),
        ];
        for (name, help) in cases {
            let key = Placed { span: 4..9, value: name.to_owned() };
            let complaint = Counter::named(&key, Some(&known)).err();
            let shown = complaint.and_then(|complaint| complaint.help);
            assert_eq!(shown.as_ref().map(Message::unshown), help, "{name}");
        }
        let key = Placed { span: 4..9, value: "quite.else".to_owned() };
        assert!(
            Counter::named(&key, Some(&known))
                .unwrap_err()
                .help
                .unwrap()
                .unshown()
                .contains("/proc/net/snmp")
        );
    }
}
