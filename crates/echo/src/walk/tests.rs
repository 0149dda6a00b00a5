//! Walks in invented time.

use std::net::SocketAddr;

use super::*;
use crate::payload::Payload;
use crate::probe::{AnsweredProbe, Family, IcmpError};
use crate::stamp::Arrival;

const MS: Duration = Duration::from_millis(1);
const IDENT: Ident = Ident(7);
const EXCEEDED: (u8, u8) = (11, 0);
const PORT: (u8, u8) = (3, 3);
const HOST: (u8, u8) = (3, 1);

fn config(to: &str, numbering: Numbering) -> WalkConfig {
    let payload = Payload { size: 32, secret: Some(1), pattern: Vec::new() };
    WalkConfig { last: 4, ..WalkConfig::new(to.parse().unwrap(), IDENT, payload, numbering) }
}

/// A walk in invented time.
struct Story {
    walk: Walk,
    start: Instant,
    now: Instant,
    sent: Vec<Probe>,
    /// How many of those it was told of what became of them.
    handed_over: usize,
    /// Of which of those, from zero, it is that the system had no room for them.
    refused: Vec<usize>,
    /// What settled: distance, index, whether it was answered, and its MTU.
    told: Vec<(u8, u8, bool, Option<u32>)>,
    others: Vec<WalkEvent>,
}

impl Story {
    fn new(config: WalkConfig) -> Self {
        Self::with_no_room_for(&[], config)
    }

    fn with_no_room_for(refused: &[usize], config: WalkConfig) -> Self {
        let now = crate::now();
        let mut story = Self {
            walk: Walk::new(config),
            start: now,
            now,
            sent: vec![],
            handed_over: 0,
            refused: refused.to_vec(),
            told: vec![],
            others: vec![],
        };
        story.go_on();
        story
    }

    /// Until there is nothing to do but wait; tells how long that is, or that it is over.
    fn go_on(&mut self) -> Option<Duration> {
        loop {
            let step = self.walk.poll(self.now);
            let is_whole = !matches!(step, Step::Send(_));
            if is_whole && self.hand_over() && matches!(step, Step::Wait(_) | Step::Done) {
                continue;
            }
            match step {
                Step::Send(probe) => self.sent.push(probe),
                Step::Report(WalkEvent::Settled(it)) => {
                    self.told.push((it.distance, it.index, it.answer.is_some(), it.mtu));
                }
                Step::Report(other) => self.others.push(other),
                Step::Receive => {}
                Step::Wait(until) => return Some(until - self.start),
                Step::Done => return None,
            }
        }
    }

    /// Sends what was asked for, all of it together as a driver does; tells whether that was anything.
    fn hand_over(&mut self) -> bool {
        let nths = self.handed_over..self.sent.len();
        let call = SendCall { began: self.now, returned: self.now };
        self.handed_over = self.sent.len();
        for nth in nths.clone() {
            let input = match self.refused.contains(&nth) {
                true => Input::SendFailed(self.sent[nth], Errno::ENOBUFS.into()),
                false => Input::Sent(self.sent[nth], call),
            };
            self.walk.handle(self.now, input);
        }
        !nths.is_empty()
    }

    fn wait(&mut self, millis: u32) -> &mut Self {
        self.now += MS * millis;
        self.go_on();
        self
    }

    /// An error about the probe that left so many-eth, from zero, with this of its hop limit left.
    fn error(
        &mut self,
        nth: usize,
        from: &str,
        (kind, code): (u8, u8),
        info: u32,
        hop_limit: u8,
    ) -> &mut Self {
        let probe = self.sent[nth];
        let mut data = vec![0; probe.size];
        self.walk.fill(&probe, &mut data);
        let by_port = matches!(self.walk.config.numbering, Numbering::Ports(_));
        let seq = if by_port { probe.to.port() } else { probe.seq.to_wire() };
        let error = IcmpError { family: Family::V4, kind, code, info };
        let extensions = &[][..];
        let kind =
            AnswerKind::Icmp { error, quoted: &[], data: &data, extensions, hop_limit: Some(hop_limit) };
        let about = AnsweredProbe { ident: IDENT, seq, to: Some(probe.to) };
        let from = SocketAddr::new(from.parse().unwrap(), 0);
        let at = Arrival { user: self.now, kernel: None };
        self.walk.handle(self.now, Input::Answer(Answer { probe: about, from, at, kind }));
        self.go_on();
        self
    }
}

#[test]
fn probes_leave_hop_after_hop_and_are_told_in_order() {
    let mut story = Story::new(config("192.0.2.9:33434", Numbering::Ports(65_536)));
    let limits: Vec<u8> = story.sent.iter().filter_map(|probe| probe.hop_limit).collect();
    assert_eq!(limits, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    assert_eq!(story.sent.iter().map(|probe| probe.to.port()).max(), Some(33_445));
    // The second hop's are not told before the first hop's.
    for nth in [3, 4, 5, 0, 2] {
        story.wait(1).error(nth, "192.0.2.1", EXCEEDED, 0, 64);
    }
    assert_eq!(story.told, [(1, 0, true, None)]);
    story.error(1, "192.0.2.1", EXCEEDED, 0, 64);
    assert_eq!(story.told.len(), 6);
    // The target answers at the third hop, which is the last.
    for nth in [6, 7, 8] {
        story.error(nth, "192.0.2.9", PORT, 0, 62);
    }
    assert_eq!(story.go_on(), None);
    assert_eq!(story.told.last(), Some(&(3, 2, true, None)));
}

#[test]
fn only_what_there_was_no_room_for_leaves_again() {
    let base = config("192.0.2.9:33434", Numbering::Ports(65_536));
    let walk = WalkConfig { last: 8, at_once: 16, ..base };
    // The third of the first sixteen, and the third and the fifth.
    for refused in [&[2][..], &[2, 4]] {
        let mut story = Story::with_no_room_for(refused, walk.clone());
        assert_eq!(story.sent.len(), 16);
        story.wait(1);
        // In their room, and no more than were refused.
        assert_eq!(story.sent.len(), 16 + refused.len(), "{refused:?}");
        assert_eq!(story.walk.under_way, 16, "{refused:?}");
        let mut answered = 0;
        while answered < story.sent.len() {
            let is_target = story.sent[answered].hop_limit == Some(8);
            let (from, what) = if is_target { ("192.0.2.9", PORT) } else { ("192.0.2.1", EXCEEDED) };
            if !refused.contains(&answered) {
                story.error(answered, from, what, 0, 64);
            }
            answered += 1;
        }
        assert_eq!(story.go_on(), None, "{refused:?}");
        assert_eq!(story.sent.len(), 24 + refused.len(), "each leaves once");
        assert!(story.others.is_empty(), "nothing is late");
        assert!(story.told.iter().all(|told| told.2) && story.told.len() == 24);
    }
}

#[test]
fn no_more_are_under_way_than_may_be_and_they_leave_apart() {
    let base = config("192.0.2.9:0", Numbering::Carried);
    let mut story = Story::new(WalkConfig { at_once: 2, send_wait: MS * 50, ..base });
    assert_eq!(story.sent.len(), 1);
    story.wait(49);
    assert_eq!(story.sent.len(), 1);
    story.wait(1).wait(50);
    assert_eq!(story.sent.len(), 2);
    story.error(0, "192.0.2.1", EXCEEDED, 0, 64);
    assert_eq!((story.sent.len(), story.told.len()), (3, 1));
}

#[test]
fn a_probe_is_waited_for_by_what_others_took() {
    let patience = |here, near| Patience { longest: MS * 5000, here, near };
    #[rustfmt::skip]
    let cases = [
        // here, near, answered after 100 ms, the first expires after ms
        (3.0, 10.0, vec![],     5000),
        (3.0, 10.0, vec![1],    303),
        (3.0, 10.0, vec![3],    1010),
        (3.0, 10.0, vec![1, 3], 303),
        (0.0, 10.0, vec![1],    1010),
        (0.0, 0.0,  vec![1, 3], 5000),
        (90.0, 1.0, vec![1],    5000),
    ];
    for (here, near, answered, expires) in cases {
        let base = config("192.0.2.9:0", Numbering::Carried);
        let mut story = Story::new(WalkConfig { patience: patience(here, near), ..base });
        story.wait(100);
        for nth in &answered {
            story.error(*nth, "192.0.2.1", EXCEEDED, 0, 64);
        }
        assert_eq!(story.go_on(), Some(MS * expires), "{here} {near} {answered:?}");
        story.wait(expires - 101);
        assert!(story.told.is_empty());
        story.wait(1);
        assert_eq!(story.told[0], (1, 0, false, None));
    }
}

#[test]
fn a_refusal_that_answers_the_last_of_many_belongs_to_the_nearest_hop_it_can() {
    #[rustfmt::skip]
    let cases = [
        // who answered at the first hop, who refuses, what, hop limits of both, distances that are told
        ("192.0.2.1", "192.0.2.1", HOST, (64, 64), vec![1, 1, 1, 2, 2, 2]),             // the same router
        ("192.0.2.1", "192.0.2.2", HOST, (64, 63), vec![1, 1, 1, 2, 2, 2]),             // by how far it came
        ("192.0.2.1", "192.0.2.2", HOST, (64, 62), vec![1, 1, 1, 2, 2, 2, 3, 3, 3]),    // it seems to be farther
        ("192.0.2.1", "192.0.2.2", PORT, (64, 63), vec![1, 1, 1, 2, 2, 2, 3, 3, 3]),    // the target refuses nothing
    ];
    for (first, last, what, (there, back), expected) in cases {
        let mut story = Story::new(config("192.0.2.9:0", Numbering::Carried));
        for nth in 0..3 {
            story.error(nth, first, EXCEEDED, 0, there);
        }
        // Nothing of the second hop, and the last of the third.
        for nth in 6..9 {
            story.wait(1).error(nth, last, what, 0, back);
        }
        story.wait(6000).wait(6000);
        let distances: Vec<u8> = story.told.iter().map(|told| told.0).collect();
        assert_eq!(distances, expected, "{first} {last} {what:?}");
        assert!(story.told.last().unwrap().2);
        assert_eq!(story.go_on(), None);
    }
}

#[test]
fn what_is_too_large_leaves_again_and_smaller() {
    let base = config("192.0.2.9:44444", Numbering::Ports(64));
    let payload = Payload { size: 65_507, ..base.payload.clone() };
    let walk = WalkConfig { per_hop: 1, at_once: 1, repeats: 2, shrinks: Some(28), payload, ..base };
    let mut story = Story::new(walk);
    let refused = |seq: usize, story: &mut Story| {
        let error = crate::LocalError { errno: Errno::EMSGSIZE as i32, info: 1500 };
        let probe = Some(story.sent[seq]);
        story.walk.handle(story.now, Input::Refused(LocalRefusal { probe, to: None, error }));
        story.go_on();
    };
    refused(0, &mut story);
    story.error(1, "192.0.2.1", EXCEEDED, 0, 64).error(2, "192.0.2.1", (3, 4), 1400, 64);
    let sizes: Vec<usize> = story.sent.iter().map(|probe| probe.size).collect();
    assert_eq!(sizes, [65_507, 1472, 1472, 1372]);
    assert!(matches!(&story.others[..], [WalkEvent::Shrunk(one), WalkEvent::Shrunk(other)]
        if one.answer.from.is_none() && (one.distance, other.distance, other.mtu) == (1, 2, 1400)));
    // Twice more, and then no more; what is told to be no smaller is an answer.
    story.wait(5000).wait(5000).wait(5000);
    assert_eq!(story.told, [(1, 0, true, Some(1500)), (2, 0, false, Some(1400))]);
    let nth = story.sent.len() - 1;
    story.error(nth, "192.0.2.3", (3, 4), 9000, 64);
    assert_eq!(story.told.last(), Some(&(3, 0, true, None)));
    assert_eq!(story.go_on(), None);
}

#[test]
fn what_comes_late_is_told_apart_and_what_is_forged_not_at_all() {
    let base = config("192.0.2.9:33434", Numbering::Ports(65_536));
    let mut story = Story::new(WalkConfig { at_once: 1, ..base });
    let stranger = AnsweredProbe { ident: IDENT, seq: 33_433, to: Some("192.0.2.9:33433".parse().unwrap()) };
    let elsewhere = AnsweredProbe { ident: IDENT, seq: 33_434, to: Some("192.0.2.8:33434".parse().unwrap()) };
    let marked = AnsweredProbe { ident: IDENT, seq: 33_434, to: Some("192.0.2.9:33434".parse().unwrap()) };
    for (probe, data) in [(stranger, vec![]), (elsewhere, vec![]), (marked, vec![9; 16])] {
        let error = IcmpError { family: Family::V4, kind: 11, code: 0, info: 0 };
        let kind = AnswerKind::Icmp { error, quoted: &[], data: &data, extensions: &[], hop_limit: None };
        let at = Arrival { user: story.now, kernel: None };
        let from = "192.0.2.1:0".parse().unwrap();
        story.walk.handle(story.now, Input::Answer(Answer { probe, from, at, kind }));
    }
    story.wait(5000);
    assert_eq!(story.told, [(1, 0, false, None)]);
    assert!(story.others.is_empty());
    story.error(0, "192.0.2.1", EXCEEDED, 0, 64);
    assert!(matches!(&story.others[..], [WalkEvent::Late(late)] if late.distance == 1));
}

#[test]
fn the_greatest_walk_ends_though_nobody_answers() {
    let base = config("192.0.2.9:33434", Numbering::Ports(65_536));
    let mut story = Story::new(WalkConfig { last: 255, per_hop: 10, at_once: 5000, ..base });
    assert_eq!(story.sent.len(), 2550);
    story.wait(5000);
    assert_eq!((story.told.len(), story.go_on()), (2550, None));
    assert_eq!(story.told.last(), Some(&(255, 9, false, None)));
}
