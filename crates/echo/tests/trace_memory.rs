//! A trace that goes on for days takes no more memory than one of a minute.
//!
//! It is the only test of its program, so that what the process grows by is the run's.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use netdiag_echo::{
    Answer, AnswerKind, AnsweredProbe, Arrival, Engine, Family, IcmpError, Ident, Input, Payload, Probe,
    SendCall, Step, Trace, TraceConfig, now,
};

const TARGET: [u8; 4] = [198, 51, 100, 1];
const LENGTH: u8 = 6;
const ROUNDS: u64 = 100_000;
const MIB: u64 = 1 << 20;

/// A path that changes at every round, with a router that is silent half of the time.
struct Network {
    trace: Trace,
    now: Instant,
    asked: u64,
}

impl Network {
    fn round(&mut self, until: u64) {
        while self.trace.rounds() < until {
            match self.trace.poll(self.now) {
                Step::Send(probe) => self.send(probe),
                Step::Wait(moment) => self.now = self.now.max(moment),
                Step::Report(_) | Step::Receive => {}
                Step::Done => panic!("it ended"),
            }
        }
    }

    fn send(&mut self, probe: Probe) {
        let mut data = vec![0; probe.size];
        let ident = self.trace.fill(&probe, &mut data);
        let call = SendCall { began: self.now, returned: self.now };
        self.trace.handle(self.now, Input::Sent(probe, call));
        self.asked += 1;
        let distance = probe.hop_limit.unwrap_or(u8::MAX).min(LENGTH);
        if distance == 3 && self.asked.is_multiple_of(2) {
            return;
        }
        let from = match distance {
            LENGTH => TARGET.into(),
            _ => [192, 0, 2, distance + if self.asked.is_multiple_of(3) { 100 } else { 0 }].into(),
        };
        let error = IcmpError { family: Family::V4, kind: 11, code: 0, info: 0 };
        let kind = match distance {
            LENGTH => AnswerKind::Reply { hop_limit: Some(60), payload: &data, intact: true, options: &[] },
            _ => AnswerKind::Icmp { error, quoted: &[], data: &data, extensions: &[], hop_limit: Some(64) },
        };
        let at = self.now + Duration::from_millis(distance.into());
        let probe = AnsweredProbe { ident, seq: probe.seq.to_wire(), to: None };
        let from = SocketAddr::new(from, 0);
        let arrival = Arrival { user: at, kernel: Some(at) };
        self.trace.handle(at, Input::Answer(Answer { probe, from, at: arrival, kind }));
    }
}

#[test]
fn a_hundred_thousand_rounds_take_no_more_memory_than_a_few_thousand() {
    let start = now();
    let payload = Payload::new(100);
    let config = TraceConfig { rounds: None, ..TraceConfig::new((TARGET, 0).into(), Ident(0x1234), payload) };
    let mut network = Network { trace: Trace::new(config, start), now: start, asked: 0 };
    // By then its table of probes is as large as it gets.
    network.round(ROUNDS / 5);
    let before = resident();
    network.round(ROUNDS);
    let grown = resident().saturating_sub(before);
    assert!(grown <= MIB, "grew by {grown} bytes over {} probes", network.asked);
    assert_eq!(usize::from(LENGTH), network.trace.hops().len());
}

/// Bytes of this process that are in memory (`/proc/self/statm`, which counts pages).
fn resident() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("a process may read its own");
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("the second field is a number") * 4096
}
