//! What a trace tells while it runs: [`TraceEvent`].

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::engine::LocalError;
use crate::probe::{Family, IcmpError};
use crate::stamp::ClockSource;

/// Something that happened to a trace.
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceEvent {
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
        /// Who answers now.
        now: SocketAddr,
    },
    /// Hops that answered in part are now asked again, slowly.
    AskingSlowly {
        /// How many of them.
        hops: usize,
        /// How long that will take.
        takes: Duration,
    },
    /// Nothing that may still come changes the figures of this hop; hops settle in order.
    Settled {
        /// Which.
        distance: u8,
    },
    /// The owner wanted to know how things stand.
    Status,
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
    /// TTL or hop limit the answer arrived with; `None` if the kernel did not tell.
    pub hop_limit: Option<u8>,
    /// Whether the probe had been given up.
    pub is_late: bool,
    /// Whether it had been answered before; such answers count for nothing.
    pub is_duplicate: bool,
}

/// What an answer says of the path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AnswerMeaning {
    /// The probe's hops were used up there: a router on the way.
    Passing,
    /// The target itself answered.
    Reached,
    /// Somebody does not let the probe pass, and says why.
    Refused(IcmpError),
    /// The packet is too long to pass, or something is wrong with it: it ends here, shorter ones may not.
    Faulted(IcmpError),
}

/// How a path ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PathEnd {
    /// The target answers, that far away.
    Reached(u8),
    /// Somebody refuses to let probes pass that would come as far as that.
    Refused(u8),
    /// Nobody answers beyond that distance; 0 if nobody answers at all.
    Silent(u8),
}

impl AnswerMeaning {
    /// What an ICMP message says, from the target itself or from somebody else; nothing if it is advice.
    pub(super) fn of(error: IcmpError, is_targets: bool) -> Option<Self> {
        if error.is_advice() {
            return None;
        }
        let (passing, unreachable, port) = match error.family {
            Family::V4 => (TIME_EXCEEDED, UNREACHABLE, PORT_UNREACHABLE),
            Family::V6 => (TIME_EXCEEDED_V6, UNREACHABLE_V6, PORT_UNREACHABLE_V6),
        };
        Some(match (error.kind, error.code) {
            (kind, 0) if kind == passing => Self::Passing,
            (kind, code) if kind == unreachable && code == port && is_targets => Self::Reached,
            (kind, code)
                if kind == unreachable && (error.family == Family::V6 || code != FRAGMENTATION_NEEDED) =>
            {
                Self::Refused(error)
            }
            _ => Self::Faulted(error),
        })
    }

    /// Whether the path ends there.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Reached | Self::Refused(_))
    }
}

// RFC 792, RFC 1191, RFC 4443.
const UNREACHABLE: u8 = 3;
const PORT_UNREACHABLE: u8 = 3;
const FRAGMENTATION_NEEDED: u8 = 4;
const TIME_EXCEEDED: u8 = 11;
const UNREACHABLE_V6: u8 = 1;
const PORT_UNREACHABLE_V6: u8 = 4;
const TIME_EXCEEDED_V6: u8 = 3;
