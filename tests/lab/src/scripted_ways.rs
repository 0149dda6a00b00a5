//! Routers that share traffic as a test wants, each among some of the next: the far side of one TUN device.
//!
//! A flow is what the addresses, the protocol and the two bytes behind the first two of the IP payload say: the port that a packet
//! goes to, or the checksum of an echo request. The port it comes from is another each time, and a test is to be told the same
//! each time. A router goes by that, or by nothing at all: packet by packet, in turn.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use crate::scripted_path::{answers, come_far};
use crate::{Error, Hop, HopManner, Host, Lab, Reply, Scripted, forge, packet};

/// One router, and who is next.
#[derive(Clone, Debug)]
pub struct Fork {
    /// How it answers.
    pub manner: HopManner,
    /// Those it shares traffic among, by their place at the next distance; of the last routers nobody, but the target.
    pub next: Vec<usize>,
    /// Whether it goes packet by packet.
    pub by_packet: bool,
}

impl Fork {
    /// One that answers everything and shares traffic flow by flow.
    pub fn to(next: &[usize]) -> Self {
        Self { manner: HopManner::Answers, next: next.to_vec(), by_packet: false }
    }
}

/// Scripted routers behind `tun0` of a host.
#[derive(Debug)]
pub struct ScriptedWays {
    _scripted: Scripted,
}

impl ScriptedWays {
    /// Where the target answers.
    pub const TARGETS: [&str; 2] = ["10.98.99.9", "fd98:99::9"];

    /// Lays them behind the host, distance by distance; all packets come to the first router of the first. Number R at distance
    /// N has the addresses `10.98.N.R` and `fd98:N::R`, both counted from 1.
    ///
    /// # Errors
    /// As [`Lab::scripted`].
    pub fn new(lab: &Lab, host: &Host, routers: Vec<Vec<Fork>>) -> Result<Self, Error> {
        let mut script = Script { routers, packets: 0 };
        let scripted = lab.scripted((host, "tun0"), move |request| script.answer(request))?;
        for (address, prefix) in [("10.98.0.1/32", "10.98.0.0/16"), ("fd98::1/128", "fd98::/16")] {
            host.address("tun0", address)?;
            host.route(prefix, Hop::Through("tun0"))?;
        }
        Ok(Self { _scripted: scripted })
    }
}

struct Script {
    routers: Vec<Vec<Fork>>,
    packets: u64,
}

impl Script {
    fn answer(&mut self, request: &[u8]) -> Vec<Reply> {
        let reply = self.reply(request);
        reply.map(|packet| Reply { after: Duration::from_millis(1), packet }).into_iter().collect()
    }

    fn reply(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let to = packet::destination(request)?;
        // Nobody's: neighbour discovery and the like.
        if !ScriptedWays::TARGETS.iter().any(|target| target.parse() == Ok(to)) {
            return None;
        }
        self.packets += 1;
        let limit = usize::from(*request.get(if to.is_ipv4() { 8 } else { 7 })?);
        let flow = flow(request)?;
        let (mut place, mut number) = (0, 0);
        while place + 1 < limit && place < self.routers.len() {
            let fork = self.routers.get(place)?.get(number)?;
            let word = if fork.by_packet { self.packets } else { hash(&(flow, place, number)) };
            place += 1;
            number = match fork.next.len() {
                0 => 0,
                ways => *fork.next.get(word as usize % ways)?,
            };
        }
        let packet = match self.routers.get_mut(place) {
            None => forge::echo_reply(request)
                .or_else(|| forge::unreachable(to, if to.is_ipv4() { 3 } else { 4 }, request))?,
            Some(routers) => {
                let manner = &mut routers.get_mut(number)?.manner;
                answers(manner, self.packets)
                    .then(|| forge::time_exceeded(router(place, number, &to), request))??
            }
        };
        come_far(packet, place)
    }
}

/// What makes packets one flow.
fn flow(request: &[u8]) -> Option<u64> {
    let transport = packet::transport(request)?;
    let port = request.get(transport.offset + 2..transport.offset + 4)?;
    Some(hash(&(packet::source(request)?, packet::destination(request)?, transport.protocol, port)))
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    // What is left of a hash may depend on its last bits alone.
    hasher.finish() >> 17
}

fn router(place: usize, number: usize, to: &IpAddr) -> IpAddr {
    let (place, number) = (place as u16 + 1, number as u16 + 1);
    match to {
        IpAddr::V4(_) => [10, 98, place as u8, number as u8].into(),
        IpAddr::V6(_) => [0xfd98, place, 0, 0, 0, 0, 0, number].into(),
    }
}
