//! `kind = "trace"`: which way packets take to a host, how far it is, what is lost, and how large they may be.
//!
//! A router that does not answer may be any: what it leaves open is not measured, neither kept nor missed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_echo::{AnswerMeaning, PathEnd, ProbeKind, Verdict};
use netdiag_text::{Dimension, Message, MessagePart, Quantity, Trusted, message, strerror};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{Bounds, Expectations};
use crate::finding::{Finding, Unmeasured};
use crate::parts::command::command;
use crate::parts::destination::{Destination, address};
use crate::parts::echo;
use crate::parts::path::{Traced, Tracing, trace};
use crate::settings::{Settings, Time};
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// The path to a host, hop by hop.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trace {
    /// The host: an address or a name.
    target: Placed<String>,
    /// What probes are: icmp if absent.
    protocol: Option<Protocol>,
    /// The port that probes go to: 33434 of udp and 80 of tcp if absent.
    port: Option<Placed<u16>>,
    /// How many rounds, each of which asks every hop once; 5 if absent.
    count: Option<Placed<u32>>,
    /// From one round to the next, at least 10ms; 200ms if absent.
    interval: Option<Placed<Time>>,
    /// How long a probe may go unanswered before it is lost; 1s if absent.
    wait: Option<Time>,
    /// The highest TTL or hop limit to send with; 30 if absent.
    max_ttl: Option<Placed<u8>>,
    /// Addresses that must be on the path.
    #[serde(default)]
    via: Vec<Placed<String>>,
    /// Addresses that must not be on the path.
    #[serde(default)]
    not_via: Vec<Placed<String>>,
    /// Conditions on `outcome` (`reached` unless stated; `refused`, `silent`), `hops` (how far away the host is), `loss` of probes to the
    /// host, `rtt_p99` of those, `mtu` (the largest packet that gets there, which takes a search of its own), `asymmetry` (by how many
    /// hops the way back differs, as far as the host's answer tells).
    #[serde(default)]
    expect: Expectations,
}

/// What probes are.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Icmp,
    Udp,
    Tcp,
}

const MEASURES: [(&str, Dimension); 6] = [
    ("outcome", Dimension::Text),
    ("hops", Dimension::Count),
    ("loss", Dimension::Ratio),
    ("rtt_p99", Dimension::Time),
    ("mtu", Dimension::Count),
    ("asymmetry", Dimension::Count),
];

#[derive(Debug)]
struct Route {
    target: Destination,
    family: Option<netdiag_probe::Family>,
    port: Option<u16>,
    how: Tracing,
    via: Vec<IpAddr>,
    not_via: Vec<IpAddr>,
    bounds: Bounds,
}

impl Config for Trace {
    const WORD: &'static str = "trace";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.route(settings)?))
    }
}

impl Trace {
    fn route(self, settings: &Settings<'_>) -> Result<Route, Vec<Complaint>> {
        let target = Destination::read(&self.target, settings.family)?;
        let bounds = Bounds::read(&self.expect, &[&MEASURES])?;
        let mut how = self.tracing(settings)?;
        how.mtu = bounds.mentions("mtu");
        if how.mtu && how.kind == ProbeKind::Tcp {
            let complaint = Complaint::new(&self.target.span, "connections have no packets of any length");
            return Err(complaint.help("expect `mtu` over icmp or udp").into());
        }
        let addresses = |words: &[Placed<String>]| {
            Complaint::collect(words.iter().map(|word| address(&word.value, &word.span)))
        };
        Ok(Route {
            target,
            family: settings.family,
            port: self.port.map(|port| port.value),
            how,
            via: addresses(&self.via)?,
            not_via: addresses(&self.not_via)?,
            bounds,
        })
    }

    fn tracing(&self, settings: &Settings<'_>) -> Result<Tracing, Complaint> {
        let rounds = self.count.as_ref().map_or(ROUNDS, |count| count.value);
        let interval = self.interval.as_ref().map_or(INTERVAL, |interval| interval.value.0);
        let max_ttl = self.max_ttl.as_ref().map_or(MAX_TTL, |limit| limit.value);
        let kind = self.protocol.unwrap_or_default().into();
        match (&self.count, &self.interval, &self.max_ttl, &self.port) {
            (Some(count), ..) if count.value == 0 => Err(Complaint::new(&count.span, "no round asks nobody")),
            (_, Some(interval), ..) if interval.value.0 < SHORTEST => {
                Err(Complaint::new(&interval.span, "less than 10ms apart is more than routers answer"))
            }
            (_, _, Some(limit), _) if limit.value == 0 => {
                Err(Complaint::new(&limit.span, "no packet leaves with a hop limit of 0"))
            }
            (.., Some(port)) if kind == ProbeKind::Echo => {
                Err(Complaint::new(&port.span, "echo requests have no port")
                    .help("write protocol = \"udp\" or \"tcp\""))
            }
            (.., Some(port)) if port.value == 0 => Err(Complaint::new(&port.span, "there is no port 0")),
            _ if interval.saturating_mul(rounds.saturating_sub(1)) >= settings.timeout => {
                let (taken, most) = (interval.saturating_mul(rounds - 1), settings.timeout);
                let (taken, most) = (Quantity::Time(taken), Quantity::Time(most));
                let message = message!("{} rounds take {}, an attempt at most {}", rounds, taken, most);
                let span = self.count.as_ref().map(|count| &count.span);
                let span = span.or_else(|| self.interval.as_ref().map(|interval| &interval.span));
                Err(Complaint::new(span.unwrap_or(&self.target.span), message).help("raise `timeout`"))
            }
            _ => Ok(Tracing {
                kind,
                rounds: rounds.into(),
                interval,
                wait: self.wait.map_or(WAIT, |Time(wait)| wait),
                max_ttl,
                mtu: false,
            }),
        }
    }
}

impl From<Protocol> for ProbeKind {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Icmp => Self::Echo,
            Protocol::Udp => Self::Udp,
            Protocol::Tcp => Self::Tcp,
        }
    }
}

/// No more than Linux routers answer at once.
const ROUNDS: u32 = 5;
const INTERVAL: Duration = Duration::from_millis(200);
const SHORTEST: Duration = Duration::from_millis(10);
const WAIT: Duration = Duration::from_secs(1);
const MAX_TTL: u8 = 30;

impl Work for Route {
    fn target(&self) -> Message {
        self.target.words()
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        async move {
            let mut to = match self.target.look_up().await {
                Ok(to) => to,
                Err(finding) => return finding,
            };
            to.set_port(self.port());
            let how = self.how;
            // The answers to the last round are waited for as well.
            let left = deadline.saturating_duration_since(Instant::now()).mul_f64(0.95);
            let traced = echo::apart(deadline, move |control| trace(to, how, left, control)).await;
            match traced {
                Ok(traced) => self.found(&traced, to),
                Err(error) => echo::unmeasured(&error),
            }
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let (target, port) = (self.target.argument(), self.port.map(|port| port.to_string()));
        let mut words: Vec<&dyn MessagePart> = Vec::new();
        match self.how.kind {
            ProbeKind::Echo => {}
            ProbeKind::Udp => words.push(&"--udp"),
            ProbeKind::Tcp => words.push(&"--tcp"),
        }
        if let Some(port) = &port {
            words.extend([&"--port" as &dyn MessagePart, port]);
        }
        if self.how.mtu {
            words.push(&"--mtu");
        }
        words.push(&target);
        Some(command("netdiag trace", self.family, &words))
    }

    fn is_sensitive(&self) -> bool {
        true
    }
}

impl Route {
    /// Zero where probes have none.
    fn port(&self) -> u16 {
        let usual = match self.how.kind {
            ProbeKind::Echo => 0,
            ProbeKind::Udp => 33_434,
            ProbeKind::Tcp => 80,
        };
        self.port.unwrap_or(usual)
    }

    fn found(&self, traced: &Traced, to: SocketAddr) -> Finding {
        let mut finding = Finding::default();
        let nobody = traced.hops.iter().all(|report| report.hop.asked.answered == 0);
        if let (true, Some(errno)) = (nobody, traced.refusal) {
            let why = strerror(&std::io::Error::from_raw_os_error(errno));
            return Finding::unmeasured(message!("sending: {}", Trusted(&why)), None);
        }
        let (outcome, seen) = self.outcome(traced);
        finding.told("outcome", outcome);
        if !self.bounds.mentions("outcome") {
            finding.asserted("outcome", "reached", seen, outcome == "reached");
        }
        let mut open = self.measure(traced, to, &mut finding);
        self.judge_addresses(traced, &mut finding, &mut open);
        // What is known not to be so is so, whatever else is open.
        finding.unmeasured = open
            .into_iter()
            .next()
            .filter(|_| finding.assertions.iter().all(|assertion| assertion.holds))
            .map(|reason| Unmeasured { reason, remedy: None });
        finding
    }

    fn outcome(&self, traced: &Traced) -> (&'static str, Message) {
        match traced.end {
            PathEnd::Reached(_) => ("reached", "reached".into()),
            PathEnd::Refused(distance) => {
                let who = traced.hops.last().and_then(|report| report.hop.current());
                let who = who.map_or_else(|| "somebody".into(), |who| Message::foreign(&who.ip()));
                ("refused", message!("hop {} refuses: {}", distance, who))
            }
            PathEnd::Silent(distance) => ("silent", message!("nobody answers behind hop {}", distance)),
            _ => ("silent", "nobody answers".into()),
        }
    }

    /// Notes what is known, and judges it; gives what is left open of what is expected.
    fn measure(&self, traced: &Traced, to: SocketAddr, finding: &mut Finding) -> Vec<Message> {
        let last = traced.hops.last().filter(|_| matches!(traced.end, PathEnd::Reached(_)));
        let hop = last.map(|report| &report.hop);
        let is_limited = last.is_some_and(|report| matches!(report.verdict, Verdict::Quiet { .. }));
        let lost = hop.filter(|_| !is_limited).and_then(|hop| hop.asked.answered_ratio());
        let mtu = traced
            .mtus
            .as_ref()
            .zip(hop)
            .and_then(|(mtus, hop)| mtus.at(hop.distance).filter(|_| mtus.complete));
        let own = hop.and_then(|hop| {
            let is_target = |responder: &&netdiag_echo::Responder| {
                responder.meaning == AnswerMeaning::Reached && responder.address.ip() == to.ip()
            };
            Some(hop.responders.iter().find(is_target)?.hops_back()?.abs_diff(hop.distance))
        });
        let count = |count: usize| Quantity::Count(count as f64);
        let values = [
            ("hops", hop.map(|hop| count(hop.distance.into()))),
            ("loss", lost.map(|answered| Quantity::Ratio(1.0 - answered))),
            ("rtt_p99", hop.and_then(|_| traced.rtts.percentile(99.0)).map(Quantity::Time)),
            ("mtu", mtu.map(count)),
            ("asymmetry", own.map(|difference| count(difference.into()))),
        ];
        let mut open = Vec::new();
        for (name, value) in values {
            if value.is_none() && hop.is_some() && self.bounds.mentions(name) {
                open.push(message!("{}: {}", Trusted(name), Trusted(why_open(name))));
            }
            finding.measured(name, value);
        }
        self.bounds.judge_known(finding);
        open
    }

    fn judge_addresses(&self, traced: &Traced, finding: &mut Finding, open: &mut Vec<Message>) {
        let responders = traced.hops.iter().flat_map(|report| &report.hop.responders);
        let silent: Vec<String> = (traced.hops.iter())
            .filter(|report| report.hop.responders.is_empty())
            .map(|report| report.hop.distance.to_string())
            .collect();
        // Whoever is not seen may be one of those.
        let may_be = |address: &IpAddr| {
            message!("{} may be hop {}, which does not answer", address, silent.join(" or "))
        };
        let wanted = [("via", &self.via, true), ("not_via", &self.not_via, false)];
        for (subject, address, is_wanted) in wanted
            .iter()
            .flat_map(|(subject, all, wanted)| all.iter().map(move |one| (*subject, one, *wanted)))
        {
            let is_on_it = responders.clone().any(|responder| responder.address.ip() == *address);
            if !is_on_it && !silent.is_empty() {
                open.push(may_be(address));
                continue;
            }
            let seen = if is_on_it { "on the path" } else { "not on the path" };
            finding.asserted(subject, message!("{}", address), seen, is_on_it == is_wanted);
        }
    }
}

/// Why a value is left open of a host that is reached.
fn why_open(measure: &str) -> &'static str {
    match measure {
        "loss" => "the host limits its answers",
        "mtu" => "the search did not come to its end in time",
        "asymmetry" => "the host's answer does not tell",
        _ => "not measured",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::trial::{complaint, find, judged, plan, run};

    #[test]
    fn mistakes_are_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("target = \"\"",                                                       "a host is missing"),
            ("target = \"h\"\ncount = 0",                                           "no round"),
            ("target = \"h\"\ninterval = \"1ms\"",                                  "routers answer"),
            ("target = \"h\"\nmax_ttl = 0",                                         "hop limit of 0"),
            ("target = \"h\"\nport = 80",                                           "no port"),
            ("target = \"h\"\nprotocol = \"tcp\"\nport = 0",                        "no port 0"),
            ("target = \"h\"\nprotocol = \"sctp\"",                                 "protocol"),
            ("target = \"h\"\nvia = [\"x\"]",                                       "`x` is no address"),
            ("target = \"h\"\ncount = 50",                                          "50 rounds take 9.8"),
            ("target = \"h\"\nexpect = { hosp = 3 }",                               "unknown measure `hosp`"),
            ("target = \"h\"\nprotocol = \"tcp\"\nexpect = { mtu = \">= 1500\" }",  "no packets of any length"),
            ("target = \"h\"\nvia = [\"10.0.0.1\", \"fd00::1\"]\nexpect = { hops = \"<= 9\", loss = \"< 1%\" }", ""),
        ];
        for (lines, words) in cases {
            let complaint = complaint("trace", lines);
            assert!(
                complaint.contains(words) && complaint.is_empty() == words.is_empty(),
                "{lines}: {complaint}"
            );
        }
    }

    #[test]
    fn a_hint_is_the_same_trace() {
        #[rustfmt::skip]
        let cases = [
            ("", "netdiag trace h"),
            ("family = \"6\"\nprotocol = \"tcp\"\nport = 443", "netdiag trace -6 --tcp --port 443 h"),
            ("protocol = \"udp\"\nexpect = { mtu = \">= 1500\" }", "netdiag trace --udp --mtu h"),
        ];
        for (lines, expected) in cases {
            let plan = plan("trace", &format!("target = \"h\"\n{lines}")).unwrap();
            let hint = plan.checks[0].work.hint(&Finding::default()).unwrap();
            assert_eq!(hint.unshown(), expected, "{lines}");
        }
    }

    #[test]
    fn loopback_is_one_hop_away_for_anybody() {
        run(async {
            let lines =
                "target = \"127.0.0.1\"\nprotocol = \"udp\"\ncount = 2\ninterval = \"20ms\"\nmax_ttl = 2\n";
            let more = "via = [\"127.0.0.1\"]\nnot_via = [\"10.0.0.1\"]\nexpect = { hops = 1, loss = 0 }";
            let finding = find("trace", &format!("{lines}{more}")).await;
            let expected = "outcome reached: true, hops 1: true, loss 0: true, via 127.0.0.1: true, not_via 10.0.0.1: true";
            assert_eq!(judged(&finding), expected, "{finding:?}");
            assert!(finding.holds(), "{finding:?}");
            let failed =
                find("trace", &format!("{lines}not_via = [\"127.0.0.1\"]\nexpect = {{ hops = \"> 1\" }}"))
                    .await;
            assert_eq!(judged(&failed), "outcome reached: true, hops > 1: false, not_via 127.0.0.1: false");
        });
    }
}
