//! Paths of all shapes, and how many probes it takes to find them.

use proptest::prelude::*;

use super::*;

/// The points of the rule, up to five next hops.
const OF_95: [usize; 5] = [6, 11, 16, 21, 27];
const OF_99: [usize; 5] = [8, 15, 21, 28, 36];

#[test]
fn one_path_takes_as_many_flows_as_rule_a_second_out() {
    for (confidence, enough) in [(Confidence::Of95, 6), (Confidence::Of99, 8)] {
        let network = |packet: Packet| Some(if packet.distance >= 4 { 0 } else { packet.distance });
        let story = Story::new(PathsConfig { confidence, ..config() }, network).told();
        let graph = story.paths.graph();
        assert_eq!(numbers(&graph), [[1], [2], [3], [0]]);
        assert_eq!((1..=5).map(|at| story.sent(at)).collect::<Vec<_>>(), [enough, enough, enough, enough, 0]);
        assert!(graph.hops.iter().all(|hop| hop.is_complete && hop.confidence > confidence.probability()));
        assert_eq!((graph.count(), graph.diamonds(), story.paths.is_cut()), (1, vec![], false));
        // Each distance in one round trip.
        assert_eq!(story.now - story.start, MS * 10);
    }
}

#[test]
fn the_rule_sends_exactly_what_it_should_for_each_width() {
    for (confidence, points) in [(Confidence::Of95, OF_95), (Confidence::Of99, OF_99)] {
        for width in 1..=5_u8 {
            // One router, then so many side by side, then the target.
            let network = |packet: Packet| match packet.distance {
                1 => Some(100),
                2 => Some(1 + (packet.flow % u16::from(width)) as u8),
                _ => Some(0),
            };
            let story = Story::new(PathsConfig { confidence, ..config() }, network).told();
            let graph = story.paths.graph();
            assert_eq!(graph.hops[1].nodes.len(), usize::from(width));
            let enough = points[usize::from(width) - 1];
            // One flow is asked again, to see whether it takes the same way.
            assert_eq!(story.sent(1), enough, "{width} at {confidence:?}");
            let again = if width > 1 { points[0] - 1 } else { 0 };
            // Flows that are not yet known to come to each of them are asked for there, and not before.
            let known = enough.max(points[0] * usize::from(width));
            assert_eq!((story.sent(2), story.flows(2)), (known + again, known), "{width} at {confidence:?}");
            assert_eq!(story.sent(3), points[0] * usize::from(width), "{width} at {confidence:?}");
            assert!(graph.hops.iter().all(|hop| hop.is_complete), "{graph:?}");
            assert_eq!(graph.count(), width.into());
        }
    }
}

#[test]
fn a_diamond_is_found_with_who_leads_where() {
    // 1, then 2 and 3, of which 2 leads to 4 and 5, 3 to 6; all come together in 7.
    let network = |packet: Packet| {
        let first = [2, 3][hash(packet.flow, 1) % 2];
        let second = if first == 2 { [4, 5][hash(packet.flow, 2) % 2] } else { 6 };
        Some(match packet.distance {
            1 => 1,
            2 => first,
            3 => second,
            4 => 7,
            _ => 0,
        })
    };
    let story = Story::new(config(), network).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3], vec![4, 5, 6], vec![7], vec![0]]);
    assert_eq!(linked(&graph, 1), [(254, 1)]);
    assert_eq!(linked(&graph, 2), [(1, 2), (1, 3)]);
    assert_eq!(linked(&graph, 3), [(2, 4), (2, 5), (3, 6)]);
    assert_eq!(linked(&graph, 4), [(4, 7), (5, 7), (6, 7)]);
    assert_eq!(graph.count(), 3);
    assert_eq!(graph.widest().map(|hop| (hop.distance, hop.nodes.len())), Some((3, 3)));
    let diamonds = graph.diamonds();
    let shape =
        |diamond: &Diamond| (diamond.distance, diamond.to.map(|(at, _)| at), diamond.width, diamond.length);
    assert_eq!(diamonds.iter().map(shape).collect::<Vec<_>>(), [(1, Some(4), 3, 3), (2, Some(4), 2, 2)]);
    let sharing = |hop: &PathHop| hop.nodes.iter().map(|node| node.sharing).collect::<Vec<_>>();
    assert_eq!(sharing(&graph.hops[0]), [Some(Sharing::PerFlow)]);
    assert_eq!(sharing(&graph.hops[1]).iter().flatten().count(), 1);
    assert!(graph.hops.iter().all(|hop| hop.is_complete && !hop.is_mixed));
    // What counts for a node are flows that were seen to come to it.
    for link in &graph.links {
        let nearer = link.from.map(|from| &graph.hop(link.distance - 1).unwrap().nodes[from].flows);
        let farther = &graph.hop(link.distance).unwrap().nodes[link.to].flows;
        assert!(
            link.flows
                .iter()
                .all(|flow| farther.contains(flow) && nearer.is_none_or(|near| near.contains(flow)))
        );
        assert!(!link.flows.is_empty() && link.is_certain);
    }
}

#[test]
fn diamonds_within_diamonds_and_one_after_another() {
    // Two ways from 1; on the first 4 and 5 lie between 2 and 6. Both meet in 8, behind which there are three ways to the target.
    let network = |packet: Packet| {
        let is_first = hash(packet.flow, 1).is_multiple_of(2);
        Some(match (packet.distance, is_first) {
            (1, _) => 1,
            (2, true) => 2,
            (2, false) => 3,
            (3, true) => [4, 5][hash(packet.flow, 2) % 2],
            (3, false) => 9,
            (4, true) => 6,
            (4, false) => 7,
            (5, _) => 8,
            (6, _) => 10 + (hash(packet.flow, 8) % 3) as u8,
            _ => 0,
        })
    };
    let graph = Story::new(config(), network).told().paths.graph();
    assert_eq!(graph.count(), 9);
    let shape =
        |diamond: &Diamond| (diamond.distance, diamond.to.map(|(at, _)| at), diamond.width, diamond.length);
    let shapes: Vec<_> = graph.diamonds().iter().map(shape).collect();
    assert_eq!(shapes, [(1, Some(5), 3, 4), (2, Some(4), 2, 2), (5, Some(7), 3, 2)]);
}

#[test]
fn ways_of_two_lengths_end_where_they_do() {
    let network = |packet: Packet| {
        let is_short = hash(packet.flow, 1).is_multiple_of(2);
        Some(match (packet.distance, is_short) {
            (1, _) => 1,
            (2, true) => 2,
            (2, false) => 3,
            (3, false) => 4,
            _ => 0,
        })
    };
    let graph = Story::new(config(), network).told().paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3], vec![0, 4], vec![0]]);
    assert_eq!(graph.count(), 2);
    assert_eq!(linked(&graph, 4), [(4, 0)]);
    let [diamond] = &graph.diamonds()[..] else { panic!("{graph:?}") };
    assert_eq!((diamond.distance, diamond.to, diamond.width), (1, None, 2));
}

#[test]
fn a_balancer_packet_by_packet_is_told_from_one_by_flow() {
    let network = |packet: Packet| {
        Some(match packet.distance {
            1 => 1,
            2 => 2 + (hash(packet.number as u16, 1) % 3) as u8,
            3 => 5,
            _ => 0,
        })
    };
    let graph = Story::new(config(), network).told().paths.graph();
    assert_eq!(numbers(&graph), [vec![1], vec![2, 3, 4], vec![5], vec![0]]);
    assert_eq!(graph.hops[0].nodes[0].sharing, Some(Sharing::PerPacket));
    assert!(graph.hops[1].is_mixed && !graph.hops[2].is_mixed);
    // Whoever is there leads to the one behind, whatever flows say.
    assert_eq!(linked(&graph, 3), [(2, 5), (3, 5), (4, 5)]);
    assert!(graph.links.iter().all(|link| link.is_certain));
    assert_eq!(graph.diamonds().len(), 1);
}

#[test]
fn a_rare_way_found_late_is_asked_for_from_the_start() {
    // Hash by hash: the second router of the first hop gets one flow in sixteen.
    let network = |packet: Packet| {
        let is_rare = packet.flow % 16 == 9;
        Some(match packet.distance {
            1 => 1 + u8::from(is_rare),
            2 if is_rare => 4,
            2 => 3 + 2 * (packet.flow % 2) as u8,
            _ => 0,
        })
    };
    let story = Story::new(config(), network).told();
    let graph = story.paths.graph();
    // The flows for the ways behind the first router show the second.
    assert_eq!(numbers(&graph)[0], [1, 2], "{graph:?}");
    assert_eq!(linked(&graph, 2), [(1, 3), (1, 5), (2, 4)], "{graph:?}");
    assert!(graph.hops.iter().all(|hop| hop.is_complete), "{graph:?}");
}

#[test]
fn flows_are_no_more_than_asked_for_and_what_they_cannot_tell_is_said() {
    let network = |packet: Packet| Some(if packet.distance > 1 { 0 } else { 1 + (packet.flow % 8) as u8 });
    let story = Story::new(PathsConfig { most_flows: 20, ..config() }, network).told();
    let graph = story.paths.graph();
    assert_eq!(numbers(&graph), [vec![1, 2, 3, 4, 5, 6, 7, 8], vec![0]]);
    assert_eq!((story.flows(1), story.flows(2)), (20, 20));
    assert!(!graph.hops[0].is_complete && graph.hops[0].confidence < 0.95, "{graph:?}");
    assert!(!graph.hops[1].is_complete && graph.hops[1].confidence < 0.95, "{graph:?}");
}

/// A network of layers, each with its routers, which hash flows among some of those of the next.
fn any_network() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1_u8..=5, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_found_is_there_and_within_bounds(widths in any_network(), salt in any::<u8>(), most_flows in 6_u16..200) {
        let way = |flow: u16, distance: u8| {
            let mut at = 0_usize;
            for (place, width) in widths.iter().take(distance.into()).enumerate() {
                at = hash(flow, salt.wrapping_add((place * 8 + at) as u8)) % usize::from(*width);
            }
            (1 + usize::from(distance) * 8 + at) as u8
        };
        let last = widths.len() as u8;
        let network = |packet: Packet| Some(if packet.distance > last { 0 } else { way(packet.flow, packet.distance) });
        let story = Story::new(PathsConfig { most_flows, ..config() }, network).told();
        let graph = story.paths.graph();
        prop_assert_eq!(graph.hops.len(), widths.len() + 1);
        for (distance, width) in (1_u8..).zip(&widths) {
            prop_assert!(story.flows(distance) <= most_flows.into());
            let hop = graph.hop(distance).unwrap();
            prop_assert!(hop.nodes.len() <= usize::from(*width));
            for link in graph.links_to(distance) {
                for flow in &link.flows {
                    prop_assert_eq!(hop.nodes[link.to].address, Some(router(way(*flow, distance))));
                }
            }
            // Everybody is led to.
            prop_assert!((0..hop.nodes.len()).all(|at| graph.links_to(distance).any(|link| link.to == at)));
            prop_assert!(!hop.is_mixed);
        }
        prop_assert!(graph.count() >= 1);
        let has_failed = story.events.iter().any(|event| !matches!(event, PathsEvent::Hop { .. }));
        prop_assert!(!has_failed);
    }
}
