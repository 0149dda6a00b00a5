//! Which probe leaves when: [`Rounds`].
//!
//! Every round has as many numbers as there can be hops, used or not, so that a number says its round and its hop and nothing
//! need be kept for that.

use std::time::{Duration, Instant};

use super::config::{Glance, TraceConfig};
use super::event::TraceEvent;
use super::hop::Hop;
use super::reach::Reach;
use super::slowly::{REST, Slowly};
use super::verdict::Verdict;
use crate::pacing::Pacer;
use crate::probe::Seq;

/// Which probe of which round.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) round: u64,
    pub(super) distance: u8,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// All hops are asked in the first rounds, which may be all.
    Glancing,
    /// All hops are asked, round by round.
    Measuring,
    /// Some are asked again.
    Slowly,
    /// Nothing is to be had any more.
    Over,
}

/// The schedule of one run.
#[derive(Debug)]
pub(super) struct Rounds {
    first: u8,
    stride: u64,
    wanted: Option<u64>,
    glance: Option<Glance>,
    interval: Duration,
    pacer: Pacer,
    phase: Phase,
    slowly: Option<Slowly>,
    /// Rounds that have begun.
    begun: u64,
    /// Numbers given out.
    next: Seq,
    /// How far the round under way asks.
    reach: u8,
    /// Whether no round is to begin.
    is_paused: bool,
}

impl Rounds {
    pub(super) fn new(config: &TraceConfig, now: Instant) -> Self {
        Self {
            first: config.first,
            stride: config.stride(),
            wanted: config.rounds,
            glance: config.glance,
            interval: config.interval,
            pacer: Pacer::new(config.glance.map_or(config.interval, |glance| glance.interval), 1, None, now),
            phase: if config.glance.is_some() { Phase::Glancing } else { Phase::Measuring },
            slowly: None,
            begun: 0,
            next: Seq::FIRST,
            reach: 0,
            is_paused: false,
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) const fn end(&mut self) {
        self.phase = Phase::Over;
    }

    pub(super) const fn next_seq(&self) -> Seq {
        self.next
    }

    /// Rounds that asked all hops.
    pub(super) const fn measured(&self) -> u64 {
        match &self.slowly {
            Some(slowly) => slowly.first_round,
            None => self.begun,
        }
    }

    /// Rounds that have begun, those asked slowly included.
    pub(super) const fn begun(&self) -> u64 {
        self.begun
    }

    /// Begins no more rounds, or goes on; what was missed is not made up for.
    pub(super) const fn pause(&mut self, pause: bool) {
        self.is_paused = pause;
    }

    /// Where a number stands.
    pub(super) const fn place(&self, seq: Seq) -> Place {
        let before = seq.0 - 1;
        // There are 255 hops at the most.
        Place { round: before / self.stride, distance: self.first + (before % self.stride) as u8 }
    }

    /// The number that stands there.
    pub(super) fn seq(&self, place: Place) -> Seq {
        Seq(place.round * self.stride + u64::from(place.distance - self.first) + 1)
    }

    pub(super) fn is_slow(&self, place: Place) -> bool {
        self.slowly.as_ref().is_some_and(|slowly| place.round >= slowly.first_round)
    }

    /// Whether the round asks that hop.
    pub(super) fn is_asked(&self, place: Place) -> bool {
        match &self.slowly {
            Some(slowly) => slowly.asks(usize::from(place.distance - self.first)),
            None => place.distance <= self.reach,
        }
    }

    /// The next probe of the round under way.
    pub(super) fn next_probe(&mut self) -> Option<(Seq, Place)> {
        if self.next.0 > self.begun * self.stride {
            return None;
        }
        let seq = self.next;
        self.next = seq.next();
        Some((seq, self.place(seq)))
    }

    /// Whether all rounds of the phase have begun.
    pub(super) fn is_draining(&self) -> bool {
        let wanted = match (&self.slowly, self.phase) {
            (Some(slowly), _) => Some(slowly.first_round + slowly.rounds),
            (None, Phase::Glancing) => self.glance.map(|glance| glance.rounds),
            (None, _) => self.wanted,
        };
        wanted.is_some_and(|wanted| self.begun >= wanted)
    }

    /// The first look was not enough.
    pub(super) fn go_on(&mut self, now: Instant) {
        self.phase = Phase::Measuring;
        self.pacer = Pacer::new(self.interval, 1, None, now + self.interval);
    }

    /// When the next round begins, if there is one.
    pub(super) fn due(&self) -> Option<Instant> {
        // One at a time, and the next when the interval is over.
        (!self.is_draining() && !self.is_paused).then(|| self.pacer.due(1, 1))
    }

    /// Begins the next round if it is due.
    pub(super) fn begin(&mut self, now: Instant, reach: &mut Reach) -> bool {
        if self.due().is_none_or(|due| due > now) {
            return false;
        }
        self.pacer.sent(now);
        self.begun += 1;
        if self.slowly.is_none() {
            self.reach = reach.next_round().max(self.first);
        }
        true
    }

    /// Has hops asked again that answered in part; gives the place of the first of them, if there are any.
    pub(super) fn ask_slowly(
        &mut self,
        config: &TraceConfig,
        hops: &[Hop],
        verdicts: &[Verdict],
        is_reached: bool,
        now: Instant,
    ) -> Option<(usize, TraceEvent)> {
        let slowly = Slowly::pick(config, hops, verdicts, is_reached, self.begun)?;
        let event = TraceEvent::AskingSlowly { hops: slowly.count(), takes: slowly.takes(config) };
        let place = (0..hops.len()).find(|place| slowly.asks(*place))?;
        self.pacer = Pacer::new(Slowly::interval(config), 1, None, now + REST);
        (self.slowly, self.phase) = (Some(slowly), Phase::Slowly);
        Some((place, event))
    }
}
