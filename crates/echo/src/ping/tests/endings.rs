//! When runs end, and what is said then.

use super::*;

#[test]
fn after_the_last_probe_an_answered_run_waits_twice_the_longest_round_trip() {
    let mut story = Story::new(PingConfig { count: Some(2), ..config() });
    story.send();
    story.at(800 * MS).reply(1);
    story.at(1000 * MS).send();
    assert_eq!(story.next(), Next::Wait(2600 * MS));
    assert_eq!(story.at(2600 * MS).next(), Next::Done);
}

#[test]
fn a_quick_answer_does_not_hurry_the_last_probe_unless_the_user_does() {
    #[rustfmt::skip]
    let cases = [
        // linger,          waits after the last
        (Some(10_000 * MS), 1000 * MS),
        (None,              1000 * MS),
        (Some(300 * MS),    300 * MS),
        (Some(10 * MS),     50 * MS),  // the interval
    ];
    for (linger, waits) in cases {
        let mut story = Story::new(PingConfig { count: Some(2), interval: 50 * MS, linger, ..config() });
        story.send();
        story.at(MS).reply(1);
        story.at(50 * MS).send();
        assert_eq!(story.next(), Next::Wait(50 * MS + waits), "{linger:?}");
        assert_eq!(story.at(50 * MS + waits - MS).reply(2).next(), Next::Done, "{linger:?}");
        assert_eq!((story.ping.statistics().received, story.ping.statistics().lost), (2, 0), "{linger:?}");
    }
}

#[test]
fn round_trips_that_grow_give_the_last_probes_more_time() {
    // A queue that takes 1.5 s a packet and is given one every 0.5 s: each waits a second longer than the one before.
    let mut story = Story::new(PingConfig { count: Some(10), interval: 500 * MS, ..config() });
    let answered_at = |seq: u32| 1500 * seq * MS;
    let mut answered = 0;
    for seq in 1..=10 {
        story.at((seq - 1) * 500 * MS).send();
        while answered_at(answered + 1) <= (seq - 1) * 500 * MS {
            answered += 1;
            story.at(answered_at(answered)).reply(answered.into());
        }
        story.at((seq - 1) * 500 * MS);
    }
    // At the last one's departure twice the longest was too little for it.
    let longest = answered_at(answered) - (answered - 1) * 500 * MS;
    assert!(4500 * MS + 2 * longest < answered_at(10));
    for seq in answered + 1..=10 {
        story.at(answered_at(seq));
        assert_ne!(story.next(), Next::Done, "{seq} is still to come");
        story.reply(seq.into());
    }
    assert_eq!(story.next(), Next::Done);
    assert_eq!((story.ping.statistics().received, story.ping.statistics().lost), (10, 0));
}

#[test]
fn a_probe_is_waited_for_from_when_it_had_left() {
    for config in [
        PingConfig { count: Some(1), linger: Some(300 * MS), ..config() },
        PingConfig { timeout: Some(300 * MS), ..config() },
    ] {
        let mut story = Story::new(config);
        assert_eq!(story.next(), Next::Send(1));
        // This process was kept from it for two seconds in the midst of the call.
        story.sent(1, 2000 * MS);
        story.at(2000 * MS);
        assert_ne!(story.next(), Next::Done);
        let replies = story.at(2200 * MS).reply(1).replies();
        assert!(!replies[0].late);
        assert_eq!((story.ping.statistics().received, story.ping.statistics().lost), (1, 0));
    }
}

#[test]
fn an_unanswered_run_lingers() {
    let mut story = Story::new(PingConfig { count: Some(1), ..config() });
    story.send();
    assert_eq!(story.next(), Next::Wait(10_000 * MS));
    assert_eq!(story.at(10_000 * MS).next(), Next::Done);
    assert_eq!((story.ping.statistics().transmitted, story.ping.statistics().received), (1, 0));
}

#[test]
fn without_linger_the_run_waits_for_ever_but_ends_once_answered() {
    let mut story = Story::new(PingConfig { count: Some(1), linger: None, ..config() });
    story.send();
    assert!(matches!(story.at(99_999_000 * MS).next(), Next::Wait(_)));
    assert_eq!(story.reply(1).next(), Next::Done);
}

#[test]
fn a_run_without_interval_ends_although_its_last_probe_is_lost() {
    let mut story =
        Story::new(PingConfig { count: Some(2), interval: Duration::ZERO, linger: None, ..config() });
    story.send();
    story.reply(1);
    story.send();
    assert_eq!(story.next(), Next::Wait(1000 * MS));
    assert_eq!(story.at(1000 * MS).next(), Next::Done);
}

#[test]
fn a_deadline_keeps_sending_until_the_count_is_answered() {
    let mut story = Story::new(PingConfig { count: Some(1), deadline: Some(2500 * MS), ..config() });
    story.send();
    story.at(1000 * MS).send();
    assert_eq!(story.next(), Next::Wait(2000 * MS));
    assert_eq!(story.at(1001 * MS).reply(2).next(), Next::Done);
    let mut silent = Story::new(PingConfig { deadline: Some(2500 * MS), ..config() });
    (0..3).for_each(|second| assert_eq!(silent.at(1000 * second * MS).send(), u64::from(second) + 1));
    assert_eq!(silent.next(), Next::Wait(2500 * MS));
    assert_eq!(silent.at(2500 * MS).next(), Next::Done);
}

#[test]
fn an_icmp_error_ends_a_deadline_run_only_if_asked_to() {
    for error_ends_deadline in [false, true] {
        let config = PingConfig { deadline: Some(5000 * MS), error_ends_deadline, ..config() };
        let mut story = Story::new(config);
        story.send();
        let next = story.at(MS).answer(1, icmp(3)).next();
        assert_eq!(next == Next::Done, error_ends_deadline);
    }
}

#[test]
fn errors_count_towards_the_count() {
    let mut story = Story::new(PingConfig { count: Some(1), ..config() });
    story.send();
    assert_eq!(story.answer(1, icmp(3)).next(), Next::Done);
    assert_eq!(story.ping.statistics().errors, 1);
    assert!(matches!(story.events[..], [PingEvent::Icmp { seq: Seq(1), fatal: true, .. }]));
}

#[test]
fn a_system_without_buffers_for_longer_than_the_linger_is_a_failure() {
    let mut story = Story::new(PingConfig { linger: Some(600 * MS), ..config() });
    assert_eq!([story.fail(Errno::ENOBUFS), story.at(500 * MS).fail(Errno::ENOBUFS)], [1, 1]);
    story.at(1000 * MS).fail(Errno::ENOBUFS);
    story.next();
    assert!(matches!(story.events[..], [PingEvent::SendFailed(Seq(1), _)]));
}

#[test]
fn stop_ends_the_run_after_what_is_known_has_been_told() {
    let mut story = Story::new(config());
    story.send();
    story.at(MS).reply(1);
    story.ping.handle(story.now, Input::Stop);
    assert_eq!(story.next(), Next::Done);
    assert_eq!(story.events.len(), 1);
}

#[test]
fn a_run_that_waited_for_its_last_probes_knows_which_are_lost() {
    let mut story = Story::new(PingConfig { count: Some(3), interval: 100 * MS, ..config() });
    story.send();
    story.at(100 * MS).send();
    story.reply(2);
    story.at(200 * MS).send();
    assert_eq!(story.at(1200 * MS).next(), Next::Done);
    let lost: Vec<_> = story.events.iter().filter(|event| matches!(event, PingEvent::Lost { .. })).collect();
    assert!(
        matches!(lost[..], [PingEvent::Lost { seq: Seq(1), .. }, PingEvent::Lost { seq: Seq(3), .. }]),
        "{lost:?}"
    );
}

#[test]
fn a_run_that_was_stopped_does_not_call_open_probes_lost() {
    let mut story = Story::new(config());
    story.send();
    story.ping.handle(story.now, Input::Stop);
    assert_eq!(story.next(), Next::Done);
    assert!(story.events.is_empty());
}

#[test]
fn a_run_ends_with_the_first_reply_or_loss_if_asked_to() {
    let stop_when = StopWhen { reply: true, ..StopWhen::default() };
    let mut story = Story::new(PingConfig { stop_when, ..config() });
    story.send();
    story.at(1000 * MS).send();
    assert_eq!(story.reply(1).next(), Next::Done);

    let stop_when = StopWhen { loss: true, ..StopWhen::default() };
    let mut story = Story::new(PingConfig { stop_when, timeout: Some(50 * MS), ..config() });
    story.send();
    assert_eq!(story.at(MS).reply(1).next(), Next::Wait(1000 * MS));
    story.at(1000 * MS).send();
    assert_eq!(story.at(1050 * MS).next(), Next::Done);
}

/// The step before anything is concluded, if there is one.
fn receives_first(story: &mut Story) -> bool {
    loop {
        match story.ping.poll(story.now) {
            Step::Report(_) => {}
            step => return matches!(step, Step::Receive),
        }
    }
}

#[test]
fn what_has_arrived_is_taken_in_before_the_run_ends() {
    let cut = [
        PingConfig { deadline: Some(50 * MS), interval: 10 * MS, ..config() },
        PingConfig { count: Some(1), linger: Some(50 * MS), ..config() },
        PingConfig { timeout: Some(50 * MS), ..config() },
    ];
    for config in cut {
        let mut story = Story::new(config);
        story.send();
        story.at(60 * MS);
        assert!(receives_first(&mut story));
        // It was there all along; this process was kept from reading it.
        let reply = story.reply(1).replies().pop().unwrap();
        assert!(!reply.late, "{reply:?}");
        let statistics = story.ping.statistics();
        assert_eq!((statistics.received, statistics.lost, statistics.pending), (1, 0, 0));
    }
    let mut stopped = Story::new(config());
    stopped.send();
    stopped.ping.handle(stopped.now, Input::Stop);
    assert!(receives_first(&mut stopped));
    stopped.reply(1);
    assert_eq!(stopped.next(), Next::Done);
    assert_eq!((stopped.ping.statistics().received, stopped.ping.statistics().pending), (1, 0));
}

#[test]
fn what_is_asked_for_once_is_not_asked_for_again() {
    let mut story = Story::new(PingConfig { deadline: Some(50 * MS), ..config() });
    story.send();
    story.at(50 * MS);
    assert!(receives_first(&mut story));
    assert!(matches!(story.ping.poll(story.now), Step::Done));
}

#[test]
fn of_a_run_that_is_cut_short_the_last_probes_are_under_way_and_older_ones_lost() {
    // Round trips of 100 ms, the first probe lost and the last four unanswered when it is cut short, one of them for 200 ms.
    let config = PingConfig { interval: 50 * MS, deadline: Some(500 * MS), ..config() };
    for (stop, lost, pending) in [(None, 2, 3), (Some(450 * MS), 1, 4)] {
        let mut story = Story::new(config.clone());
        for step in 0..10 {
            story.at(step * 50 * MS).send();
            if (3..8).contains(&step) {
                story.reply(u64::from(step) - 1);
            }
            if stop == Some(story.now - story.start) {
                break;
            }
        }
        match stop {
            Some(_) => story.ping.handle(story.now, Input::Stop),
            None => story.now = story.start + 500 * MS,
        }
        assert_eq!(story.next(), Next::Done);
        let statistics = story.ping.statistics();
        assert_eq!((statistics.transmitted, statistics.received), (10, 5));
        assert_eq!((statistics.lost, statistics.pending), (lost, pending), "{stop:?}");
    }
}

#[test]
fn where_nothing_is_known_of_the_way_a_probe_has_a_second() {
    let mut story = Story::new(PingConfig { deadline: Some(2500 * MS), ..config() });
    (1..).zip([0, 1000, 2000]).for_each(|(seq, at)| assert_eq!(story.at(at * MS).send(), seq));
    assert_eq!(story.at(2500 * MS).next(), Next::Done);
    let statistics = story.ping.statistics();
    assert_eq!(
        (statistics.transmitted, statistics.lost, statistics.pending, statistics.judged()),
        (3, 2, 1, 2)
    );
    assert_eq!(statistics.loss(), Some(1.0));
    let mut short = Story::new(config());
    short.send();
    short.ping.handle(short.now, Input::Stop);
    assert_eq!(short.next(), Next::Done);
    assert_eq!((short.ping.statistics().pending, short.ping.statistics().loss()), (1, None));
}

#[test]
fn a_flood_with_a_deadline_sends_no_more_than_are_still_to_be_answered() {
    let mut story = Story::new(PingConfig {
        interval: Duration::ZERO,
        count: Some(40),
        deadline: Some(5000 * MS),
        ..config()
    });
    // Answers at once let many be under way, but never more than are missing.
    let mut sent = Vec::new();
    for _ in 0..200 {
        match story.next() {
            Next::Send(seq) => {
                story.sent(seq, Duration::ZERO);
                sent.push(seq);
            }
            Next::Wait(_) => {
                for seq in sent.drain(..) {
                    story.reply(seq);
                }
            }
            Next::Done => break,
        }
    }
    let statistics = story.ping.statistics();
    assert_eq!(
        (statistics.transmitted, statistics.received, statistics.lost, statistics.pending),
        (40, 40, 0, 0)
    );
    assert!(statistics.pipe > 1, "many were under way");
}

#[test]
fn a_flood_answered_by_errors_is_driven_by_them() {
    let mut story = Story::new(PingConfig {
        interval: Duration::ZERO,
        count: Some(10),
        deadline: Some(2000 * MS),
        ..config()
    });
    for seq in 1..=10 {
        assert_eq!(story.send(), seq);
        story.answer(seq as u16, icmp(3));
    }
    assert_eq!(story.next(), Next::Done);
    assert_eq!((story.ping.statistics().transmitted, story.ping.statistics().pipe), (10, 1));
}

#[test]
fn an_error_answers_a_probe_for_the_pipe_too() {
    let mut story = Story::new(PingConfig { interval: 10 * MS, ..config() });
    (1..).zip([0, 10, 20]).for_each(|(seq, at)| assert_eq!(story.at(at * MS).send(), seq));
    story.answer(1, icmp(3)).next();
    assert_eq!(story.ping.statistics().pipe, 3);
}

#[test]
fn the_first_answer_of_a_group_ends_a_run_of_one_probe() {
    let mut story = Story::new(PingConfig { count: Some(1), ..config() });
    story.send();
    let replies = story.reply(1).reply(1).reply(1).replies();
    assert_eq!(replies.len(), 1);
    assert_eq!(story.next(), Next::Done);
    assert_eq!((story.ping.statistics().received, story.ping.statistics().duplicates), (1, 0));
}

#[test]
fn a_run_that_has_its_replies_counts_what_else_has_arrived() {
    let mut story =
        Story::new(PingConfig { count: Some(1), deadline: Some(5000 * MS), preload: 4, ..config() });
    (1..=4).for_each(|seq| assert_eq!(story.send(), seq));
    story.at(MS).reply(1);
    assert!(receives_first(&mut story));
    story.reply(2).reply(3);
    assert_eq!(story.next(), Next::Done);
    let statistics = story.ping.statistics();
    assert_eq!((statistics.received, statistics.lost, statistics.pending), (3, 0, 1));
}

#[test]
fn waiting_goes_by_what_this_process_lived_through() {
    let mut story = Story::new(PingConfig { count: Some(2), interval: 10 * MS, ..config() });
    story.send();
    // The kernel had the answer at once, this process only later.
    story.at(800 * MS);
    let at = Arrival { user: story.now, kernel: Some(story.start + MS) };
    let mut payload = [0; 56];
    PAYLOAD.write(Seq(1), &mut payload);
    let kind = AnswerKind::Reply { hop_limit: None, payload: &payload, intact: true, options: &[] };
    let probe = AnsweredProbe { ident: IDENT, seq: 1, to: None };
    story.ping.handle(story.now, Input::Answer(Answer { probe, from: to(), at, kind }));
    assert_eq!(story.ping.statistics().rtts.max(), Some(MS));
    story.send();
    assert_eq!(story.next(), Next::Wait(2400 * MS));
}
