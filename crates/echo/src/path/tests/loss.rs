//! What silence means: loss, a router's choice, a limit, or chance.

use super::*;

const ROUNDS: u64 = 50;

/// A bucket of so many answers, which gains one every second.
fn bucket(asked: &[Duration], at: Duration, burst: f64) -> bool {
    let mut tokens = burst;
    let mut before = Duration::ZERO;
    let mut given = false;
    for moment in asked.iter().copied().chain([at]) {
        tokens = (tokens + (moment - before).as_secs_f64()).min(burst);
        before = moment;
        given = tokens >= 1.0;
        if given {
            tokens -= 1.0;
        }
    }
    given
}

/// Five hops, the first two of which are Linux routers: six answers to begin with, one a second after that.
fn limited() -> impl FnMut(Asked) -> Vec<Heard> {
    let mut asked_before: [Vec<Duration>; 3] = Default::default();
    move |asked: Asked| {
        if asked.distance > 2 {
            return vec![asked.sound(3)];
        }
        let before = &mut asked_before[usize::from(asked.distance)];
        let answers = bucket(before, asked.at, 6.0);
        before.push(asked.at);
        if answers { vec![asked.sound(3)] } else { vec![] }
    }
}

#[test]
fn routers_that_limit_their_answers_are_named_and_nothing_is_lost() {
    let config = TraceConfig { interval: 100 * MS, ..config(ROUNDS) };
    let story = Story::new(config, limited()).told();
    let passes = Tally { sent: 50, answered: 50, silent: 0 };
    let quiet = Verdict::Quiet { passes, limits: true };
    assert_eq!(story.trace.verdicts(), [quiet, quiet, Verdict::Ok]);
    // As mtr counts: 80 % lost at both.
    assert_eq!(story.tallies(), [(50, 10, 40), (50, 10, 40), (50, 50, 0)]);
    let report = &story.trace.reports()[0];
    assert_eq!((report.hop.asked_slowly.sent, report.hop.asked_slowly.answered), (4, 4));
    let rate = report.answers_per_second.unwrap();
    assert!((0.9..1.1).contains(&rate), "{rate}");
    let slowly: Vec<_> = story.asked.iter().filter(|asked| asked.round >= ROUNDS).collect();
    assert_eq!(slowly.iter().map(|asked| asked.distance).collect::<Vec<_>>(), [1, 2].repeat(4));
    assert!(slowly[0].at >= Duration::from_millis(4900) + 7 * SEC);
    assert_eq!(slowly[2].at - slowly[0].at, 1500 * MS);
    let told = story.events.iter().position(|event| {
        matches!(event, TraceEvent::AskingSlowly { hops: 2, takes } if *takes == Duration::from_millis(11_500))
    });
    let settled = story
        .events
        .iter()
        .position(|event| matches!(event, TraceEvent::Settled(report) if report.hop.distance == 1));
    assert!(told < settled && told.is_some(), "what is asked again has not settled");
    assert_eq!(story.trace.rounds(), ROUNDS);
}

#[test]
fn without_asking_again_the_limit_is_not_claimed() {
    let config = TraceConfig { interval: 100 * MS, confirms: false, ..config(ROUNDS) };
    let story = Story::new(config, limited()).told();
    let passes = Tally { sent: 50, answered: 50, silent: 0 };
    assert_eq!(story.trace.verdicts()[..2], [Verdict::Quiet { passes, limits: false }; 2]);
    assert_eq!(story.trace.hops()[0].asked_slowly.sent, 0);
}

#[test]
fn a_router_that_drops_every_other_answer_however_slowly_is_no_limiter() {
    let mut count = 0;
    let network = move |asked: Asked| {
        count += u64::from(asked.distance == 2);
        if asked.distance == 2 && count % 2 == 0 { vec![] } else { vec![asked.sound(3)] }
    };
    let story = Story::new(config(ROUNDS), network).told();
    assert!(matches!(story.trace.verdicts()[1], Verdict::Quiet { limits: false, .. }));
    let slowly = story.trace.hops()[1].asked_slowly;
    assert!(slowly.silent > 0 && slowly.answered > 0, "{slowly:?}");
}

#[test]
fn a_hop_that_never_answers_is_quiet_once_that_is_no_chance() {
    let network = |asked: Asked| if asked.distance == 2 { vec![] } else { vec![asked.sound(3)] };
    let story = Story::new(config(10), network).told();
    let passes = Tally { sent: 10, answered: 10, silent: 0 };
    let quiet = Verdict::Quiet { passes, limits: false };
    assert_eq!(story.trace.verdicts(), [Verdict::Ok, quiet, Verdict::Ok]);
    // It is not asked again: there is nothing to find out.
    assert_eq!(story.asked.iter().filter(|asked| asked.round >= 10).count(), 0);
    let story = Story::new(config(1), network).told();
    assert_eq!(story.trace.verdicts()[1], Verdict::Unknown { more: Some(4) });
}

/// Every third probe that would pass hop `from` is lost, whoever was to answer it.
fn lossy(from: u8) -> impl Fn(Asked) -> Vec<Heard> {
    move |asked: Asked| {
        let lost = asked.distance >= from && (asked.round + u64::from(asked.distance)).is_multiple_of(3);
        if lost { vec![] } else { vec![asked.sound(5)] }
    }
}

#[test]
fn loss_is_located_where_all_hops_from_there_on_lose() {
    for from in 1..=5 {
        let story = Story::new(config(60), lossy(from)).told();
        let verdicts = story.trace.verdicts();
        for (at, verdict) in (1..).zip(verdicts) {
            let expected = if at == from { Verdict::LossFromHere { after: from - 1 } } else { Verdict::Ok };
            assert_eq!(verdict, expected, "hop {at}, loss from {from}");
        }
    }
}

#[test]
fn a_silent_router_before_the_loss_leaves_open_on_which_side_of_it_that_is() {
    let lossy = lossy(4);
    let network = |asked: Asked| if asked.distance == 3 { vec![] } else { lossy(asked) };
    let story = Story::new(config(60), network).told();
    assert!(matches!(story.trace.verdicts()[2], Verdict::Quiet { .. }));
    assert_eq!(story.trace.verdicts()[3], Verdict::LossFromHere { after: 2 });
}

#[test]
fn a_limiter_among_hops_that_lose_is_told_apart() {
    let lossy = lossy(2);
    let network = |asked: Asked| {
        let answers = asked.distance != 3 || asked.round.is_multiple_of(10);
        if answers { lossy(asked) } else { vec![] }
    };
    let story = Story::new(TraceConfig { confirms: false, ..config(60) }, network).told();
    let verdicts = story.trace.verdicts();
    assert_eq!(verdicts[1], Verdict::LossFromHere { after: 1 });
    assert!(matches!(verdicts[2], Verdict::Quiet { limits: false, .. }), "{verdicts:?}");
    assert_eq!(verdicts[3..], [Verdict::Ok; 2]);
}

#[test]
fn a_single_loss_is_unknown_and_says_how_many_probes_would_tell() {
    for distance in [2, 4] {
        let network = |asked: Asked| {
            if asked.round == 4 && asked.distance == distance { vec![] } else { vec![asked.sound(4)] }
        };
        let story = Story::new(config(10), network).told();
        let verdict = story.trace.verdicts()[usize::from(distance) - 1];
        assert!(matches!(verdict, Verdict::Unknown { more: Some(30..100) }), "{verdict:?}");
    }
}

#[test]
fn behind_the_last_hop_that_answers_nothing_tells_loss_from_choice() {
    let network = |asked: Asked| match asked.distance {
        1 => vec![asked.sound(9)],
        2 if asked.round.is_multiple_of(2) => vec![asked.sound(9)],
        _ => vec![],
    };
    let config = TraceConfig { timeout: 300 * MS, ..config(40) };
    let story = Story::new(config, network).told();
    assert_eq!(story.trace.verdicts(), [Verdict::Ok, Verdict::Unknown { more: None }]);
    assert_eq!(story.trace.end(), PathEnd::Silent(2));
}

#[test]
fn a_target_that_limits_its_own_errors_loses_nothing() {
    let mut before = Vec::new();
    let network = move |asked: Asked| {
        if asked.distance < 3 {
            return vec![asked.sound(3)];
        }
        let answers = bucket(&before, asked.at, 6.0);
        before.push(asked.at);
        if answers { vec![asked.icmp(target(), 3, 3)] } else { vec![] }
    };
    let config = TraceConfig { interval: 100 * MS, target_limits: true, ..config(ROUNDS) };
    let story = Story::new(config, network).told();
    assert!(matches!(story.trace.verdicts()[2], Verdict::Quiet { limits: true, .. }));
    assert_eq!(story.trace.end(), PathEnd::Reached(3));
}
