//! The objects of `netdiag.probe/1`. The doc comments are the reference's words.
//!
//! A key is missing when there is nothing to say; nothing is ever null.

use netdiag_probe::{Attempt as Tried, Phase, PhaseError, Phases, Report};
use netdiag_text::duration::micros;

use super::args::Args;
use super::course::{Course, Figures};
use super::kernel::Kernel;
use super::record_found::{Dns, Echo, Http, Talk, addresses};
use super::record_tls::Tls;
use super::render::Probe;
use crate::json::record::record;
use crate::json::{Address, ErrorRecord, Spread, address, of_peer};

/// The identity of the format; a change that breaks readers changes the number.
pub(super) const SCHEMA: &str = "netdiag.probe/1";

record! {
    /// What the run is about.
    Run {
        /// The URLs to probe, as typed.
        urls: Vec<String>,
        /// How often each is probed.
        count: u64,
        /// Time between the beginnings of probes.
        interval_us: f64,
        /// How long one attempt may take: a probe, all phases together.
        timeout_us: f64,
    }
}

record! {
    /// One probe.
    Probed {
        /// The URL, as typed.
        url: String,
        /// The number of the probe, from 1.
        seq: u64,
        /// `ok`, or the kind of the failure.
        outcome: &'static str,
        /// Each exchange: one, or one for each redirect before the last.
        hops: Vec<Hop>,
    } maybe {
        /// All phases of all hops together; missing where the probe failed.
        total_us: f64,
        /// What the kernel knew of the last connection, with `--info`.
        kernel: Kernel,
        /// Why the kernel could not be asked.
        kernel_error: ErrorRecord,
    }
}

record! {
    /// One connection and what was found behind it.
    Hop {
        /// How long each phase took.
        phases: Times,
    } maybe {
        /// Why it is not as expected.
        error: ErrorRecord,
        /// How far it had come when it failed: `open` is making the socket.
        #[schemars(extend("enum" = PHASES))]
        phase: &'static str,
        /// Time in the queue of the device it left by, part of `first_byte_us`, of an ICMP echo request; missing if the kernel did not
        /// tell.
        own_queue_us: f64,
        /// Time until the neighbour it goes to had told its address (ARP, neighbour discovery), likewise; missing if the kernel did not tell.
        neighbour_us: f64,
        /// This end.
        local: Address,
        /// The other end; of a Unix domain socket, who listens.
        peer: Address,
        /// Every attempt to connect that was begun.
        connect_attempts: Vec<Attempt>,
        /// What the TLS handshake showed, whether it succeeded or not.
        tls: Tls,
        /// How far a script came.
        talk: Talk,
        /// What came back of what was sent.
        echo: Echo,
        /// The HTTP answer.
        http: Http,
        /// The DNS answer.
        dns: Dns,
        /// The addresses of the name.
        addresses: Vec<Address>,
    }
}

record! {
    /// How long each phase took; one that was not reached is missing.
    Times {
    } maybe {
        /// Looking up the name; missing where there was none.
        resolve_us: f64,
        /// From the first attempt to connect to the connection.
        connect_us: f64,
        /// The TLS handshake.
        tls_us: f64,
        /// From the request, or from the connection where the peer speaks first, to the first byte of the answer; of `icmp://` the
        /// round trip by the kernel's clocks.
        first_byte_us: f64,
        /// From the first byte to the end of the conversation.
        transfer_us: f64,
    }
}

record! {
    /// One attempt to connect to one address.
    Attempt {
        /// The address it goes to; `icmp://` has no port.
        to: Address,
        /// How long the attempt took.
        took_us: f64,
        /// `ok`, or the kind of the failure; `overtaken` if another address answered first.
        outcome: &'static str,
    }
}

record! {
    /// What the probes of one URL came to.
    Summary {
        /// The URL, as typed.
        url: String,
        /// Probes sent.
        sent: u64,
        /// Probes that went as expected.
        ok: u64,
        /// Not as expected.
        failed: u64,
        /// Could not be measured: they told nothing of the peer.
        not_measured: u64,
        /// Figures over each phase, of every probe that got through it.
        spreads: PhaseSpreads,
    } maybe {
        /// Figures over all phases together, of the probes that went well.
        total: Spread,
    }
}

record! {
    /// Figures of each phase; one that was never reached is missing.
    #[derive(Default)]
    PhaseSpreads {
    } maybe {
        /// Of looking up the name.
        resolve: Spread,
        /// Of connecting.
        connect: Spread,
        /// Of the TLS handshake.
        handshake: Spread,
        /// Of the time to the first byte of the answer.
        first_byte: Spread,
        /// Of the rest of the conversation.
        transfer: Spread,
    }
}

impl Run {
    pub(super) fn new(args: &Args) -> Self {
        Self {
            urls: args.urls.clone(),
            count: args.count.get(),
            interval_us: micros(args.interval),
            timeout_us: micros(args.timeout),
        }
    }
}

impl Probed {
    pub(super) fn new(probe: &Probe<'_>) -> Self {
        let total = || micros(probe.reports.iter().map(|report| report.phases.total()).sum());
        let ok = probe.reports.iter().all(|report| report.result.is_ok());
        Self {
            url: probe.url.to_owned(),
            seq: probe.seq,
            outcome: probe.reports.last().map_or("ok", Report::outcome),
            total_us: ok.then(total),
            hops: probe.reports.iter().map(Hop::new).collect(),
            kernel: probe.kernel.and_then(|kernel| kernel.as_ref().ok().cloned()),
            kernel_error: probe.kernel.and_then(|kernel| kernel.as_ref().err().map(not_asked)),
        }
    }
}

impl Hop {
    fn new(report: &Report) -> Self {
        let failed = report.result.as_ref().err();
        let listens =
            report.peer.map(|peer| Address { pid: peer.pid, uid: Some(peer.uid), ..Address::default() });
        let attempts: Vec<Attempt> = report.attempts.iter().map(Attempt::new).collect();
        Self {
            error: failed.map(|failed| of_peer(&failed.error)),
            phase: failed.map(|PhaseError { phase, .. }| word(*phase)),
            phases: Times::new(&report.phases),
            own_queue_us: report.local_delay.queue.map(micros),
            neighbour_us: report.local_delay.neighbour.map(micros),
            local: report.addresses.map(|(local, _)| address(local)),
            peer: report.addresses.map(|(_, peer)| address(peer)).or(listens),
            connect_attempts: Some(attempts).filter(|attempts| !attempts.is_empty()),
            tls: report.tls.as_ref().map(Tls::new),
            talk: Talk::new(&report.found),
            echo: Echo::new(&report.found),
            http: Http::new(&report.found),
            dns: Dns::new(&report.found),
            addresses: addresses(&report.found),
        }
    }
}

impl Attempt {
    fn new(tried: &Tried) -> Self {
        Self {
            to: address(tried.to),
            took_us: micros(tried.took),
            outcome: tried.error.as_ref().map_or("ok", netdiag_probe::Error::kind),
        }
    }
}

/// Why the kernel told nothing of a connection.
fn not_asked(error: &netdiag_sockdiag::Error) -> ErrorRecord {
    ErrorRecord::new("os", error.to_string())
}

/// A phase by one word.
fn word(phase: Phase) -> &'static str {
    if phase == Phase::FirstByte { "first-byte" } else { phase.name() }
}

const PHASES: [&str; 6] = ["resolve", "open", "connect", "tls", "first-byte", "transfer"];

impl Times {
    fn new(phases: &Phases) -> Self {
        Self {
            resolve_us: phases.resolve.map(micros),
            connect_us: phases.connect.map(micros),
            tls_us: phases.tls.map(micros),
            first_byte_us: phases.first_byte.map(micros),
            transfer_us: phases.transfer.map(micros),
        }
    }
}

impl Summary {
    pub(super) fn new(course: &Course) -> Self {
        let mut phases = PhaseSpreads::default();
        for (phase, figures) in &course.phases {
            let place = match phase {
                Phase::Resolve => &mut phases.resolve,
                // It has no time.
                Phase::Open => continue,
                Phase::Connect => &mut phases.connect,
                Phase::Tls => &mut phases.handshake,
                Phase::FirstByte => &mut phases.first_byte,
                Phase::Transfer => &mut phases.transfer,
            };
            *place = spread(figures);
        }
        Self {
            url: course.url.clone(),
            sent: course.sent,
            ok: course.ok,
            failed: course.failed(),
            not_measured: course.inconclusive,
            total: spread(&course.total),
            spreads: phases,
        }
    }
}

fn spread(figures: &Figures) -> Option<Spread> {
    Spread::new(&figures.times, figures.percentiles()?.map(Some))
}
