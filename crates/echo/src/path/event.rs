//! What a trace tells while it runs: [`TraceEvent`].

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::meaning::AnswerMeaning;
use super::report::{HopReport, PathReport};
use crate::engine::LocalError;
use crate::probe::PortState;
use crate::stamp::ClockSource;

/// Something that happened to a trace.
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceEvent {
    /// A probe has left; only a trace that [tells all](super::TraceConfig::tells_all) says so.
    Sent {
        /// Round it left in, from zero.
        round: u64,
        /// Its hop limit.
        distance: u8,
    },
    /// The answer told of next has other extensions than whoever sends it had before; only a trace that
    /// [tells all](super::TraceConfig::tells_all) says so.
    Extended {
        /// The hop limit of the probe that was answered.
        distance: u8,
        /// Who answered.
        from: SocketAddr,
        /// The [extensions](crate::extensions), as they came.
        extensions: Vec<u8>,
    },
    /// A probe was answered.
    Answer(HopAnswer),
    /// A probe has not been answered in time.
    Silent {
        /// Round it left in, from zero.
        round: u64,
        /// Its hop limit.
        distance: u8,
    },
    /// The system refused a probe.
    SendFailed {
        /// Round it was to leave in, from zero.
        round: u64,
        /// Its hop limit.
        distance: u8,
        /// Why.
        error: io::Error,
    },
    /// This host's own network refused a probe.
    Refused(LocalError),
    /// The system could not receive.
    ReceiveFailed(io::Error),
    /// Another router answers at a distance than in the round before.
    RouteChanged {
        /// Round it was seen in, from zero.
        round: u64,
        /// Where.
        distance: u8,
        /// Who answered before.
        before: SocketAddr,
        /// Who answers from then on.
        after: SocketAddr,
    },
    /// Hops that answered in part are now asked again, slowly.
    AskingSlowly {
        /// How many of them.
        hops: usize,
        /// How long that will take.
        takes: Duration,
    },
    /// Nothing that may still come changes what is thought of this hop; hops settle in order.
    Settled(Box<HopReport>),
    /// How things stand, asked for by [`Input::Status`](crate::Input::Status).
    Status(Box<PathReport>),
    /// Everything was forgotten, because of [`Input::Reset`](crate::Input::Reset).
    Reset,
}

/// An answer to one probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HopAnswer {
    /// Round the probe left in, from zero.
    pub round: u64,
    /// The probe's hop limit.
    pub distance: u8,
    /// Who answered.
    pub from: SocketAddr,
    /// From the probe's departure to the answer's arrival.
    pub rtt: Duration,
    /// By which clocks.
    pub clock: ClockSource,
    /// What it says.
    pub meaning: AnswerMeaning,
    /// What the target's port says, of a probe over TCP that it answered itself.
    pub port: Option<PortState>,
    /// TTL or hop limit the answer arrived with; `None` if the kernel did not tell.
    pub hop_limit: Option<u8>,
    /// Whether the probe had been given up.
    pub is_late: bool,
    /// Whether it had been answered before; such answers count for nothing.
    pub is_duplicate: bool,
}
