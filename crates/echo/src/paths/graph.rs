//! What an enumeration comes to: [`PathGraph`], and the diamonds in it.
//!
//! A link is a flow seen at both its ends. Behind a router that shares traffic packet by packet no flow tells that, and links are
//! guesses there until all come together.

use std::net::SocketAddr;
use std::time::Duration;

use super::layer::{Layer, NodeId};
use super::plan::{Group, groups};
use super::stopping::{StoppingRule, chance_of_missing};
use crate::path::AnswerMeaning;

/// All paths to a target that were found.
#[derive(Clone, Debug, Default)]
pub struct PathGraph {
    /// By distance, up to the last at which anybody answers.
    pub hops: Vec<PathHop>,
    /// What leads from one hop to the next.
    pub links: Vec<PathLink>,
}

/// All that were found at one distance.
#[derive(Clone, Debug)]
pub struct PathHop {
    /// The hop limit.
    pub distance: u8,
    /// Who they are, in the order they were found.
    pub nodes: Vec<PathNode>,
    /// Flows that were asked.
    pub asked: u32,
    /// Flows that somebody answered for.
    pub answered: u32,
    /// Whether enough flows were answered for the confidence that was wanted.
    pub is_complete: bool,
    /// How likely it is that nobody is missing, if traffic is shared evenly; 0 if too few flows were answered to tell.
    pub confidence: f64,
    /// Whether packets of one flow come to several of them.
    pub is_mixed: bool,
    /// Probes that were sent.
    pub sent: u64,
}

/// Somebody at a distance.
#[derive(Clone, Debug)]
pub struct PathNode {
    /// Its address; `None` stands for whoever does not answer.
    pub address: Option<SocketAddr>,
    /// What its last answer means; `None` without an answer.
    pub meaning: Option<AnswerMeaning>,
    /// The flows that come to it, by number.
    pub flows: Vec<u16>,
    /// Its shortest round trip.
    pub min_rtt: Option<Duration>,
    /// How it shares traffic among its next hops; `None` if it has one, or that is not known.
    pub sharing: Option<Sharing>,
}

/// How a router shares traffic among next hops.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Sharing {
    /// All packets of a flow take one way.
    PerFlow,
    /// They do not.
    PerPacket,
}

/// From somebody to somebody at the next distance.
#[derive(Clone, Debug)]
pub struct PathLink {
    /// The farther end's distance.
    pub distance: u8,
    /// The nearer end, by its place in its hop; `None` is where all flows begin.
    pub from: Option<usize>,
    /// The farther end, by its place in its hop.
    pub to: usize,
    /// Flows that were seen at both ends.
    pub flows: Vec<u16>,
    /// Whether it is there; if not it may be, as packets of one flow take several ways.
    pub is_certain: bool,
}

/// Where ways part, and come together again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diamond {
    /// The distance at which they part; the one before the first where they begin parted.
    pub distance: u8,
    /// Who shares traffic, by its place in its hop; `None` is where all flows begin.
    pub from: Option<usize>,
    /// Where all of them come together, as distance and place; `None` if they do not.
    pub to: Option<(u8, usize)>,
    /// The most that were found side by side.
    pub width: usize,
    /// From parting to coming together, in hops; as far as is known, if they do not.
    pub length: u8,
}

impl PathGraph {
    pub(super) fn of(layers: &[Layer], rule: &StoppingRule, most_flows: u16) -> Self {
        let answering = layers.iter().rposition(|layer| !layer.is_mute()).unwrap_or(0);
        let mut graph = Self::default();
        let mut places: Vec<Option<usize>> = vec![None];
        for pair in layers.get(..=answering).unwrap_or(layers).windows(2) {
            let [before, layer] = pair else { continue };
            let groups = groups(before, layer, most_flows);
            let (hop, here) = hop(layer, &groups, rule, most_flows);
            for (node, sharing) in groups.iter().filter_map(|group| sharing(before, layer, group)) {
                let place = places.get(node).copied().flatten();
                let nodes = graph.hops.last_mut().map(|hop| &mut hop.nodes);
                if let Some(node) = nodes.zip(place).and_then(|(nodes, place)| nodes.get_mut(place)) {
                    node.sharing = Some(sharing);
                }
            }
            graph.links.extend(links((before, &places), (layer, &here), &groups, most_flows));
            graph.hops.push(hop);
            places = here;
        }
        graph
    }

    /// How many ways there are from the beginning to an end, as links go.
    pub fn count(&self) -> u64 {
        let (mut ways, mut ended) = (vec![1_u64], 0_u64);
        for hop in &self.hops {
            let mut here = vec![0_u64; hop.nodes.len()];
            let mut goes_on = vec![false; ways.len()];
            for link in self.links_to(hop.distance) {
                let from = link.from.unwrap_or(0);
                let count = ways.get(from).copied().unwrap_or(0);
                here.get_mut(link.to).into_iter().for_each(|here| *here = here.saturating_add(count));
                goes_on.get_mut(from).into_iter().for_each(|goes_on| *goes_on = true);
            }
            let ends = ways.iter().zip(goes_on).filter(|(_, goes_on)| !goes_on);
            ended = ends.fold(ended, |sum, (count, _)| sum.saturating_add(*count));
            ways = here;
        }
        if self.hops.is_empty() {
            0
        } else {
            ways.iter().fold(ended, |sum, count| sum.saturating_add(*count))
        }
    }

    /// Links whose farther end is at that distance.
    pub fn links_to(&self, distance: u8) -> impl Iterator<Item = &PathLink> {
        self.links.iter().filter(move |link| link.distance == distance)
    }

    /// The hop at that distance.
    pub fn hop(&self, distance: u8) -> Option<&PathHop> {
        self.hops.iter().find(|hop| hop.distance == distance)
    }

    /// The hop with the most side by side, the first of several.
    pub fn widest(&self) -> Option<&PathHop> {
        self.hops.iter().rev().max_by_key(|hop| hop.nodes.len())
    }

    /// Whoever leads to several, with where those come together: outer ones before those within.
    pub fn diamonds(&self) -> Vec<Diamond> {
        let mut diamonds = Vec::new();
        for hop in &self.hops {
            let mut froms: Vec<Option<usize>> = self.links_to(hop.distance).map(|link| link.from).collect();
            froms.sort_unstable();
            froms.dedup();
            diamonds.extend(froms.into_iter().filter_map(|from| self.diamond(hop.distance, from)));
        }
        diamonds
    }

    /// The diamond that begins at a place before that distance, if one does.
    fn diamond(&self, next: u8, from: Option<usize>) -> Option<Diamond> {
        let mut reached: Vec<usize> =
            self.links_to(next).filter(|link| link.from == from).map(|link| link.to).collect();
        let before = next.saturating_sub(1);
        let (mut width, mut length, mut to) = (reached.len(), 1, None);
        if width < 2 {
            return None;
        }
        for distance in next.saturating_add(1)..=self.hops.last().map_or(0, |hop| hop.distance) {
            let links =
                || self.links_to(distance).filter(|link| link.from.is_some_and(|at| reached.contains(&at)));
            // Who has come to an end comes together with nobody.
            if reached.iter().any(|at| links().all(|link| link.from != Some(*at))) {
                break;
            }
            let mut next: Vec<usize> = links().map(|link| link.to).collect();
            next.sort_unstable();
            next.dedup();
            (width, length) = (width.max(next.len()), length + 1);
            if let [place] = next[..] {
                to = Some((distance, place));
                break;
            }
            reached = next;
        }
        Some(Diamond { distance: before, from, to, width, length })
    }
}

/// A hop, and where the nodes of its layer are found in it.
fn hop(
    layer: &Layer,
    groups: &[Group],
    rule: &StoppingRule,
    most_flows: u16,
) -> (PathHop, Vec<Option<usize>>) {
    let mut nodes = Vec::new();
    let mut places = vec![None; layer.nodes.len()];
    let mut flows: Vec<Vec<u16>> = vec![Vec::new(); layer.nodes.len()];
    for flow in 0..most_flows {
        let node = layer.node_of(flow).and_then(|node| flows.get_mut(node));
        node.into_iter().for_each(|flows| flows.push(flow));
    }
    let (mut asked, mut answered) = (0, 0);
    for (at, (node, flows)) in layer.nodes.iter().zip(flows).enumerate() {
        asked += flows.len() as u32;
        answered += if node.address.is_some() { flows.len() as u32 } else { 0 };
        // One that does not answer is there no more once others have answered late.
        if node.address.is_none() && flows.is_empty() {
            continue;
        }
        places.get_mut(at).into_iter().for_each(|place| *place = Some(nodes.len()));
        let (address, meaning, min_rtt) = (node.address, node.meaning, node.rtts.min());
        nodes.push(PathNode { address, meaning, flows, min_rtt, sharing: None });
    }
    let confidences = groups.iter().map(Group::confidence);
    let hop = PathHop {
        distance: layer.distance,
        nodes,
        asked,
        answered,
        is_complete: groups.iter().all(|group| group.is_complete(rule)),
        confidence: confidences.reduce(f64::min).unwrap_or(0.0),
        is_mixed: layer.is_mixed,
        sent: layer.sent,
    };
    (hop, places)
}

impl Group {
    /// How likely it is that no next hop is missing.
    fn confidence(&self) -> f64 {
        if self.answered == 0 { 0.0 } else { 1.0 - chance_of_missing(self.seen.len(), self.answered) }
    }
}

/// How the one router of a group shares its traffic, if that is known.
fn sharing(before: &Layer, layer: &Layer, group: &Group) -> Option<(NodeId, Sharing)> {
    let ([node], false) = (&group.members[..], before.is_mixed) else { return None };
    let test = layer.tests.iter().find(|test| test.node == *node);
    let differs = layer.repeated_links.iter().any(|(from, _)| from == node);
    if differs || test.is_some_and(|test| test.others > 0) {
        return Some((*node, Sharing::PerPacket));
    }
    test.filter(|test| test.same >= test.wanted).map(|_| (*node, Sharing::PerFlow))
}

/// Where the nodes of a layer are found in its hop.
type Places<'a> = (&'a Layer, &'a [Option<usize>]);

fn links(
    (before, nearer): Places<'_>,
    (layer, farther): Places<'_>,
    groups: &[Group],
    most_flows: u16,
) -> Vec<PathLink> {
    let mut links = Vec::new();
    for group in groups {
        let is_certain = !before.is_mixed || group.seen.len() < 2;
        for node in &group.members {
            let from = nearer.get(*node).copied().flatten();
            for next in &group.seen {
                let Some(to) = farther.get(*next).copied().flatten() else { continue };
                let both =
                    |flow: &u16| before.node_of(*flow) == Some(*node) && layer.node_of(*flow) == Some(*next);
                let flows = if before.is_mixed { Vec::new() } else { (0..most_flows).filter(both).collect() };
                links.push(PathLink { distance: layer.distance, from, to, flows, is_certain });
            }
        }
    }
    links.sort_by_key(|link| (link.from, link.to));
    links
}
