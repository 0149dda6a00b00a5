//! What a trace is asked for: [`TraceConfig`].

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::payload::Payload;
use crate::probe::Ident;

/// How a path is to be traced.
#[derive(Clone, Debug)]
pub struct TraceConfig {
    /// The target; its port is zero where probes have none.
    pub to: SocketAddr,
    /// Identifier of the socket that probes leave by.
    pub ident: Ident,
    /// What probes carry. Its size should make packets of 128 bytes or more: shorter ones come back without extensions.
    pub payload: Payload,
    /// What all probes have in common for routers that share traffic among several ways; of the ICMP checksum it is 16 bits.
    pub flow: u32,
    /// What probes are.
    pub kind: ProbeKind,
    /// The port from which probes over TCP come that have the lowest hop limit, those with others from the ports that follow; `None`
    /// leaves it to the system.
    pub source_port: Option<u16>,
    /// The address that probes come from, if it is known; only from then on it is told what has become of it on the way.
    pub source: Option<IpAddr>,
    /// Type of service or traffic class that probes have.
    pub tos: u8,
    /// The lowest hop limit to send with.
    pub first: u8,
    /// The highest; no less than `first`.
    pub last: u8,
    /// How many rounds, each of which asks every hop once; `None` goes on until it is stopped.
    pub rounds: Option<u64>,
    /// From one round to the next.
    pub interval: Duration,
    /// How long a probe is waited for. Once all have left, no longer than ten times the longest round trip.
    pub timeout: Duration,
    /// How long all of it may take: what is under way then is neither answered nor silent.
    pub deadline: Option<Duration>,
    /// How many hops beyond the last that answers are still asked after the first round, as long as the target does not answer.
    pub give_up: u8,
    /// Whether hops that answered in part are asked again, slowly, to find out whether they limit their answers.
    pub confirms: bool,
    /// Whether the target answers by ICMP errors, which hosts limit as routers do: so it is with UDP, not with echo.
    pub target_limits: bool,
}

/// What the probes of a trace are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProbeKind {
    /// ICMP echo requests.
    Echo,
    /// UDP datagrams.
    Udp,
    /// Beginnings of TCP connections ([`TcpSockets`](crate::TcpSockets)).
    Tcp,
}

impl TraceConfig {
    /// Ten rounds of a second each, of echo requests that may pass thirty hops.
    pub const fn new(to: SocketAddr, ident: Ident, payload: Payload) -> Self {
        Self {
            to,
            ident,
            payload,
            flow: 0xbeef,
            kind: ProbeKind::Echo,
            source_port: None,
            source: None,
            tos: 0,
            first: 1,
            last: 30,
            rounds: Some(10),
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(3),
            deadline: None,
            give_up: 12,
            confirms: true,
            target_limits: false,
        }
    }

    /// What a probe with that hop limit has for its [flow](crate::Probe::flow).
    pub(super) fn flow_of(&self, distance: u8) -> Option<u32> {
        match self.kind {
            ProbeKind::Echo => self.to.is_ipv4().then_some(self.flow),
            // The socket's port makes it one.
            ProbeKind::Udp => None,
            ProbeKind::Tcp => {
                self.source_port.map(|port| port.wrapping_add((distance - self.first).into()).into())
            }
        }
    }

    /// Hops that a round can ask.
    pub(super) const fn stride(&self) -> u64 {
        self.last.saturating_sub(self.first) as u64 + 1
    }
}
