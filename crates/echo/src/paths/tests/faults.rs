//! Routers that limit their answers or give none, losses, forgeries, and ends before the end.

use super::*;

/// As Linux has it: six answers at once, then one a second.
struct Bucket {
    tokens: f64,
    filled: Duration,
}

impl Bucket {
    const FULL: Self = Self { tokens: 6.0, filled: Duration::ZERO };

    fn take(&mut self, at: Duration) -> bool {
        self.tokens = (self.tokens + (at - self.filled).as_secs_f64()).min(6.0);
        self.filled = at;
        let has_one = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(has_one));
        has_one
    }
}

#[test]
fn routers_that_limit_their_answers_are_asked_as_slowly_as_they_answer() {
    let mut buckets: Vec<Bucket> = (0..8).map(|_| Bucket::FULL).collect();
    let network = |packet: Packet| {
        let way = 2 + (hash(packet.flow, 1) % 3) as u8;
        let from = match packet.distance {
            1 => 1,
            2 => way,
            _ => 0,
        };
        buckets[usize::from(from)].take(packet.at).then_some(from)
    };
    let story = Story::new(config(), network).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3, 4], vec![0]]);
    assert!(graph.hops.iter().all(|hop| hop.is_complete && hop.answered == hop.asked), "{graph:?}");
    assert_eq!(graph.hops[0].nodes[0].sharing, Some(Sharing::PerFlow));
    let slowly = story.events.iter().filter(|event| matches!(event, PathsEvent::AskingSlowly { .. })).count();
    assert!(slowly >= 2, "{:?}", story.events);
    assert!(story.now - story.start < SEC * 60, "{:?}", story.now - story.start);
}

#[test]
fn a_silent_hop_is_asked_again_a_little_and_what_lies_behind_is_found() {
    let network = |packet: Packet| match packet.distance {
        1 => Some(1),
        2 => None,
        3 => Some(2 + (hash(packet.flow, 1) % 2) as u8),
        _ => Some(0),
    };
    let story = Story::new(config(), network).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![255], vec![2, 3], vec![0]]);
    assert_eq!((graph.hops[1].asked, graph.hops[1].answered, graph.hops[1].is_complete), (11, 0, false));
    assert_eq!(graph.hops[1].confidence, 0.0);
    assert!(graph.hops[2].is_complete && graph.hops[3].is_complete, "{graph:?}");
    assert_eq!(linked(&graph, 3), [(255, 2), (255, 3)]);
    // Each flow once, and two again.
    assert_eq!(story.sent(2), 11 + 2);
    assert!(story.now - story.start < SEC * 10);
}

#[test]
fn one_of_several_that_does_not_answer_leaves_its_distance_incomplete() {
    let network = |packet: Packet| match packet.distance {
        1 => Some(1),
        2 => [Some(2), Some(3), None][hash(packet.flow, 1) % 3],
        _ => Some(0),
    };
    let story = Story::new(config(), network).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3, 255], vec![0]]);
    let hop = &graph.hops[1];
    assert!(!hop.is_complete && hop.answered < hop.asked && hop.asked >= 16, "{hop:?}");
    // Each unanswered flow four times.
    let silent = hop.asked - hop.answered;
    assert_eq!(story.sent(2), (hop.asked + 3 * silent + 5) as usize);
}

#[test]
fn a_router_that_answers_no_more_is_not_asked_for_ever() {
    let mut answers = 0;
    let network = |packet: Packet| match packet.distance {
        1 => Some(1),
        2 => {
            answers += 1;
            (answers <= 3).then_some(2)
        }
        3 => Some(3 + (packet.flow % 2) as u8),
        _ => Some(0),
    };
    let story = Story::new(config(), network).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 255], vec![3, 4], vec![0]]);
    assert!(!graph.hops[1].is_complete && !graph.hops[2].is_complete, "{graph:?}");
    assert!(story.sent(2) < 60 && story.now - story.start < SEC * 60, "{}", story.sent(2));
}

#[test]
fn routers_that_quote_no_more_than_ports_are_known_by_them() {
    let network = |packet: Packet| {
        Some(match packet.distance {
            1 => 1,
            2 => 2 + (packet.flow % 2) as u8,
            _ => 0,
        })
    };
    let mut story = Story::new(config(), network);
    story.quotes_ports_alone = true;
    let story = story.told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3], vec![0]]);
    assert_eq!(linked(&graph, 2), [(1, 2), (1, 3)]);
    assert!(graph.hops.iter().all(|hop| hop.is_complete && hop.answered == hop.asked), "{graph:?}");
    assert_eq!(graph.hops[0].nodes[0].sharing, Some(Sharing::PerFlow));
}

#[test]
fn loss_hides_nobody() {
    let network = |packet: Packet| {
        let is_lost = hash(packet.number as u16, 77).is_multiple_of(6);
        let way = match packet.distance {
            1 => 1,
            2 => 2 + (hash(packet.flow, 1) % 4) as u8,
            3 => 9,
            _ => 0,
        };
        (!is_lost).then_some(way)
    };
    let graph = Story::new(config(), network).told().paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3, 4, 5], vec![9], vec![0]]);
    assert!(graph.hops.iter().all(|hop| hop.is_complete && !hop.is_mixed), "{graph:?}");
}

#[test]
fn it_ends_behind_the_last_that_answers() {
    let story =
        Story::new(config(), |packet: Packet| (packet.distance < 3).then_some(packet.distance)).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [[1], [2]]);
    assert_eq!((story.flows(6), story.flows(7)), (6, 0));
    let nobody = Story::new(config(), |_| None).told();
    assert_eq!((nobody.paths.graph().hops.len(), nobody.paths.graph().count()), (0, 0));
}

#[test]
fn no_more_hops_are_asked_than_wanted() {
    let story =
        Story::new(PathsConfig { last: 5, ..config() }, |packet: Packet| Some(packet.distance)).told();
    assert_eq!(story.paths.graph().hops.len(), 5);
    assert!(!story.paths.is_cut());
}

#[test]
fn a_deadline_and_a_stop_leave_what_was_found() {
    let network = |packet: Packet| (packet.distance == 1).then_some(1);
    let story = Story::new(PathsConfig { deadline: Some(SEC), ..config() }, network).told();
    assert!(story.paths.is_cut());
    assert_eq!(story.now - story.start, SEC);
    assert_eq!(numbers(&story.paths.graph()), [[1]]);
    let mut story = Story::new(config(), network);
    story.paths.handle(story.now, Input::Stop);
    let story = story.told();
    assert!(story.paths.is_cut() && story.packets.is_empty());
    assert!(story.paths.graph().hops.is_empty());
}

#[test]
fn what_the_system_refuses_is_asked_again_and_told() {
    let mut paths = Paths::new(PathsConfig { last: 1, ..config() });
    let (mut now, mut refused, mut events) = (crate::now(), 0, 0);
    loop {
        match paths.poll(now) {
            Step::Send(probe) => {
                refused += 1;
                paths.handle(now, Input::SendFailed(probe, io::ErrorKind::PermissionDenied.into()));
            }
            Step::Report(event) => {
                events += u32::from(matches!(event, PathsEvent::SendFailed { distance: 1, .. }));
            }
            Step::Receive => {}
            Step::Wait(until) => now = until,
            Step::Done => break,
        }
    }
    assert_eq!((refused, events), (8, 8));
    assert!(paths.graph().hops.is_empty() && !paths.is_cut());
}

#[test]
fn answers_to_other_runs_and_twice_change_nothing() {
    let mut story = Story::new(PathsConfig { last: 1, ..config() }, |_| None);
    while let Step::Send(probe) = story.paths.poll(story.now) {
        story.send(probe);
    }
    let forged = |story: &mut Story<_>, secret: u64, ident: u16, seq: u16| {
        let mut data = vec![0; PAYLOAD.size];
        Payload { secret: Some(secret), ..PAYLOAD }.write(Seq(seq.into()), &mut data);
        let kind = AnswerKind::Icmp {
            error: IcmpError { family: Family::V4, kind: 11, code: 0, info: 0 },
            quoted: &[],
            data: &data,
            extensions: &[],
            hop_limit: None,
        };
        let probe = AnsweredProbe { ident: Ident(ident), seq, to: Some(target()) };
        let at = Arrival { user: story.now, kernel: None };
        story.paths.handle(story.now, Input::Answer(Answer { probe, from: router(66), at, kind }));
    };
    forged(&mut story, 1, IDENT.0, 1);
    forged(&mut story, 0xc0ffee, 1, 1);
    forged(&mut story, 0xc0ffee, IDENT.0, 7);
    assert!(story.paths.graph().hops.is_empty());
    for from in [router(1), router(2)] {
        let now = story.now;
        story.hear(now, Seq(1), from);
    }
    assert_eq!(story.paths.graph().hops[0].nodes.len(), 1, "the second says nothing any more");
}
