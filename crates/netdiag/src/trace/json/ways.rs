//! All paths to a host as JSON (`--paths`): who is at each hop, who leads to whom, where ways part and come together.

use netdiag_echo::{self as echo, PathGraph, PathHop, PathNode, Sharing};
use netdiag_text::duration::micros;

use super::words::meaning_word;
use crate::json::record::record;
use crate::json::{Address, address};
use crate::trace::names::NAME_PATIENCE;
use crate::trace::names::Who;
use crate::trace::paths::found::Found;
use crate::trace::paths::sentence::sentence;

record! {
    /// All paths to a host, by flows that routers may send different ways.
    Ways {
        /// How many paths there are, from the first hop to an end.
        path_count: u64,
        /// The most routers side by side.
        path_width: usize,
        /// What a flow is told from another by: the `port` it goes to, or the `checksum` of echo requests.
        #[schemars(extend("enum" = ["port", "checksum"]))]
        flow_field: &'static str,
        /// How sure to be that no router is missing, where traffic is shared evenly.
        confidence_wanted_ratio: f64,
        /// Whether enough flows were answered to be as sure as was wanted.
        all_found: bool,
        /// The paths in a sentence.
        ways_sentence: String,
        /// Who is at each distance.
        ways_at: Vec<WaysAt>,
        /// Who leads to whom.
        links: Vec<Link>,
        /// Where ways part and come together again; outer ones before those within.
        diamonds: Vec<Diamond>,
    } maybe {
        /// The port of flow 0; those of others follow it.
        first_port: u16,
        /// Probes that the system refused to send.
        unsent: u64,
    }
}

record! {
    /// All routers found at a distance.
    WaysAt {
        /// TTL or hop limit of the probe.
        distance: u8,
        /// Probes sent.
        sent: u64,
        /// Flows that were asked.
        flows_asked: u32,
        /// Flows that somebody answered for.
        flows_answered: u32,
        /// Whether enough flows were answered to be as sure as was wanted.
        all_found: bool,
        /// How sure it is that no router is missing; 0 if too few flows were answered to tell.
        confidence_ratio: f64,
        /// Whether packets of one flow come to several of them.
        mixed: bool,
        /// The routers, in the order they were found.
        side_by_side: Vec<WayRouter>,
    }
}

record! {
    /// A router, or the host, on one of the paths.
    WayRouter {
        /// The flows that come to it, by number.
        flows: Vec<u16>,
    } maybe {
        /// Who answered; missing if nobody does.
        from: Address,
        /// Its name, if it has one.
        name: String,
        /// What the answer means, the last one.
        #[schemars(extend("enum" = ["passing", "reached", "refused", "faulted"]))]
        meaning: &'static str,
        /// Its shortest round trip.
        rtt_min_us: f64,
        /// How it shares traffic among the next: all packets of a flow go one way, or they do not; missing if there is one
        /// next, or that is not known.
        #[schemars(extend("enum" = ["per-flow", "per-packet"]))]
        sharing: &'static str,
    }
}

record! {
    /// From a router to one at the next distance.
    Link {
        /// The distance of its farther end.
        farther_distance: u8,
        /// The farther end, by its place among the routers there, from 0.
        router: usize,
        /// The flows seen at both ends.
        flows_seen: Vec<u16>,
        /// Whether it is there; if not it may be, as packets of one flow take several ways.
        certain: bool,
    } maybe {
        /// The nearer end, by its place among the routers there; missing where all flows begin.
        router_before: usize,
    }
}

record! {
    /// Where ways part and come together again.
    Diamond {
        /// The distance at which they part; one less than the first where they begin parted.
        parted_distance: u8,
        /// The most routers side by side.
        path_width: usize,
        /// From where they part to where they come together, in hops; as far as is known, if they do not.
        path_length: u8,
    } maybe {
        /// Who shares traffic; missing where it does not answer, or flows begin parted.
        parted_by: Address,
        /// The distance at which all have come together; missing if they do not.
        joined_distance: u8,
        /// Where they come together; missing if it does not answer.
        joined_at: Address,
        /// How it shares traffic among the next: all packets of a flow go one way, or they do not; missing if that is not known.
        #[schemars(extend("enum" = ["per-flow", "per-packet"]))]
        sharing: &'static str,
    }
}

impl Ways {
    pub(super) fn new(found: &Found, who: &mut Who) -> Self {
        found.prepare_names(who);
        let graph = &found.graph;
        Self {
            path_count: graph.count(),
            path_width: graph.widest().map_or(0, |hop| hop.nodes.len()),
            flow_field: if found.first_port.is_some() { "port" } else { "checksum" },
            confidence_wanted_ratio: found.confidence.probability(),
            all_found: !found.is_cut && graph.hops.iter().all(|hop| hop.is_complete),
            ways_sentence: sentence(found),
            ways_at: graph.hops.iter().map(|hop| WaysAt::new(hop, who)).collect(),
            links: graph.links.iter().map(Link::from).collect(),
            diamonds: graph.diamonds().iter().map(|diamond| Diamond::new(graph, diamond)).collect(),
            first_port: found.first_port,
            unsent: found.refused.as_ref().map(|(count, _)| *count),
        }
    }
}

impl WaysAt {
    fn new(hop: &PathHop, who: &mut Who) -> Self {
        Self {
            distance: hop.distance,
            sent: hop.sent,
            flows_asked: hop.asked,
            flows_answered: hop.answered,
            all_found: hop.is_complete,
            confidence_ratio: hop.confidence,
            mixed: hop.is_mixed,
            side_by_side: hop.nodes.iter().map(|node| WayRouter::new(node, who)).collect(),
        }
    }
}

impl WayRouter {
    fn new(node: &PathNode, who: &mut Who) -> Self {
        Self {
            flows: node.flows.clone(),
            from: node.address.map(address),
            name: node.address.and_then(|address| who.name(address, NAME_PATIENCE)),
            meaning: node.meaning.map(meaning_word),
            rtt_min_us: node.min_rtt.map(micros),
            sharing: node.sharing.map(sharing_word),
        }
    }
}

impl From<&echo::PathLink> for Link {
    fn from(link: &echo::PathLink) -> Self {
        Self {
            farther_distance: link.distance,
            router: link.to,
            flows_seen: link.flows.clone(),
            certain: link.is_certain,
            router_before: link.from,
        }
    }
}

impl Diamond {
    fn new(graph: &PathGraph, diamond: &echo::Diamond) -> Self {
        let node = |distance: u8, at: usize| graph.hop(distance)?.nodes.get(at);
        let parts = diamond.from.and_then(|at| node(diamond.distance, at));
        let joins = diamond.to.and_then(|(distance, at)| node(distance, at));
        Self {
            parted_distance: diamond.distance,
            path_width: diamond.width,
            path_length: diamond.length,
            parted_by: parts.and_then(|node| node.address).map(address),
            joined_distance: diamond.to.map(|(distance, _)| distance),
            joined_at: joins.and_then(|node| node.address).map(address),
            sharing: parts.and_then(|node| node.sharing).map(sharing_word),
        }
    }
}

const fn sharing_word(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::PerPacket => "per-packet",
        _ => "per-flow",
    }
}
