//! What options come to: what is out of range is taken for the end of it, as upstream takes it.

use std::time::Duration;

use super::args::Options;

impl Options {
    /// The lowest and the highest hop limit.
    pub(super) fn hop_limits(&self) -> (u8, u8) {
        let limit = |number: u32| u8::try_from(number).unwrap_or(u8::MAX).max(1);
        (limit(self.first_ttl), limit(self.max_ttl))
    }

    /// From one round to the next.
    pub(super) fn round_interval(&self) -> Duration {
        self.interval.time.max(SHORTEST_INTERVAL)
    }

    /// How long a probe is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.timeout.time.max(SHORTEST_TIMEOUT)
    }
}

/// A round may be thirty packets.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// Upstream counts in whole seconds, of which none is no time at all.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);
