//! `kind = "counters"`: what the kernel counted during a window of time.
//!
//! Counters belong to the network namespace, but some numbers of sockstat (`orphan`, `alloc`, `mem`) are the whole machine's.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{self as host, Host, Part, UnknownGrowth};
use netdiag_text::{Bound, Dimension, Message, Quantity, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

use crate::expect::{self, Expectations};
use crate::finding::Finding;
use crate::settings::{Settings, Time};
use crate::source::{Complaint, Placed, unknown};
use crate::work::{Config, Planned, Work};
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

impl Config for Counters {
    const WORD: &'static str = "counters";

    fn plan(self, _: &Settings<'_>) -> Planned {
        let known = Host::here().counters();
        Ok(Box::new(self.growth(Some(&known.known).filter(|_| known.is_whole()))?))
    }
}

impl Counters {
    /// Decides; `known` is what this kernel counts, if that can be read.
    fn growth(self, known: Option<&host::Counters>) -> Result<Growth, Vec<Complaint>> {
        if self.expect.value.is_empty() {
            return Err(Complaint::new(&self.expect.span, "nothing is expected").into());
        }
        let window =
            Time::some(self.window.as_ref(), WINDOW, "a window of 0 is too short to count anything")?;
        let expected = self.expect.value.iter().map(|(key, condition)| {
            let counter = Counter::named(key, known)?;
            let bound = expect::bound(condition, counter.dimension())?;
            Ok((counter, bound))
        });
        Ok(Growth { window, expected: Complaint::collect(expected)? })
    }
}

impl Counter {
    fn named(key: &Placed<String>, known: Option<&host::Counters>) -> Result<Self, Complaint> {
        let name = key.value.as_str();
        if let Some(ratio) = RATIOS.iter().find(|ratio| ratio.name == name) {
            return Ok(Self::Ratio(ratio));
        }
        if let Some(known) = known.filter(|known| known.get(name).is_none()) {
            let names = RATIOS.iter().map(|ratio| ratio.name).chain(known.names());
            return Err(unknown_counter(name, names).at(&key.span));
        }
        Ok(if host::Counters::is_level(name) {
            Self::Level(name.to_owned())
        } else {
            Self::Delta(name.to_owned())
        })
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

    /// Its value; `None` if nothing happened of which it could be a part.
    ///
    /// # Errors
    /// Which counter it is that stands in the way, and why.
    fn value(
        &self,
        before: &host::Counters,
        after: &host::Counters,
    ) -> Result<Option<Quantity>, (&str, UnknownGrowth)> {
        let grown = |name| after.growth_since(before, name).map_err(|why| (name, why));
        Ok(match self {
            Self::Level(name) => {
                let level = after.get(name).ok_or((name.as_str(), UnknownGrowth::Absent))?;
                Some(Quantity::Count(level as f64))
            }
            Self::Delta(name) => Some(Quantity::Count(grown(name)? as f64)),
            Self::Ratio(Ratio { part, whole, .. }) => {
                let part = grown(part)?;
                let whole = whole.iter().map(|name| grown(name)).sum::<Result<u64, _>>()?;
                (whole > 0).then(|| Quantity::Ratio(part as f64 / whole as f64))
            }
        })
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

impl Work for Growth {
    fn target(&self) -> Message {
        Message::join(self.expected.iter().map(|(counter, _)| counter.name()), ", ")
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        async move {
            let before = Host::here().counters();
            let start = Instant::now();
            sleep_until((start + self.window).min(deadline)).await;
            self.found(&before, &Host::here().counters(), start.elapsed())
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
    fn found(
        &self,
        before: &Part<host::Counters>,
        after: &Part<host::Counters>,
        window: Duration,
    ) -> Finding {
        let mut finding = Finding::default();
        finding.measured("window", Quantity::Time(window));
        for (counter, bound) in &self.expected {
            match counter.value(&before.known, &after.known) {
                Ok(Some(value)) => {
                    finding.measured(Message::foreign(counter.name()), value);
                    finding.judge(Message::foreign(counter.name()), bound);
                }
                Ok(None) => finding.asserted(
                    Message::foreign(counter.name()),
                    bound.to_string(),
                    "nothing happened of which it could be a part",
                    true,
                ),
                Err((name, why)) => return unmeasured(name, why, before, after),
            }
        }
        finding
    }
}

/// What is missing may be in a file that could not be read.
fn unmeasured(
    name: &str,
    why: UnknownGrowth,
    before: &Part<host::Counters>,
    after: &Part<host::Counters>,
) -> Finding {
    let cut_short = before.cut_short.as_ref().or(after.cut_short.as_ref());
    let reason = match (why, cut_short) {
        (UnknownGrowth::Absent, Some(cut_short)) => cut_short.message(),
        (UnknownGrowth::Absent, None) => message!("this kernel does not count {}", name),
        (why, _) => message!("{}: {}", name, Trusted(&why.to_string())),
    };
    Finding::unmeasured(reason, None)
}

const WINDOW: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use netdiag_host::CutShort;

    use super::*;
    use crate::parts::trial::written;

    fn counts(pairs: &[(&'static str, u64)]) -> Part<host::Counters> {
        Part::whole(pairs.iter().copied().collect())
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
            let finding = counters.growth(Some(&before.known)).unwrap().found(&before, after, WINDOW);
            assert_eq!(finding.holds(), holds, "{expected}: {finding:?}");
        }
        let growth = |known| written::<Counters>("expect = { \"Sctp.X\" = 0 }").unwrap().growth(known);
        assert!(growth(None).unwrap().found(&before, &after, WINDOW).unmeasured.is_some());
        assert!(growth(Some(&before.known)).is_err());
    }

    #[test]
    fn what_cannot_be_known_is_not_measured() {
        let before = counts(&[("Tcp.OutSegs", 300), ("Tcp.RetransSegs", 5), ("Udp.InErrors", 9)]);
        let set_back = counts(&[("Tcp.OutSegs", 400), ("Tcp.RetransSegs", 0), ("Udp.InErrors", 9)]);
        let mut cut = before.clone();
        cut.cut_short = Some(CutShort::Unsupported);
        #[rustfmt::skip]
        let cases = [
            ("\"Tcp.RetransSegs\" = 0",         &set_back, Some("Tcp.RetransSegs: it went backwards, from 5 to 0")),
            ("\"tcp.retrans_ratio\" = \"< 1%\"", &set_back, Some("Tcp.RetransSegs: it went backwards, from 5 to 0")),
            ("\"Udp.InErrors\" = 0",            &set_back, None),
            ("\"Udp.InErrors\" = 0",            &cut,      None),
            ("\"Udp.RcvbufErrors\" = 0",        &before,   Some("this kernel does not count Udp.RcvbufErrors")),
            ("\"Udp.RcvbufErrors\" = 0",        &cut,      Some("this kernel cannot list them")),
        ];
        for (expected, after, reason) in cases {
            let counters: Counters = written(&format!("expect = {{ {expected} }}")).unwrap();
            let finding = counters.growth(None).unwrap().found(&before, after, WINDOW);
            let unmeasured = finding.unmeasured.as_ref().map(|unmeasured| unmeasured.reason.unshown());
            assert_eq!(unmeasured, reason, "{expected}: {finding:?}");
        }
    }

    #[test]
    fn a_counter_nobody_counts_is_complained_about() {
        let known = Host::here().counters().known;
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
