//! All paths in one sentence, and what is to be said of one hop of them.

use netdiag_echo::{PathGraph, PathHop, PathNode, Sharing};
use netdiag_text::percentage;

use super::found::Found;
use crate::ping::address::number;

/// How many paths there are, how wide they are, where they come together, and what may be missing; without a full stop.
pub(in crate::trace) fn sentence(found: &Found) -> String {
    let graph = &found.graph;
    let mut parts = vec![match graph.count() {
        0 => "No path: nobody answers".to_owned(),
        1 => format!("1 path: no router on it shares {} among several", what(found)),
        count => {
            let widest = graph.widest().map(|hop| (hop.distance, hop.nodes.len())).unwrap_or_default();
            let (distance, ways) = widest;
            format!("{count} paths, widest at hop {distance} ({ways} ways), {}", meeting(graph))
        }
    }];
    let by_packet: Vec<String> = (graph.hops.iter())
        .filter(|hop| hop.nodes.iter().any(|node| node.sharing == Some(Sharing::PerPacket)))
        .map(|hop| hop.distance.to_string())
        .collect();
    if !by_packet.is_empty() {
        parts.push(format!("packet by packet at hop {}", by_packet.join(", ")));
    }
    let incomplete =
        graph.hops.iter().filter_map(|hop| Some(format!("hop {} is {}", hop.distance, doubt(hop)?)));
    parts.extend(incomplete);
    if found.is_cut {
        parts.push("the search was cut short".to_owned());
    }
    if let Some((count, why)) = &found.refused {
        parts.push(format!("{count} probes were not sent: {why}"));
    }
    parts.join("; ")
}

/// What flows are.
const fn what(found: &Found) -> &'static str {
    if found.first_port.is_some() { "flows of UDP" } else { "flows of ICMP echo, which Linux takes for one," }
}

/// Where those come together that part last.
fn meeting(graph: &PathGraph) -> String {
    let wide = graph.hops.iter().rposition(|hop| hop.nodes.len() > 1);
    let behind = wide.and_then(|at| graph.hops.get(at + 1)).and_then(|hop| hop.nodes.first());
    match behind {
        // Whoever has ended before does not come there.
        Some(node) if ends(graph).len() <= 1 => match node.address {
            Some(address) => format!("all come together at {}", number(address)),
            None => "all come together where nobody answers".to_owned(),
        },
        _ => format!("which end at {} places", ends(graph).len()),
    }
}

/// Whoever leads nowhere, each address once.
fn ends(graph: &PathGraph) -> Vec<&PathNode> {
    let mut ends: Vec<&PathNode> = Vec::new();
    for hop in &graph.hops {
        for (at, node) in hop.nodes.iter().enumerate() {
            let leads_on = graph.links_to(hop.distance.saturating_add(1)).any(|link| link.from == Some(at));
            if !leads_on && !ends.iter().any(|end| end.address == node.address) {
                ends.push(node);
            }
        }
    }
    ends
}

/// What makes it doubtful that all of a hop were found.
pub(in crate::trace) fn doubt(hop: &PathHop) -> Option<String> {
    if hop.is_complete {
        return None;
    }
    let flows = format!("{} of {} flows answered", hop.answered, hop.asked);
    // What is missing may be flows, too.
    let sure =
        (hop.answered == hop.asked).then(|| format!(", {} sure", percentage::Short(rounded(hop.confidence))));
    Some(format!("incomplete ({flows}{})", sure.unwrap_or_default()))
}

/// To a hundredth, and no more than it is.
fn rounded(part: f64) -> f64 {
    (part * 100.0).floor() / 100.0
}
