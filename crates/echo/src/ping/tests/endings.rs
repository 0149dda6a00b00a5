//! When runs end, and what is said then.

use super::*;

#[test]
fn after_the_last_probe_an_answered_run_waits_twice_the_longest_round_trip() {
    let mut story = Story::new(PingConfig { count: Some(2), interval: 100 * MS, ..config() });
    story.send();
    story.at(80 * MS).reply(1);
    story.at(100 * MS).send();
    assert_eq!(story.next(), Next::Wait(260 * MS));
    assert_eq!(story.at(260 * MS).next(), Next::Done);
}

#[test]
fn an_unanswered_run_lingers() {
    let mut story = Story::new(PingConfig { count: Some(1), ..config() });
    story.send();
    assert_eq!(story.next(), Next::Wait(10_000 * MS));
    assert_eq!(story.at(10_000 * MS).next(), Next::Done);
    assert_eq!((story.ping.tally().transmitted, story.ping.tally().received), (1, 0));
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
    assert_eq!(story.next(), Next::Wait(10 * MS));
    assert_eq!(story.at(10 * MS).next(), Next::Done);
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
    assert_eq!(story.ping.tally().errors, 1);
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
    assert_eq!(story.at(300 * MS).next(), Next::Done);
    let lost: Vec<_> = story.events.iter().filter(|event| matches!(event, PingEvent::Lost(_))).collect();
    assert!(matches!(lost[..], [PingEvent::Lost(Seq(1)), PingEvent::Lost(Seq(3))]), "{lost:?}");
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
    let until = Until { reply: true, ..Until::default() };
    let mut story = Story::new(PingConfig { until, ..config() });
    story.send();
    story.at(1000 * MS).send();
    assert_eq!(story.reply(1).next(), Next::Done);

    let until = Until { loss: true, ..Until::default() };
    let mut story = Story::new(PingConfig { until, timeout: Some(50 * MS), ..config() });
    story.send();
    assert_eq!(story.at(MS).reply(1).next(), Next::Wait(1000 * MS));
    story.at(1000 * MS).send();
    assert_eq!(story.at(1050 * MS).next(), Next::Done);
}
