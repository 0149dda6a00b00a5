//! A trace that tells all: departures, and extensions as they change.

use super::*;

fn config_told(rounds: u64) -> TraceConfig {
    TraceConfig { tells_all: true, last: 3, ..config(rounds) }
}

#[test]
fn each_departure_is_told_before_what_comes_of_it() {
    let story = Story::new(config_told(2), |asked| vec![asked.sound(2)]).told();
    let told: Vec<_> = (story.events.iter())
        .filter_map(|event| match event {
            TraceEvent::Sent { round, distance } => Some(('x', *round, *distance)),
            TraceEvent::Answer(answer) => Some(('p', answer.round, answer.distance)),
            _ => None,
        })
        .collect();
    #[rustfmt::skip]
    assert_eq!(told, [
        ('x', 0, 1), ('x', 0, 2), ('x', 0, 3), ('p', 0, 1), ('p', 0, 2), ('p', 0, 3),
        ('x', 1, 1), ('x', 1, 2), ('p', 1, 1), ('p', 1, 2),
    ]);
    let silent = TraceConfig { tells_all: false, ..config_told(1) };
    let story = Story::new(silent, |asked| vec![asked.sound(2)]).told();
    assert!(!story.events.iter().any(|event| matches!(event, TraceEvent::Sent { .. })));
}

#[test]
fn extensions_are_told_where_they_change_and_before_the_answer() {
    let story = Story::new(config_told(4), |asked| {
        let mut heard = asked.sound(2);
        if let What::Icmp { extensions, .. } = &mut heard.what {
            extensions.extend(match asked.round {
                0 => &[][..],
                1 | 2 => &[1, 2, 3],
                _ => &[4],
            });
        }
        vec![heard]
    })
    .told();
    let mut told = Vec::new();
    for event in &story.events {
        match event {
            TraceEvent::Extended { distance: 1, from, extensions } => {
                assert_eq!(*from, router(1));
                told.push(extensions.clone());
            }
            TraceEvent::Answer(answer) if answer.distance == 1 => told.push(Vec::new()),
            _ => {}
        }
    }
    assert_eq!(told, [vec![], vec![1, 2, 3], vec![], vec![], vec![4], vec![]]);
}

#[test]
fn probes_too_short_for_a_secret_are_known_by_their_numbers() {
    let short = Payload { size: 8, ..PAYLOAD };
    let config = TraceConfig { payload: short, ..config_told(1) };
    let reply = |asked: Asked| Heard { what: What::Echo(vec![0; 8]), ..asked.echo() };
    let story = Story::new(config, |asked| vec![reply(asked)]).told();
    assert_eq!((story.trace.end(), story.trace.foreign()), (PathEnd::Reached(1), 0));
    let story = Story::new(config_told(1), |asked| vec![reply(asked)]).told();
    assert_eq!(story.trace.end(), PathEnd::Silent(0), "those that have room for one must show it");
}

#[test]
fn what_is_still_under_way_has_a_grace() {
    let config = TraceConfig { grace: Some(200 * MS), timeout: 10 * SEC, ..config_told(3) };
    let story = Story::new(config, |_| vec![]).told();
    assert_eq!(story.now - story.start, 2 * SEC + 200 * MS);
}
