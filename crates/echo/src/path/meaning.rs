//! What an answer says of the path: [`AnswerMeaning`].
//!
//! The same ICMP error is the end of a path from one host and a refusal from another.

use crate::probe::{Family, IcmpError};

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

impl AnswerMeaning {
    /// What an ICMP message says, from the target itself or from somebody else; nothing if it is advice.
    pub(crate) fn of(error: IcmpError, is_targets: bool) -> Option<Self> {
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
