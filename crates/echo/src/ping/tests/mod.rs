//! Stories of ping runs, told in invented time.

mod endings;
mod errors;

use std::net::SocketAddr;

use super::*;
use crate::engine::LocalError;
use crate::payload::Payload;
use crate::probe::{AnsweredProbe, IcmpError};
use crate::stamp::{Arrival, ClockSource, Departure, LocalDelay};

const MS: Duration = Duration::from_millis(1);
const IDENT: Ident = Ident(0x1234);
const PAYLOAD: Payload = Payload { size: 56, secret: Some(0xc0ffee), pattern: Vec::new() };

/// A run in invented time, and what it has said so far.
struct Story {
    ping: Ping,
    start: Instant,
    now: Instant,
    events: Vec<PingEvent>,
}

/// What the engine waits for, as time since the start.
#[derive(Debug, Eq, PartialEq)]
enum Next {
    Send(u64),
    Wait(Duration),
    Done,
}

impl Story {
    fn new(config: PingConfig) -> Self {
        let start = crate::now();
        Self { ping: Ping::new(config, start), start, now: start, events: Vec::new() }
    }

    fn at(&mut self, since_start: Duration) -> &mut Self {
        self.now = self.start + since_start;
        self
    }

    /// Polls until the engine wants something other than to report, or to be given what is not there.
    fn next(&mut self) -> Next {
        loop {
            match self.ping.poll(self.now) {
                Step::Receive => {}
                Step::Send(probe) => return Next::Send(probe.seq.0),
                Step::Wait(until) => return Next::Wait(until - self.start),
                Step::Done => return Next::Done,
                Step::Report(PingEvent::Sent(_) | PingEvent::Unanswered(_)) => {}
                Step::Report(event) => self.events.push(event),
            }
        }
    }

    /// Lets the engine send one probe, which leaves at once.
    fn send(&mut self) -> u64 {
        let Next::Send(seq) = self.next() else { panic!("nothing to send at {:?}", self.now - self.start) };
        self.sent(seq, Duration::ZERO);
        seq
    }

    /// Has the probe leave by a call that takes so long.
    fn sent(&mut self, seq: u64, took: Duration) -> &mut Self {
        let call = SendCall { began: self.now, returned: self.now + took };
        self.ping.handle(self.now + took, Input::Sent(probe(seq), call));
        self
    }

    fn fail(&mut self, errno: Errno) -> u64 {
        let Next::Send(seq) = self.next() else { panic!("nothing to send at {:?}", self.now - self.start) };
        self.ping.handle(self.now, Input::SendFailed(probe(seq), errno.into()));
        seq
    }

    fn reply(&mut self, seq: u64) -> &mut Self {
        let mut payload = vec![0; PAYLOAD.size];
        PAYLOAD.write(Seq(seq), &mut payload);
        self.reply_with(Seq(seq).to_wire(), &payload, true)
    }

    fn reply_with(&mut self, seq: u16, payload: &[u8], intact: bool) -> &mut Self {
        self.answer(seq, AnswerKind::Reply { hop_limit: Some(63), payload, intact, options: &[] })
    }

    fn answer(&mut self, seq: u16, kind: AnswerKind<'_>) -> &mut Self {
        self.answer_to(IDENT, seq, kind)
    }

    fn answer_to(&mut self, ident: Ident, seq: u16, kind: AnswerKind<'_>) -> &mut Self {
        let (probe, at) =
            (AnsweredProbe { ident, seq, to: None }, Arrival { user: self.now, kernel: Some(self.now) });
        self.ping.handle(self.now, Input::Answer(Answer { probe, from: to(), at, kind }));
        self
    }

    fn departed(&mut self, seq: u64, departure: Departure) -> &mut Self {
        self.ping.handle(self.now, Input::Departed(probe(seq), departure));
        self
    }

    fn replies(&mut self) -> Vec<Reply> {
        self.next();
        let replies = self.events.drain(..).filter_map(|event| match event {
            PingEvent::Reply(reply) => Some(reply),
            _ => None,
        });
        replies.collect()
    }
}

fn to() -> SocketAddr {
    "192.0.2.1:0".parse().unwrap()
}

fn probe(seq: u64) -> Probe {
    Probe::new(to(), Seq(seq), PAYLOAD.size)
}

fn config() -> PingConfig {
    PingConfig::new(to(), IDENT, PAYLOAD)
}

fn icmp(kind: u8) -> AnswerKind<'static> {
    let error = IcmpError { family: crate::Family::V4, kind, code: 1, info: 0 };
    AnswerKind::Icmp { error, quoted: &[0x45], data: &[], extensions: &[], hop_limit: None }
}

#[test]
fn probes_leave_at_multiples_of_the_interval_however_late_the_wake_up() {
    let mut story = Story::new(config());
    for (i, late) in [0, 3, 40, 7].into_iter().enumerate() {
        let ideal = 1000 * i as u32 * MS;
        assert_eq!(story.at(ideal + late * MS).send(), i as u64 + 1);
        assert_eq!(story.next(), Next::Wait(ideal + 1000 * MS), "lateness does not add up");
    }
}

#[test]
fn a_probe_missed_by_an_interval_is_not_made_up_for() {
    let mut story = Story::new(config());
    story.send();
    story.at(3500 * MS).send();
    assert_eq!(story.next(), Next::Wait(4500 * MS));
}

#[test]
fn a_reply_is_timed_from_its_own_probe() {
    let mut story = Story::new(config());
    story.send();
    story.at(1000 * MS).send();
    let replies = story.at(1030 * MS).reply(1).replies();
    assert_eq!((replies[0].seq, replies[0].rtt, replies[0].clock), (Seq(1), 1030 * MS, ClockSource::Receive));
    assert_eq!(story.ping.statistics().pipe, 2, "two were under way");
}

#[test]
fn the_wait_in_this_hosts_queue_is_part_of_the_round_trip_and_told_apart() {
    let mut story = Story::new(config());
    story.next();
    story.sent(1, MS);
    let (queued, left) = (story.start + MS, story.start + 41 * MS);
    story.departed(1, Departure::Queued(queued)).departed(1, Departure::Left(left));
    let replies = story.at(50 * MS).reply(1).replies();
    assert_eq!(
        (replies[0].rtt, replies[0].clock, replies[0].rtt_by_user),
        (49 * MS, ClockSource::Kernel, 50 * MS)
    );
    let delay = LocalDelay { queue: Some(40 * MS), neighbour: Some(Duration::ZERO) };
    assert_eq!((replies[0].delay, story.ping.statistics().delay), (delay, delay));
    // What arrives twice was timed twice.
    story.at(60 * MS).reply(1).replies();
    assert_eq!(story.ping.statistics().delay.queue, Some(80 * MS));
    assert_eq!(story.ping.statistics().transmitted, 1);
}

#[test]
fn the_wait_for_the_neighbour_is_part_of_the_round_trip_and_told_apart() {
    let mut story = Story::new(config());
    story.next();
    story.sent(1, MS);
    let known = story.start + 991 * MS;
    story.departed(1, Departure::Queued(known)).departed(1, Departure::Left(known));
    let replies = story.at(1000 * MS).reply(1).replies();
    assert_eq!((replies[0].rtt, replies[0].clock), (999 * MS, ClockSource::Receive));
    assert_eq!(replies[0].delay, LocalDelay { queue: Some(Duration::ZERO), neighbour: Some(990 * MS) });
}

#[test]
fn a_probe_that_never_left_its_queue_says_so_when_it_is_lost() {
    let mut story = Story::new(PingConfig { timeout: Some(300 * MS), ..config() });
    story.send();
    let start = story.start;
    story.departed(1, Departure::Queued(start)).departed(1, Departure::Left(start + 250 * MS));
    story.at(300 * MS).next();
    let told = LocalDelay { queue: Some(250 * MS), neighbour: Some(Duration::ZERO) };
    assert!(matches!(story.events[..], [PingEvent::Lost { seq: Seq(1), delay }] if delay == told));
}

#[test]
fn without_interval_each_answer_releases_the_next_probe_and_silence_paces_them() {
    let mut story = Story::new(PingConfig { interval: Duration::ZERO, ..config() });
    story.send();
    assert_eq!(story.next(), Next::Wait(10 * MS));
    assert_eq!(story.at(MS).reply(1).next(), Next::Send(2));
    story.sent(2, Duration::ZERO);
    assert_eq!(story.next(), Next::Wait(11 * MS));
    assert_eq!(story.at(11 * MS).next(), Next::Send(3));
}

#[test]
fn advice_is_told_and_not_counted() {
    let mut story = Story::new(config());
    story.send();
    story.answer(1, icmp(5)).next();
    assert!(matches!(&story.events[..], [PingEvent::Icmp { fatal: false, quoted, .. }] if *quoted == [0x45]));
    assert_eq!(story.ping.statistics().errors, 0);
}

#[test]
fn a_second_reply_is_a_duplicate_and_still_timed() {
    let mut story = Story::new(config());
    story.send();
    let replies = story.at(MS).reply(1).at(3 * MS).reply(1).replies();
    assert_eq!(replies.iter().map(|reply| reply.duplicate).collect::<Vec<_>>(), [false, true]);
    let statistics = story.ping.statistics();
    assert_eq!((statistics.received, statistics.duplicates, statistics.rtts.count()), (1, 1, 2));
}

#[test]
fn what_is_not_an_answer_to_this_run_never_becomes_a_round_trip() {
    let mut foreign = vec![0; PAYLOAD.size];
    Payload { secret: Some(1), ..PAYLOAD }.write(Seq(1), &mut foreign);
    let mut story = Story::new(config());
    story.send();
    story.reply_with(1, &foreign, true).reply_with(2, &foreign, true).reply_with(0, &foreign, true);
    assert!(story.replies().is_empty());
    let statistics = story.ping.statistics();
    assert_eq!((statistics.foreign, statistics.received, statistics.rtts.count()), (3, 0, 0));
    // Another run's identifier is not even that.
    story.answer_to(Ident(1), 1, icmp(3)).next();
    assert_eq!((story.ping.statistics().foreign, story.ping.statistics().errors), (3, 0));
}

#[test]
fn a_wrong_checksum_is_corruption_and_does_not_answer_the_probe() {
    let mut story = Story::new(config());
    story.send();
    story.at(MS).reply_with(1, &[0xff; 56], false).next();
    assert!(matches!(
        &story.events[..],
        [PingEvent::Uncounted(UncountedReply {
            seq: Seq(1),
            size: 56,
            reason: UncountedReason::WrongChecksum,
            ..
        })]
    ));
    let replies = story.at(2 * MS).reply(1).replies();
    assert_eq!((replies.len(), replies[0].duplicate), (1, false));
    let statistics = story.ping.statistics();
    assert_eq!(
        (statistics.corrupted, statistics.received, statistics.duplicates, statistics.rtts.count()),
        (1, 1, 0, 1)
    );
}

#[test]
fn damaged_replies_say_so() {
    let mut story = Story::new(config());
    story.send();
    let mut payload = vec![0; PAYLOAD.size];
    PAYLOAD.write(Seq(1), &mut payload);
    payload[30] = 0xe1;
    let replies = story.reply_with(1, &payload, true).reply_with(1, &payload[..20], true).replies();
    assert_eq!(replies[0].damage.as_ref().unwrap().wrong.offset, 30);
    assert_eq!((replies[0].truncated, replies[1].truncated, replies[1].size), (false, true, 20));
}

#[test]
fn a_reply_too_short_for_the_secret_ends_nothing() {
    let mut story = Story::new(PingConfig { count: Some(1), ..config() });
    story.send();
    let mut payload = vec![0; PAYLOAD.size];
    PAYLOAD.write(Seq(1), &mut payload);
    story.at(MS).reply_with(1, &[], true).reply_with(1, &payload[..15], true);
    assert_eq!(story.next(), Next::Wait(10_000 * MS));
    assert!(matches!(
        &story.events[..],
        [PingEvent::Uncounted(first), PingEvent::Uncounted(second)]
            if [first, second].map(|reply| reply.reason) == [UncountedReason::TooShort; 2] && second.size == 15
    ));
    let statistics = story.ping.statistics();
    assert_eq!((statistics.received, statistics.foreign, statistics.rtts.count()), (0, 2, 0));
    assert_eq!(story.at(2 * MS).reply(1).next(), Next::Done);
}

#[test]
fn when_the_system_has_no_buffers_the_same_probe_is_tried_again() {
    let mut story = Story::new(config());
    assert_eq!(story.fail(Errno::ENOBUFS), 1);
    assert_eq!(story.next(), Next::Wait(500 * MS));
    assert_eq!(story.ping.statistics().transmitted, 0);
    assert_eq!(story.at(500 * MS).send(), 1);
    assert_eq!(story.at(1500 * MS).send(), 2);
}

#[test]
fn a_refused_probe_counts_as_sent_and_is_told() {
    let mut story = Story::new(PingConfig { count: Some(1), linger: Some(20 * MS), ..config() });
    assert_eq!(story.fail(Errno::EPERM), 1);
    assert_eq!(story.next(), Next::Wait(20 * MS));
    assert!(matches!(story.events[..], [PingEvent::SendFailed(Seq(1), _)]));
    assert_eq!((story.ping.statistics().transmitted, story.ping.statistics().errors), (1, 0));
}

#[test]
fn a_probe_too_long_for_the_link_is_one_error_and_told_once() {
    let mut story = Story::new(PingConfig { count: Some(1), ..config() });
    assert_eq!(story.next(), Next::Send(1));
    let error = LocalError { errno: Errno::EMSGSIZE as i32, info: 1300 };
    let refused = LocalRefusal { probe: Some(probe(1)), to: Some(to()), error };
    story.ping.handle(story.now, Input::Refused(refused));
    assert_eq!(story.next(), Next::Done);
    assert!(matches!(story.events[..], [PingEvent::Refused(told)] if told == error));
    assert_eq!((story.ping.statistics().transmitted, story.ping.statistics().errors), (1, 1));
}

#[test]
fn a_firewall_rejects_a_probe_before_it_has_left() {
    let mut story = Story::new(PingConfig { interval: 100 * MS, ..config() });
    assert_eq!(story.next(), Next::Send(1));
    story.answer(1, icmp(3));
    story.ping.handle(story.now, Input::SendFailed(probe(1), Errno::EPERM.into()));
    story.next();
    assert!(matches!(
        story.events[..],
        [PingEvent::Icmp { fatal: true, .. }, PingEvent::SendFailed(Seq(1), _)]
    ));
    assert_eq!((story.ping.statistics().transmitted, story.ping.statistics().errors), (1, 1));
}

#[test]
fn a_reply_to_a_probe_that_has_not_left_is_none() {
    let mut story = Story::new(config());
    assert_eq!(story.next(), Next::Send(1));
    assert!(story.reply(1).replies().is_empty());
    assert_eq!((story.ping.statistics().received, story.ping.statistics().foreign), (0, 1));
}

#[test]
fn seventy_thousand_probes_keep_their_own_times() {
    let mut story = Story::new(PingConfig { interval: MS, ..config() });
    for i in 0..70_000_u32 {
        assert_eq!(story.at(i * MS).send(), u64::from(i) + 1);
        if i >= 5 {
            story.reply(u64::from(i) - 4);
        }
    }
    assert!(story.replies().iter().all(|reply| reply.rtt == 5 * MS));
    assert_eq!(story.ping.statistics().received, 69_995);
    assert_eq!(story.ping.statistics().foreign, 0);
}

#[test]
fn an_unanswered_probe_is_lost_at_its_own_time_and_may_still_come_late() {
    let mut story = Story::new(PingConfig { timeout: Some(300 * MS), ..config() });
    story.send();
    assert_eq!(story.next(), Next::Wait(300 * MS));
    assert_eq!(story.at(300 * MS).next(), Next::Wait(1000 * MS));
    assert!(matches!(story.events[..], [PingEvent::Lost { seq: Seq(1), .. }]));
    let replies = story.at(400 * MS).reply(1).replies();
    assert!(replies[0].late && !replies[0].duplicate);
    let statistics = story.ping.statistics();
    assert_eq!((statistics.lost, statistics.late, statistics.received), (1, 1, 1));
}

#[test]
fn a_probe_that_overtakes_another_shows() {
    let mut story = Story::new(PingConfig { interval: 10 * MS, ..config() });
    story.send();
    story.at(10 * MS).send();
    let replies = story.at(15 * MS).reply(2).reply(1).replies();
    assert_eq!(replies.iter().map(|reply| reply.reordered).collect::<Vec<_>>(), [false, true]);
    assert_eq!(story.ping.statistics().reordered, 1);
}
