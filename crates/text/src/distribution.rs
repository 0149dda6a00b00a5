//! How times are distributed: percentiles by nearest rank, the one definition there is.
//!
//! The percentile `p` of `n` values is the one at rank `⌈p/100 · n⌉` in their order: one of the values, never something between two
//! of them, so it neither exceeds the longest nor falls short of the shortest. The first 4096 times are kept as they are;
//! of more than that, a histogram is kept whose size does not depend on how many there are (some hundred kilobytes), and a
//! percentile is then at most a thousandth longer than the time it stands for.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Times by how often they occurred. What it tells depends on the times alone, not on who took them in.
#[derive(Clone, Debug, Default)]
pub struct Distribution(Kept);

#[derive(Clone, Debug)]
enum Kept {
    /// All times, in order.
    Each(Vec<Duration>),
    Counted {
        histogram: Histogram<u64>,
        shortest: Duration,
        longest: Duration,
    },
}

impl Default for Kept {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl Distribution {
    /// Takes in one time.
    pub fn record(&mut self, time: Duration) {
        match &mut self.0 {
            Kept::Each(times) if times.len() < EXACT => {
                let place = times.partition_point(|earlier| *earlier <= time);
                times.insert(place, time);
            }
            Kept::Each(times) => {
                let mut histogram = Histogram::new(DIGITS).expect("three digits can be kept of any number");
                times.iter().chain([&time]).for_each(|time| count(&mut histogram, *time));
                let [shortest, longest] =
                    [times.first(), times.last()].map(|end| end.copied().unwrap_or(time));
                self.0 =
                    Kept::Counted { histogram, shortest: shortest.min(time), longest: longest.max(time) };
            }
            Kept::Counted { histogram, shortest, longest } => {
                count(histogram, time);
                (*shortest, *longest) = ((*shortest).min(time), (*longest).max(time));
            }
        }
    }

    /// The time that many percent do not exceed; `None` before the first.
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        match &self.0 {
            Kept::Each(times) => percentile(times, percent),
            Kept::Counted { histogram, shortest, longest } => {
                let rank = rank(histogram.len(), percent)?;
                // The histogram rounds up to a rank itself; from the middle between two, it cannot miss the one that is meant.
                let quantile = (rank as f64 - 0.5) / histogram.len() as f64;
                let time = Duration::from_nanos(histogram.value_at_quantile(quantile));
                Some(time.clamp(*shortest, *longest))
            }
        }
    }
}

/// The histogram grows with the longest time, to less than half a megabyte. Nothing is longer than three centuries to it.
fn count(histogram: &mut Histogram<u64>, time: Duration) {
    let nanos = u64::try_from(time.as_nanos()).map_or(LONGEST_NANOS, |nanos| nanos.min(LONGEST_NANOS));
    histogram.record(nanos).expect("a histogram that grows takes everything");
}

/// The value that so many percent of `sorted` do not exceed, by nearest rank; `None` if there are no values.
pub fn percentile<T: Copy>(sorted: &[T], percent: f64) -> Option<T> {
    let rank = rank(sorted.len() as u64, percent)?;
    sorted.get(usize::try_from(rank).ok()?.checked_sub(1)?).copied()
}

/// Which of `count` values in order it is, from 1; `None` of none. Less than nothing and more than all of them are cut.
fn rank(count: u64, percent: f64) -> Option<u64> {
    let exact = percent.clamp(0.0, 100.0) * count as f64 / 100.0;
    // 99.9 % of a thousand are 999, though a double knows no 99.9.
    let near = exact.round();
    let whole = if (exact - near).abs() <= exact * 4.0 * f64::EPSILON { near } else { exact.ceil() };
    (count > 0).then(|| (whole as u64).clamp(1, count))
}

/// How many times are kept as they are.
const EXACT: usize = 4096;

/// What the arithmetic of the histogram can deal with.
const LONGEST_NANOS: u64 = u64::MAX / 2;

/// Significant digits of the histogram.
const DIGITS: u8 = 3;

/// The percentiles shown where nobody chose others.
pub const PERCENTILES: [f64; 4] = [50.0, 90.0, 95.0, 99.0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let hundred: Vec<u32> = (1..=100).collect();
        let thousand: Vec<u32> = (1..=1000).collect();
        #[rustfmt::skip]
        let cases = [
            (&hundred[..0],   99.0,     None),
            (&hundred[..1],   99.0,     Some(1)),
            (&hundred[..1],   0.0,      Some(1)),
            (&hundred[..4],   50.0,     Some(2)),
            (&hundred[..5],   50.0,     Some(3)),
            (&hundred[..20],  99.0,     Some(20)),
            (&hundred,        50.0,     Some(50)),
            (&hundred,        95.0,     Some(95)),
            (&hundred,        99.0,     Some(99)),
            (&hundred,        99.9,     Some(100)),
            (&hundred,        100.0,    Some(100)),
            (&hundred,        0.0,      Some(1)),
            (&hundred,        -5.0,     Some(1)),
            (&hundred,        500.0,    Some(100)),
            (&hundred,        f64::NAN, Some(1)),
            (&thousand,       99.9,     Some(999)),
            (&thousand,       29.0,     Some(290)),
            (&thousand,       7.0,      Some(70)),
        ];
        for (values, percent, expected) in cases {
            assert_eq!(percentile(values, percent), expected, "p{percent} of {}", values.len());
        }
    }

    /// Times of all lengths in an order that is none.
    fn times(count: u64) -> impl Iterator<Item = Duration> {
        (0..count).map(|n| Duration::from_nanos((n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n % 40)) >> 20))
    }

    #[test]
    fn many_times_have_the_percentiles_of_few_within_a_thousandth() {
        for count in [1, 2, 100, EXACT as u64, EXACT as u64 + 1, 50_000] {
            let mut distribution = Distribution::default();
            times(count).for_each(|time| distribution.record(time));
            let mut sorted: Vec<Duration> = times(count).collect();
            sorted.sort_unstable();
            for percent in [0.0, 1.0, 50.0, 90.0, 95.0, 99.0, 99.9, 100.0] {
                let exact = percentile(&sorted, percent).unwrap();
                let told = distribution.percentile(percent).unwrap();
                let most = if count <= EXACT as u64 { exact } else { exact + exact / 1000 };
                assert!((exact..=most).contains(&told), "p{percent} of {count}: {told:?}, not {exact:?}");
                assert!(told <= *sorted.last().unwrap(), "p{percent} of {count} exceeds the longest");
            }
        }
    }

    #[test]
    fn no_percentile_exceeds_the_longest_or_falls_short_of_the_shortest() {
        // The bucket that 1_234_567 is in ends at 1_234_943 and begins at 1_234_432.
        for count in [1, EXACT, EXACT + 1, 3 * EXACT] {
            let mut distribution = Distribution::default();
            let time = Duration::from_nanos(1_234_567);
            (0..count).for_each(|_| distribution.record(time));
            for percent in PERCENTILES {
                assert_eq!(distribution.percentile(percent), Some(time), "p{percent} of {count}");
            }
        }
    }

    #[test]
    fn nothing_is_too_short_or_too_long() {
        let mut distribution = Distribution::default();
        assert_eq!(distribution.percentile(50.0), None);
        (0..EXACT).for_each(|_| distribution.record(Duration::ZERO));
        distribution.record(Duration::MAX);
        distribution.record(Duration::from_secs(3 * 3600));
        assert_eq!(distribution.percentile(50.0), Some(Duration::ZERO));
        assert!(distribution.percentile(100.0) >= Some(Duration::from_secs(3 * 3600)));
    }
}
