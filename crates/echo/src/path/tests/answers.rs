//! Which answers count, and for what.

use super::*;

fn answers<N>(story: &Story<N>) -> Vec<&HopAnswer> {
    let answers = story.events.iter().filter_map(|event| match event {
        TraceEvent::Answer(answer) => Some(answer),
        _ => None,
    });
    answers.collect()
}

#[test]
fn a_late_answer_counts_once_more_and_keeps_its_own_time() {
    let network = |asked: Asked| match (asked.round, asked.distance) {
        (0, 2) => vec![asked.passing(2).late(4 * SEC)],
        _ => vec![asked.sound(3)],
    };
    let story = Story::new(config(8), network).told();
    let hop = &story.trace.hops()[1];
    assert_eq!((hop.late, story.tallies()[1]), (1, (8, 8, 0)));
    assert_eq!(hop.rtts.max(), Some(4 * SEC));
    assert!(story.events.iter().any(|event| matches!(event, TraceEvent::Silent { round: 0, distance: 2 })));
    assert_eq!(answers(&story).iter().filter(|answer| answer.is_late).count(), 1);
}

#[test]
fn a_duplicate_is_told_and_counts_for_nothing() {
    let story = Story::new(config(2), |asked| vec![asked.sound(2), asked.sound(2).late(50 * MS)]).told();
    assert_eq!(story.tallies(), [(2, 2, 0); 2]);
    // The last round's came when all was over.
    let hop = &story.trace.hops()[1];
    assert_eq!((hop.duplicates, hop.rtts.count(), hop.rtts.max()), (1, 2, Some(2 * MS)));
}

#[test]
fn forged_answers_count_for_nothing() {
    type Forge = fn(Asked) -> Heard;
    let forgers: [(&str, Forge, u64); 7] = [
        (
            "another run's secret",
            |asked| {
                let What::Echo(mut data) = asked.echo().what else { unreachable!() };
                data[0] ^= 1;
                Heard { what: What::Echo(data), ..asked.echo() }
            },
            1,
        ),
        ("an echo without data", |asked| Heard { what: What::Echo(vec![]), ..asked.echo() }, 1),
        (
            "an error that quotes another secret",
            |asked| {
                let heard = asked.passing(9);
                let What::Icmp { kind, code, mut data, extensions } = heard.what.clone() else {
                    unreachable!()
                };
                data[1] ^= 1;
                Heard { what: What::Icmp { kind, code, data, extensions }, ..heard }
            },
            1,
        ),
        ("about another host", |asked| Heard { to: Some(router(77)), ..asked.passing(9) }, 1),
        ("of a number not sent yet", |asked| Heard { seq: asked.seq.to_wire() + 500, ..asked.passing(9) }, 1),
        ("of a hop not asked", |asked| Heard { seq: asked.seq.to_wire() + 20, ..asked.passing(9) }, 1),
        ("another run's", |asked| Heard { ident: Ident(1), ..asked.passing(9) }, 0),
    ];
    for (what, forge, foreign) in forgers {
        let network = |asked: Asked| match (asked.round, asked.distance) {
            (1, 1) => vec![forge(asked).late(Duration::ZERO), asked.sound(3)],
            _ => vec![asked.sound(3)],
        };
        let story = Story::new(config(2), network).told();
        assert_eq!(story.tallies(), [(2, 2, 0); 3], "{what}");
        assert!(story.trace.hops().iter().all(|hop| hop.responders.len() == 1), "{what}");
        let duplicates: u64 = story.trace.hops().iter().map(|hop| hop.duplicates).sum();
        assert_eq!(duplicates, 0, "{what}");
        assert_eq!(story.trace.foreign(), foreign, "{what}");
    }
}

#[test]
fn a_router_that_quotes_28_bytes_is_believed_by_the_number() {
    // RFC 4884 has those that add extensions fill up what they quote to 128 bytes.
    for filling in [0, 100] {
        let network = |asked: Asked| {
            let mut heard = asked.sound(3);
            if let What::Icmp { data, .. } = &mut heard.what {
                *data = vec![0; filling];
            }
            vec![heard]
        };
        let story = Story::new(config(3), network).told();
        assert_eq!((story.tallies(), story.trace.foreign()), (vec![(3, 3, 0); 3], 0), "{filling}");
    }
}

#[test]
fn advice_is_no_answer_and_a_fault_is_one() {
    let network = |asked: Asked| match asked.distance {
        // A redirect comes before the answer; the second router wants shorter packets.
        1 => vec![asked.icmp(router(1), 5, 1), asked.passing(1).late(5 * MS)],
        2 => vec![asked.icmp(router(2), 3, 4)],
        _ => vec![asked.sound(4)],
    };
    let story = Story::new(config(2), network).told();
    assert_eq!(story.tallies(), [(2, 2, 0); 4]);
    assert_eq!(story.trace.hops()[0].rtts.min(), Some(5 * MS));
    let AnswerMeaning::Faulted(error) = story.trace.hops()[1].responders[0].meaning else { panic!() };
    assert_eq!((error.kind, error.code), (3, 4));
}

#[test]
fn the_newest_extensions_are_kept_with_who_sent_them() {
    let network = |asked: Asked| {
        let mut heard = asked.sound(3);
        if let What::Icmp { extensions, .. } = &mut heard.what {
            *extensions = if asked.round < 2 { vec![asked.distance, asked.round as u8] } else { vec![] };
        }
        vec![heard]
    };
    let story = Story::new(config(3), network).told();
    let kept: Vec<_> = story.trace.hops().iter().map(|hop| &hop.responders[0].extensions[..]).collect();
    assert_eq!(kept, [&[1, 1][..], &[2, 1], &[]]);
    assert_eq!(story.trace.hops()[0].responders[0].hop_limit, Some(250));
}

#[test]
fn probes_differ_in_number_only_and_say_so_to_nobody_on_the_way() {
    let mut trace = Trace::new(config(1), crate::now());
    let Step::Send(first) = trace.poll(crate::now()) else { panic!() };
    let Step::Send(second) = trace.poll(crate::now()) else { panic!() };
    assert_eq!((first.flow, second.flow, first.size), (Some(0xbeef), Some(0xbeef), 100));
    let six = TraceConfig { to: "[2001:db8::1]:0".parse().unwrap(), ..config(1) };
    let trace = Trace::new(six, crate::now());
    let data = [1, 2].map(|seq| {
        let mut data = vec![0; 100];
        trace.fill(&Probe::new(target(), Seq(seq), 100), &mut data);
        data
    });
    assert_ne!(data[0][16..18], data[1][16..18], "which makes up for the number");
    assert_eq!(data[0][18..], data[1][18..]);
}
