//! The distribution of round-trip times, and the verdict a script asked for.
//!
//! Only whoever wants percentiles pays for them.

use std::time::Duration;

use netdiag_echo::{PingEvent, Statistics};
use netdiag_text::Distribution;
use netdiag_text::duration::Short;

use super::args::Args;

/// Round-trip times by how often they occurred, where anybody wants to know.
#[derive(Clone, Debug)]
pub(super) struct Figures(Option<Distribution>);

impl Figures {
    /// Keeps the distribution only if it is `wanted`: it takes some hundred kilobytes.
    pub(super) fn new(wanted: bool) -> Self {
        Self(wanted.then(Distribution::default))
    }

    /// Takes in what an event says of round-trip times.
    pub(super) fn record(&mut self, event: &PingEvent) {
        if let (PingEvent::Reply(reply), Some(distribution)) = (event, &mut self.0) {
            distribution.record(reply.rtt);
        }
    }

    /// The time that many percent of the round trips do not exceed; `None` before the first, or if nobody wanted to know.
    pub(super) fn percentile(&self, percent: f64) -> Option<Duration> {
        self.0.as_ref()?.percentile(percent)
    }
}

/// What a run was to keep to and did not, in words.
pub(super) fn exceeded(args: &Args, statistics: &Statistics, figures: &Figures) -> Vec<String> {
    let rtts = &statistics.rtts;
    let loss = args.max_loss.and_then(|most| match statistics.loss().map(|share| share * 100.0) {
        Some(lost) if lost > most => Some(format!("{lost:.4}% lost, more than {most}%")),
        Some(_) => None,
        None => Some("loss not measured: no probe had its time to be answered".to_owned()),
    });
    let times = [
        ("mean round-trip time", args.max_rtt_avg, rtts.mean()),
        ("longest round-trip time", args.max_rtt_max, rtts.max()),
        ("99th percentile of round-trip times", args.max_rtt_p99, figures.percentile(99.0)),
        ("jitter", args.max_jitter, rtts.jitter()),
    ];
    let times = times.into_iter().filter_map(|(what, most, measured)| match (most?, measured) {
        (most, Some(measured)) if measured > most => {
            Some(format!("{what} {}, longer than {}", Short(measured), Short(most)))
        }
        // One reply has no jitter, and that is within any bound; no reply has no times to keep to one.
        (_, None) if what != "jitter" => Some(format!("{what} not measured: nothing was answered")),
        _ => None,
    });
    loss.into_iter().chain(times).collect()
}
