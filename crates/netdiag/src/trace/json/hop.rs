//! One hop as JSON: its figures, and what is thought of them.

use std::time::Duration;

use netdiag_echo::extensions::{InterfaceInformation, InterfaceRole, Object, objects};
use netdiag_echo::{self as echo, HopReport, RoundTrips, Statistics, Tally, Verdict};
use netdiag_text::distribution::PERCENTILES;
use netdiag_text::duration::micros;

use super::words::{clock_word, meaning_word, said};
use crate::json::record::record;
use crate::json::{Address, ErrorRecord, Spread, address};
use crate::trace::names::Who;
use crate::trace::notes::{dscp, ecn, port_word};
use crate::trace::render::Outcome;

record! {
    /// One distance on the way to a host. Probes that are neither answered nor silent were under way at the end.
    Hop {
        /// The host as it was given.
        target: String,
        /// TTL or hop limit of the probe.
        distance: u8,
        /// What is thought of the hop: `ok`, nothing is lost by it; `quiet`, it answers less than what passes it; `loss-from-here`,
        /// loss begins here; `unknown`, it lost some, and that may be chance.
        #[schemars(extend("enum" = ["ok", "quiet", "loss-from-here", "unknown"]))]
        verdict: &'static str,
        /// Probes sent.
        sent: u64,
        /// Probes that were answered.
        received: u64,
        /// Probes that were not answered in their time.
        silent: u64,
        /// How often somebody else answered than the round before; 0 where several take turns.
        changes: u64,
        /// Who answered, most answers first.
        responders: Vec<Responder>,
    } maybe {
        /// Of a quiet hop: the probes for whoever answers best of those behind it, which all passed it; or, where nobody does,
        /// those it was asked slowly.
        passes: Probes,
        /// Of a quiet hop: whether it answered all when it was asked slowly, so that it limits its answers.
        limits: bool,
        /// How long a hop that limits its answers takes to give another.
        answer_interval_us: f64,
        /// The last hop before the loss that begins here, 0 for this host; hops in between do not tell.
        loss_after: u8,
        /// How many probes more would tell whether it is chance; missing if no number would.
        more_probes: u64,
        /// Probes of its own, sent slowly because it had answered in part.
        asked_slowly: Probes,
        /// Probes that the system refused to send.
        unsent: u64,
        /// Answers that told their probe by the port it went to alone, which was its own for that: the hop is not of the flow of the
        /// others.
        told_by_port: u64,
        /// Probes that count nowhere else: they were sent before ports told them apart, and what answers there were names none.
        unclear: u64,
        /// `true` if several answer in turn, packet by packet: that is no change of route.
        takes_turns: bool,
        /// Replies to probes already given up.
        late_replies: u64,
        /// Further replies to probes already answered.
        duplicates: u64,
        /// Round-trip times; missing if nothing was answered.
        rtt: Spread,
        /// The shortest round trip of it and of all hops behind it: what the path to it takes at most.
        path_rtt_us: f64,
        /// The largest packet that gets through, as far as this hop (`--mtu`); missing where that is not known.
        mtu_bytes: usize,
        /// What it answered to pings of its own (`--ping-hops`).
        pinged: Pinged,
    }
}

record! {
    /// Probes, and what became of them.
    Probes {
        /// Probes sent.
        sent: u64,
        /// Probes that were answered.
        received: u64,
        /// Probes that were not answered in their time.
        silent: u64,
    }
}

record! {
    /// Round-trip times of some of the answers.
    RoundTripTimes {
        /// The shortest.
        min_us: f64,
        /// Their mean.
        avg_us: f64,
        /// The longest.
        max_us: f64,
    }
}

record! {
    /// Somebody who answered at a distance.
    Responder {
        /// Who answered.
        from: Address,
        /// How often it answered.
        count: u64,
        /// Which clocks round-trip times were read on: the worst.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
        /// What the answer means, the last one.
        #[schemars(extend("enum" = ["passing", "reached", "refused", "faulted"]))]
        meaning: &'static str,
    } maybe {
        /// Its name, if it has one.
        name: String,
        /// How long its answers took.
        round_trips: RoundTripTimes,
        /// What it says, where that is another ICMP error than that the hops were used up.
        error: ErrorRecord,
        /// What the host's TCP port says: `open`, somebody listens there; `closed`, it refuses.
        #[schemars(extend("enum" = ["open", "closed"]))]
        port_state: &'static str,
        /// TTL or hop limit it arrived with; missing if the kernel did not tell.
        hop_limit: u8,
        /// How many hops its last answer came back over, if that left with one of the hop limits that are used.
        hops_back: u8,
        /// The MPLS labels it says the probe arrived with, outermost first.
        mpls: Vec<Label>,
        /// The interfaces it says the probe had to do with.
        interfaces: Vec<Interface>,
        /// What it quoted last of a probe's IP header; only who may open raw sockets gets to see that.
        quoted: Quoted,
    }
}

record! {
    /// The header of a probe as it came to a router.
    Quoted {
        /// The DSCP it had by then.
        dscp: u8,
        /// The DSCP it was sent with.
        sent_dscp: u8,
        /// The ECN bits it had by then.
        ecn: u8,
        /// The ECN bits it was sent with.
        sent_ecn: u8,
        /// The TTL or hop limit it had left.
        hops_left: u8,
        /// Whether addresses, ports or its checksum are not those that were sent: somebody translates them.
        nat: bool,
    } maybe {
        /// Where it came from, if that is not where it was sent from; with the port if that is another, too.
        translated_source: Address,
        /// Where it went, if that is not where it was sent to; with the port if that is another, too.
        translated_destination: Address,
    }
}

record! {
    /// An MPLS label.
    Label {
        /// The label itself.
        label: u32,
        /// Its traffic class.
        traffic_class: u8,
        /// Whether it is the bottom of its stack.
        bottom: bool,
        /// Its own time to live.
        label_ttl: u8,
    }
}

record! {
    /// A router's interface, as the router tells of it (RFC 5837).
    Interface {
        /// What it had to do with the probe.
        #[schemars(extend("enum" = ["incoming", "incoming-part", "outgoing", "next-hop"]))]
        role: &'static str,
    } maybe {
        /// Its name.
        name: String,
        /// Its number in the router.
        ifindex: u32,
        /// Its address.
        interface_address: Address,
        /// Its MTU.
        router_mtu_bytes: u32,
    }
}

record! {
    /// Pings of a router itself; they may take another path.
    Pinged {
        /// Probes sent.
        sent: u64,
        /// Probes that were answered.
        received: u64,
    } maybe {
        /// How long its answers took.
        round_trips: RoundTripTimes,
    }
}

impl Hop {
    pub(super) fn new(outcome: &Outcome, report: &HopReport, who: &mut Who) -> Self {
        let (hop, verdict) = (&report.hop, report.verdict);
        let some = |count: u64| Some(count).filter(|count| *count > 0);
        let mut responders: Vec<Responder> =
            hop.responders.iter().map(|responder| Responder::new(responder, who)).collect();
        responders.sort_by_key(|responder| std::cmp::Reverse(responder.count));
        let (passes, limits) = match verdict {
            Verdict::Quiet { passes, limits } => (Some(passes.into()), Some(limits)),
            _ => (None, None),
        };
        let rate = report.answers_per_second.filter(|rate| limits == Some(true) && *rate > 0.0);
        let times = PERCENTILES.map(|percent| outcome.figures.percentile(hop.distance, percent));
        let pinged = outcome.pings.iter().find(|(distance, _)| *distance == hop.distance);
        Self {
            target: outcome.target.name.clone(),
            distance: hop.distance,
            verdict: verdict_word(&verdict),
            sent: hop.asked.sent,
            received: hop.asked.answered,
            silent: hop.asked.silent,
            changes: hop.changes,
            responders,
            passes,
            limits,
            answer_interval_us: rate.map(|rate| 1e6 / rate),
            loss_after: if let Verdict::LossFromHere { after } = verdict { Some(after) } else { None },
            more_probes: if let Verdict::Unknown { more } = verdict { more } else { None },
            asked_slowly: Some(hop.asked_slowly).filter(|asked| asked.sent > 0).map(Into::into),
            unsent: some(hop.unsent),
            told_by_port: some(hop.told_by_port),
            unclear: some(hop.unclear),
            takes_turns: hop.takes_turns.then_some(true),
            late_replies: some(hop.late),
            duplicates: some(hop.duplicates),
            rtt: Spread::new(&hop.rtts, times),
            path_rtt_us: report.path_rtt.map(micros),
            mtu_bytes: outcome.mtu.as_ref().and_then(|mtu| mtu.found.at(hop.distance)),
            pinged: pinged.map(|(_, statistics)| statistics.into()),
        }
    }
}

impl RoundTripTimes {
    fn new(times: &RoundTrips) -> Option<Self> {
        let [min_us, avg_us, max_us] = [times.min()?, times.mean()?, times.max()?].map(micros);
        Some(Self { min_us, avg_us, max_us })
    }
}

impl From<Tally> for Probes {
    fn from(asked: Tally) -> Self {
        Self { sent: asked.sent, received: asked.answered, silent: asked.silent }
    }
}

impl From<&Statistics> for Pinged {
    fn from(statistics: &Statistics) -> Self {
        let Statistics { transmitted, received, rtts, .. } = statistics;
        Self { sent: *transmitted, received: *received, round_trips: RoundTripTimes::new(rtts) }
    }
}

impl Responder {
    fn new(responder: &echo::Responder, who: &mut Who) -> Self {
        let (mut mpls, mut interfaces) = (Vec::new(), Vec::new());
        // What cannot be read says nothing.
        for object in objects(&responder.extensions).into_iter().flatten().flatten() {
            match object {
                Object::Labels(stack) => mpls.extend(stack.iter().map(Label::from)),
                Object::Interface(interface) => interfaces.push(Interface::from(&interface)),
                _ => {}
            }
        }
        Self {
            from: address(responder.address),
            count: responder.answers,
            clock: clock_word(responder.clock),
            meaning: meaning_word(responder.meaning),
            name: who.name(responder.address, NAME_PATIENCE),
            round_trips: RoundTripTimes::new(&responder.rtts),
            error: said(responder.meaning, responder.address),
            port_state: responder.port.map(port_word),
            hop_limit: responder.hop_limit,
            hops_back: responder.hops_back(),
            mpls: Some(mpls).filter(|labels| !labels.is_empty()),
            quoted: responder.quoted.as_ref().map(Quoted::from),
            interfaces: Some(interfaces).filter(|interfaces| !interfaces.is_empty()),
        }
    }
}

impl From<echo::extensions::Label> for Label {
    fn from(label: echo::extensions::Label) -> Self {
        let echo::extensions::Label { label, traffic_class, is_bottom, ttl } = label;
        Self { label, traffic_class, bottom: is_bottom, label_ttl: ttl }
    }
}

impl From<&InterfaceInformation<'_>> for Interface {
    fn from(told: &InterfaceInformation<'_>) -> Self {
        Self {
            role: match told.role {
                InterfaceRole::Incoming => "incoming",
                InterfaceRole::IncomingPart => "incoming-part",
                InterfaceRole::Outgoing => "outgoing",
                InterfaceRole::NextHop => "next-hop",
            },
            name: told.name.map(str::to_owned),
            ifindex: told.index,
            interface_address: told.address.map(Address::of_host),
            router_mtu_bytes: told.mtu,
        }
    }
}

impl From<&echo::Quoted> for Quoted {
    fn from(quoted: &echo::Quoted) -> Self {
        Self {
            dscp: dscp(quoted.tos),
            sent_dscp: dscp(quoted.sent_tos),
            ecn: ecn(quoted.tos),
            sent_ecn: ecn(quoted.sent_tos),
            hops_left: quoted.hop_limit,
            nat: quoted.is_translated(),
            translated_source: quoted.source.map(address),
            translated_destination: quoted.destination.map(address),
        }
    }
}

const fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Quiet { .. } => "quiet",
        Verdict::LossFromHere { .. } => "loss-from-here",
        _ => "unknown",
    }
}

/// By now most names are known.
const NAME_PATIENCE: Duration = Duration::from_millis(500);
