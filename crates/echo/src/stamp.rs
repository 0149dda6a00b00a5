//! Time stamps of probes and answers, and the round-trip time between two of them.
//!
//! The kernel stamps packets on the wall clock, which may be stepped while a probe is under way. Two such stamps are believed
//! only as long as their distance agrees with the monotonic clock's.

use std::time::{Duration, Instant};

/// When a packet passed, as seen from both sides of the system call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// This process's time: before it sent, or after it woke up.
    pub user: Instant,
    /// The kernel's time, where it told.
    pub kernel: Option<KernelStamp>,
}

/// A packet's time in the kernel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KernelStamp {
    /// Software stamp, wall clock, since the epoch.
    pub wall: Duration,
    /// The same moment on the monotonic clock, placed there by the stamp's age when it was read.
    pub placed: Instant,
    /// The interface's own stamp, since an epoch of its own.
    pub hardware: Option<Duration>,
}

/// When a probe left; a system with stamping hardware tells both, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Departure {
    /// From the driver, by the kernel's clock.
    Software(KernelStamp),
    /// From the interface, by its own clock.
    Hardware(Duration),
}

/// Which clocks a round-trip time was read on, worst first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Clock {
    /// This process's, at both ends: scheduling delay included.
    #[default]
    User,
    /// This process's when sending, the kernel's when receiving.
    Receive,
    /// The kernel's, at both ends.
    Kernel,
    /// The interface's, at both ends.
    Hardware,
}

impl Stamp {
    /// Time from `sent` to here by the best clocks that agree, and which those are.
    pub fn since(&self, sent: &Self) -> (Duration, Clock) {
        let Some(arrived) = self.kernel else { return (self.since_by_user(sent), Clock::User) };
        let by_receive = arrived.placed.saturating_duration_since(sent.user);
        let Some(left) = sent.kernel else { return (by_receive, Clock::Receive) };
        let on_monotonic = arrived.placed.saturating_duration_since(left.placed);
        let between =
            |from: Duration, to: Duration| to.checked_sub(from).filter(|rtt| agree(*rtt, on_monotonic));
        let by_hardware = left.hardware.zip(arrived.hardware).and_then(|(from, to)| between(from, to));
        let by_kernel = between(left.wall, arrived.wall);
        by_hardware
            .map(|rtt| (rtt, Clock::Hardware))
            .or_else(|| by_kernel.map(|rtt| (rtt, Clock::Kernel)))
            .unwrap_or((by_receive, Clock::Receive))
    }

    /// Time from `sent` to here as this process lived it.
    pub fn since_by_user(&self, sent: &Self) -> Duration {
        self.user.saturating_duration_since(sent.user)
    }
}

/// Whether two clocks measured the same time, give or take what slewing and reading them one after the other can do.
pub(crate) fn agree(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= TOLERANCE + other / 1000
}

const TOLERANCE: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const EPOCH: Duration = Duration::from_secs(1_700_000_000);

    fn stamp(user: Instant, kernel: Option<(Instant, Duration)>, hardware: Option<Duration>) -> Stamp {
        Stamp { user, kernel: kernel.map(|(placed, wall)| KernelStamp { wall, placed, hardware }) }
    }

    #[test]
    fn the_best_clocks_that_agree_are_used() {
        let start = crate::now();
        let at = |millis: u32| start + millis * MS;
        let hour = Duration::from_secs(3600);
        let left = Some((at(1), EPOCH));
        #[rustfmt::skip]
        let cases = [
            // sent: kernel, hardware,         arrived: kernel,                hardware,        expected
            (None,           None,             None,                           None,            (20 * MS, Clock::User)),
            (None,           None,             Some((at(15), EPOCH)),          None,            (15 * MS, Clock::Receive)),
            (left,           None,             None,                           None,            (20 * MS, Clock::User)),
            (left,           None,             Some((at(15), EPOCH + 14 * MS)), None,           (14 * MS, Clock::Kernel)),
            (left,           None,             Some((at(15), EPOCH + hour)),   None,            (15 * MS, Clock::Receive)),
            (left,           None,             Some((at(15), EPOCH - hour)),   None,            (15 * MS, Clock::Receive)),
            (left,           Some(7 * hour),   Some((at(15), EPOCH + 14 * MS)), Some(7 * hour + 13 * MS), (13 * MS, Clock::Hardware)),
            (left,           Some(7 * hour),   Some((at(15), EPOCH + 14 * MS)), Some(hour),     (14 * MS, Clock::Kernel)),
        ];
        for (left, left_hardware, arrived, arrived_hardware, expected) in cases {
            let sent = stamp(at(0), left, left_hardware);
            let arrival = stamp(at(20), arrived, arrived_hardware);
            assert_eq!(arrival.since(&sent), expected, "{sent:?} {arrival:?}");
        }
    }
}
