//! How often which time occurred, with three significant digits up to an hour.
//!
//! Memory stays the same however many are taken in: some hundred kilobytes.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Times by how often they occurred.
#[derive(Clone, Debug)]
pub(crate) struct Distribution(Histogram<u64>);

impl Distribution {
    pub(crate) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_NANOS, 3);
        Self(histogram.expect("three digits between a nanosecond and an hour can be kept"))
    }

    /// Takes in one time.
    pub(crate) fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The time that many percent do not exceed; `None` before the first.
    pub(crate) fn percentile(&self, percent: f64) -> Option<Duration> {
        let histogram = Some(&self.0).filter(|histogram| !histogram.is_empty())?;
        Some(Duration::from_nanos(histogram.value_at_percentile(percent)))
    }
}

const LONGEST_NANOS: u64 = 3_600_000_000_000;

/// The percentiles shown.
pub(crate) const PERCENTILES: [f64; 4] = [50.0, 90.0, 95.0, 99.0];
