//! Stories of traces over TCP: ports that answer, and the ports probes come from.

use super::*;

fn port(asked: Asked, from: SocketAddr, state: PortState) -> Heard {
    Heard { from, what: What::Port(state), ..asked.passing(1) }
}

fn over_tcp(rounds: u64) -> TraceConfig {
    TraceConfig { kind: ProbeKind::Tcp, ..config(rounds) }
}

#[test]
fn a_port_that_answers_is_the_end_of_the_path_whatever_it_says() {
    for state in [PortState::Open, PortState::Closed] {
        let story = Story::new(over_tcp(3), |asked| {
            let is_there = asked.distance >= 3;
            vec![if is_there { port(asked, target(), state) } else { asked.passing(asked.distance) }]
        });
        let story = story.told();
        assert_eq!(story.trace.end(), PathEnd::Reached(3), "{state:?}");
        let said = |hop: &Hop| hop.responders.iter().map(|responder| responder.port).collect::<Vec<_>>();
        let all: Vec<_> = story.trace.hops().iter().map(said).collect();
        assert_eq!(all, [vec![None], vec![None], vec![Some(state)]], "{state:?}");
        assert_eq!(story.tallies()[2], (3, 3, 0), "{state:?}");
    }
}

#[test]
fn a_port_of_somebody_else_is_nobodys_answer() {
    let story = Story::new(over_tcp(1), |asked| vec![port(asked, router(9), PortState::Open)]).told();
    assert_eq!((story.trace.end(), story.trace.foreign()), (PathEnd::Silent(0), 30));
}

#[test]
fn hops_are_asked_from_ports_in_a_row_if_one_is_given() {
    for (source_port, expected) in [(Some(50_000), [Some(50_000), Some(50_001)]), (None, [None, None])] {
        let config = TraceConfig { source_port, first: 2, last: 3, ..over_tcp(1) };
        let mut trace = Trace::new(config, crate::now());
        let flows = [(); 2].map(|()| match trace.poll(crate::now()) {
            Step::Send(probe) => probe.flow,
            other => panic!("{other:?}"),
        });
        assert_eq!(flows, expected);
    }
}
