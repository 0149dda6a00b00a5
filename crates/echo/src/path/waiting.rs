//! How long probes are waited for, and what their silence counts for.

use std::time::{Duration, Instant};

use super::Trace;
use super::config::TraceConfig;
use super::event::TraceEvent;
use super::rounds::Place;
use crate::window::Fate;

impl Trace {
    /// Gives up probes that left by `moment`; they left in order, so only the oldest need be looked at.
    pub(super) fn expire(&mut self, moment: Instant) {
        while let Some(slot) = self.oldest_open() {
            if slot.is_none_or(|sent| sent > moment) {
                return;
            }
            let (seq, place) = (self.open, self.rounds.place(self.open));
            self.window.slot(seq).into_iter().for_each(|slot| slot.fate = Fate::Lost);
            if place.round < self.since {
                continue;
            }
            let is_slow = self.rounds.is_slow(place);
            self.hop(place).into_iter().for_each(|hop| hop.tally(is_slow).silent += 1);
            if !is_slow {
                self.reach.silent(place.distance);
            }
            let Place { round, distance } = place;
            self.events.push_back(TraceEvent::Silent { round, distance });
        }
    }

    /// When the oldest probe left of which nothing has come yet: `Some(None)` if it is about to leave, `None` if there is none.
    pub(super) fn oldest_open(&mut self) -> Option<Option<Instant>> {
        while self.open < self.rounds.next_seq() {
            match self.window.slot(self.open) {
                Some(slot) if slot.fate == Fate::Open => return Some(slot.sent),
                _ => self.open = self.open.next(),
            }
        }
        None
    }

    /// How long a probe is waited for by now.
    pub(super) fn patience(&self) -> Duration {
        let TraceConfig { timeout, grace, .. } = self.config;
        if !self.rounds.is_draining() {
            return timeout;
        }
        let adapted = self.longest.map(|longest| (longest * 10).max(SHORTEST_PATIENCE));
        adapted.into_iter().chain(grace).fold(timeout, Duration::min)
    }
}

/// Nobody is given up sooner, however fast the others are.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(500);
