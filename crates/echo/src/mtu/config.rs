//! What a search for the path MTU is asked for: [`MtuConfig`].
//!
//! Its times are those of one probe; how many it takes, the path decides.

use std::net::SocketAddr;
use std::time::Duration;

use crate::payload::random;
use crate::probe::{Family, Ident};
use crate::wire::HEADER_LEN;

/// How the path MTU is to be found.
#[derive(Clone, Debug)]
pub struct MtuConfig {
    /// The target; the port is zero.
    pub to: SocketAddr,
    /// The identifier of the probes, which is that of the socket.
    pub ident: Ident,
    /// The run's secret.
    pub secret: u64,
    /// How long the answer to a probe may take; less once it is known how long answers take, but before a size is given up for good.
    pub timeout: Duration,
    /// Time between probes, at least.
    pub interval: Duration,
    /// How often a size is tried that vanishes; more often where probes get lost that pass.
    pub tries: u32,
    /// The search ends this long after its start, whatever is known.
    pub deadline: Option<Duration>,
}

impl MtuConfig {
    /// A second for an answer, three tries.
    pub fn new(to: SocketAddr, ident: Ident) -> Self {
        Self {
            to,
            ident,
            secret: random(),
            timeout: Duration::from_secs(1),
            interval: Duration::from_millis(10),
            tries: 3,
            deadline: None,
        }
    }

    /// Bytes of IP and ICMP header in each packet; the rest of it is data.
    pub const fn headers(&self) -> usize {
        headers(Family::of(self.to))
    }
}

/// Bytes of IP and ICMP header.
pub(super) const fn headers(family: Family) -> usize {
    HEADER_LEN
        + match family {
            Family::V4 => 20,
            Family::V6 => 40,
        }
}
