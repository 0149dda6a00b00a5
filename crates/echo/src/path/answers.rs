//! Answers as they are taken in: whose they are, and what they count for.

use super::Trace;
use super::event::{HopAnswer, TraceEvent};
use super::hop::Counted;
use super::meaning::AnswerMeaning;
use super::proof::believed;
use super::rounds::Place;
use crate::probe::{Answer, AnswerKind, Seq};
use crate::window::Fate;

impl Trace {
    pub(super) fn answered(&mut self, answer: &Answer<'_>) {
        if answer.probe.ident != self.config.ident {
            return;
        }
        match self.believed(answer) {
            Some(about) => {
                let place = self.rounds.place(about.0);
                self.hop(place).into_iter().for_each(|hop| hop.told_by_number = true);
                self.take_in(about, answer);
            }
            None => self.foreign += 1,
        }
    }

    pub(super) fn take_in(&mut self, (seq, meaning): (Seq, Option<AnswerMeaning>), answer: &Answer<'_>) {
        let Some(meaning) = meaning else { return };
        let Some(sent) = self.window.departure(seq) else { return };
        let Some(slot) = self.window.slot(seq) else { return };
        if slot.fate == Fate::Failed {
            return;
        }
        let before = std::mem::replace(&mut slot.fate, Fate::Answered);
        let ((rtt, clock), place) = (sent.round_trip(&answer.at), self.rounds.place(seq));
        if place.round < self.since {
            return;
        }
        let (hop_limit, extensions, port) = match answer.kind {
            AnswerKind::Reply { hop_limit, .. } => (hop_limit, &[][..], None),
            AnswerKind::Icmp { hop_limit, extensions, .. } => (hop_limit, extensions, None),
            AnswerKind::Port(state) => (None, &[][..], Some(state)),
        };
        let told = HopAnswer {
            round: place.round,
            distance: place.distance,
            from: answer.from,
            rtt,
            clock,
            meaning,
            port,
            hop_limit,
            is_late: before == Fate::Lost,
            is_duplicate: before == Fate::Answered,
        };
        if self.config.tells_all && self.hop(place).is_some_and(|hop| hop.is_new(told.from, extensions)) {
            let (distance, from, extensions) = (told.distance, told.from, extensions.to_vec());
            self.events.push_back(TraceEvent::Extended { distance, from, extensions });
        }
        self.events.push_back(TraceEvent::Answer(told));
        self.count(place, &told, extensions);
    }

    fn count(&mut self, place: Place, told: &HopAnswer, extensions: &[u8]) {
        let HopAnswer { from, rtt, clock, meaning, port, hop_limit, is_late, .. } = *told;
        let is_slow = self.rounds.is_slow(place);
        let Some(hop) = self.hop(place) else { return };
        if told.is_duplicate {
            hop.duplicates += 1;
            return;
        }
        let Place { round, distance } = place;
        let counted =
            Counted { round, is_slow, is_late, from, rtt, clock, meaning, port, hop_limit, extensions };
        let changed = hop.count(&counted);
        let (finals, has_passed) = (hop.finals, hop.has_passed);
        if let Some(before) = changed {
            self.events.push_back(TraceEvent::RouteChanged { round, distance, before, after: from });
        }
        self.longest = self.longest.max(Some(rtt));
        if meaning.is_final() {
            self.reach.ended(distance, finals, has_passed);
        } else {
            self.reach.passed(distance);
        }
    }

    /// The probe it is about and what it says, as far as it may be believed.
    pub(super) fn believed(&mut self, answer: &Answer<'_>) -> Option<(Seq, Option<AnswerMeaning>)> {
        believed(self.config.to.ip(), &self.config.payload, &mut self.window, answer)
    }
}
