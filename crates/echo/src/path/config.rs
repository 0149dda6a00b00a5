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
    /// Whether the echo requests of each round have a flow of their own, so that ways show among which routers share traffic.
    pub varies_flow: bool,
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
    /// A first look: all there is to the run if it leaves nothing to be found out.
    pub glance: Option<Glance>,
    /// How long a probe is waited for. Once all have left, no longer than ten times the longest round trip.
    pub timeout: Duration,
    /// How long anything is waited for once all have left; `None` for no less than else.
    pub grace: Option<Duration>,
    /// Data bytes of the shortest probes, where each round has a length of its own, at random, up to the payload's; `None` for probes
    /// of one length.
    pub least_size: Option<usize>,
    /// How long all of it may take: what is under way then is neither answered nor silent.
    pub deadline: Option<Duration>,
    /// How many hops beyond the last that answers are still asked after the first round, as long as the target does not answer.
    pub give_up: u8,
    /// Whether hops that answered in part are asked again, slowly, to find out whether they limit their answers.
    pub confirms: bool,
    /// Whether it is told of each probe that leaves, and of extensions as they change.
    pub tells_all: bool,
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
            varies_flow: false,
            kind: ProbeKind::Echo,
            source_port: None,
            source: None,
            tos: 0,
            first: 1,
            last: 30,
            rounds: Some(10),
            interval: Duration::from_secs(1),
            glance: None,
            timeout: Duration::from_secs(3),
            grace: None,
            least_size: None,
            deadline: None,
            give_up: 12,
            confirms: true,
            tells_all: false,
            target_limits: false,
        }
    }

    /// What the echo requests of a round have in common.
    pub(super) const fn flow_in(&self, round: u64) -> u32 {
        if self.varies_flow { self.flow.wrapping_add(round as u32) } else { self.flow }
    }

    /// What a probe of that round with that hop limit has for its [flow](crate::Probe::flow).
    pub(super) fn flow_of(&self, round: u64, distance: u8) -> Option<u32> {
        match self.kind {
            ProbeKind::Echo => self.to.is_ipv4().then_some(self.flow_in(round)),
            // The socket's port makes it one.
            ProbeKind::Udp => None,
            ProbeKind::Tcp => {
                self.source_port.map(|port| port.wrapping_add((distance - self.first).into()).into())
            }
        }
    }

    /// Data bytes of the probes of a round.
    pub(super) fn size(&self, round: u64) -> usize {
        let longest = self.payload.size;
        let Some(least) = self.least_size.filter(|least| *least < longest) else { return longest };
        let room = u64::try_from(longest - least).unwrap_or(u64::MAX);
        // Anybody may know the length, so that chance need not be good.
        let chance = (self.payload.secret.unwrap_or_default() ^ round).wrapping_mul(SPREAD) >> 16;
        least + usize::try_from(chance % (room + 1)).unwrap_or_default()
    }

    /// Hops that a round can ask.
    pub(super) const fn stride(&self) -> u64 {
        self.last.saturating_sub(self.first) as u64 + 1
    }
}

/// The golden ratio of 64 bits: neighbours become strangers.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_has_a_length_of_its_own() {
        let payload = Payload { size: 100, secret: Some(7), pattern: Vec::new() };
        let config = TraceConfig::new("192.0.2.1:0".parse().unwrap(), Ident(1), payload);
        assert_eq!(config.size(3), 100);
        let config = TraceConfig { least_size: Some(18), ..config };
        let mut sizes: Vec<usize> = (0..2000).map(|round| config.size(round)).collect();
        sizes.sort_unstable();
        sizes.dedup();
        assert_eq!(sizes, (18..=100).collect::<Vec<_>>());
        assert_eq!(TraceConfig { least_size: Some(100), ..config }.size(3), 100);
    }
}
