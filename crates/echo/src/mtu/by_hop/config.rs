//! What a search for the MTU of each part of a path is asked for: [`HopMtuConfig`], [`MtuPlace`].
//!
//! It begins where a [`Trace`] has ended: only who answered that is asked again, and nobody more often than it likes.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::mtu::config::headers;
use crate::path::{HopReport, PathEnd, ProbeKind, Trace, Verdict};
use crate::payload::random;
use crate::probe::{Family, Ident};

/// How the MTU of each part of a path is to be found.
#[derive(Clone, Debug)]
pub struct HopMtuConfig {
    /// The target; its port is zero where probes have none.
    pub to: SocketAddr,
    /// The identifier of the socket.
    pub ident: Ident,
    /// The run's secret.
    pub secret: u64,
    /// What all probes have in common for routers that share traffic among several ways.
    pub flow: u32,
    /// What probes are; not connections, which cannot be sent at any length.
    pub kind: ProbeKind,
    /// Bytes of IP packet that are known to pass.
    pub small: usize,
    /// Whom to ask, in the order of the path.
    pub places: Vec<MtuPlace>,
    /// The longest round trip so far.
    pub longest: Duration,
    /// How long the answer to a probe may take at most.
    pub timeout: Duration,
    /// The search ends this long after its start, whatever is known.
    pub deadline: Option<Duration>,
}

/// A distance that answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MtuPlace {
    /// How far away.
    pub distance: u8,
    /// Who answers there.
    pub routers: Vec<IpAddr>,
    /// Whether its answers may be limited, as those of routers are.
    pub limits: bool,
    /// So many probes must vanish for it to be no chance.
    pub tries: u32,
}

impl HopMtuConfig {
    /// A search along the path of a trace, with probes as that had them, in the time that is left. Who answers in part because it
    /// likes to is not asked.
    pub fn after(trace: &Trace, deadline: Option<Duration>) -> Self {
        let (config, reports, end) = (trace.config(), trace.reports(), trace.end());
        let size = config.payload.size + headers(Family::of(config.to));
        Self {
            to: config.to,
            ident: config.ident,
            secret: random(),
            flow: config.flow,
            kind: config.kind,
            small: size.min(SMALL),
            places: (reports.iter())
                .filter_map(|report| MtuPlace::of_hop(report, end, config.target_limits))
                .collect(),
            longest: reports.iter().filter_map(|report| report.hop.rtts.max()).max().unwrap_or_default(),
            timeout: config.timeout,
            deadline,
        }
    }

    /// Bytes of headers in each packet; that of UDP is as long as that of ICMP.
    pub(super) const fn headers(&self) -> usize {
        headers(Family::of(self.to))
    }
}

impl MtuPlace {
    fn of_hop(report: &HopReport, end: PathEnd, target_limits: bool) -> Option<Self> {
        let hop = &report.hop;
        let is_moody = matches!(report.verdict, Verdict::Quiet { limits: false, .. });
        if hop.asked.answered == 0 || is_moody {
            return None;
        }
        let is_target = end == PathEnd::Reached(hop.distance);
        // What a limit leaves unanswered says nothing of what is lost.
        let is_limited = matches!(report.verdict, Verdict::Quiet { .. });
        let silence = 1.0 - hop.asked.answered_ratio().filter(|_| !is_limited).unwrap_or(1.0);
        Some(Self {
            distance: hop.distance,
            routers: hop.responders.iter().map(|responder| responder.address.ip()).collect(),
            limits: !is_target || target_limits,
            tries: tries(silence),
        })
    }
}

/// So many that all of them vanish by chance in one of a hundred cases, where that share does.
fn tries(silence: f64) -> u32 {
    let needed = (0.01_f64).ln() / silence.clamp(0.01, 0.99).ln();
    (needed.ceil() as u32).clamp(FEWEST, MOST)
}

/// Routers quote no less of a packet that is as long as this.
const SMALL: usize = 128;
const FEWEST: u32 = 3;
const MOST: u32 = 12;
