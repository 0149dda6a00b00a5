//! How the paths to a target are to be enumerated: [`PathsConfig`].

use std::net::SocketAddr;
use std::time::Duration;

use crate::payload::Payload;
use crate::probe::Ident;

/// What is asked of an enumeration of paths.
#[derive(Clone, Debug)]
pub struct PathsConfig {
    /// The target; where [ports vary](FlowField::Port), its port is that of flow 0, and the others follow it.
    pub to: SocketAddr,
    /// Identifier of the socket that probes leave by.
    pub ident: Ident,
    /// What probes carry, with a secret of its own.
    pub payload: Payload,
    /// What makes a flow another for routers.
    pub field: FlowField,
    /// The lowest hop limit to send with; what is before it counts as one router.
    pub first: u8,
    /// The highest; no less than `first`.
    pub last: u8,
    /// How sure to be that no router is missing.
    pub confidence: Confidence,
    /// The most flows at any distance; with ports, no more than there are from that of the target on.
    pub most_flows: u16,
    /// How long a probe is waited for; no longer than ten times the longest round trip so far, or half a second.
    pub timeout: Duration,
    /// How long all of it may take.
    pub deadline: Option<Duration>,
    /// After how many distances in a row at which nobody answers it ends.
    pub give_up: u8,
}

impl PathsConfig {
    /// As sure as 95 in a hundred, by 128 flows at the most, and thirty hops.
    pub const fn new(to: SocketAddr, ident: Ident, payload: Payload, field: FlowField) -> Self {
        Self {
            to,
            ident,
            payload,
            field,
            first: 1,
            last: 30,
            confidence: Confidence::Of95,
            most_flows: 128,
            timeout: Duration::from_secs(3),
            deadline: None,
            give_up: 4,
        }
    }
}

/// What differs between probes of two flows, and is the same in all of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FlowField {
    /// The port that datagrams go to.
    Port,
    /// The checksum of echo requests, which some routers go by. Linux does not: to it all of them are one flow.
    Checksum,
}

/// How sure to be that a router has no more next hops than were seen, if it shares traffic evenly among them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Confidence {
    /// 95 in a hundred.
    #[default]
    Of95,
    /// 99 in a hundred.
    Of99,
}

impl Confidence {
    /// The probability that what is said is right.
    pub const fn probability(self) -> f64 {
        match self {
            Self::Of95 => 0.95,
            Self::Of99 => 0.99,
        }
    }
}
