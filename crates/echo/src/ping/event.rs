//! What a ping tells its owner, as it happens: [`PingEvent`].
//!
//! A probe that is never mentioned again after it was sent is still under way when the run ends.

use std::io;
use std::net::SocketAddr;

use super::reply::{Reply, UncountedReply};
use super::statistics::Statistics;
use crate::engine::LocalError;
use crate::probe::{IcmpError, Seq};
use crate::stamp::LocalDelay;

/// What a [`Ping`](super::Ping) tells its owner.
#[derive(Debug)]
#[non_exhaustive]
pub enum PingEvent {
    /// A probe is about to leave, and that one before it is not answered yet.
    Unanswered(Seq),
    /// A probe left.
    Sent(Seq),
    /// An echo reply to a probe of this run.
    Reply(Reply),
    /// What may be one, and does not count.
    Uncounted(UncountedReply),
    /// A probe was not answered in time, or not before the run ended though it had had its time.
    Lost {
        /// The probe.
        seq: Seq,
        /// What of that time it spent in this host.
        delay: LocalDelay,
    },
    /// An ICMP message about a probe of this run.
    Icmp {
        /// The probe it is about.
        seq: Seq,
        /// The router or host that sent it.
        from: SocketAddr,
        /// What it says.
        error: IcmpError,
        /// Whether it ends the probe; a redirect or source quench does not.
        fatal: bool,
        /// Whether it quotes enough of the probe to have the run's secret in it. If not, it fits in number only, and may be forged.
        authenticated: bool,
        /// The IPv4 header it quotes, if it was read from the network and not from the error queue; else empty.
        quoted: Vec<u8>,
    },
    /// The system refused to send a probe.
    SendFailed(Seq, io::Error),
    /// The system refused to send a probe, and the kernel told more than the error.
    Refused(LocalError),
    /// The system could not receive; it may again.
    ReceiveFailed(io::Error),
    /// How things stand, asked for by [`Input::Status`](crate::Input::Status).
    Status(Box<Statistics>),
}
