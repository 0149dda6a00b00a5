//! Packets waiting for their moment.
//!
//! Packets due at the same instant leave in the order they came.

use std::collections::BTreeMap;
use std::time::Instant;

/// A queue in order of due time.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: BTreeMap<(Instant, u64), Vec<u8>>,
    pushed: u64,
}

impl Queue {
    pub(crate) fn push(&mut self, due: Instant, packet: Vec<u8>) {
        self.waiting.insert((due, self.pushed), packet);
        self.pushed += 1;
    }

    /// The first packet, if its time has come.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Vec<u8>> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the first packet is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        Some(self.waiting.first_key_value()?.0.0)
    }
}
