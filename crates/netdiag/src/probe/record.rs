//! The objects of `netdiag.probe/1`. The doc comments are the reference's words.
//!
//! A key is missing when there is nothing to say; nothing is ever null.

use netdiag_probe::{Phase, Phases, Report};
use netdiag_text::Secrets;
use netdiag_text::duration::micros;
use schemars::JsonSchema;
use serde::Serialize;

use super::course::{Course, Figures};
use super::kernel::Kernel;
use super::record_found::Answer;
use super::record_tls::Tls;
use super::render::Probe;

/// The identity of the format; a change that breaks readers changes the number.
pub(super) const SCHEMA: &str = "netdiag.probe/1";

/// One line.
#[derive(JsonSchema)]
#[serde(tag = "record", rename_all = "snake_case")]
#[expect(dead_code, reason = "a line is written as its record; only its shape is wanted")]
pub(super) enum Line {
    Begin(Begin),
    Probe(Box<Probed>),
    Summary(Box<Summary>),
}

/// What begins the output.
#[derive(JsonSchema, Serialize)]
pub(super) struct Begin {
    /// `netdiag.probe/1`.
    schema: &'static str,
    /// The version of the program.
    netdiag: &'static str,
}

impl Begin {
    pub(super) const HERE: Self = Self { schema: SCHEMA, netdiag: env!("CARGO_PKG_VERSION") };
}

/// One probe.
#[derive(JsonSchema, Serialize)]
pub(super) struct Probed {
    /// The URL as typed.
    url: String,
    /// Which of the repeats, from 1.
    seq: u64,
    /// `ok`, or the kind of the failure: `refused`, `timeout`, `tls` and so on.
    outcome: &'static str,
    /// All phases of all hops together; missing where the probe failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_us: Option<f64>,
    /// Each exchange: one, or one for each redirect before the last.
    hops: Vec<Hop>,
    /// What the kernel knew of the last connection, with `--info`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<Kernel>,
    /// Why the kernel could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel_error: Option<String>,
}

/// One connection and what was found behind it.
#[derive(JsonSchema, Serialize)]
struct Hop {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    phases: Times,
    /// What of `first_byte_us` an ICMP echo request spent in this host's own queue; missing if the kernel did not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_queue_us: Option<f64>,
    /// What of it was spent waiting for a neighbour's address; missing if the kernel did not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    neighbour_us: Option<f64>,
    /// Our address and port.
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    /// The peer's address and port.
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    /// Every attempt to connect that was begun.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Tls>,
    #[serde(flatten)]
    answer: Answer,
}

/// Why it is not as expected.
#[derive(JsonSchema, Serialize)]
struct Failure {
    /// One word, the same in every version.
    kind: &'static str,
    /// How far it had come: `resolve`, `open` (making the socket), `connect`, `tls`, `first byte`, `transfer`.
    phase: &'static str,
    message: String,
    /// Who said so by ICMP, where it was not the peer itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// How long each phase took; one that was not reached is missing.
#[derive(JsonSchema, Serialize)]
struct Times {
    #[serde(skip_serializing_if = "Option::is_none")]
    resolve_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_us: Option<f64>,
}

/// One attempt to connect to one address.
#[derive(JsonSchema, Serialize)]
struct Attempt {
    /// Address and port; of `icmp://` the address alone.
    to: String,
    took_us: f64,
    /// `ok`, or the kind of the failure; `overtaken` if another address answered first.
    outcome: &'static str,
}

/// What the probes of one URL came to.
#[derive(JsonSchema, Serialize)]
pub(super) struct Summary {
    /// The URL as typed.
    url: String,
    sent: u64,
    ok: u64,
    failed: u64,
    /// Probes that told nothing of the peer.
    not_measured: u64,
    /// All phases together, of the probes that went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Spread>,
    /// Each phase, of every probe that got through it.
    phases: PhaseSpreads,
}

/// Figures of each phase.
#[derive(Default, JsonSchema, Serialize)]
struct PhaseSpreads {
    #[serde(skip_serializing_if = "Option::is_none")]
    resolve: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte: Option<Spread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<Spread>,
}

/// Figures over times.
#[derive(JsonSchema, Serialize)]
struct Spread {
    min_us: f64,
    avg_us: f64,
    max_us: f64,
    mdev_us: f64,
    p50_us: f64,
    p90_us: f64,
    p95_us: f64,
    p99_us: f64,
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
            kernel_error: probe.kernel.and_then(|kernel| kernel.as_ref().err().map(ToString::to_string)),
        }
    }
}

impl Hop {
    fn new(report: &Report) -> Self {
        let attempt = |attempt: &netdiag_probe::Attempt| Attempt {
            to: attempt.place(),
            took_us: micros(attempt.took),
            outcome: attempt.error.as_ref().map_or("ok", netdiag_probe::Error::kind),
        };
        let failure = |failed: &netdiag_probe::PhaseError| Failure {
            kind: failed.error.kind(),
            phase: failed.phase.name(),
            message: Secrets::NONE.redact(&failed.error.message()).exact(),
            by: failed.error.by().map(|by| by.to_string()),
        };
        Self {
            error: report.result.as_ref().err().map(failure),
            phases: Times::new(&report.phases),
            own_queue_us: report.local_delay.queue.map(micros),
            neighbour_us: report.local_delay.neighbour.map(micros),
            local: report.addresses.map(|(local, _)| local.to_string()),
            peer: report.addresses.map(|(_, peer)| peer.to_string()),
            attempts: report.attempts.iter().map(attempt).collect(),
            tls: report.tls.as_ref().map(Tls::new),
            answer: Answer::new(&report.found),
        }
    }
}

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
                Phase::Tls => &mut phases.tls,
                Phase::FirstByte => &mut phases.first_byte,
                Phase::Transfer => &mut phases.transfer,
            };
            *place = Spread::new(figures);
        }
        Self {
            url: course.url.clone(),
            sent: course.sent,
            ok: course.ok,
            failed: course.failed(),
            not_measured: course.inconclusive,
            total: Spread::new(&course.total),
            phases,
        }
    }
}

impl Spread {
    fn new(figures: &Figures) -> Option<Self> {
        let [min_us, avg_us, max_us, mdev_us] = figures.spread()?.map(micros);
        let [p50_us, p90_us, p95_us, p99_us] = figures.percentiles()?.map(micros);
        Some(Self { min_us, avg_us, max_us, mdev_us, p50_us, p90_us, p95_us, p99_us })
    }
}
