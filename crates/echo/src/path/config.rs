//! What a trace is asked for: [`TraceConfig`].

use std::net::SocketAddr;
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
    /// The lowest hop limit to send with.
    pub first: u8,
    /// The highest; no less than `first`.
    pub last: u8,
    /// How many rounds, each of which asks every hop once; `None` goes on until it is stopped.
    pub rounds: Option<u64>,
    /// From one round to the next.
    pub interval: Duration,
    /// A first look: all there is to the run if it leaves nothing to be found out.
    pub glance: Option<Glance>,
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

/// The first rounds of a trace in quick succession.
///
/// They are the whole run if the path ends somewhere, its end answered each of them, and each hop before it answered all or none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Glance {
    /// How many.
    pub rounds: u64,
    /// From one to the next.
    pub interval: Duration,
}

impl Default for Glance {
    /// As many as tell a router that never answers from chance, and no more than routers have in store that limit their answers.
    fn default() -> Self {
        Self { rounds: 5, interval: Duration::from_millis(100) }
    }
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
            first: 1,
            last: 30,
            rounds: Some(10),
            interval: Duration::from_secs(1),
            glance: None,
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
