//! What a walk tells while it goes: [`WalkEvent`].

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::probe::{IcmpError, PortState};
use crate::stamp::ClockSource;

/// Something that happened to a walk.
#[derive(Debug)]
#[non_exhaustive]
pub enum WalkEvent {
    /// What came of a probe, in the order of distances.
    Settled(Box<WalkProbe>),
    /// A packet was too large, and leaves again at that distance.
    Shrunk(Box<Shrunk>),
    /// An answer to a probe that had settled without it, or was answered before.
    Late(Box<WalkProbe>),
    /// The system refused a probe, which ends the walk.
    SendFailed(io::Error),
    /// The system could not receive.
    ReceiveFailed(io::Error),
}

/// One probe of a walk.
#[derive(Clone, Debug, PartialEq)]
pub struct WalkProbe {
    /// Its hop limit.
    pub distance: u8,
    /// Its place among those of that distance, from zero.
    pub index: u8,
    /// What answered it in time.
    pub answer: Option<WalkAnswer>,
    /// What its size was found to be too large for: the length in bytes of the longest packet that passes.
    pub mtu: Option<u32>,
}

/// A packet was too large.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// Hop limit of the packet.
    pub distance: u8,
    /// Who said so.
    pub answer: WalkAnswer,
    /// Bytes of the longest packet that passes.
    pub mtu: u32,
}

/// What answered a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct WalkAnswer {
    /// Who; `None` is this host's own network.
    pub from: Option<SocketAddr>,
    /// Time since the probe left.
    pub rtt: Duration,
    /// Which clocks read it.
    pub clock: ClockSource,
    /// What it says.
    pub words: WalkWords,
    /// TTL or hop limit it came with; `None` if the kernel did not tell.
    pub hop_limit: Option<u8>,
    /// The [extensions](crate::extensions) it has, as they came; empty without any.
    pub extensions: Vec<u8>,
    /// Whether the probe's data that it quotes are all zero, which they were not.
    pub is_blank: bool,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WalkWords {
    /// The target replied.
    Reply,
    /// The target's port did, to the beginning of a connection.
    Port(PortState),
    /// An ICMP message.
    Icmp(IcmpError),
    /// The packet is longer than this host may send: the MTU.
    TooLong(u32),
}

impl WalkWords {
    /// Whether the probe's hops were used up there, and there are more.
    pub fn is_passing(self) -> bool {
        use crate::path::AnswerMeaning;
        matches!(self, Self::Icmp(error) if AnswerMeaning::of(error, false) == Some(AnswerMeaning::Passing))
    }
}
