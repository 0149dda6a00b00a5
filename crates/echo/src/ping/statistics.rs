//! The counts and figures of a run: [`Statistics`].
//!
//! A probe still under way when a run is cut short is neither answered nor lost; upstream counts it as lost.

use std::time::Duration;

use super::reply::Reply;
use crate::stamp::LocalDelay;
use crate::stats::RoundTrips;

/// The counts and figures of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Probes that left, or that the system refused for good.
    pub transmitted: u64,
    /// Probes answered by a reply with the run's secret in it, where one was sent.
    pub received: u64,
    /// Further such replies to probes already answered.
    pub duplicates: u64,
    /// Replies with a wrong ICMP checksum.
    pub corrupted: u64,
    /// ICMP errors, and probes refused as too long.
    pub errors: u64,
    /// Probes given up as lost; some may have been answered late.
    pub lost: u64,
    /// Replies to probes already given up.
    pub late: u64,
    /// Replies that came after one to a later probe.
    pub reordered: u64,
    /// Replies that carry this run's identifier but are not to its probes, or not proved to be; never timed. ICMP errors that quote
    /// what this run has not sent.
    pub foreign: u64,
    /// Probes still under way when the run was cut short: transmitted, but neither answered nor lost. Known at the end only.
    pub pending: u64,
    /// Most probes that were under way when one of them was answered, by an error too.
    pub pipe: u64,
    /// From the start to the last attempt to send.
    pub sending: Duration,
    /// Round-trip times, those of duplicates included.
    pub rtts: RoundTrips,
    /// What of all those times was spent in this host, where the kernel told.
    pub delay: LocalDelay,
}

impl Statistics {
    /// Probes whose fate is known: those transmitted without those still under way.
    pub const fn judged(&self) -> u64 {
        self.transmitted.saturating_sub(self.pending)
    }

    /// The share of those that was not answered, from 0 to 1; `None` if there are none.
    pub fn loss(&self) -> Option<f64> {
        let judged = self.judged();
        (judged > 0).then(|| judged.saturating_sub(self.received) as f64 / judged as f64)
    }

    /// What of the mean round-trip time was spent in this host, where the kernel told.
    pub fn mean_delay(&self) -> LocalDelay {
        let count = u32::try_from(self.rtts.count()).unwrap_or(u32::MAX);
        let each = |sum: Option<Duration>| sum.and_then(|sum| sum.checked_div(count));
        LocalDelay { queue: each(self.delay.queue), neighbour: each(self.delay.neighbour) }
    }

    pub(super) fn count(&mut self, reply: &Reply) {
        self.rtts.record(reply.rtt);
        let add = |sum: &mut Option<Duration>, more: Option<Duration>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default().saturating_add(more));
            }
        };
        add(&mut self.delay.queue, reply.delay.queue);
        add(&mut self.delay.neighbour, reply.delay.neighbour);
        if reply.duplicate {
            self.duplicates += 1;
            return;
        }
        self.received += 1;
        self.late += u64::from(reply.late);
        self.reordered += u64::from(reply.reordered);
    }
}
