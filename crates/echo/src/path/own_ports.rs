//! Datagrams that are told apart by the port they go to, for routers that quote nothing else of them.
//!
//! A flow is a flow because all of it goes to one port. So that is given up only once an answer has come that may be about any probe,
//! and only for hops none of whose answers has said which it is about.

use std::net::SocketAddr;

use super::Trace;
use super::rounds::Place;
use crate::probe::{Answer, AnsweredProbe, Seq};
use crate::window::Fate;

impl Trace {
    /// Where the probe goes.
    pub(super) fn destination(&mut self, seq: Seq, place: Place) -> SocketAddr {
        let (mut to, is_needed) = (self.config.to, self.ambiguous > 0);
        if let Some(hop) = self.hop(place).filter(|hop| is_needed && !hop.told_by_number) {
            hop.own_ports_since.get_or_insert(place.round);
            to.set_port(port(seq));
        }
        to
    }

    /// Takes in an answer that says of its probe only where that went.
    pub(super) fn unnumbered(&mut self, answer: &Answer<'_>) {
        let Some(to) = answer.probe.to.filter(|_| answer.probe.ident == self.config.ident) else { return };
        let Some((seq, place)) = self.went_to(to.port()) else {
            match (to.ip(), to.port()) == (self.config.to.ip(), self.config.to.port()) {
                true => self.ambiguous += 1,
                false => self.foreign += 1,
            }
            return;
        };
        let answer = Answer { probe: AnsweredProbe { seq: seq.to_wire(), ..answer.probe }, ..*answer };
        let Some(about) = self.believed(&answer) else {
            self.foreign += 1;
            return;
        };
        self.leave_out_earlier(place);
        self.hop(place).into_iter().for_each(|hop| hop.told_by_port += 1);
        self.take_in(about, &answer);
    }

    /// The newest probe that had that port to itself; none had the one that all go to, even if it fell to one.
    pub(super) fn went_to(&mut self, number: u16) -> Option<(Seq, Place)> {
        if number == self.config.to.port() {
            return None;
        }
        let newest = self.rounds.next_seq().0.checked_sub(1)?;
        let remainder = u64::from(number.checked_sub(FIRST)?);
        let behind = (newest + COUNT).checked_sub(remainder)? % COUNT;
        let seq = Seq(newest.checked_sub(behind)?).max(Seq::FIRST);
        let place = self.rounds.place(seq);
        let since = self.hop(place)?.own_ports_since?;
        (port(seq) == number && place.round >= since).then_some((seq, place))
    }

    /// Of the probes of a hop that went where all go nobody will know which was answered: they count no more.
    fn leave_out_earlier(&mut self, place: Place) {
        let Some(since) =
            self.hop(place).filter(|hop| hop.told_by_port == 0).and_then(|hop| hop.own_ports_since)
        else {
            return;
        };
        for round in self.since..since {
            let seq = self.rounds.seq(Place { round, ..place });
            let Some(slot) = self.window.slot(seq).filter(|slot| slot.sent.is_some()) else { continue };
            let was_lost = match slot.fate {
                Fate::Open => false,
                Fate::Lost => true,
                Fate::Answered | Fate::Failed => continue,
            };
            slot.fate = Fate::Failed;
            let Some(hop) = self.hop(place) else { continue };
            hop.unclear += 1;
            hop.asked.sent = hop.asked.sent.saturating_sub(1);
            hop.asked.silent = hop.asked.silent.saturating_sub(was_lost.into());
        }
    }
}

/// The port that a probe has to itself among those that may still be answered.
pub(super) const fn port(seq: Seq) -> u16 {
    FIRST + (seq.0 % COUNT) as u16
}

/// Where traceroute has always begun, as nobody listens there.
const FIRST: u16 = 33_434;
/// As many as there are from there on.
const COUNT: u64 = (u16::MAX - FIRST) as u64 + 1;
