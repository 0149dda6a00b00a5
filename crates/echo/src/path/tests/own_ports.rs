//! Stories of routers that quote no more of a datagram than the ports it went from and to.

use super::*;

/// What a router says that quotes no more.
fn briefly(asked: Asked, from: u8) -> Heard {
    let to = Some((target().ip(), asked.port).into());
    Heard { seq: 0, to, what: What::Brief, ..asked.passing(from) }
}

fn datagrams(rounds: u64) -> TraceConfig {
    let to = (target().ip(), 33_434).into();
    TraceConfig { to, kind: ProbeKind::Udp, ..config(rounds) }
}

/// A path of four on which those routers quote little.
fn story(rounds: u64, brief: &'static [u8]) -> Story<impl FnMut(Asked) -> Vec<Heard>> {
    Story::new(datagrams(rounds), network(brief)).told()
}

fn network(brief: &'static [u8]) -> impl FnMut(Asked) -> Vec<Heard> {
    move |asked: Asked| {
        vec![match asked.distance {
            4.. => asked.icmp(target(), 3, 3),
            distance if brief.contains(&distance) => briefly(asked, distance),
            distance => asked.passing(distance),
        }]
    }
}

#[test]
fn who_quotes_little_is_asked_at_ports_of_its_own() {
    let story = story(10, &[1, 3]);
    // Two answers of the first round are anybody's.
    assert_eq!(story.trace.ambiguous(), 2);
    assert_eq!(story.tallies(), [(9, 9, 0), (10, 10, 0), (9, 9, 0), (10, 10, 0)]);
    let told: Vec<_> = story.trace.hops().iter().map(|hop| (hop.told_by_port, hop.unclear)).collect();
    assert_eq!(told, [(9, 1), (0, 0), (9, 1), (0, 0)]);
    assert_eq!(story.addresses()[2], Some(router(3)));
    assert!(story.trace.verdicts().iter().all(|verdict| *verdict == Verdict::Ok));
    // The rest is one flow.
    let own = |asked: &&Asked| asked.port != 33_434;
    assert!(story.asked.iter().filter(own).all(|asked| [1, 3].contains(&asked.distance) && asked.round > 0));
    let ports: std::collections::HashSet<u16> =
        story.asked.iter().filter(own).map(|asked| asked.port).collect();
    assert_eq!(ports.len(), 18);
}

#[test]
fn who_begins_anew_forgets_what_was_ambiguous() {
    let mut story = Story::new(datagrams(20), network(&[1, 3]));
    story.until(9500 * MS);
    story.trace.handle(story.now, Input::Reset);
    assert_eq!(story.trace.ambiguous(), 0);
    let story = story.told();
    // As in a run that begins there: one round that all go to one port, and what that was answered is anybody's.
    assert_eq!(story.trace.ambiguous(), 2);
    assert!(story.asked.iter().filter(|asked| asked.round == 10).all(|asked| asked.port == 33_434));
    let own = |asked: &&Asked| asked.port != 33_434;
    assert!(story.asked.iter().filter(own).all(|asked| [1, 3].contains(&asked.distance)));
    assert_eq!(story.tallies(), [(9, 9, 0), (10, 10, 0), (9, 9, 0), (10, 10, 0)]);
    let told: Vec<_> = story.trace.hops().iter().map(|hop| (hop.told_by_port, hop.unclear)).collect();
    assert_eq!(told, [(9, 1), (0, 0), (9, 1), (0, 0)]);
}

#[test]
fn who_was_silent_before_it_began_anew_loses_no_probe_of_those_after_it() {
    let mut brief = network(&[1, 3]);
    let silent_at_first =
        move |asked: Asked| if asked.round < 10 && asked.distance < 4 { vec![] } else { brief(asked) };
    let mut story = Story::new(datagrams(20), silent_at_first);
    story.until(9500 * MS);
    story.trace.handle(story.now, Input::Reset);
    let story = story.told();
    assert_eq!(story.tallies(), [(9, 9, 0), (10, 10, 0), (9, 9, 0), (10, 10, 0)]);
    let unclear: Vec<_> = story.trace.hops().iter().map(|hop| hop.unclear).collect();
    assert_eq!(unclear, [1, 0, 1, 0]);
}

#[test]
fn of_one_round_nothing_is_known_but_that_somebody_answered() {
    let story = story(1, &[1, 3]);
    assert_eq!((story.trace.ambiguous(), story.trace.foreign()), (2, 0));
    assert_eq!(story.tallies(), [(1, 0, 1), (1, 1, 0), (1, 0, 1), (1, 1, 0)]);
}

#[test]
fn a_flow_stays_one_as_long_as_answers_say_what_they_are_about() {
    let story = story(5, &[]);
    assert!(story.asked.iter().all(|asked| asked.port == 33_434));
    assert_eq!(story.trace.ambiguous(), 0);
}

#[test]
fn a_port_that_no_probe_had_to_itself_names_none() {
    for port in [1, 33_434, 33_435, 33_500, 65_535] {
        let forged = move |asked: Asked| {
            let said = Asked { port, ..asked };
            if asked.distance == 1 && asked.round == 0 { vec![briefly(said, 1)] } else { vec![] }
        };
        let story = Story::new(datagrams(1), forged).told();
        let expected = if port == 33_434 { (1, 0) } else { (0, 1) };
        assert_eq!((story.trace.ambiguous(), story.trace.foreign()), expected, "{port}");
        assert!(story.tallies().iter().all(|(_, answered, _)| *answered == 0), "{port}");
    }
}

#[test]
fn the_port_of_all_names_no_probe_even_if_it_falls_to_one() {
    // Number 32102 is that of the second hop in round 1071, and of the 32102 ports the first is the one of all.
    let story = story(1100, &[2]);
    assert_eq!(story.trace.ambiguous(), 2);
    assert_eq!(story.tallies()[1], (1099, 1098, 1));
}
