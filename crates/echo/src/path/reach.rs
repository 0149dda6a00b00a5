//! How far a round asks: [`Reach`].
//!
//! Nobody beyond the end of a path need be asked, but paths grow and shrink. So the distance at which probes come to an end is
//! followed: it shrinks at once where nobody ever passed a probe on, and otherwise only after some rounds in a row, because a
//! path may have two lengths at the same time.

/// Follows the end of a path.
#[derive(Debug)]
pub(super) struct Reach {
    last: u8,
    give_up: u8,
    /// Where probes come to an end.
    end: Option<u8>,
    /// Whether the end is now to be looked for farther away.
    is_stretching: bool,
    /// Whether the next round is to ask all there may be.
    asks_all: bool,
    /// Whether the latest round did.
    has_asked_all: bool,
    /// Rounds since the end was last seen.
    misses: u32,
    /// The farthest hop that answered.
    farthest: u8,
    /// Whether silence has been concluded, so that the farthest hop is known.
    has_expired: bool,
}

impl Reach {
    pub(super) const fn new(last: u8, give_up: u8) -> Self {
        Self {
            last,
            give_up,
            end: None,
            is_stretching: false,
            asks_all: true,
            has_asked_all: false,
            misses: 0,
            farthest: 0,
            has_expired: false,
        }
    }

    /// Where probes come to an end, if they do.
    pub(super) const fn end(&self) -> Option<u8> {
        self.end
    }

    /// The last hop of the list: the end, or else the farthest that answered.
    pub(super) fn length(&self) -> u8 {
        self.end.unwrap_or(self.farthest)
    }

    /// A round begins: the highest hop limit it is to use.
    pub(super) fn next_round(&mut self) -> u8 {
        self.has_asked_all = std::mem::take(&mut self.asks_all);
        if self.has_asked_all {
            return self.last;
        }
        match self.end {
            Some(end) => end,
            None if self.has_expired => self.last.min(self.farthest.saturating_add(self.give_up)),
            None => self.last,
        }
    }

    /// A probe came to its end at this distance, the so many-eth in a row there, where probes have passed before or not.
    pub(super) fn ended(&mut self, distance: u8, in_a_row: u32, has_passed: bool) {
        self.farthest = self.farthest.max(distance);
        let is_new = match self.end {
            None => true,
            Some(end) if distance < end => !has_passed || in_a_row >= SETTLED,
            Some(end) if distance > end => self.is_stretching,
            Some(_) => false,
        };
        if is_new {
            (self.end, self.is_stretching) = (Some(distance), false);
        }
        if self.end == Some(distance) {
            self.misses = 0;
        }
    }

    /// A probe was passed on, or stuck, at this distance.
    pub(super) fn passed(&mut self, distance: u8) {
        self.farthest = self.farthest.max(distance);
        if self.end.is_some_and(|end| distance >= end) {
            (self.is_stretching, self.asks_all) = (true, !self.has_asked_all);
        }
    }

    /// A probe was not answered.
    pub(super) fn silent(&mut self, distance: u8) {
        self.has_expired = true;
        if self.end != Some(distance) {
            return;
        }
        self.misses += 1;
        if self.misses >= SETTLED {
            (self.is_stretching, self.asks_all, self.misses) = (true, true, 0);
        }
    }
}

/// So many in a row are no accident.
const SETTLED: u32 = 3;
