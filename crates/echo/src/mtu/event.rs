//! What a search for the path MTU tells its owner: [`MtuEvent`] as it happens, [`PathMtu`] at the end.
//!
//! Sizes are those of IP packets, headers included.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::bounds::Stopped;
use crate::probe::{IcmpError, Seq};
use crate::stamp::ClockSource;

/// What became of a probe, or of a size.
#[derive(Debug)]
#[non_exhaustive]
pub enum MtuEvent {
    /// A probe was answered, perhaps after its time: packets of that size pass.
    Answered {
        /// The probe.
        seq: Seq,
        /// Bytes of its packet.
        size: usize,
        /// From its departure to the reply's arrival.
        rtt: Duration,
        /// Which clocks that was read on.
        clock: ClockSource,
    },
    /// Nothing came back to a probe in its time.
    Unanswered {
        /// The probe.
        seq: Seq,
        /// Bytes of its packet.
        size: usize,
    },
    /// A router says that a probe is too big.
    TooBig {
        /// The probe.
        seq: Seq,
        /// Bytes of its packet.
        size: usize,
        /// Which router.
        from: SocketAddr,
        /// What it would take, in its own words; routers of old do not say.
        told: Option<usize>,
        /// Whether it quotes the run's secret; if not, it may be forged.
        authenticated: bool,
    },
    /// Another ICMP error about a probe.
    Icmp {
        /// The probe.
        seq: Seq,
        /// Bytes of its packet.
        size: usize,
        /// Who sent it.
        from: SocketAddr,
        /// What it says.
        error: IcmpError,
        /// Whether it quotes the run's secret; if not, it may be forged.
        authenticated: bool,
    },
    /// This host's own device takes no packet of that size.
    TooLong {
        /// The probe.
        seq: Seq,
        /// Bytes of its packet.
        size: usize,
        /// Bytes that it takes, where the system says.
        mtu: Option<usize>,
    },
    /// The system refused to send a probe.
    SendFailed {
        /// The probe.
        seq: Seq,
        /// Bytes of its packet.
        size: usize,
        /// Why.
        error: io::Error,
    },
    /// The system could not receive; it may again.
    ReceiveFailed(io::Error),
}

/// What a search came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PathMtu {
    /// The largest packet that was answered; `None` if none was.
    pub size: Option<usize>,
    /// The smallest that is known not to pass, and why; `None` if there is none, or none is known.
    pub stopped: Option<(usize, Stopped)>,
    /// Bytes that this host's device takes, where the system said.
    pub interface: Option<usize>,
    /// Whether all is known: no size lies between the two.
    pub complete: bool,
    /// Whether the search was stopped, or its deadline came first; if neither, nothing is answered, or nothing any more.
    pub is_cut: bool,
    /// Probes that left.
    pub transmitted: u64,
    /// Probes that were answered.
    pub answered: u64,
    /// Probes no larger than [`size`](Self::size) that were not: plain loss.
    pub lost: u64,
}

impl PathMtu {
    /// Whether packets larger than those that pass vanish without a word: a black hole, which stalls connections.
    pub fn is_black_hole(&self) -> bool {
        self.complete && self.size.is_some() && matches!(self.stopped, Some((_, Stopped::Silence)))
    }
}
