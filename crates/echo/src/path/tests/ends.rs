//! Where a path ends, and what happens when that moves.

use super::*;

#[test]
fn a_path_that_grows_is_followed_to_its_new_end() {
    let story = Story::new(config(6), |asked| vec![asked.sound(if asked.round < 3 { 3 } else { 5 })]).told();
    // The third hop passes the probe on, so the next round asks all.
    assert_eq!(story.reaches(), [30, 3, 3, 3, 30, 5]);
    assert_eq!(story.trace.end(), PathEnd::Reached(5));
    assert_eq!(story.changes(), [(3, 3, target(), router(3)), (4, 4, target(), router(4))]);
}

#[test]
fn a_path_that_shrinks_is_followed_once_it_is_no_accident() {
    let story = Story::new(config(7), |asked| vec![asked.sound(if asked.round < 2 { 5 } else { 3 })]).told();
    assert_eq!(story.reaches(), [30, 5, 5, 5, 5, 3, 3]);
    assert_eq!((story.trace.end(), story.trace.hops().len()), (PathEnd::Reached(3), 3));
}

#[test]
fn a_target_at_two_distances_is_listed_to_the_farther() {
    let network = |asked: Asked| vec![asked.sound(if asked.round.is_multiple_of(2) { 3 } else { 4 })];
    let story = Story::new(config(8), network).told();
    assert_eq!(story.reaches(), [30, 3, 30, 4, 4, 4, 4, 4]);
    assert_eq!(story.trace.end(), PathEnd::Reached(4));
    let both = &story.trace.hops()[2].responders;
    assert_eq!(both.iter().map(|responder| responder.address).collect::<Vec<_>>(), [target(), router(3)]);
    // Whatever the distance, the fourth always ends at the target.
    assert_eq!(story.trace.hops()[3].responders.len(), 1);
    assert_eq!(story.trace.hops()[3].asked.silent, 0);
}

#[test]
fn a_path_that_grows_behind_a_silent_hop_is_found_again() {
    let network = |asked: Asked| match (asked.round, asked.distance) {
        (4.., 3) => vec![],
        (4.., _) => vec![asked.sound(6)],
        _ => vec![asked.sound(3)],
    };
    let config = TraceConfig { timeout: 500 * MS, confirms: false, ..config(14) };
    let story = Story::new(config, network).told();
    assert_eq!(story.reaches(), [30, 3, 3, 3, 3, 3, 3, 30, 6, 6, 6, 6, 6, 6]);
    assert_eq!(story.trace.end(), PathEnd::Reached(6));
}

#[test]
fn a_target_that_is_silent_for_a_while_stays_where_it_is() {
    let network = |asked: Asked| match asked.round {
        4..8 if asked.distance >= 3 => vec![],
        _ => vec![asked.sound(3)],
    };
    let config = TraceConfig { timeout: 500 * MS, ..config(12) };
    let story = Story::new(config, network).told();
    assert_eq!((story.trace.end(), story.tallies()[2]), (PathEnd::Reached(3), (12, 8, 4)));
}

#[test]
fn a_dead_target_is_asked_for_only_so_far_beyond_the_last_hop() {
    let network =
        |asked: Asked| if asked.distance > 4 { vec![] } else { vec![asked.passing(asked.distance)] };
    let config = TraceConfig { timeout: 500 * MS, ..config(3) };
    let story = Story::new(config, network).told();
    assert_eq!(story.reaches(), [30, 16, 16]);
    assert_eq!((story.trace.end(), story.trace.hops().len()), (PathEnd::Silent(4), 4));
    assert_eq!(story.trace.verdicts(), [Verdict::Ok; 4]);
}

#[test]
fn a_refusal_ends_the_path_where_it_would_have_gone_on() {
    let network = |asked: Asked| match asked.distance {
        1..4 => vec![asked.passing(asked.distance)],
        // The third router cannot go on, and says so three seconds later.
        _ => vec![asked.icmp(router(3), 3, 1).late(2900 * MS)],
    };
    let story = Story::new(config(4), network).told();
    assert_eq!((story.trace.end(), story.trace.hops().len()), (PathEnd::Refused(4), 4));
    let refusal = IcmpError { family: Family::V4, kind: 3, code: 1, info: 0 };
    assert_eq!(story.trace.hops()[3].responders[0].meaning, AnswerMeaning::Refused(refusal));
    assert_eq!(story.reaches(), [30, 30, 30, 4]);
}

#[test]
fn who_answers_by_icmp_errors_is_reached_all_the_same() {
    let network = |asked: Asked| match asked.distance {
        1..3 => vec![asked.passing(asked.distance)],
        _ => vec![asked.icmp(target(), 3, 3)],
    };
    let story = Story::new(config(2), network).told();
    assert_eq!(story.trace.end(), PathEnd::Reached(3));
    // From anybody else it is a refusal.
    let story = Story::new(config(1), |asked| vec![asked.icmp(router(9), 3, 3)]).told();
    assert_eq!(story.trace.end(), PathEnd::Refused(1));
}

#[test]
fn packets_that_go_round_in_a_loop_are_noticed() {
    let network = |asked: Asked| {
        let to_and_fro = if asked.distance.is_multiple_of(2) { 3 } else { 4 };
        vec![asked.passing(if asked.distance < 3 { asked.distance } else { to_and_fro })]
    };
    let story = Story::new(config(2), network).told();
    assert_eq!(story.trace.end(), PathEnd::Silent(30));
    assert_eq!(story.trace.path_loop(), Some((3, 5)));
    let story = Story::new(config(1), |asked| vec![asked.sound(9)]).told();
    assert_eq!(story.trace.path_loop(), None);
    // The same router twice running, as with a tunnel that does not count, is no loop.
    let network = |asked: Asked| vec![if asked.distance == 4 { asked.passing(3) } else { asked.sound(9) }];
    assert_eq!(Story::new(config(1), network).told().trace.path_loop(), None);
}

#[test]
fn each_change_of_route_is_told_with_its_round() {
    let network = |asked: Asked| match (asked.round, asked.distance) {
        (2..4, 2) => vec![asked.passing(20)],
        _ => vec![asked.sound(4)],
    };
    let story = Story::new(config(6), network).told();
    assert_eq!(story.changes(), [(2, 2, router(2), router(20)), (4, 2, router(20), router(2))]);
    let hop = &story.trace.hops()[1];
    assert_eq!((hop.changes, hop.responders.len()), (2, 2));
    assert_eq!((hop.responders[0].answers, hop.responders[1].answers), (4, 2));
}

#[test]
fn routers_that_take_turns_are_no_change_of_route() {
    // By packet, as some share traffic: whoever comes back soon, or again, takes turns.
    let turns: [fn(u64) -> bool; 2] = [|round| round % 2 == 1, |round| round % 6 > 2];
    for (turn, told) in turns.into_iter().zip([1, 2]) {
        let network = |asked: Asked| match (turn(asked.round), asked.distance) {
            (true, 2) => vec![asked.passing(20)],
            _ => vec![asked.sound(4)],
        };
        let story = Story::new(config(60), network).told();
        let hop = &story.trace.hops()[1];
        assert_eq!((story.changes().len(), hop.changes, hop.takes_turns), (told, 0, true));
        assert_eq!(hop.responders.iter().map(|responder| responder.answers).sum::<u64>(), 60);
    }
}

#[test]
fn an_answer_overtaken_by_that_of_a_later_round_is_no_change_of_route() {
    let network = |asked: Asked| match (asked.round, asked.distance) {
        (1, 2) => vec![asked.passing(20).late(1500 * MS)],
        _ => vec![asked.sound(4)],
    };
    assert_eq!(Story::new(config(4), network).told().changes(), []);
}

#[test]
fn forgers_of_addresses_fill_no_more_than_their_room() {
    let config = TraceConfig { interval: 10 * MS, ..config(200) };
    let network = |asked: Asked| match asked.distance {
        1 => vec![asked.passing(asked.round as u8)],
        _ => vec![asked.sound(2)],
    };
    let story = Story::new(config, network).told();
    let hop = &story.trace.hops()[0];
    assert_eq!((hop.responders.len(), hop.other_answers, hop.asked.answered), (32, 168, 200));
}
