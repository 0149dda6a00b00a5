//! Stories of many targets, told in invented time.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::engine::{LocalError, LocalRefusal};
use crate::ping::{Ping, PingConfig, PingEvent};
use crate::probe::{AnsweredProbe, Family, IcmpError, Seq};
use crate::stamp::{Arrival, Departure, SendCall};

const MS: Duration = Duration::from_millis(1);
const IDENT: Ident = Ident(7);

/// An engine that counts how often it is bothered.
#[derive(Debug)]
struct Counted {
    ping: Ping,
    calls: Rc<Cell<usize>>,
}

impl Engine for Counted {
    type Event = PingEvent;

    fn poll(&mut self, now: Instant) -> Step<PingEvent> {
        self.calls.set(self.calls.get() + 1);
        self.ping.poll(now)
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.ping.fill(probe, data)
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.calls.set(self.calls.get() + 1);
        self.ping.handle(now, input);
    }
}

/// A run of pings of hosts 0, 1, …, and what it has said so far.
struct Story {
    many: ManyTargets<Counted>,
    start: Instant,
    now: Instant,
    calls: Rc<Cell<usize>>,
    events: Vec<(usize, PingEvent)>,
}

fn host(which: usize) -> SocketAddr {
    let [.., high, mid, low] = which.to_be_bytes();
    ([10, high, mid, low], 0).into()
}

fn payload(which: usize) -> Payload {
    Payload { size: 56, secret: Some(1000 + which as u64), pattern: Vec::new() }
}

impl Story {
    /// Hosts are pinged as `config` says, the first probe of each a millisecond after the one before.
    fn new(hosts: usize, config: impl Fn(usize, PingConfig) -> PingConfig) -> Self {
        let (start, calls) = (crate::now(), Rc::default());
        let mut many = ManyTargets::default();
        for which in 0..hosts {
            let first = start + which as u32 * MS;
            let config = config(which, PingConfig::new(host(which), IDENT, payload(which)));
            let engine = Counted { ping: Ping::new(config, first), calls: Rc::clone(&calls) };
            let added = many.add(host(which), Some(1000 + which as u64), engine, first);
            assert_eq!(added.map_err(|_| "taken"), Ok(which));
        }
        Self { many, start, now: start, calls, events: Vec::new() }
    }

    fn at(&mut self, since_start: Duration) -> &mut Self {
        self.now = self.start + since_start;
        self
    }

    /// Polls until there is nothing left to do now; gives what was sent, and until when it waits.
    fn go(&mut self) -> (Vec<Probe>, Option<Duration>) {
        let mut sent = Vec::new();
        loop {
            match self.many.poll(self.now) {
                Step::Send(probe) => {
                    sent.push(probe);
                    self.many.handle(
                        self.now,
                        Input::Sent(probe, SendCall { began: self.now, returned: self.now }),
                    );
                }
                Step::Report(OfTarget { event: PingEvent::Sent(_) | PingEvent::Unanswered(_), .. })
                | Step::Receive => {}
                Step::Report(OfTarget { index: which, event }) => self.events.push((which, event)),
                Step::Wait(until) => return (sent, Some(until - self.start)),
                Step::Done => return (sent, None),
            }
        }
    }

    fn reply(&mut self, which: usize, seq: u64, from: SocketAddr) -> &mut Self {
        let mut data = [0; 56];
        payload(which).write(Seq(seq), &mut data);
        let kind = AnswerKind::Reply { hop_limit: None, payload: &data, intact: true, options: &[] };
        self.answer(AnsweredProbe { ident: IDENT, seq: Seq(seq).to_wire(), to: None }, from, kind)
    }

    fn answer(&mut self, probe: AnsweredProbe, from: SocketAddr, kind: AnswerKind<'_>) -> &mut Self {
        let at = Arrival { user: self.now, kernel: Some(self.now) };
        self.many.handle(self.now, Input::Answer(Answer { probe, from, at, kind }));
        self
    }

    fn tallies(&self) -> Vec<(u64, u64)> {
        let statistics =
            |engine: &Counted| (engine.ping.statistics().transmitted, engine.ping.statistics().received);
        self.many.engines().map(statistics).collect()
    }
}

fn seqs(probes: &[Probe]) -> Vec<(SocketAddr, u64)> {
    probes.iter().map(|probe| (probe.to, probe.seq.0)).collect()
}

#[test]
fn each_target_keeps_its_own_time_and_its_own_count() {
    let mut story = Story::new(3, |which, config| PingConfig {
        interval: [10, 20, 35][which] * MS,
        count: Some([4, 2, 1][which]),
        ..config
    });
    let mut left = Vec::new();
    for step in 0..40 {
        let (sent, _) = story.at(step * MS).go();
        left.extend(sent.iter().map(|probe| (step, probe.to, probe.seq.0)));
        for probe in sent {
            let which = (0..3).find(|which| host(*which) == probe.to).unwrap();
            story.reply(which, probe.seq.0, probe.to);
        }
    }
    #[rustfmt::skip]
    let expected = [
        (0, host(0), 1), (1, host(1), 1), (2, host(2), 1), (10, host(0), 2), (20, host(0), 3), (21, host(1), 2), (30, host(0), 4),
    ];
    assert_eq!(left, expected);
    assert_eq!(story.tallies(), [(4, 4), (2, 2), (1, 1)]);
    assert_eq!(story.go(), (vec![], None));
}

#[test]
fn of_several_that_are_due_none_goes_twice_before_the_others() {
    let mut story = Story::new(3, |_, config| PingConfig { preload: 2, ..config });
    let (sent, _) = story.at(5 * MS).go();
    let mut first: Vec<_> = sent[..3].iter().map(|probe| probe.to).collect();
    first.sort();
    assert_eq!(first, [host(0), host(1), host(2)], "{sent:?}");
    assert_eq!(sent.len(), 6);
}

#[test]
fn an_answer_goes_to_whom_it_is_about() {
    let mut story = Story::new(3, |_, config| config);
    assert_eq!(seqs(&story.at(2 * MS).go().0), [(host(0), 1), (host(1), 1), (host(2), 1)]);
    let (router, stranger) = (host(77), host(78));
    let error = IcmpError { family: Family::V4, kind: 3, code: 1, info: 0 };
    let icmp = AnswerKind::Icmp { error, quoted: &[], data: &[], extensions: &[], hop_limit: None };
    let probe = |to| AnsweredProbe { ident: IDENT, seq: 1, to };
    story.answer(probe(Some(host(1))), router, icmp);
    // From an address nobody asked, but with the mark of a run.
    story.reply(2, 1, stranger);
    // Nobody's: an error that does not say what about, a reply with no mark of ours.
    story.answer(probe(None), router, icmp).answer(probe(Some(host(9))), router, icmp).reply(99, 1, stranger);
    story.go();
    let told: Vec<_> =
        story.events.iter().map(|(which, event)| (*which, matches!(event, PingEvent::Reply(_)))).collect();
    assert_eq!(told, [(1, false), (2, true)]);
    assert!(matches!(&story.events[1].1, PingEvent::Reply(reply) if reply.other_source));
    assert_eq!(story.tallies(), [(1, 0), (1, 0), (1, 1)]);
}

#[test]
fn what_the_system_tells_goes_to_the_probe_s_own_engine() {
    let mut story = Story::new(2, |_, config| config);
    let (sent, _) = story.at(MS).go();
    let local = |probe, to| LocalRefusal { probe, to, error: LocalError { errno: 90, info: 1300 } };
    let now = story.now;
    story.many.handle(now, Input::Departed(sent[1], Departure::Queued(now)));
    story.many.handle(now, Input::Departed(sent[1], Departure::Left(now + 3 * MS)));
    story.many.handle(now, Input::Refused(local(None, Some(host(0)))));
    story.many.handle(now, Input::Refused(local(None, None)));
    story.at(5 * MS).reply(1, 1, host(1)).go();
    let (of_0, of_1): (Vec<_>, Vec<_>) = story.events.iter().partition(|(which, _)| *which == 0);
    assert!(matches!(of_0[..], [(0, PingEvent::Refused(_))]), "{of_0:?}");
    assert!(
        matches!(of_1[..], [(1, PingEvent::Reply(reply))] if reply.delay.queue == Some(3 * MS)),
        "{of_1:?}"
    );
}

#[test]
fn a_target_can_be_had_once() {
    let mut story = Story::new(1, |_, config| config);
    let engine = Counted {
        ping: Ping::new(PingConfig::new(host(0), IDENT, payload(5)), story.now),
        calls: Rc::default(),
    };
    assert!(story.many.add(host(0), None, engine, story.now).is_err());
    assert_eq!(story.many.engines().len(), 1);
}

#[test]
fn to_stop_stops_all_and_what_comes_later_is_nobodys() {
    let mut story = Story::new(3, |_, config| config);
    story.at(2 * MS).go();
    story.many.handle(story.now, Input::Stop);
    assert_eq!(story.go(), (vec![], None));
    let calls = story.calls.get();
    story.reply(0, 1, host(0)).go();
    assert_eq!((story.calls.get(), story.tallies()), (calls, vec![(1, 0); 3]));
}

#[test]
fn an_event_costs_the_same_among_few_and_among_many() {
    let calls_per_answer = |hosts: usize| {
        let mut story = Story::new(hosts, |_, config| PingConfig { count: Some(2), ..config });
        let all = Duration::from_millis(hosts as u64);
        assert_eq!(story.at(all).go().0.len(), hosts);
        let before = story.calls.get();
        for which in 0..10 {
            story.reply(which, 1, host(which)).go();
        }
        (story.calls.get() - before) / 10
    };
    assert_eq!(calls_per_answer(10), calls_per_answer(20_000));
}
