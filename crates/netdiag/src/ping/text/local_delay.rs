//! The line of a summary that tells how much of the round trips was spent in this host.
//!
//! It is there only where that is more than half of the time: whoever looks for the fault on the network then looks in vain.

use std::time::Duration;

use netdiag_echo::Statistics;

/// The line, if there is reason for it; `device` is asked for only then.
pub(super) fn line(statistics: &Statistics, device: impl FnOnce() -> Option<String>) -> Option<String> {
    let mean = statistics.rtts.mean()?;
    let count = u32::try_from(statistics.rtts.count()).ok()?;
    let each = |sum: Option<Duration>| sum.unwrap_or_default() / count;
    let parts = [
        (each(statistics.delay.queue), "in this host's own queue"),
        (each(statistics.delay.neighbour), "waiting for the neighbour's address"),
    ];
    let local: Duration = parts.iter().map(|(time, _)| *time).sum();
    if local * 2 <= mean {
        return None;
    }
    let told = parts.into_iter().filter(|(time, _)| share(*time, mean) >= 1.0);
    let told: Vec<String> = told.map(|(time, what)| part(time, mean, what)).collect();
    let device = device().map(|device| format!(" on {device}")).unwrap_or_default();
    Some(format!("of this, {}{device}", told.join(" and ")))
}

fn part(time: Duration, whole: Duration, what: &str) -> String {
    let (millis, share) = (time.as_secs_f64() * 1000.0, share(time, whole));
    let decimals = if millis < 1.0 { 3 } else { 1 };
    format!("{millis:.decimals$} ms ({share:.0} %) {what}")
}

/// In percent; the two were not rounded alike.
fn share(part: Duration, whole: Duration) -> f64 {
    (part.as_secs_f64() * 100.0 / whole.as_secs_f64()).min(100.0)
}

#[cfg(test)]
mod tests {
    use netdiag_echo::{LocalDelay, RoundTrips};

    use super::*;

    #[test]
    fn more_than_half_of_the_time_is_worth_a_line() {
        let told = |rtts: &[u64], queue: Option<u64>, neighbour: Option<u64>| {
            let mut times = RoundTrips::default();
            rtts.iter().for_each(|micros| times.record(Duration::from_micros(*micros)));
            let [queue, neighbour] = [queue, neighbour].map(|micros| micros.map(Duration::from_micros));
            let statistics =
                Statistics { rtts: times, delay: LocalDelay { queue, neighbour }, ..Statistics::default() };
            line(&statistics, || Some("v1".to_owned()))
        };
        #[rustfmt::skip]
        let cases = [
            (&[][..],              None,          None,            None),
            (&[1000],              None,          None,            None),
            (&[1000],              Some(500),     Some(0),         None),
            (&[1000],              Some(501),     Some(0),         Some("of this, 0.501 ms (50 %) in this host's own queue on v1")),
            (&[365_000, 372_000],  Some(729_800), Some(0),         Some("of this, 364.9 ms (99 %) in this host's own queue on v1")),
            (&[1_000_000],         Some(20),      Some(999_000),   Some("of this, 999.0 ms (100 %) waiting for the neighbour's address on v1")),
            (&[100_000],           Some(40_000),  Some(30_000),    Some("of this, 40.0 ms (40 %) in this host's own queue and 30.0 ms (30 %) waiting for the neighbour's address on v1")),
        ];
        for (rtts, queue, neighbour, expected) in cases {
            assert_eq!(told(rtts, queue, neighbour).as_deref(), expected, "{rtts:?} {queue:?} {neighbour:?}");
        }
    }
}
