//! The counts and figures of a whole run, told at its end.
//!
//! It is what comes last.

use netdiag_echo::{ClockSource, Statistics};
use netdiag_text::distribution::PERCENTILES;
use netdiag_text::duration::micros;

use super::clock_name;
use crate::json::Spread;
use crate::json::record::record;
use crate::ping::render::Measured;

record! {
    /// What the run measured.
    Summary {
        /// Probes sent, or that the system refused for good.
        sent: u64,
        /// Probes that were answered.
        received: u64,
        /// Further replies to probes already answered.
        duplicates: u64,
        /// Replies with a wrong ICMP checksum.
        corrupted: u64,
        /// ICMP errors, and probes refused as too long.
        errors: u64,
        /// Probes given up as lost; some may have been answered late.
        lost: u64,
        /// Probes still under way when the run was cut short: neither answered nor lost.
        pending: u64,
        /// Replies to probes already given up.
        late_replies: u64,
        /// Replies that came after one to a later probe.
        reordered_replies: u64,
        /// Replies with this run's identifier that answer none of its probes, or cannot be told from such, and ICMP errors that quote
        /// what this run has not sent; they count nowhere else.
        foreign: u64,
        /// From the start to the last attempt to send.
        sending_us: f64,
    } maybe {
        /// Which part of the probes was not answered, of those sent and not pending; missing if there are none.
        loss_ratio: f64,
        /// Round-trip times, those of duplicates included; missing if nothing was answered.
        rtt: Spread,
        /// Jitter of the round-trip times (RFC 3550); missing before the second reply.
        jitter_us: f64,
        /// What of `rtt.avg_us` was spent in this host's own queue; missing if the kernel did not tell.
        own_queue_avg_us: f64,
        /// What of `rtt.avg_us` was spent waiting for a neighbour's address; missing if the kernel did not tell.
        neighbour_avg_us: f64,
        /// Which clocks round-trip times were read on: the worst, by the words of a reply's `clock`.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
    }
}

impl Summary {
    pub(super) fn new(Measured { statistics, figures }: Measured<'_>, clock: Option<ClockSource>) -> Self {
        let Statistics { transmitted, received, duplicates, corrupted, errors, .. } = *statistics;
        let Statistics { lost, pending, late, reordered, foreign, sending, ref rtts, .. } = *statistics;
        let delay = statistics.mean_delay();
        Self {
            sent: transmitted,
            received,
            duplicates,
            corrupted,
            errors,
            lost,
            pending,
            late_replies: late,
            reordered_replies: reordered,
            foreign,
            sending_us: micros(sending),
            loss_ratio: statistics.loss(),
            rtt: Spread::new(rtts, PERCENTILES.map(|percent| figures.percentile(percent))),
            jitter_us: rtts.jitter().map(micros),
            own_queue_avg_us: delay.queue.map(micros),
            neighbour_avg_us: delay.neighbour.map(micros),
            clock: clock.map(clock_name),
        }
    }
}
