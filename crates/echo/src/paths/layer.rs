//! One distance: who is there, which flow comes to whom, and what is still to be asked there ([`Layer`]).
//!
//! Flows that nobody answers for come to a node without an address. What limits its answers is asked again slowly, as often as its
//! limit allows, and until then nothing is concluded from its silence.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::path::AnswerMeaning;
use crate::stats::RoundTrips;

/// Somebody at a distance, by the place in the list of its layer.
pub(super) type NodeId = usize;

/// One distance.
#[derive(Debug)]
pub(super) struct Layer {
    /// The hop limit.
    pub(super) distance: u8,
    pub(super) nodes: Vec<Node>,
    /// By number; `None` is this host, to which all flows come.
    flows: Option<Vec<Standing>>,
    to_ask: VecDeque<Question>,
    waiting: VecDeque<Question>,
    last_asked: Option<Instant>,
    /// Whether packets of one flow come to several nodes, so that no flow is known to go by any of them.
    pub(super) is_mixed: bool,
    /// Who before it leads to nodes found by asking one flow again.
    pub(super) repeated_links: Vec<(NodeId, NodeId)>,
    pub(super) tests: Vec<SameFlowTest>,
    /// Probes that left.
    pub(super) sent: u64,
    answers: u32,
    silences: u32,
    /// Questions asked again in vain since the last answer.
    vain: u32,
}

/// Somebody at a distance.
#[derive(Debug)]
pub(super) struct Node {
    /// `None` if it does not answer.
    pub(super) address: Option<SocketAddr>,
    pub(super) meaning: Option<AnswerMeaning>,
    pub(super) rtts: RoundTrips,
}

/// Where a flow comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Unasked,
    /// It has been asked, or is about to be.
    Asked,
    At(NodeId),
}

/// Something to ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Question {
    pub(super) flow: u16,
    /// Whether it is asked though its answer is known, to see whether that is the same.
    pub(super) is_repeat: bool,
    /// How often it was asked in vain.
    pub(super) tries: u8,
}

/// One flow asked again and again: do all its packets take one way?
#[derive(Clone, Copy, Debug)]
pub(super) struct SameFlowTest {
    /// Who shares traffic, in the layer before.
    pub(super) node: NodeId,
    pub(super) flow: u16,
    /// How many answers are enough.
    pub(super) wanted: u32,
    pub(super) same: u32,
    pub(super) others: u32,
}

/// What is to be done at a distance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    Ask(Question),
    Wait(Instant),
    Nothing,
}

impl Layer {
    /// Where all flows begin.
    pub(super) fn origin(distance: u8) -> Self {
        let mut layer = Self::new(distance);
        layer.flows = None;
        layer.nodes.push(Node::new(None));
        layer
    }

    pub(super) fn new(distance: u8) -> Self {
        Self {
            distance,
            nodes: Vec::new(),
            flows: Some(Vec::new()),
            to_ask: VecDeque::new(),
            waiting: VecDeque::new(),
            last_asked: None,
            is_mixed: false,
            repeated_links: Vec::new(),
            tests: Vec::new(),
            sent: 0,
            answers: 0,
            silences: 0,
            vain: 0,
        }
    }

    /// Where a flow comes to.
    pub(super) fn standing(&self, flow: u16) -> Standing {
        match &self.flows {
            None => Standing::At(0),
            Some(flows) => flows.get(usize::from(flow)).copied().unwrap_or(Standing::Unasked),
        }
    }

    /// Who a flow comes to, once that is known.
    pub(super) fn node_of(&self, flow: u16) -> Option<NodeId> {
        match self.standing(flow) {
            Standing::At(node) => Some(node),
            Standing::Unasked | Standing::Asked => None,
        }
    }

    fn stand(&mut self, flow: u16, standing: Standing) {
        let (Some(flows), place) = (&mut self.flows, usize::from(flow)) else { return };
        if flows.len() <= place {
            flows.resize(place + 1, Standing::Unasked);
        }
        flows.get_mut(place).into_iter().for_each(|flow| *flow = standing);
    }

    /// Whether packets go on from that node.
    pub(super) fn passes(&self, node: NodeId) -> bool {
        self.nodes.get(node).is_some_and(|node| node.meaning.is_none_or(|meaning| !meaning.is_final()))
    }

    /// Whether it is somebody among others who answer, and does not: more flows that come there could be had only by asking in vain.
    pub(super) fn is_silent_one(&self, node: NodeId) -> bool {
        !self.is_mute()
            && self.flows.is_some()
            && self.nodes.get(node).is_some_and(|node| node.address.is_none())
    }

    /// Whether so much was asked in vain that no more is to be asked.
    pub(super) const fn is_worn_out(&self) -> bool {
        self.vain >= MOST_IN_VAIN
    }

    /// Whether nobody has answered here.
    pub(super) const fn is_mute(&self) -> bool {
        self.answers == 0
    }

    /// Has a question asked.
    pub(super) fn ask(&mut self, question: Question) {
        if !question.is_repeat {
            self.stand(question.flow, Standing::Asked);
        }
        self.to_ask.push_back(question);
    }

    /// What to do now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        while self.waiting.front().is_some_and(|question| self.is_answered(*question)) {
            self.waiting.pop_front();
        }
        let is_slow = self.silences >= SILENCES_OF_A_LIMIT;
        if !is_slow && let Some(question) = self.to_ask.pop_front() {
            self.last_asked = Some(now);
            return Next::Ask(question);
        }
        let Some(next) = self.waiting.front().or_else(|| self.to_ask.front()).copied() else {
            return Next::Nothing;
        };
        match self.last_asked.map(|asked| asked + self.spacing(next)).filter(|due| *due > now) {
            Some(due) => Next::Wait(due),
            None => {
                // Several may be wanted before the first leaves.
                self.last_asked = Some(now);
                let question = self.waiting.pop_front().or_else(|| self.to_ask.pop_front());
                question.map_or(Next::Nothing, Next::Ask)
            }
        }
    }

    /// Whether an answer that came late has made it needless.
    fn is_answered(&self, question: Question) -> bool {
        let node = self.node_of(question.flow).and_then(|node| self.nodes.get(node));
        !question.is_repeat && node.is_some_and(|node| node.address.is_some())
    }

    /// From one probe to the next where answers are limited. Each router has a limit of its own, but what is asked again may all be
    /// for the same.
    fn spacing(&self, question: Question) -> Duration {
        if question.is_repeat || question.tries > 0 {
            return SLOW;
        }
        let routers = self.nodes.iter().filter(|node| node.address.is_some()).count().clamp(1, 64);
        SLOW / routers as u32
    }

    /// Takes in the answer to a question; `before` is who stands before it for that flow.
    pub(super) fn answered(
        &mut self,
        question: Question,
        before: Option<NodeId>,
        (from, meaning): (SocketAddr, AnswerMeaning),
        rtt: Duration,
    ) {
        (self.answers, self.vain) = (self.answers + 1, 0);
        let node = self.node_at(Some(from));
        if let Some(node) = self.nodes.get_mut(node) {
            node.meaning = Some(meaning);
            node.rtts.record(rtt);
        }
        let known = self
            .node_of(question.flow)
            .filter(|known| self.nodes.get(*known).is_some_and(|known| known.address.is_some()));
        let Some(known) = known else { return self.stand(question.flow, Standing::At(node)) };
        if let Some(test) = self.tests.iter_mut().find(|test| test.flow == question.flow) {
            test.same += u32::from(known == node);
            test.others += u32::from(known != node);
        }
        if known != node {
            self.is_mixed = true;
            let link = before.map(|before| (before, node)).filter(|link| !self.repeated_links.contains(link));
            self.repeated_links.extend(link);
        }
    }

    /// Takes in that a probe was not answered in its time; tells whether its layer is asked slowly from now on.
    pub(super) fn silent(&mut self, question: Question) -> bool {
        self.silences += 1;
        self.vain += u32::from(question.tries > 0);
        let question = Question { tries: question.tries + 1, ..question };
        if question.tries < MOST_TRIES {
            self.waiting.push_back(question);
        } else {
            self.give_up(question);
        }
        // Who answers nobody answers nobody the next time.
        if self.is_worn_out() || self.is_mute() && self.vain >= VAIN_ENOUGH {
            if self.is_worn_out() {
                self.waiting.append(&mut self.to_ask);
            }
            while let Some(question) = self.waiting.pop_front() {
                self.give_up(question);
            }
        }
        self.silences == SILENCES_OF_A_LIMIT
    }

    fn give_up(&mut self, question: Question) {
        if !question.is_repeat && self.node_of(question.flow).is_none() {
            let nobody = self.node_at(None);
            self.stand(question.flow, Standing::At(nobody));
        }
    }

    fn node_at(&mut self, address: Option<SocketAddr>) -> NodeId {
        let known = self.nodes.iter().position(|node| node.address == address);
        known.unwrap_or_else(|| {
            self.nodes.push(Node::new(address));
            self.nodes.len() - 1
        })
    }
}

impl Node {
    fn new(address: Option<SocketAddr>) -> Self {
        Self { address, meaning: None, rtts: RoundTrips::default() }
    }
}

/// Linux routers answer an address once a second when six answers that they had saved up are used up.
const SLOW: Duration = Duration::from_millis(1100);
/// How often a flow is asked before it counts as unanswered.
const MOST_TRIES: u8 = 4;
/// One may be lost.
const SILENCES_OF_A_LIMIT: u32 = 2;
/// Questions asked again in vain, one after the other, before it is taken for granted that nobody answers any more.
const MOST_IN_VAIN: u32 = 20;
/// Questions asked again in vain where nobody ever answered, before that is taken for what it is.
const VAIN_ENOUGH: u32 = 2;
