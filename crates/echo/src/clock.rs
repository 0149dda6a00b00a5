//! The only file that reads clocks, and places the kernel's wall-clock stamps on the monotonic one.
//!
//! A stamp is placed by its age, which is wrong if the wall clock was stepped since. So both clocks are read together every
//! time, and a stamp read when they no longer keep pace is dropped.

#![expect(clippy::disallowed_methods, reason = "this is where the clocks are read")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::stamp::{KernelStamp, Stamp, agree};

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
        let (now, wall) = read_both();
        Self::starting_at(now, wall)
    }

    /// One that first read this.
    pub(crate) const fn starting_at(now: Instant, wall: Duration) -> Self {
        Self { start: now, latest: Reading { now, wall, steady: true } }
    }

    /// Reads both clocks.
    pub(crate) fn read(&mut self) -> Reading {
        let (now, wall) = read_both();
        self.read_as(now, wall)
    }

    /// Takes this for what the clocks read.
    pub(crate) fn read_as(&mut self, now: Instant, wall: Duration) -> Reading {
        self.latest = Reading::after(&self.latest, now, wall);
        self.latest
    }

    /// A stamp from a kernel's time since the epoch and an interface's time of its own, as far as they can be believed.
    pub(crate) fn stamp(
        &self,
        reading: &Reading,
        wall: Option<Duration>,
        hardware: Option<Duration>,
    ) -> Stamp {
        let placed =
            wall.and_then(|wall| Some((wall, reading.instant_of(wall).filter(|at| *at >= self.start)?)));
        let kernel = placed.map(|(wall, placed)| KernelStamp { wall, placed, hardware });
        Stamp { user: reading.now, kernel }
    }
}

impl Reading {
    fn after(previous: &Self, now: Instant, wall: Duration) -> Self {
        let elapsed = now.saturating_duration_since(previous.now);
        let steady = wall.checked_sub(previous.wall).is_some_and(|by_wall| agree(by_wall, elapsed));
        Self { now, wall, steady }
    }

    fn instant_of(&self, stamp: Duration) -> Option<Instant> {
        self.steady.then_some(())?;
        self.now.checked_sub(self.wall.checked_sub(stamp)?)
    }
}

/// Reads both clocks at one moment: again if this process was interrupted in between, but not for ever.
fn read_both() -> (Instant, Duration) {
    let mut before = now();
    for _ in 0..3 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let after = now();
        if after.saturating_duration_since(before) < Duration::from_micros(2) {
            return (before, wall);
        }
        before = after;
    }
    (before, SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: Duration = Duration::from_secs(1_700_000_000);
    const MS: Duration = Duration::from_millis(1);

    fn place(clock: &StampClock, after: Duration, wall: Duration, stamp: Duration) -> Option<Duration> {
        let reading = Reading::after(&clock.latest, clock.start + after, wall);
        let stamp = clock.stamp(&reading, Some(stamp), None);
        assert_eq!(stamp.user, clock.start + after);
        stamp.kernel.map(|kernel| kernel.placed - clock.start)
    }

    fn clock() -> StampClock {
        StampClock::starting_at(now(), WALL)
    }

    #[test]
    fn a_stamp_is_placed_by_its_age() {
        assert_eq!(place(&clock(), 50 * MS, WALL + 50 * MS, WALL + 20 * MS), Some(20 * MS));
    }

    #[test]
    fn a_stamp_is_dropped_if_the_wall_clock_was_stepped() {
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
            assert_eq!(place(&clock, 50 * MS, wall, stamp), None, "{wall:?} {stamp:?}");
        }
    }

    /// The time from departure to arrival, as told of a probe under way from 1 ms to 21 ms after it was handed over, whose
    /// stamps were read a millisecond later each, if the wall clock was stepped at `moment`.
    fn told_across(moment: Duration, ahead: bool, step: Duration) -> Duration {
        let mut clock = clock();
        let start = clock.start;
        let wall = |at: Duration| match (at >= moment, ahead) {
            (false, _) => WALL + at,
            (true, true) => WALL + at + step,
            (true, false) => WALL + at - step,
        };
        let mut read = |stamped: Duration| {
            let at = stamped + MS;
            let reading = clock.read_as(start + at, wall(at));
            clock.stamp(&reading, Some(wall(stamped)), None)
        };
        let departure = read(MS);
        let arrival = read(21 * MS);
        // An engine takes a departure for the probe's only if it is not from before it was handed over.
        let kernel = departure.kernel.filter(|kernel| kernel.placed >= start);
        arrival.since(&Stamp { user: start, kernel }).0
    }

    #[test]
    fn no_step_of_the_wall_clock_at_any_moment_becomes_part_of_a_round_trip() {
        for micros in [200, 900, 1_100, 5_000, 19_000, 1_000_000, 3_600_000_000, 86_400_000_000] {
            for (ahead, tenths) in
                [false, true].into_iter().flat_map(|ahead| (0..250).map(move |at| (ahead, at)))
            {
                let (step, moment) = (Duration::from_micros(micros), tenths * MS / 10);
                let told = told_across(moment, ahead, step);
                // Of the clocks that are left the worst has both waits in it, and steps within tolerance may pass.
                let close = 20 * MS - Duration::from_micros(1_100)..=22 * MS + Duration::from_micros(1_100);
                assert!(close.contains(&told), "{step:?} ahead {ahead} at {moment:?}: {told:?}");
            }
        }
    }
}
