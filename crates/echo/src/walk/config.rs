//! How a walk goes: [`WalkConfig`].

use std::net::SocketAddr;
use std::time::Duration;

use crate::payload::Payload;
use crate::probe::{Ident, Seq};

/// How a [`Walk`](super::Walk) goes.
#[derive(Clone, Debug)]
pub struct WalkConfig {
    /// The target. Its port is the one that all datagrams go to, or the first of those they go to in turn; zero for ICMP.
    pub to: SocketAddr,
    /// The identifier of the socket.
    pub ident: Ident,
    /// What probes carry, and how much of it the first of them.
    pub payload: Payload,
    /// What tells the probes apart.
    pub numbering: Numbering,
    /// The [flow](crate::Probe::flow) of all probes.
    pub flow: Option<u32>,
    /// Number of the first probe.
    pub start: Seq,
    /// The least hop limit, from one.
    pub first: u8,
    /// The greatest hop limit, which is not less.
    pub last: u8,
    /// Probes for each distance, from one.
    pub per_hop: u8,
    /// How often a probe leaves again that is not answered in time, beside the first time.
    pub repeats: u8,
    /// How many may be under way at once, from one.
    pub at_once: usize,
    /// The least time between two departures.
    pub send_wait: Duration,
    /// How long answers are waited for.
    pub patience: Patience,
    /// Whether a packet that is told to be too large leaves again, and smaller: bytes of the headers before its data, IP header
    /// included. One is to be under way at once then. `None` takes such a message for an answer.
    pub shrinks: Option<usize>,
}

impl WalkConfig {
    /// As `traceroute` does it.
    pub const fn new(to: SocketAddr, ident: Ident, payload: Payload, numbering: Numbering) -> Self {
        Self {
            to,
            ident,
            payload,
            numbering,
            flow: None,
            start: Seq::FIRST,
            first: 1,
            last: 30,
            per_hop: 3,
            repeats: 0,
            at_once: 16,
            send_wait: Duration::ZERO,
            patience: Patience { longest: Duration::from_secs(5), here: 3.0, near: 10.0 },
            shrinks: None,
        }
    }
}

/// What tells probes apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Numbering {
    /// The sequence number that they carry.
    Carried,
    /// The port they go to, of so many in turn.
    Ports(u32),
}

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// At the most.
    pub longest: Duration,
    /// So many times as long as the first answer of the same distance took; zero does not go by that.
    pub here: f64,
    /// So many times as long as the first answer of a later distance took, where there is none of the same; zero does not go by
    /// that.
    pub near: f64,
}
