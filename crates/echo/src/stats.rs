//! Round-trip times in one pass: [`RoundTrips`].
//!
//! Everything but the jitter is kept in whole nanoseconds and 128-bit sums, so nothing overflows and nothing is rounded until it is
//! shown.

use std::time::Duration;

/// Running figures over round-trip times; every figure is `None` before the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundTrips {
    count: u64,
    sum: u128,
    squares: u128,
    min: u128,
    max: u128,
    smoothed_eighths: u128,
    last: u128,
    /// In nanoseconds. A number without fractions would lose a little at every step.
    jitter: f64,
}

impl RoundTrips {
    /// Takes in one round-trip time.
    pub fn record(&mut self, rtt: Duration) {
        let rtt = rtt.as_nanos();
        if self.count > 0 {
            self.jitter += (rtt.abs_diff(self.last) as f64 - self.jitter) / 16.0;
        }
        self.last = rtt;
        self.min = if self.count == 0 { rtt } else { self.min.min(rtt) };
        self.max = self.max.max(rtt);
        self.count += 1;
        self.sum += rtt;
        self.squares = self.squares.saturating_add(rtt.saturating_mul(rtt));
        self.smoothed_eighths = match self.smoothed_eighths {
            0 => rtt * 8,
            eighths => eighths + rtt - eighths / 8,
        };
    }

    /// How many were taken in.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The shortest.
    pub fn min(&self) -> Option<Duration> {
        self.known(self.min)
    }

    /// The longest.
    pub fn max(&self) -> Option<Duration> {
        self.known(self.max)
    }

    /// The latest.
    pub fn last(&self) -> Option<Duration> {
        self.known(self.last)
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> Option<Duration> {
        self.known(self.sum.checked_div(self.count.into())?)
    }

    /// The population standard deviation, which ping calls `mdev`.
    pub fn deviation(&self) -> Option<Duration> {
        let count = u128::from(self.count);
        // Exact while the products fit, which they do for a billion round trips of a second.
        let exact =
            || Some(count.checked_mul(self.squares)?.checked_sub(self.sum.checked_mul(self.sum)?)?.isqrt());
        let mean = self.sum.checked_div(count)?;
        let scaled = exact().map_or_else(
            || (self.squares / count).saturating_sub(mean.saturating_mul(mean)).isqrt(),
            |deviation| deviation / count,
        );
        self.known(scaled)
    }

    /// The moving average with weight 1/8 for the newest, which ping calls `ewma`.
    pub fn smoothed(&self) -> Option<Duration> {
        self.known(self.smoothed_eighths / 8)
    }

    /// Smoothed difference of successive round trips: `J += (|D| - J)/16` (RFC 3550 §6.4.1, with round trips for transits).
    pub fn jitter(&self) -> Option<Duration> {
        (self.count > 1).then(|| self.known(self.jitter.round() as u128))?
    }

    fn known(&self, nanos: u128) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtts(millis: &[u64]) -> RoundTrips {
        let mut rtts = RoundTrips::default();
        millis.iter().for_each(|&ms| rtts.record(Duration::from_millis(ms)));
        rtts
    }

    #[test]
    fn nothing_is_known_of_nothing() {
        let none = RoundTrips::default();
        assert_eq!([none.min(), none.max(), none.mean(), none.deviation(), none.smoothed()], [None; 5]);
    }

    #[test]
    fn figures_follow_their_definitions() {
        #[rustfmt::skip]
        let cases = [
            // rtts (ms),           min, mean, max, deviation, smoothed (µs)
            (&[7][..],              [7_000, 7_000, 7_000, 0, 7_000]),
            (&[2, 4, 4, 4, 5, 5, 7, 9], [2_000, 5_000, 9_000, 2_000, 4_347]),
            (&[1, 9],               [1_000, 5_000, 9_000, 4_000, 2_000]),
        ];
        for (millis, expected) in cases {
            let rtts = rtts(millis);
            let figures = [rtts.min(), rtts.mean(), rtts.max(), rtts.deviation(), rtts.smoothed()];
            assert_eq!(figures.map(|figure| figure.unwrap().as_micros()), expected, "{millis:?}");
        }
    }

    #[test]
    fn jitter_moves_a_sixteenth_towards_each_difference() {
        #[rustfmt::skip]
        let cases = [
            // rtts (ms),           nanoseconds
            (&[10][..],             None),
            (&[10, 10, 10],         Some(0)),
            (&[10, 26],             Some(1_000_000)),
            (&[26, 10],             Some(1_000_000)),
            (&[10, 26, 26],         Some(937_500)),
            (&[10, 26, 10],         Some(1_937_500)),
            (&[10, 26, 26, 26, 26], Some(823_975)),
        ];
        for (millis, nanos) in cases {
            assert_eq!(rtts(millis).jitter(), nanos.map(Duration::from_nanos), "{millis:?}");
        }
        // Where all differences are the same, it comes to that and stays there.
        let to_and_fro: Vec<u64> = (0..1000).map(|n| 10 + n % 2 * 16).collect();
        assert_eq!(rtts(&to_and_fro).jitter(), Some(Duration::from_millis(16)));
    }

    #[test]
    fn absurd_round_trips_do_not_overflow() {
        let mut rtts = RoundTrips::default();
        (0..1000).for_each(|_| rtts.record(Duration::from_secs(1 << 30)));
        assert_eq!(rtts.mean(), Some(Duration::from_secs(1 << 30)));
        assert!(rtts.deviation().is_some());
    }
}
