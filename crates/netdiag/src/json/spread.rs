//! Figures over times, of which JSON has the same of whatever was timed.

use std::time::Duration;

use netdiag_echo::RoundTrips;
use netdiag_text::duration::micros;

use super::record::record;

record! {
    /// Figures over times.
    Spread {
        /// The shortest.
        min_us: f64,
        /// Their mean.
        avg_us: f64,
        /// The longest.
        max_us: f64,
        /// Their standard deviation.
        mdev_us: f64,
        /// Half of them are no longer (nearest rank). Of more than 4096, like the other percentiles, at most a thousandth too long.
        p50_us: f64,
        /// 90 of 100 are no longer.
        p90_us: f64,
        /// 95 of 100 are no longer.
        p95_us: f64,
        /// 99 of 100 are no longer.
        p99_us: f64,
    }
}

impl Spread {
    /// Of these times, which 50, 90, 95 and 99 percent of them do not exceed; `None` before the first.
    pub(crate) fn new(times: &RoundTrips, percentiles: [Option<Duration>; 4]) -> Option<Self> {
        let [p50, p90, p95, p99] = percentiles.map(|time| time.map(micros));
        Some(Self {
            min_us: micros(times.min()?),
            avg_us: micros(times.mean()?),
            max_us: micros(times.max()?),
            mdev_us: micros(times.deviation()?),
            p50_us: p50?,
            p90_us: p90?,
            p95_us: p95?,
            p99_us: p99?,
        })
    }
}
