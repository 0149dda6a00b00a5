//! The only file that reads clocks, and places the kernel's wall-clock stamps on the monotonic one.
//!
//! The two clocks run at one pace and their distance changes by steps of the wall clock only, so it is kept and compared at each
//! reading. A stamp read about when that distance changed could be from either side of the step, and is dropped.

#![expect(clippy::disallowed_methods, reason = "this is where the clocks are read")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock.
pub fn now() -> Instant {
    Instant::now()
}

/// Watches the wall clock against the monotonic one.
#[derive(Debug)]
pub(crate) struct StampClock {
    /// The sharpest look at both since the last step.
    anchor: Look,
    /// Stamps from before are not to be placed: the run had not begun, or the wall clock was stepped since.
    since: Instant,
}

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    /// Time since the epoch.
    wall: Duration,
    /// How far apart the two readings may have been.
    blur: Duration,
}

/// The time at which something was read, and whether stamps read then can be placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) now: Instant,
    steady: bool,
    blur: Duration,
}

impl StampClock {
    pub(crate) fn new() -> Self {
        Self::starting_at(Look::sharp(10))
    }

    const fn starting_at(look: Look) -> Self {
        Self { anchor: look, since: look.at }
    }

    /// One that first read this.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) const fn reading(now: Instant, wall: Duration) -> Self {
        Self::starting_at(Look { at: now, wall, blur: Duration::ZERO })
    }

    /// Reads both clocks.
    pub(crate) fn read(&mut self) -> Reading {
        self.take(Look::sharp(3))
    }

    /// Takes this for what the clocks read.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn read_as(&mut self, now: Instant, wall: Duration) -> Reading {
        self.take(Look { at: now, wall, blur: Duration::ZERO })
    }

    fn take(&mut self, look: Look) -> Reading {
        let blur = self.anchor.blur + look.blur;
        let keeps_pace = self.anchor.place(look.wall).is_some_and(|placed| apart(placed, look.at) <= blur);
        if !keeps_pace {
            (self.anchor, self.since) = (look, look.at);
        } else if look.blur < self.anchor.blur {
            self.anchor = look;
        }
        Reading { now: look.at, steady: keeps_pace && look.blur <= SHARP, blur }
    }

    /// A kernel's time since the epoch on the monotonic clock, as far as it can be believed.
    pub(crate) fn place(&self, reading: &Reading, stamp: Duration) -> Option<Instant> {
        reading.steady.then_some(())?;
        let placed = self.anchor.place(stamp)?;
        (self.since <= placed && placed <= reading.now + reading.blur).then_some(placed)
    }
}

impl Look {
    /// Looks until the two readings were hardly apart, so many times at most, and gives the best.
    fn sharp(times: u32) -> Self {
        let mut best = Self::once();
        for _ in 1..times {
            if best.blur <= QUICK {
                break;
            }
            let look = Self::once();
            if look.blur < best.blur {
                best = look;
            }
        }
        best
    }

    fn once() -> Self {
        let before = now();
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let blur = now().saturating_duration_since(before) / 2;
        Self { at: before + blur, wall, blur }
    }

    fn place(&self, stamp: Duration) -> Option<Instant> {
        match stamp.checked_sub(self.wall) {
            Some(later) => self.at.checked_add(later),
            None => self.at.checked_sub(self.wall - stamp),
        }
    }
}

fn apart(one: Instant, other: Instant) -> Duration {
    one.saturating_duration_since(other).max(other.saturating_duration_since(one))
}

/// Two readings without an interruption in between.
const QUICK: Duration = Duration::from_micros(1);
/// A look that is less sharp than this says too little about steps.
const SHARP: Duration = Duration::from_micros(100);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::{Arrival, Departure, SendCall, SentTimes};

    const WALL: Duration = Duration::from_secs(1_700_000_000);
    const MS: Duration = Duration::from_millis(1);
    const HOUR: Duration = Duration::from_secs(3600);

    fn clock() -> StampClock {
        StampClock::reading(now(), WALL)
    }

    fn place(mut clock: StampClock, after: Duration, wall: Duration, stamp: Duration) -> Option<Duration> {
        let start = clock.since;
        let reading = clock.read_as(start + after, wall);
        assert_eq!(reading.now, start + after);
        clock.place(&reading, stamp).map(|placed| placed - start)
    }

    #[test]
    fn a_stamp_is_placed_where_it_was_taken() {
        assert_eq!(place(clock(), 50 * MS, WALL + 50 * MS, WALL + 20 * MS), Some(20 * MS));
    }

    #[test]
    fn a_stamp_is_dropped_if_the_wall_clock_was_stepped() {
        #[rustfmt::skip]
        let cases = [
            // wall at the reading,  stamp
            (WALL + HOUR,            WALL + 20 * MS),         // stepped ahead after the stamp
            (WALL - HOUR,            WALL + 20 * MS),         // stepped back after the stamp
            (WALL + HOUR,            WALL + HOUR - 30 * MS),  // stepped before it
            (WALL + 50 * MS,         WALL + 51 * MS),         // from the future
            (WALL + 50 * MS,         WALL - MS),              // from before the run
        ];
        for (wall, stamp) in cases {
            assert_eq!(place(clock(), 50 * MS, wall, stamp), None, "{wall:?} {stamp:?}");
        }
    }

    #[test]
    fn after_a_step_stamps_are_placed_again_but_none_from_before() {
        let mut clock = clock();
        let start = clock.since;
        clock.read_as(start + 10 * MS, WALL + HOUR + 10 * MS);
        let reading = clock.read_as(start + 20 * MS, WALL + HOUR + 20 * MS);
        assert_eq!(clock.place(&reading, WALL + HOUR + 15 * MS), Some(start + 15 * MS));
        assert_eq!(clock.place(&reading, WALL + 5 * MS), None, "read late");
    }

    #[test]
    fn a_look_that_was_interrupted_places_nothing_and_moves_nothing() {
        let mut clock = clock();
        let start = clock.since;
        let blurred = Look { at: start + 10 * MS, wall: WALL + 13 * MS, blur: 4 * MS };
        let reading = clock.take(blurred);
        assert_eq!(clock.place(&reading, WALL + 5 * MS), None);
        let reading = clock.read_as(start + 20 * MS, WALL + 20 * MS);
        assert_eq!(clock.place(&reading, WALL + 15 * MS), Some(start + 15 * MS));
    }

    #[test]
    fn the_clocks_of_this_machine_keep_pace() {
        let mut clock = StampClock::new();
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        // Whoever steps the clock just now is forgiven.
        let placed = (0..10).find_map(|_| {
            let reading = clock.read();
            clock.place(&reading, wall).map(|placed| reading.now - placed)
        });
        assert!(placed.unwrap() < Duration::from_secs(60));
    }

    /// The time from departure to arrival, as told of a probe under way from 1 ms to 21 ms after it was handed over, whose
    /// stamps were read a millisecond later each, if the wall clock was stepped at `moment`.
    fn told_across(moment: Duration, ahead: bool, step: Duration) -> Duration {
        let mut clock = clock();
        let start = clock.since;
        let wall = |at: Duration| match (at >= moment, ahead) {
            (false, _) => WALL + at,
            (true, true) => WALL + at + step,
            (true, false) => WALL + at - step,
        };
        let mut read = |stamped: Duration| {
            let at = stamped + MS;
            let reading = clock.read_as(start + at, wall(at));
            (reading.now, clock.place(&reading, wall(stamped)))
        };
        let mut sent = SentTimes::by(SendCall { began: start, returned: start + 2 * MS });
        read(MS).1.into_iter().for_each(|at| sent.note(Departure::Queued(at)));
        let (user, kernel) = read(21 * MS);
        sent.round_trip(&Arrival { user, kernel }).0
    }

    #[test]
    fn no_step_of_the_wall_clock_at_any_moment_becomes_part_of_a_round_trip() {
        // Of the clocks that are left the worst has both waits in it.
        let possible = [20 * MS, 21 * MS, 22 * MS];
        for micros in [1, 200, 900, 1_100, 5_000, 19_000, 1_000_000, 3_600_000_000, 86_400_000_000] {
            for (ahead, tenths) in
                [false, true].into_iter().flat_map(|ahead| (0..250).map(move |at| (ahead, at)))
            {
                let (step, moment) = (Duration::from_micros(micros), tenths * MS / 10);
                let told = told_across(moment, ahead, step);
                assert!(possible.contains(&told), "{step:?} ahead {ahead} at {moment:?}: {told:?}");
            }
        }
    }
}
