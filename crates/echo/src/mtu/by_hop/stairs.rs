//! Which size to try how far next: [`Stairs`].
//!
//! What passes only ever shrinks along a path. So the far end is asked first, which is all there is to do if everything passes; then
//! where its size ends is looked for between here and there, and what passes as far as that, and so on back to this host.

use std::mem;

use super::config::MtuPlace;
use super::event::{HopMtu, HopMtus, MtuStep};
use crate::mtu::bounds::{Bounds, Stopped};

/// What is known of the path, and what is being looked for.
#[derive(Debug)]
pub(super) struct Stairs {
    /// Whoever may still be asked.
    places: Vec<MtuPlace>,
    small: usize,
    base: usize,
    goal: Goal,
    found: HopMtus,
    /// Whether somebody stopped answering.
    lost: bool,
}

/// What is being looked for.
#[derive(Debug)]
enum Goal {
    /// The largest size that comes to a place.
    Size { place: usize, bounds: Bounds },
    /// Whether the largest size comes to the last place each time.
    Again { place: usize, size: usize, bounds: Bounds, left: u32 },
    /// The first place that a size does not come to: none before `low`, `high` at the latest.
    Edge { low: usize, high: usize, size: usize, why: Stopped },
    /// Nothing any more.
    Over,
}

/// What became of a size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Passed,
    Stopped(Stopped),
    /// Not even small ones are answered any more.
    Lost,
}

impl Stairs {
    /// Where `small` bytes are known to pass, and every path takes `base`.
    pub(super) fn new(places: Vec<MtuPlace>, small: usize, base: usize) -> Self {
        let goal = Self::farthest(&places, small, base);
        Self { places, small, base, goal, found: HopMtus::default(), lost: false }
    }

    fn farthest(places: &[MtuPlace], small: usize, base: usize) -> Goal {
        match places.len().checked_sub(1) {
            Some(place) => Goal::Size { place, bounds: Bounds::between(base, small, None, None) },
            None => Goal::Over,
        }
    }

    /// Whom to try what with next; `None` when all is known.
    pub(super) fn next(&mut self) -> Option<(&MtuPlace, usize)> {
        loop {
            let (place, size) = match &self.goal {
                Goal::Size { place, bounds } => match bounds.next() {
                    Some(size) => (*place, size),
                    None => {
                        self.sized();
                        continue;
                    }
                },
                Goal::Again { place, size, left, .. } if *left > 0 => (*place, *size),
                Goal::Again { .. } => {
                    self.sure();
                    continue;
                }
                Goal::Edge { low, high, .. } if low == high => {
                    self.located();
                    continue;
                }
                Goal::Edge { low, high, size, why } => (self.pick(*low, *high, *why), *size),
                Goal::Over => return None,
            };
            return Some((self.places.get(place)?, size));
        }
    }

    /// Takes in what became of what [`next`](Self::next) wanted tried.
    pub(super) fn record(&mut self, size: usize, outcome: Outcome) {
        if let Outcome::Stopped(Stopped::Interface(Some(told))) = outcome {
            self.found.interface = Some(told);
        }
        if outcome == Outcome::Lost {
            return self.lose();
        }
        let (pick, stopper) = match &self.goal {
            Goal::Edge { low, high, why, .. } => (self.pick(*low, *high, *why), self.stopper(*why)),
            _ => (0, None),
        };
        match (&mut self.goal, outcome) {
            (Goal::Size { bounds, .. }, Outcome::Passed) => bounds.pass(size),
            (Goal::Size { bounds, .. }, Outcome::Stopped(why)) => bounds.stop(size, why),
            (Goal::Again { place, .. }, Outcome::Stopped(why @ Stopped::TooBig { told, .. }))
                if size > self.small =>
            {
                let bounds = Bounds::between(self.base, self.small, Some((size, why)), told);
                self.found.alternates = true;
                self.goal = Goal::Size { place: *place, bounds };
            }
            // It has passed, so its silence is loss.
            (Goal::Again { left, .. }, _) => *left -= 1,
            // Somebody nearer has stopped it.
            (Goal::Edge { high, .. }, Outcome::Passed) if stopper.is_some_and(|stopper| stopper < pick) => {
                (*high, self.found.alternates) = (pick, true);
            }
            (Goal::Edge { low, .. }, Outcome::Passed) => *low = pick + 1,
            (Goal::Edge { high, why, .. }, Outcome::Stopped(reason)) => (*high, *why) = (pick, reason),
            (Goal::Over, _) | (_, Outcome::Lost) => {}
        }
    }

    /// All that is known.
    pub(super) fn found(&self) -> HopMtus {
        let mut found = self.found.clone();
        found.hops.reverse();
        found.steps.reverse();
        found.complete = matches!(self.goal, Goal::Over) && !self.lost && !found.hops.is_empty();
        found
    }

    /// The place to ask next whether a size comes to it: who says that it is too big, then the one behind that, else the middle.
    fn pick(&self, low: usize, high: usize, why: Stopped) -> usize {
        let middle = low + (high - low) / 2;
        match self.stopper(why) {
            Some(router) if (low..high).contains(&router) => router,
            Some(router) if router + 1 == low => low,
            _ => middle,
        }
    }

    /// The place of the router that says that a size is too big, if it is known from somewhere.
    fn stopper(&self, why: Stopped) -> Option<usize> {
        let Stopped::TooBig { from, authenticated: true, .. } = why else { return None };
        self.places.iter().position(|place| place.routers.contains(&from.ip()))
    }

    /// What comes to a place is known.
    fn sized(&mut self) {
        let Goal::Size { place, bounds } = mem::replace(&mut self.goal, Goal::Over) else { return };
        let is_last = place + 1 == self.places.len();
        let size = bounds.passed().unwrap_or(self.small);
        if is_last && !self.found.alternates {
            let left = if self.is_limited(place) { 0 } else { AGAIN };
            self.goal = Goal::Again { place, size, bounds, left };
            return;
        }
        self.size_is(place, size, &bounds);
    }

    fn is_limited(&self, place: usize) -> bool {
        self.places.get(place).is_none_or(|place| place.limits)
    }

    fn sure(&mut self) {
        if let Goal::Again { place, size, bounds, .. } = mem::replace(&mut self.goal, Goal::Over) {
            self.size_is(place, size, &bounds);
        }
    }

    fn size_is(&mut self, place: usize, size: usize, bounds: &Bounds) {
        match bounds.stopped() {
            // It is this host's device that has no larger ones sent.
            None | Some((_, Stopped::Interface(_))) => self.give(0, place, size),
            Some((stopped, why)) => self.goal = Goal::Edge { low: 0, high: place, size: stopped, why },
        }
    }

    /// The first place that a size does not come to is known.
    fn located(&mut self) {
        let Goal::Edge { low: edge, size: stopped, why, .. } = mem::replace(&mut self.goal, Goal::Over)
        else {
            return;
        };
        let last = self.places.len().saturating_sub(1);
        let until = self.places.iter().rposition(|place| self.found.at(place.distance).is_none());
        self.give(edge, until.unwrap_or(last), stopped - 1);
        let distance = |place: usize| self.places.get(place).map_or(0, |place| place.distance);
        let after = edge.checked_sub(1);
        let step =
            MtuStep { after: after.map_or(0, distance), before: distance(edge), size: stopped - 1, why };
        self.found.steps.push(step);
        if let Some(place) = after {
            let device = self.found.interface.map(|mtu| (mtu + 1, Stopped::Interface(Some(mtu))));
            let bounds = Bounds::between(self.base, stopped, device, self.found.interface);
            self.goal = Goal::Size { place, bounds };
        }
    }

    /// So much comes to all places from `first` to `last`; they are kept from the farthest to the nearest.
    fn give(&mut self, first: usize, last: usize, size: usize) {
        let given = self.places.iter().take(last + 1).skip(first).rev();
        self.found.hops.extend(given.map(|place| HopMtu { distance: place.distance, size }));
    }

    /// Who was asked does not answer any more: it is left out.
    fn lose(&mut self) {
        self.lost = true;
        let lost = match &mut self.goal {
            Goal::Edge { low, high, why, .. } => {
                let (low, high, why) = (*low, *high, *why);
                self.pick(low, high, why)
            }
            Goal::Size { place, .. } | Goal::Again { place, .. } => *place,
            Goal::Over => return,
        };
        if lost >= self.places.len() {
            return;
        }
        self.places.remove(lost);
        match &mut self.goal {
            Goal::Edge { high, .. } => *high -= 1,
            goal => {
                let (Goal::Size { place, bounds } | Goal::Again { place, bounds, .. }) =
                    mem::replace(goal, Goal::Over)
                else {
                    return;
                };
                let (stopped, passed) = (bounds.stopped(), bounds.passed().unwrap_or(self.small));
                if let Some(place) = place.checked_sub(1) {
                    // What came farther comes here as well.
                    let interface = stopped.filter(|(_, why)| matches!(why, Stopped::Interface(_)));
                    let told = self.found.interface;
                    self.goal =
                        Goal::Size { place, bounds: Bounds::between(self.base, passed, interface, told) };
                }
            }
        }
    }
}

/// How often the size that comes to a host is tried beyond the first time.
const AGAIN: u32 = 2;
