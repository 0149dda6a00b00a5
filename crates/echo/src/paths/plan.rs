//! What to ask next at a distance: [`wanted`].
//!
//! For the next hops of a router only flows count that were seen to come to it. Where those are too few, more are asked for at the
//! router's own distance, and may come to others there.

use super::layer::{Layer, NodeId, Question, SameFlowTest, Standing};
use super::stopping::StoppingRule;

/// What the flows of one router, or of several that cannot be told apart, have come to at the next distance.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Whose flows: in the layer before; all of it where that is mixed.
    pub(super) members: Vec<NodeId>,
    /// Who is next.
    pub(super) seen: Vec<NodeId>,
    /// Flows that have come to somebody, if only somebody who does not answer.
    pub(super) decided: u32,
    /// Those that somebody answered for.
    pub(super) answered: u32,
    /// Flows that were not asked.
    unasked: Vec<u16>,
    /// A flow that somebody answered for.
    example: Option<u16>,
}

/// Questions, each with whether it is for the layer before.
pub(super) type Wanted = Vec<(bool, Question)>;

/// Those of the layer before who pass packets on, with what came of their flows.
pub(super) fn groups(before: &Layer, layer: &Layer, most_flows: u16) -> Vec<Group> {
    let passing: Vec<NodeId> = (0..before.nodes.len()).filter(|node| before.passes(*node)).collect();
    let mut groups: Vec<Group> = match before.is_mixed {
        true if passing.is_empty() => Vec::new(),
        true => vec![Group { members: passing, ..Group::default() }],
        false => passing.into_iter().map(|node| Group { members: vec![node], ..Group::default() }).collect(),
    };
    let mut place = vec![None; before.nodes.len()];
    for (at, group) in groups.iter().enumerate() {
        group
            .members
            .iter()
            .for_each(|node| place.get_mut(*node).into_iter().for_each(|place| *place = Some(at)));
    }
    let group_of = |node: NodeId| place.get(node).copied().flatten();
    for flow in 0..most_flows {
        let group = before.node_of(flow).and_then(group_of).and_then(|at| groups.get_mut(at));
        group.into_iter().for_each(|group| group.count(layer, flow));
    }
    for (node, next) in &layer.repeated_links {
        let group = group_of(*node).and_then(|at| groups.get_mut(at));
        group.into_iter().for_each(|group| group.see(*next));
    }
    // Of nodes from which all flows have turned away, by answers that came late, nothing is to be asked.
    groups.retain(|group| group.decided > 0 || !group.unasked.is_empty());
    groups
}

impl Group {
    fn count(&mut self, layer: &Layer, flow: u16) {
        match layer.standing(flow) {
            Standing::Unasked => self.unasked.push(flow),
            Standing::Asked => {}
            Standing::At(node) => {
                self.decided += 1;
                self.see(node);
                if layer.nodes.get(node).is_some_and(|node| node.address.is_some()) {
                    self.answered += 1;
                    self.example = self.example.or(Some(flow));
                }
            }
        }
    }

    fn see(&mut self, node: NodeId) {
        if !self.seen.contains(&node) {
            self.seen.push(node);
        }
    }

    /// How many flows more are needed; as many as can be had where the rule cannot be met.
    fn missing(&self, rule: &StoppingRule, most_flows: u16) -> usize {
        let enough = rule.enough(self.seen.len()).unwrap_or_else(|| most_flows.into());
        enough.saturating_sub(self.decided) as usize
    }

    /// Whether the rule holds, and everybody has answered.
    pub(super) fn is_complete(&self, rule: &StoppingRule) -> bool {
        self.answered == self.decided
            && rule.enough(self.seen.len()).is_some_and(|enough| self.decided >= enough)
    }
}

/// What is to be asked at a distance, given what is known of the one before; nothing once enough is known.
pub(super) fn wanted(before: &Layer, layer: &mut Layer, rule: &StoppingRule, most_flows: u16) -> Wanted {
    let groups = groups(before, layer, most_flows);
    let mut wanted: Wanted = Vec::new();
    if layer.is_worn_out() {
        return wanted;
    }
    let first = |flow| Question { flow, is_repeat: false, tries: 0 };
    let mut deficit = 0;
    for group in &groups {
        let missing = group.missing(rule, most_flows);
        wanted.extend(group.unasked.iter().take(missing).map(|flow| (false, first(*flow))));
        if !before.is_worn_out() && !group.members.iter().any(|node| before.is_silent_one(*node)) {
            deficit += missing.saturating_sub(group.unasked.len());
        }
    }
    let fresh = (0..most_flows).filter(|flow| before.standing(*flow) == Standing::Unasked);
    wanted.extend(fresh.take(deficit).map(|flow| (true, first(flow))));
    for flow in orphans(before, layer, &groups, most_flows) {
        if !wanted.contains(&(true, first(flow))) {
            wanted.push((true, first(flow)));
        }
    }
    if wanted.is_empty() {
        test_same_flows(before, layer, &groups, rule, &mut wanted);
    }
    wanted
}

/// A flow of each node that nobody before it is known to lead to.
fn orphans(before: &Layer, layer: &Layer, groups: &[Group], most_flows: u16) -> Vec<u16> {
    let is_linked = |node: &NodeId| groups.iter().any(|group| group.seen.contains(node));
    let orphaned = (0..layer.nodes.len()).filter(|node| !is_linked(node));
    let flow_of = |node: NodeId| {
        let mut flows = (0..most_flows).filter(|flow| layer.node_of(*flow) == Some(node));
        flows.find(|flow| before.standing(*flow) == Standing::Unasked)
    };
    orphaned.filter_map(flow_of).collect()
}

/// Has one flow of each router that shares traffic asked again and again: as often as rules out a second answer.
fn test_same_flows(
    before: &Layer,
    layer: &mut Layer,
    groups: &[Group],
    rule: &StoppingRule,
    wanted: &mut Wanted,
) {
    for group in groups {
        let answering = |node: &&NodeId| layer.nodes.get(**node).is_some_and(|node| node.address.is_some());
        if group.seen.iter().filter(answering).count() < 2 {
            continue;
        }
        if before.is_mixed {
            layer.is_mixed = true;
            continue;
        }
        let ([node], Some(flow)) = (&group.members[..], group.example) else { continue };
        if layer.tests.iter().any(|test| test.node == *node) {
            continue;
        }
        let again = rule.enough(1).unwrap_or_default().saturating_sub(1);
        layer.tests.push(SameFlowTest { node: *node, flow, wanted: again, same: 0, others: 0 });
        let question = Question { flow, is_repeat: true, tries: 0 };
        wanted.extend((0..again).map(|_| (false, question)));
    }
}
