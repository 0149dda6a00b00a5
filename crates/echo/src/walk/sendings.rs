//! What has left, and for which place: [`Sendings`].
//!
//! An answer names a number of 16 bits, or a port of a few that are used in turn; it is about the newest departure of that name.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::config::{Numbering, WalkConfig};
use crate::path::proven;
use crate::payload::{MARK_LEN, Payload, Quoted};
use crate::probe::{Answer, AnswerKind, Probe, Seq};
use crate::stamp::SentTimes;

/// The newest departures.
#[derive(Debug)]
pub(super) struct Sendings {
    recent: VecDeque<Sending>,
    /// Number of the oldest of them.
    oldest: u64,
    numbering: Numbering,
    /// The number of the first, and where it goes.
    start: Seq,
    to: SocketAddr,
}

/// One departure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending {
    pub(super) place: usize,
    pub(super) size: usize,
    pub(super) sent: Option<SentTimes>,
}

impl Sendings {
    pub(super) fn new(config: &WalkConfig) -> Self {
        Self {
            recent: VecDeque::new(),
            oldest: config.start.0,
            numbering: config.numbering,
            start: config.start,
            to: config.to,
        }
    }

    /// The next probe, for that place.
    pub(super) fn next(&mut self, place: usize, distance: u8, size: usize) -> Probe {
        if self.recent.len() == CAPACITY {
            self.recent.pop_front();
            self.oldest += 1;
        }
        let seq = Seq(self.oldest + self.recent.len() as u64);
        self.recent.push_back(Sending { place, size, sent: None });
        let mut to = self.to;
        if let Numbering::Ports(ports) = self.numbering {
            let turn = (seq.0 - self.start.0) % u64::from(ports.max(1));
            to.set_port(to.port().wrapping_add(turn as u16));
        }
        Probe { hop_limit: Some(distance), ..Probe::new(to, seq, size) }
    }

    pub(super) fn get(&self, seq: Seq) -> Option<Sending> {
        self.recent.get(self.index(seq)?).copied()
    }

    pub(super) fn get_mut(&mut self, seq: Seq) -> Option<&mut Sending> {
        let index = self.index(seq)?;
        self.recent.get_mut(index)
    }

    fn index(&self, seq: Seq) -> Option<usize> {
        usize::try_from(seq.0.checked_sub(self.oldest)?).ok()
    }

    fn newest(&self) -> Seq {
        Seq((self.oldest + self.recent.len() as u64).saturating_sub(1))
    }

    /// The departure that an answer is about, as far as it can be believed, and whether what it quotes was blanked out.
    pub(super) fn believed(&self, answer: &Answer<'_>, payload: &Payload) -> Option<(Seq, bool)> {
        let seq = self.named(answer)?;
        let sending = self.get(seq)?;
        let payload = Payload { size: sending.size, ..payload.clone() };
        // What is at a port need not send back what it was sent.
        if let (AnswerKind::Reply { intact, .. }, Numbering::Ports(_)) = (answer.kind, self.numbering) {
            return (intact && answer.from.ip() == self.to.ip()).then_some((seq, false));
        }
        let proof = proven(self.to.ip(), &payload, seq, answer)?;
        let is_long = matches!(answer.kind, AnswerKind::Icmp { data, .. } if data.len() >= MARK_LEN);
        Some((seq, is_long && proof == Quoted::Unproven && payload.is_secret()))
    }

    fn named(&self, answer: &Answer<'_>) -> Option<Seq> {
        let newest = self.newest();
        match self.numbering {
            Numbering::Carried => Seq::from_wire(answer.probe.seq, newest),
            Numbering::Ports(ports) => {
                let ports = u64::from(ports.max(1));
                let turn = u64::from(answer.probe.seq.wrapping_sub(self.to.port()));
                let since = newest.0.checked_sub(self.start.0)?;
                // How many departures ago it was that port's turn.
                let behind = (since % ports + ports).checked_sub(turn)? % ports;
                (turn < ports && behind <= since).then(|| Seq(newest.0 - behind))
            }
        }
    }
}

/// More than can be under way: later answers to older probes are nobody's.
const CAPACITY: usize = 4096;
