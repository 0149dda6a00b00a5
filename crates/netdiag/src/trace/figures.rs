//! How round-trip times are distributed, hop by hop.

use std::time::Duration;

use netdiag_echo::{HopAnswer, TraceEvent};
use netdiag_text::Distribution;

/// Distributions of one target's hops, by distance.
#[derive(Clone, Debug)]
pub(super) struct Figures(Vec<Distribution>);

impl Default for Figures {
    fn default() -> Self {
        Self(vec![Distribution::default(); usize::from(u8::MAX) + 1])
    }
}

impl Figures {
    /// Those of a path whose round trips nobody asks for.
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Takes in what an event says of round-trip times.
    pub(super) fn record(&mut self, event: &TraceEvent) {
        if let TraceEvent::Reset = event {
            *self = Self::default();
        }
        let TraceEvent::Answer(HopAnswer { distance, rtt, is_duplicate: false, .. }) = event else { return };
        self.0.get_mut(usize::from(*distance)).into_iter().for_each(|times| times.record(*rtt));
    }

    /// The time that many percent of a hop's round trips do not exceed; `None` before the first.
    pub(super) fn percentile(&self, distance: u8, percent: f64) -> Option<Duration> {
        self.0.get(usize::from(distance))?.percentile(percent)
    }
}
