//! Stories of paths enumerated in invented time, on invented networks.

mod faults;
mod shapes;

use std::net::SocketAddr;

use super::*;
use crate::payload::Payload;
use crate::probe::{Answer, AnswerKind, AnsweredProbe, Family, IcmpError};
use crate::stamp::Arrival;

const MS: Duration = Duration::from_millis(1);
const SEC: Duration = Duration::from_secs(1);
const IDENT: Ident = Ident(0x1234);
const PAYLOAD: Payload = Payload { size: 100, secret: Some(0xc0ffee), pattern: Vec::new() };
const PORT: u16 = 33_434;

/// A probe as the network sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Packet {
    flow: u16,
    distance: u8,
    /// Probes before it.
    number: u64,
    /// Since the start.
    at: Duration,
}

/// Who answers a packet: a router of that number, the target (0), or nobody.
type Answerer = Option<u8>;

fn router(number: u8) -> SocketAddr {
    ([192, 0, 2, number], 0).into()
}

fn target() -> SocketAddr {
    ([198, 51, 100, 1], PORT).into()
}

fn config() -> PathsConfig {
    PathsConfig::new(target(), IDENT, PAYLOAD, FlowField::Port)
}

/// A run and the network it runs on.
struct Story<N> {
    paths: Paths,
    network: N,
    start: Instant,
    now: Instant,
    on_the_way: Vec<(Instant, Seq, SocketAddr)>,
    /// Whether answers name a probe by the port alone that it went to.
    quotes_ports_alone: bool,
    /// Wanted, and about to leave together.
    batch: Vec<Probe>,
    packets: Vec<Packet>,
    events: Vec<PathsEvent>,
}

impl<N: FnMut(Packet) -> Answerer> Story<N> {
    fn new(config: PathsConfig, network: N) -> Self {
        let start = crate::now();
        let (on_the_way, batch, packets, events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            paths: Paths::new(config),
            network,
            start,
            now: start,
            on_the_way,
            quotes_ports_alone: false,
            batch,
            packets,
            events,
        }
    }

    /// Tells it to the end.
    fn told(mut self) -> Self {
        loop {
            let step = self.paths.poll(self.now);
            if !matches!(step, Step::Send(_)) && !self.batch.is_empty() {
                std::mem::take(&mut self.batch).into_iter().for_each(|probe| self.send(probe));
                if matches!(step, Step::Wait(_)) {
                    continue;
                }
            }
            match step {
                Step::Send(probe) => self.batch.push(probe),
                Step::Report(event) => self.events.push(event),
                Step::Receive => self.arrive(),
                Step::Wait(until) => {
                    let next = self.on_the_way.iter().map(|(at, ..)| *at).chain([until]).min().unwrap();
                    assert!(next > self.now, "it spins");
                    assert!(next < self.start + SEC * 10_000, "it does not end");
                    self.now = next;
                    self.arrive();
                }
                Step::Done => return self,
            }
        }
    }

    fn send(&mut self, probe: Probe) {
        let flow = probe.to.port() - PORT;
        let (distance, number) = (probe.hop_limit.unwrap(), self.packets.len() as u64);
        let packet = Packet { flow, distance, number, at: self.now - self.start };
        self.packets.push(packet);
        let call = SendCall { began: self.now, returned: self.now };
        self.paths.handle(self.now, Input::Sent(probe, call));
        let answerer = (self.network)(packet);
        let at = self.now + MS * u32::from(distance);
        let from = answerer.map(|number| if number == 0 { target() } else { router(number) });
        self.on_the_way.extend(from.map(|from| (at, probe.seq, from)));
    }

    /// Hands over what has arrived, in the order it did.
    fn arrive(&mut self) {
        self.on_the_way.sort_by_key(|(at, ..)| *at);
        while self.on_the_way.first().is_some_and(|(at, ..)| *at <= self.now) {
            let (at, seq, from) = self.on_the_way.remove(0);
            self.hear(at, seq, from);
        }
    }

    fn hear(&mut self, at: Instant, seq: Seq, from: SocketAddr) {
        let mut data = vec![0; PAYLOAD.size];
        PAYLOAD.write(seq, &mut data);
        let (kind, code) = if from == target() { (3, 3) } else { (11, 0) };
        let kind = AnswerKind::Icmp {
            error: IcmpError { family: Family::V4, kind, code, info: 0 },
            quoted: &[],
            data: &data,
            extensions: &[],
            hop_limit: Some(250),
        };
        let at = Arrival { user: self.now, kernel: Some(at) };
        if self.quotes_ports_alone {
            let mut to = target();
            to.set_port(PORT + self.paths.asked(seq).unwrap().question.flow);
            let AnswerKind::Icmp { error, hop_limit, .. } = kind else { unreachable!("it is one") };
            let kind = AnswerKind::Icmp { error, quoted: &[], data: &[], extensions: &[], hop_limit };
            let probe = AnsweredProbe { ident: IDENT, seq: 0, to: Some(to) };
            return self.paths.handle(self.now, Input::Unnumbered(Answer { probe, from, at, kind }));
        }
        let probe = AnsweredProbe { ident: IDENT, seq: seq.to_wire(), to: Some(target()) };
        self.paths.handle(self.now, Input::Answer(Answer { probe, from, at, kind }));
    }

    /// Packets with that hop limit.
    fn sent(&self, distance: u8) -> usize {
        self.packets.iter().filter(|packet| packet.distance == distance).count()
    }

    /// Flows among them.
    fn flows(&self, distance: u8) -> usize {
        let packets = self.packets.iter().filter(|packet| packet.distance == distance);
        packets.map(|packet| packet.flow).collect::<std::collections::BTreeSet<_>>().len()
    }
}

/// Who is at each distance, by number, 0 for the target and 255 for nobody.
fn numbers(graph: &PathGraph) -> Vec<Vec<u8>> {
    let number = |node: &PathNode| match node.address {
        None => 255,
        Some(address) if address.ip() == target().ip() => 0,
        Some(SocketAddr::V4(address)) => address.ip().octets()[3],
        Some(SocketAddr::V6(_)) => unreachable!("all of it is IPv4"),
    };
    let sorted = |hop: &PathHop| {
        let mut numbers: Vec<u8> = hop.nodes.iter().map(number).collect();
        numbers.sort_unstable();
        numbers
    };
    graph.hops.iter().map(sorted).collect()
}

/// What links lead to a distance, as pairs of numbers; 254 is where all flows begin.
fn linked(graph: &PathGraph, distance: u8) -> Vec<(u8, u8)> {
    let number = |hop: Option<&PathHop>, at: usize| {
        hop.map_or(254, |hop| {
            numbers(&PathGraph {
                hops: vec![PathHop { nodes: vec![hop.nodes[at].clone()], ..hop.clone() }],
                links: vec![],
            })[0][0]
        })
    };
    let mut pairs: Vec<(u8, u8)> = (graph.links_to(distance))
        .map(|link| {
            let from = link.from.map_or(254, |from| number(graph.hop(distance - 1), from));
            (from, number(graph.hop(distance), link.to))
        })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// A hash of a flow that has nothing to do with its number, one for each router that takes it.
fn hash(flow: u16, router: u8) -> usize {
    let mut word = u64::from(flow) << 8 | u64::from(router);
    for _ in 0..3 {
        word = (word ^ word >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    }
    (word >> 33) as usize
}
