//! The line that tells how much of a round trip was spent in this host.
//!
//! It is there only where that is more than half of the time: whoever looks for the fault on the network then looks in vain.

use std::time::Duration;

use netdiag_text::duration::Short;

/// The line for a round trip of which so much was spent in the own queue and waiting for the neighbour's address, if there is reason for
/// it; `device` is asked for only then.
pub(crate) fn line(
    whole: Duration,
    queue: Option<Duration>,
    neighbour: Option<Duration>,
    device: impl FnOnce() -> Option<String>,
) -> Option<String> {
    let parts = [
        (queue.unwrap_or_default(), "in this host's own queue"),
        (neighbour.unwrap_or_default(), "waiting for the neighbour's address"),
    ];
    let local: Duration = parts.iter().map(|(time, _)| *time).sum();
    if local * 2 <= whole {
        return None;
    }
    let told = parts.into_iter().filter(|(time, _)| share(*time, whole) >= 1.0);
    let told: Vec<String> = told.map(|(time, what)| part(time, whole, what)).collect();
    let device = device().map(|device| format!(" on {device}")).unwrap_or_default();
    Some(format!("of this, {}{device}", told.join(" and ")))
}

fn part(time: Duration, whole: Duration, what: &str) -> String {
    format!("{} ({share:.0}%) {what}", Short(time), share = share(time, whole))
}

/// In percent; the two were not rounded alike.
fn share(part: Duration, whole: Duration) -> f64 {
    (part.as_secs_f64() * 100.0 / whole.as_secs_f64()).min(100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_of_the_time_is_worth_a_line() {
        #[rustfmt::skip]
        let cases = [
            (1000,      None,          None,            None),
            (1000,      Some(500),     Some(0),         None),
            (1000,      Some(501),     Some(0),         Some("of this, 0.501 ms (50%) in this host's own queue on v1")),
            (368_500,   Some(364_900), Some(0),         Some("of this, 364.9 ms (99%) in this host's own queue on v1")),
            (1_000_000, Some(20),      Some(999_000),   Some("of this, 999 ms (100%) waiting for the neighbour's address on v1")),
            (100_000,   Some(40_000),  Some(30_000),    Some("of this, 40 ms (40%) in this host's own queue and 30 ms (30%) waiting for the neighbour's address on v1")),
        ];
        for (whole, queue, neighbour, expected) in cases {
            let [queue, neighbour] = [queue, neighbour].map(|micros| micros.map(Duration::from_micros));
            let told = line(Duration::from_micros(whole), queue, neighbour, || Some("v1".to_owned()));
            assert_eq!(told.as_deref(), expected, "{whole} {queue:?} {neighbour:?}");
        }
    }
}
