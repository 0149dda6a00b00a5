//! The phases of a conversation, and the time each took.

use std::fmt;
use std::time::Duration;

/// What a conversation is busy with, in order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Phase {
    /// Looking up the name.
    Resolve,
    /// Making the socket, before anything is sent: what fails here is ours, and it has no time of its own.
    Open,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for the first byte of the answer.
    FirstByte,
    /// The rest of the conversation.
    Transfer,
}

/// How long each phase took; `None` for one that was not reached, or that this conversation has not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Phases {
    /// Looking up the name; absent for an address.
    pub resolve: Option<Duration>,
    /// From the first attempt to connect to the connection.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request, or from the connection where the peer speaks first, to the answer's first byte.
    pub first_byte: Option<Duration>,
    /// From the first byte to the end of the conversation.
    pub transfer: Option<Duration>,
}

impl Phase {
    /// Those that take time, in order.
    pub const TIMED: [Self; 5] = [Self::Resolve, Self::Connect, Self::Tls, Self::FirstByte, Self::Transfer];

    /// The phase's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Open => "open",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first byte",
            Self::Transfer => "transfer",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Phases {
    /// The time of one; making a socket has none.
    pub fn of(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Resolve => self.resolve,
            Phase::Open => None,
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::FirstByte => self.first_byte,
            Phase::Transfer => self.transfer,
        }
    }

    /// All of them together.
    pub fn total(&self) -> Duration {
        Phase::TIMED.into_iter().filter_map(|phase| self.of(phase)).sum()
    }
}
