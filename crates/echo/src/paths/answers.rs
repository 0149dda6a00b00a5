//! What comes back, and which question it answers.
//!
//! A router that quotes little of a datagram tells the port it went to, and that is its flow. As long as one question of a flow is
//! under way, that is enough.

use std::net::SocketAddr;

use super::{Asked, FlowField, Paths};
use crate::path::{AnswerMeaning, believed};
use crate::probe::{Answer, AnsweredProbe, Seq};
use crate::window::Fate;

impl Paths {
    /// Takes in what came back.
    pub(super) fn answered(&mut self, answer: &Answer<'_>) {
        if answer.probe.ident != self.config.ident {
            return;
        }
        let (to, payload) = (self.config.to.ip(), &self.config.payload);
        if let Some((seq, Some(meaning))) = believed(to, payload, &mut self.window, answer) {
            self.believed(seq, meaning, answer);
        }
    }

    /// Takes in an answer that says its flow alone, by the port that went to: it is about the only probe of that flow under way,
    /// or about one of several at the same distance.
    pub(super) fn unnumbered(&mut self, answer: &Answer<'_>) {
        let flow = answer.probe.to.and_then(|to| to.port().checked_sub(self.config.to.port()));
        let Some(flow) = flow.filter(|_| self.config.field == FlowField::Port) else { return };
        let of_flow = |seq: &Seq| self.asked(*seq).filter(|asked| asked.question.flow == flow);
        let mut asked: Vec<(Seq, Asked)> =
            self.under_way.iter().filter_map(|seq| Some((*seq, of_flow(seq)?))).collect();
        asked.retain(|(seq, _)| self.window.slot(*seq).is_some_and(|slot| slot.fate == Fate::Open));
        let Some((seq, first)) = asked.first().copied() else { return };
        // What was given up at another distance may be what is answered so late.
        let lost = self.given_up.get(usize::from(flow)).copied().flatten();
        let is_one = asked.iter().map(|(_, asked)| asked.layer).chain(lost).all(|layer| layer == first.layer);
        if is_one {
            let numbered = Answer { probe: AnsweredProbe { seq: seq.to_wire(), ..answer.probe }, ..*answer };
            self.answered(&numbered);
        }
    }

    fn believed(&mut self, seq: Seq, meaning: AnswerMeaning, answer: &Answer<'_>) {
        let Some(sent) = self.window.departure(seq) else { return };
        let Some(asked) = self.asked(seq) else { return };
        let slot = self.window.slot(seq).filter(|slot| slot.fate != Fate::Answered);
        let Some(slot) = slot else { return };
        slot.fate = Fate::Answered;
        let (rtt, _) = sent.round_trip(&answer.at);
        self.longest = self.longest.max(Some(rtt));
        let before = asked.layer.checked_sub(1).and_then(|before| self.layers.get(before));
        let before = before.and_then(|before| before.node_of(asked.question.flow));
        let from = SocketAddr::new(answer.from.ip(), 0);
        let from = if from.is_ipv6() { answer.from } else { from };
        let layer = self.layers.get_mut(asked.layer);
        layer.into_iter().for_each(|layer| layer.answered(asked.question, before, (from, meaning), rtt));
    }
}
