//! The only file that reads clocks, and turns the kernel's wall-clock stamps into monotonic instants.
//!
//! A stamp is placed on the monotonic clock by its age, which is wrong if the wall clock was stepped in between. So both clocks
//! are read together every time, and when they no longer agree the stamp is dropped in favour of the monotonic reading.

#![expect(clippy::disallowed_methods, reason = "this is where the clocks are read")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::probe::{Clock, Stamp};

/// The monotonic clock.
pub fn now() -> Instant {
    Instant::now()
}

/// Watches the wall clock against the monotonic one.
#[derive(Debug)]
pub(crate) struct StampClock {
    start: Instant,
    latest: Reading,
}

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    now: Instant,
    /// Time since the epoch.
    wall: Duration,
    /// Whether the wall clock has kept pace since the reading before.
    steady: bool,
}

impl StampClock {
    pub(crate) fn new() -> Self {
        let latest = Reading { now: now(), wall: wall(), steady: true };
        Self { start: latest.now, latest }
    }

    /// Reads both clocks.
    pub(crate) fn read(&mut self) -> Reading {
        self.latest = Reading::after(&self.latest, now(), wall());
        self.latest
    }

    /// Places a kernel stamp, given as time since the epoch, on the monotonic clock.
    pub(crate) fn place(&self, reading: &Reading, stamp: Option<Duration>) -> Stamp {
        stamp
            .and_then(|stamp| reading.instant_of(stamp))
            .filter(|at| *at >= self.start)
            .map_or(Stamp { at: reading.now, clock: Clock::User }, |at| Stamp { at, clock: Clock::Kernel })
    }
}

impl Reading {
    fn after(previous: &Self, now: Instant, wall: Duration) -> Self {
        let elapsed = now.saturating_duration_since(previous.now);
        let expected = previous.wall + elapsed;
        // Disciplined clocks are slewed by 500 ppm at most; anything more is a step.
        let steady = wall.abs_diff(expected) <= TOLERANCE + elapsed / 1000;
        Self { now, wall, steady }
    }

    fn instant_of(&self, stamp: Duration) -> Option<Instant> {
        self.steady.then_some(())?;
        self.now.checked_sub(self.wall.checked_sub(stamp)?)
    }
}

/// How far the two clocks may be apart by being read one after the other, with a preemption in between.
const TOLERANCE: Duration = Duration::from_millis(1);

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: Duration = Duration::from_secs(1_700_000_000);
    const MS: Duration = Duration::from_millis(1);

    fn place(clock: &StampClock, after: Duration, wall: Duration, stamp: Duration) -> (Duration, Clock) {
        let reading = Reading::after(&clock.latest, clock.start + after, wall);
        let Stamp { at, clock: source } = clock.place(&reading, Some(stamp));
        (at - clock.start, source)
    }

    fn clock() -> StampClock {
        let start = now();
        StampClock { start, latest: Reading { now: start, wall: WALL, steady: true } }
    }

    #[test]
    fn a_stamp_is_placed_by_its_age() {
        let clock = clock();
        assert_eq!(place(&clock, 50 * MS, WALL + 50 * MS, WALL + 20 * MS), (20 * MS, Clock::Kernel));
    }

    #[test]
    fn a_stepped_wall_clock_gives_way_to_the_monotonic_one() {
        let clock = clock();
        let hour = Duration::from_secs(3600);
        #[rustfmt::skip]
        let cases = [
            // wall at the reading,  stamp
            (WALL + hour,            WALL + 20 * MS),         // stepped ahead after the stamp
            (WALL - hour,            WALL + 20 * MS),         // stepped back after the stamp
            (WALL + hour,            WALL + hour - 30 * MS),  // stepped before it
            (WALL + 50 * MS,         WALL + 51 * MS),         // from the future
            (WALL + 50 * MS,         WALL - MS),              // from before the run
        ];
        for (wall, stamp) in cases {
            assert_eq!(place(&clock, 50 * MS, wall, stamp), (50 * MS, Clock::User), "{wall:?} {stamp:?}");
        }
    }
}
