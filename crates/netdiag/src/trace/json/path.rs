//! What a trace is about, and what each path comes to.

use std::io;

use netdiag_echo::{PathEnd, ProbeKind, Verdict};
use netdiag_text::duration::micros;
use nix::errno::Errno;

use super::mtu::MtuOfPath;
use super::ways::Ways;
use crate::json::record::record;
use crate::json::{Address, Notice, address};
use crate::trace::args::Args;
use crate::trace::headline::headline;
use crate::trace::names::Who;
use crate::trace::render::Outcome;
use crate::trace::target::Target;

record! {
    /// What the run is about.
    Begin {
        /// Where to.
        destinations: Vec<Destination>,
        /// What probes are.
        #[schemars(extend("enum" = ["icmp", "udp", "tcp"]))]
        probe_kind: &'static str,
        /// How many rounds there are, or can be.
        rounds: u64,
        /// Time between the beginnings of rounds.
        round_interval_us: f64,
        /// How long one probe is waited for.
        patience_us: f64,
        /// The lowest TTL or hop limit of probes.
        first_ttl: u8,
        /// The highest TTL or hop limit of probes.
        max_ttl: u8,
    } maybe {
        /// Length of the IP packet: of each probe, header included; missing over TCP, where the kernel makes it.
        packet_bytes: u64,
        /// So many rounds come first, which are all if they leave no question; missing where it was said how often to ask.
        glance_rounds: u64,
        /// Time between the beginnings of those.
        glance_interval_us: f64,
    }
}

record! {
    /// A host that is traced to.
    Destination {
        /// Its name, as it was given.
        name: String,
        /// The address it goes to.
        to: Address,
        /// The address probes come from.
        source: Address,
    }
}

record! {
    /// What a path comes to.
    Path {
        /// The host as it was given.
        target: String,
        /// The address it goes to.
        to: Address,
        /// How the path ends: the host answers, somebody refuses to let probes pass, or nobody answers any more.
        #[schemars(extend("enum" = ["reached", "refused", "silent"]))]
        ending: &'static str,
        /// How far away that is; 0 if nobody answers.
        length: u8,
        /// How many rounds there are, those that began.
        rounds: u64,
        /// Replies with this run's identifier that answer none of its probes, and ICMP errors that quote what it has not sent.
        foreign: u64,
        /// The path in a sentence.
        headline: String,
    } maybe {
        /// Which part of the probes was not answered, of those for the host; missing where it was not reached, or limits its
        /// answers.
        loss_ratio: f64,
        /// Answers that may be about any of several probes, and count for none: routers that quote too little of a datagram.
        ambiguous: u64,
        /// Two distances at which the same router answers: packets go round in a loop.
        path_loop: Vec<u8>,
        /// All paths that were found (`--paths`).
        ways: Ways,
        /// What passes how far (`--mtu`).
        path_mtu: MtuOfPath,
        /// What is not as asked, in words.
        missed: Vec<String>,
        /// What could not be found out of what was asked, in words.
        unmeasured: Vec<String>,
    }
}

impl Begin {
    pub(in crate::trace) fn new(args: &Args, targets: &[Target]) -> Self {
        Self {
            destinations: targets.iter().map(Destination::from).collect(),
            probe_kind: match args.sending.kind() {
                ProbeKind::Echo => "icmp",
                ProbeKind::Udp => "udp",
                ProbeKind::Tcp => "tcp",
            },
            rounds: args.rounds(),
            round_interval_us: micros(args.interval()),
            patience_us: micros(args.sending.patience(args.timeout)),
            packet_bytes: Some(args.size).filter(|_| !args.sending.tcp),
            first_ttl: args.first_ttl.get(),
            max_ttl: args.max_ttl.get(),
            glance_rounds: args.glance().map(|glance| glance.rounds),
            glance_interval_us: args.glance().map(|glance| micros(glance.interval)),
        }
    }

    /// The system call that such an error of a probe is from.
    pub(super) fn call(&self, error: &io::Error) -> &'static str {
        match error.raw_os_error().map(Errno::from_raw) {
            _ if self.probe_kind != "tcp" => "sendmsg",
            Some(Errno::EMFILE | Errno::ENFILE) => "socket",
            Some(Errno::EADDRINUSE) => "bind",
            _ => "connect",
        }
    }

    /// What a target is called.
    pub(super) fn name(&self, index: usize) -> &str {
        self.destinations.get(index).map_or("", |target| &target.name)
    }
}

impl From<&Target> for Destination {
    fn from(target: &Target) -> Self {
        Self { name: target.name.clone(), to: address(target.to), source: address(target.from) }
    }
}

impl Path {
    pub(super) fn new(outcome: &Outcome, who: &mut Who) -> Self {
        let (ending, length) = match outcome.end {
            PathEnd::Reached(distance) => ("reached", distance),
            PathEnd::Refused(distance) => ("refused", distance),
            PathEnd::Silent(distance) => ("silent", distance),
            _ => ("silent", 0),
        };
        let counted = outcome.reached().filter(|report| !matches!(report.verdict, Verdict::Quiet { .. }));
        let some = |words: &[String]| Some(words.to_vec()).filter(|words| !words.is_empty());
        Self {
            target: outcome.target.name.clone(),
            to: address(outcome.target.to),
            ending,
            length,
            rounds: outcome.rounds,
            foreign: outcome.foreign,
            headline: headline(outcome),
            loss_ratio: counted.and_then(|report| Some(1.0 - report.hop.asked.answered_ratio()?)),
            ambiguous: Some(outcome.ambiguous).filter(|count| *count > 0),
            path_loop: outcome.path_loop.map(|(near, far)| vec![near, far]),
            ways: outcome.paths.as_ref().map(|found| Ways::new(found, who)),
            path_mtu: outcome.mtu.as_ref().map(MtuOfPath::from),
            missed: some(&outcome.judgement.missed),
            unmeasured: some(&outcome.judgement.unmeasured),
        }
    }
}

/// What may be missing.
pub(super) fn notices(begin: &Begin, outcomes: &[Outcome]) -> Vec<Notice> {
    let is_short = outcomes.iter().any(|outcome| outcome.rounds < begin.rounds);
    let hops = outcomes.iter().flat_map(|outcome| &outcome.hops);
    let pending: u64 = hops.map(|report| report.hop.asked.sent - report.hop.asked.decided()).sum();
    let interrupted = is_short.then(|| Notice::new("interrupted", "the run was ended before its last round"));
    let pending = (pending > 0).then(|| Notice {
        missing: Some(pending),
        ..Notice::new("pending", "probes were still under way when the run ended")
    });
    let is_cut = outcomes.iter().filter_map(|outcome| outcome.paths.as_ref()).any(|found| found.is_cut);
    let cut = is_cut.then(|| Notice::new("interrupted", "the search for all paths was cut short"));
    interrupted.into_iter().chain(pending).chain(cut).collect()
}
