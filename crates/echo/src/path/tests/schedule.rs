//! When which hop is asked.

use super::*;

#[test]
fn all_hops_of_a_round_leave_together_and_none_beyond_the_target_after_the_first() {
    let story = Story::new(config(3), |asked| vec![asked.sound(5)]).told();
    let at: Vec<_> = story.asked.iter().map(|asked| asked.at).collect();
    assert_eq!((at.len(), at[29], at[30], at[39]), (40, Duration::ZERO, SEC, 2 * SEC));
    assert_eq!(story.reaches(), [30, 5, 5]);
    let distances: Vec<_> = story.asked.iter().take(30).map(|asked| asked.distance).collect();
    assert_eq!(distances, (1..=30).collect::<Vec<_>>());
    assert_eq!(story.trace.end(), PathEnd::Reached(5));
    assert_eq!(story.tallies(), [(3, 3, 0); 5]);
    assert_eq!(story.addresses().last(), Some(&Some(target())));
    let target = &story.trace.hops()[4];
    assert_eq!((target.rtts.min(), target.rtts.max()), (Some(5 * MS), Some(5 * MS)));
    assert_eq!(story.trace.verdicts(), [Verdict::Ok; 5]);
    // Nothing is waited for once all have answered.
    assert_eq!(story.now - story.start, 2 * SEC + 5 * MS);
}

#[test]
fn a_range_of_hop_limits_is_kept_to() {
    let config = TraceConfig { first: 3, last: 6, ..config(2) };
    let story = Story::new(config.clone(), |asked| vec![asked.sound(5)]).told();
    assert_eq!(story.asked.iter().map(|asked| asked.distance).collect::<Vec<_>>(), [3, 4, 5, 6, 3, 4, 5]);
    assert_eq!(story.trace.hops().iter().map(|hop| hop.distance).collect::<Vec<_>>(), [3, 4, 5]);
    // A target that is nearer answers the first.
    let story = Story::new(config, |asked| vec![asked.sound(2)]).told();
    assert_eq!((story.trace.end(), story.tallies()), (PathEnd::Reached(3), vec![(2, 2, 0)]));
    let all = TraceConfig { last: 255, ..config_of_one() };
    let story = Story::new(all, |asked| vec![asked.sound(255)]).told();
    assert_eq!((story.trace.end(), story.asked.len()), (PathEnd::Reached(255), 255));
}

fn config_of_one() -> TraceConfig {
    config(1)
}

#[test]
fn whoever_does_not_answer_is_waited_for_ten_times_the_longest_round_trip() {
    let story =
        Story::new(config(1), |asked| if asked.distance == 2 { vec![] } else { vec![asked.sound(80)] });
    let mut story = story;
    story.until(499 * MS);
    assert!(story.events.iter().all(|event| !matches!(event, TraceEvent::Silent { .. })));
    let story = story.told();
    // The longest round trip was 30 ms.
    assert_eq!(story.now - story.start, 500 * MS);
    assert_eq!(story.trace.end(), PathEnd::Silent(30));
    let story = Story::new(config(1), |_| vec![]).told();
    assert_eq!((story.now - story.start, story.trace.end()), (3 * SEC, PathEnd::Silent(0)));
    assert!(story.trace.hops().is_empty() && story.trace.verdicts().is_empty());
}

#[test]
fn rounds_overlap_when_answers_take_longer_than_the_interval() {
    let config = TraceConfig { interval: 10 * MS, ..config(50) };
    let story = Story::new(config, |asked| vec![asked.sound(3).late(900 * MS)]).told();
    assert_eq!(story.tallies(), [(50, 50, 0); 3]);
    assert_eq!(story.trace.hops()[2].rtts.max(), Some(900 * MS));
}

#[test]
fn numbers_wrap_without_confusion() {
    let config = TraceConfig { interval: 5 * MS, ..config(5000) };
    let story = Story::new(config, |asked| vec![asked.sound(2)]).told();
    assert_eq!(story.tallies(), [(5000, 5000, 0); 2]);
    assert_eq!((story.trace.foreign(), story.changes().len()), (0, 0));
}

#[test]
fn a_round_missed_is_not_made_up_for() {
    let mut story = Story::new(config(3), |asked| vec![asked.sound(2)]);
    story.until(100 * MS);
    story.now = story.start + 3500 * MS;
    let story = story.told();
    let began: Vec<_> =
        story.asked.iter().filter(|asked| asked.distance == 1).map(|asked| asked.at).collect();
    assert_eq!(began, [Duration::ZERO, 3500 * MS, 4500 * MS]);
}

#[test]
fn who_stops_it_is_told_what_was_measured_and_what_is_under_way() {
    let config = TraceConfig { rounds: None, ..config(1) };
    let mut story = Story::new(config, |asked| vec![asked.sound(3).late(700 * MS)]);
    story.until(2500 * MS);
    story.trace.handle(story.now, Input::Status);
    story.trace.handle(story.now, Input::Stop);
    let story = story.told();
    // The third round has not been answered.
    assert_eq!(story.tallies(), [(3, 2, 0); 3]);
    assert_eq!(story.trace.verdicts(), [Verdict::Ok; 3]);
    assert_eq!(story.now - story.start, 2500 * MS);
    assert!(story.events.iter().any(|event| matches!(event, TraceEvent::Status(_))));
}

#[test]
fn while_it_is_paused_nothing_leaves_and_what_is_under_way_is_awaited() {
    let mut story = Story::new(config(4), |asked| vec![asked.sound(2).late(700 * MS)]);
    story.until(1500 * MS);
    story.trace.handle(story.now, Input::Pause(true));
    story.until(9500 * MS);
    assert_eq!(story.tallies(), [(2, 2, 0); 2]);
    story.trace.handle(story.now, Input::Pause(false));
    let story = story.told();
    let began: Vec<_> =
        story.asked.iter().filter(|asked| asked.distance == 1).map(|asked| asked.at).collect();
    assert_eq!(began, [0, 1000, 9500, 10_500].map(|ms| ms * MS));
    assert_eq!(story.tallies(), [(4, 4, 0); 2]);
}

#[test]
fn who_begins_anew_is_told_nothing_of_what_was_before() {
    // The path becomes shorter, and what is still under way then is lost.
    let network = |asked: Asked| match asked.round {
        0..2 => vec![asked.sound(5)],
        2 => vec![],
        _ => vec![asked.sound(2)],
    };
    let mut story = Story::new(config(6), network);
    story.until(2500 * MS);
    story.trace.handle(story.now, Input::Reset);
    let story = story.told();
    assert_eq!(story.tallies(), [(3, 3, 0); 2]);
    assert_eq!((story.trace.end(), story.trace.rounds()), (PathEnd::Reached(2), 3));
    assert_eq!(story.trace.hops()[0].answers_per_round(), None);
    let mut after = story.events.iter().skip_while(|event| !matches!(event, TraceEvent::Reset)).skip(1);
    assert!(after.all(|event| match event {
        TraceEvent::Answer(HopAnswer { round, .. }) | TraceEvent::Silent { round, .. } => *round > 2,
        _ => true,
    }));
}

#[test]
fn it_ends_once_it_has_looked_however_long_that_takes() {
    for deadline in [None, Some(Duration::ZERO)] {
        let mut story = Story::new(TraceConfig { deadline, ..config(1) }, |asked| vec![asked.sound(3)]);
        if deadline.is_none() {
            story.until(Duration::ZERO);
            story.trace.handle(story.now, Input::Stop);
        }
        // The clock goes on between any two questions.
        let steps: Vec<_> =
            (1..10).map(|micros| story.trace.poll(story.now + Duration::from_micros(micros))).collect();
        assert!(matches!(steps[..], [Step::Receive, Step::Done, ..]), "{steps:?}");
    }
}

#[test]
fn a_deadline_ends_it_as_who_stops_it_does() {
    let config = TraceConfig { rounds: None, deadline: Some(2500 * MS), ..config(1) };
    let story = Story::new(config, |asked| vec![asked.sound(3).late(700 * MS)]).told();
    assert_eq!((story.tallies(), story.now - story.start), (vec![(3, 2, 0); 3], 2500 * MS));
}

#[test]
fn what_a_path_takes_is_the_least_that_is_told_of_it_and_what_is_behind() {
    let delays = [9, 30, 12, 11];
    let network = |asked: Asked| {
        let delay = delays[usize::from(asked.distance.min(4)) - 1];
        vec![asked.sound(4).late(delay * MS)]
    };
    let reports = Story::new(config(2), network).told().trace.reports();
    let told: Vec<_> = reports.iter().map(|report| report.path_rtt.unwrap()).collect();
    assert_eq!(told, [9 * MS, 11 * MS, 11 * MS, 11 * MS]);
}

#[test]
fn hops_settle_once_and_in_order() {
    let story = Story::new(config(2), |asked| vec![asked.sound(4)]).told();
    let settled: Vec<_> = story.events.iter().filter_map(settled).collect();
    assert_eq!(settled, [1, 2, 3, 4]);
}

fn settled(event: &TraceEvent) -> Option<u8> {
    if let TraceEvent::Settled(report) = event { Some(report.hop.distance) } else { None }
}

#[test]
fn what_the_system_refuses_is_no_silence() {
    let mut story = Story::new(config(1), |asked| vec![asked.sound(3)]);
    let Step::Send(probe) = story.trace.poll(story.now) else { panic!() };
    let error = io::Error::from(nix::errno::Errno::EPERM);
    story.trace.handle(story.now, Input::SendFailed(probe, error));
    let Step::Report(TraceEvent::SendFailed { round: 0, distance: 1, .. }) = story.trace.poll(story.now)
    else {
        panic!()
    };
    let story = story.told();
    assert_eq!(story.tallies(), [(0, 0, 0), (1, 1, 0), (1, 1, 0)]);
    assert_eq!(story.trace.hops()[0].unsent, 1);
    assert_eq!(story.trace.verdicts(), [Verdict::Ok; 3]);
}

#[test]
fn a_first_look_is_all_where_everybody_answers_everything_or_nothing() {
    let glance = Some(Glance::default());
    let all = |asked: Asked| vec![asked.sound(15)];
    let story = Story::new(TraceConfig { glance, ..config(10) }, all).told();
    assert_eq!((story.trace.rounds(), story.now - story.start), (5, 415 * MS));
    let silent = |asked: Asked| if asked.distance == 2 { vec![] } else { vec![asked.sound(15)] };
    let story = Story::new(TraceConfig { glance, ..config(10) }, silent).told();
    assert_eq!(story.tallies()[1], (5, 0, 5));
    assert!(matches!(story.trace.verdicts()[1], Verdict::Quiet { limits: false, .. }));
    let refused = |asked: Asked| match asked.distance {
        1 => vec![asked.passing(1)],
        _ => vec![asked.icmp(router(2), 3, 13)],
    };
    let story = Story::new(TraceConfig { glance, ..config(10) }, refused).told();
    assert_eq!((story.trace.rounds(), story.trace.end()), (5, PathEnd::Refused(2)));
}

#[test]
fn a_first_look_that_leaves_a_question_is_followed_by_the_other_rounds() {
    type Network = fn(Asked) -> Vec<Heard>;
    let networks: [Network; 3] = [
        // Lost once, on the way.
        |asked| if (asked.round, asked.distance) == (3, 15) { vec![] } else { vec![asked.sound(15)] },
        // A router that answers now and then.
        |asked| if asked.distance == 4 && asked.round != 2 { vec![] } else { vec![asked.sound(15)] },
        // Nobody but routers.
        |asked| if asked.distance > 3 { vec![] } else { vec![asked.sound(15)] },
    ];
    for network in networks {
        let confirms = false;
        let config = TraceConfig { glance: Some(Glance::default()), confirms, ..config(10) };
        let story = Story::new(config, network).told();
        assert_eq!(story.trace.rounds(), 10);
        let first = story.asked.iter().filter(|asked| asked.distance == 1).map(|asked| asked.at);
        let first: Vec<Duration> = first.collect();
        assert_eq!(first[..5], [0, 100, 200, 300, 400].map(|at| MS * at));
        assert!(first[5] >= first[4] + SEC && first[6] == first[5] + SEC, "{first:?}");
    }
}
