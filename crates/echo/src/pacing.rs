//! When the next probe may leave: [`Pacer`].
//!
//! Deadlines add up, so lateness does not; but what was missed by a whole interval is not made up for, beyond the probes that
//! may leave ahead (`preload`).

use std::time::{Duration, Instant};

/// An interval of zero sends at least this often.
pub(crate) const FLOOD_INTERVAL: Duration = Duration::from_millis(10);
/// The longest pause before trying again when the system has no buffers.
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);
/// The most one refusal slows an adaptive run down.
const LONGEST_ADDEND: Duration = Duration::from_millis(50);

/// Round trips shorter than this end within the call that sends the next probe.
const QUICK: Duration = Duration::from_micros(100);
/// Probes under way then.
const QUICK_WINDOW: u64 = 16;

/// The schedule of one run.
#[derive(Debug)]
pub(crate) struct Pacer {
    interval: Duration,
    preload: u32,
    /// The shortest interval adaption may choose; `None` does not adapt.
    adaptive: Option<Duration>,
    /// What refusals have added to an adaptive interval.
    addend: Duration,
    /// When the next probe would be due if none left ahead.
    next: Instant,
    last: Instant,
    /// Whether replies come faster than system calls are made one by one.
    is_quick: bool,
    /// The system had no room: try again then.
    held: Option<Instant>,
}

impl Pacer {
    pub(crate) fn new(interval: Duration, preload: u32, adaptive: Option<Duration>, now: Instant) -> Self {
        Self {
            interval,
            preload,
            adaptive,
            addend: Duration::ZERO,
            next: now,
            last: now,
            is_quick: false,
            held: None,
        }
    }

    /// When the next probe may leave if so many are under way, of which no more than `wanted` are good for anything.
    pub(crate) fn due(&self, in_flight: u64, wanted: u64) -> Instant {
        if let Some(held) = self.held {
            return held;
        }
        if !self.interval.is_zero() {
            self.next.checked_sub(self.interval * (self.preload - 1)).unwrap_or(self.last)
        } else if in_flight < self.window().min(wanted.max(1)) {
            self.last
        } else {
            self.last + FLOOD_INTERVAL
        }
    }

    /// A probe leaves.
    pub(crate) fn sent(&mut self, now: Instant) {
        let ideal = self.next + self.interval;
        self.next = if ideal > now { ideal } else { now + self.interval };
        self.last = now;
        self.held = None;
    }

    /// The system has no room; the probe is to be tried again later.
    pub(crate) fn hold(&mut self, now: Instant, smoothed: Option<Duration>) {
        if self.adaptive.is_some() {
            self.addend += smoothed.unwrap_or(LONGEST_ADDEND).min(LONGEST_ADDEND);
        }
        let until = now + (self.interval / 2).clamp(FLOOD_INTERVAL, LONGEST_BACKOFF);
        self.next = until;
        self.held = Some(until);
    }

    /// How many probes a run without interval keeps under way: one as upstream does, or as many as are worth a system call to
    /// receive where the answers are there before it is made.
    fn window(&self) -> u64 {
        let quick = if self.is_quick { QUICK_WINDOW } else { 1 };
        quick.max(self.preload.into())
    }

    /// A reply came; an adaptive run follows the smoothed round-trip time, in whole milliseconds.
    pub(crate) fn answered(&mut self, smoothed: Duration) {
        self.is_quick = self.adaptive.is_none() && smoothed < QUICK;
        if let Some(shortest) = self.adaptive {
            let millis = (smoothed + self.addend).as_micros().saturating_add(500) / 1000;
            let millis = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
            self.interval = millis.max(shortest);
            self.next = self.last + self.interval;
        }
    }

    /// The interval at the moment.
    pub(crate) const fn interval(&self) -> Duration {
        self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn preloaded_probes_leave_at_once_and_the_rest_at_their_times() {
        let start = crate::now();
        let mut pacer = Pacer::new(100 * MS, 3, None, start);
        for _ in 0..3 {
            assert!(pacer.due(0, u64::MAX) <= start);
            pacer.sent(start);
        }
        assert_eq!(pacer.due(3, u64::MAX), start + 100 * MS);
        pacer.sent(start + 100 * MS);
        assert_eq!(pacer.due(3, u64::MAX), start + 200 * MS);
        // After a long silence as many may leave at once as in the beginning.
        let late = start + 5000 * MS;
        (0..3).for_each(|_| {
            assert!(pacer.due(0, u64::MAX) <= late);
            pacer.sent(late);
        });
        assert_eq!(pacer.due(0, u64::MAX), late + 100 * MS);
    }

    #[test]
    fn without_interval_quick_answers_allow_more_probes_under_way() {
        let start = crate::now();
        let mut pacer = Pacer::new(Duration::ZERO, 1, None, start);
        pacer.sent(start);
        assert_eq!(pacer.due(1, u64::MAX), start + FLOOD_INTERVAL);
        pacer.answered(Duration::from_micros(20));
        assert_eq!((pacer.due(15, u64::MAX), pacer.due(16, u64::MAX)), (start, start + FLOOD_INTERVAL));
        assert_eq!(
            [2, 3, 0].map(|wanted| pacer.due(2, wanted)),
            [start + FLOOD_INTERVAL, start, start + FLOOD_INTERVAL]
        );
        assert_eq!(pacer.due(0, 0), start);
        pacer.answered(MS);
        assert_eq!(pacer.due(1, u64::MAX), start + FLOOD_INTERVAL);
    }

    #[test]
    fn an_adaptive_run_follows_the_round_trip_time() {
        let start = crate::now();
        let mut pacer = Pacer::new(1000 * MS, 1, Some(2 * MS), start);
        pacer.sent(start);
        pacer.answered(Duration::from_micros(30_400));
        assert_eq!(pacer.due(0, u64::MAX), start + 30 * MS);
        pacer.answered(Duration::from_micros(300));
        assert_eq!(pacer.interval(), 2 * MS);
        pacer.hold(start, Some(5 * MS));
        pacer.answered(5 * MS);
        assert_eq!(pacer.interval(), 10 * MS);
    }
}
