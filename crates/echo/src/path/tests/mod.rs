//! Stories of traces, told in invented time on invented paths.

mod answers;
mod ends;
mod loss;
mod own_ports;
mod quoted;
mod schedule;
mod tcp;
mod told;

use std::net::SocketAddr;

use super::*;
use crate::payload::Payload;
use crate::probe::{Answer, AnswerKind, AnsweredProbe, Family, IcmpError, PortState};
use crate::stamp::Arrival;

const MS: Duration = Duration::from_millis(1);
const SEC: Duration = Duration::from_secs(1);
const IDENT: Ident = Ident(0x1234);
const PAYLOAD: Payload = Payload { size: 100, secret: Some(0xc0ffee), pattern: Vec::new() };

/// A probe as the network sees it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    round: u64,
    distance: u8,
    seq: Seq,
    /// Since the start.
    at: Duration,
    port: u16,
}

/// Something that comes back.
#[derive(Clone, Debug)]
struct Heard {
    after: Duration,
    from: SocketAddr,
    ident: Ident,
    seq: u16,
    to: Option<SocketAddr>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Echo(Vec<u8>),
    Icmp {
        kind: u8,
        code: u8,
        data: Vec<u8>,
        extensions: Vec<u8>,
    },
    Port(PortState),
    /// Hops used up, and no more of the probe than where it went.
    Brief,
}

impl Asked {
    /// What the router at that distance says, as many milliseconds later as it is away.
    fn passing(self, from: u8) -> Heard {
        self.icmp(router(from), 11, 0)
    }

    fn icmp(self, from: SocketAddr, kind: u8, code: u8) -> Heard {
        let mut data = vec![0; PAYLOAD.size];
        PAYLOAD.write(self.seq, &mut data);
        let what = What::Icmp { kind, code, data, extensions: Vec::new() };
        let seq = self.seq.to_wire();
        Heard { after: MS * u32::from(self.distance), from, ident: IDENT, seq, to: Some(target()), what }
    }

    fn echo(self) -> Heard {
        let mut data = vec![0; PAYLOAD.size];
        PAYLOAD.write(self.seq, &mut data);
        Heard { from: target(), what: What::Echo(data), to: None, ..self.passing(1) }
    }

    /// What a sound path says on which the target is that far away.
    fn sound(self, length: u8) -> Heard {
        if self.distance >= length { self.echo() } else { self.passing(self.distance) }
    }
}

impl Heard {
    fn late(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

fn router(number: u8) -> SocketAddr {
    ([192, 0, 2, number], 0).into()
}

fn target() -> SocketAddr {
    ([198, 51, 100, 1], 0).into()
}

fn config(rounds: u64) -> TraceConfig {
    TraceConfig { rounds: Some(rounds), ..TraceConfig::new(target(), IDENT, PAYLOAD) }
}

/// A run and the network it runs on.
struct Story<N> {
    trace: Trace,
    network: N,
    start: Instant,
    now: Instant,
    on_the_way: Vec<(Instant, Heard)>,
    asked: Vec<Asked>,
    events: Vec<TraceEvent>,
}

impl<N: FnMut(Asked) -> Vec<Heard>> Story<N> {
    fn new(config: TraceConfig, network: N) -> Self {
        let start = crate::now();
        let trace = Trace::new(config, start);
        Self {
            trace,
            network,
            start,
            now: start,
            on_the_way: Vec::new(),
            asked: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Tells it to the end.
    fn told(mut self) -> Self {
        self.until(SEC * 100_000);
        assert!(matches!(self.trace.poll(self.now), Step::Done), "it does not end");
        self
    }

    /// Tells it up to a moment since the start, or its end.
    fn until(&mut self, moment: Duration) -> &mut Self {
        loop {
            match self.trace.poll(self.now) {
                Step::Send(probe) => self.send(probe),
                Step::Report(event) => self.events.push(event),
                Step::Receive => self.arrive(),
                Step::Wait(until) => {
                    let next = self.on_the_way.iter().map(|(at, _)| *at).chain([until]).min().unwrap();
                    if next > self.start + moment {
                        self.now = self.start + moment;
                        return self;
                    }
                    assert!(
                        next > self.now || self.on_the_way.iter().any(|(at, _)| *at <= self.now),
                        "it spins"
                    );
                    self.now = self.now.max(next);
                    self.arrive();
                }
                Step::Done => return self,
            }
        }
    }

    fn send(&mut self, probe: Probe) {
        let place = self.trace.rounds.place(probe.seq);
        assert_eq!(probe.hop_limit, Some(place.distance));
        let asked = Asked {
            round: place.round,
            distance: place.distance,
            seq: probe.seq,
            at: self.now - self.start,
            port: probe.to.port(),
        };
        self.asked.push(asked);
        let call = SendCall { began: self.now, returned: self.now };
        self.trace.handle(self.now, Input::Sent(probe, call));
        let now = self.now;
        self.on_the_way.extend((self.network)(asked).into_iter().map(|heard| (now + heard.after, heard)));
    }

    /// Hands over what has arrived, in the order it did.
    fn arrive(&mut self) {
        self.on_the_way.sort_by_key(|(at, _)| *at);
        while self.on_the_way.first().is_some_and(|(at, _)| *at <= self.now) {
            let (at, heard) = self.on_the_way.remove(0);
            self.hear(at, &heard);
        }
    }

    fn hear(&mut self, at: Instant, heard: &Heard) {
        let kind = match &heard.what {
            What::Echo(data) => {
                AnswerKind::Reply { hop_limit: Some(60), payload: data, intact: true, options: &[] }
            }
            What::Port(state) => AnswerKind::Port(*state),
            What::Brief => AnswerKind::Icmp {
                error: IcmpError { family: Family::V4, kind: 11, code: 0, info: 0 },
                quoted: &[],
                data: &[],
                extensions: &[],
                hop_limit: None,
            },
            What::Icmp { kind, code, data, extensions } => AnswerKind::Icmp {
                error: IcmpError { family: Family::V4, kind: *kind, code: *code, info: 0 },
                quoted: &[],
                data,
                extensions,
                hop_limit: Some(250),
            },
        };
        let probe = AnsweredProbe { ident: heard.ident, seq: heard.seq, to: heard.to };
        let at = Arrival { user: self.now, kernel: Some(at) };
        let answer = Answer { probe, from: heard.from, at, kind };
        let input = match heard.what {
            What::Brief => Input::Unnumbered(answer),
            _ => Input::Answer(answer),
        };
        self.trace.handle(self.now, input);
    }

    /// Sent, answered and silent of each hop.
    fn tallies(&self) -> Vec<(u64, u64, u64)> {
        self.trace.hops().iter().map(|hop| (hop.asked.sent, hop.asked.answered, hop.asked.silent)).collect()
    }

    fn addresses(&self) -> Vec<Option<SocketAddr>> {
        self.trace.hops().iter().map(Hop::current).collect()
    }

    /// How far each round asked.
    fn reaches(&self) -> Vec<u8> {
        let rounds = self.asked.chunk_by(|one, other| one.round == other.round);
        rounds.filter_map(|round| round.last()).map(|asked| asked.distance).collect()
    }

    fn changes(&self) -> Vec<(u64, u8, SocketAddr, SocketAddr)> {
        let changes = self.events.iter().filter_map(|event| match event {
            TraceEvent::RouteChanged { round, distance, before, after } => {
                Some((*round, *distance, *before, *after))
            }
            _ => None,
        });
        changes.collect()
    }
}
