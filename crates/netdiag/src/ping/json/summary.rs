//! The counts and figures of a whole run, told at its end.
//!
//! In a document it stands under `summary`; as a line it has the key `event` in front.

use netdiag_echo::{ClockSource, Statistics};
use netdiag_text::distribution::PERCENTILES;
use netdiag_text::duration::micros;

use super::clock_name;
use crate::json::record::record;
use crate::ping::figures::Figures;
use crate::ping::render::Measured;

record! {
    /// What the run measured: the last line, or a document's `summary`.
    Summary {
        /// Probes that left, or that the system refused for good.
        transmitted: u64,
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
        late: u64,
        /// Replies that came after one to a later probe.
        reordered: u64,
        /// Replies with this run's identifier that answer none of its probes, or cannot be told from such, and ICMP errors that quote
        /// what this run has not sent; they count nowhere else.
        foreign: u64,
        /// From the start to the last attempt to send.
        sending_us: f64,
    } maybe {
        /// Probes without an answer, of those transmitted and not pending; missing if there are none.
        loss_percent: f64,
        /// Round-trip times; missing if nothing was answered.
        rtt: RoundTrips,
        /// Jitter of the round-trip times (RFC 3550); missing before the second reply.
        jitter_us: f64,
        /// What of `rtt.avg_us` was spent in this host's own queue; missing if the kernel did not tell.
        own_queue_avg_us: f64,
        /// What of `rtt.avg_us` was spent waiting for a neighbour's address; missing if the kernel did not tell.
        neighbour_avg_us: f64,
        /// The worst clock a round-trip time was read on, by the words of a reply's `clock`.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
    }
}

record! {
    /// Round-trip times, those of duplicates included.
    RoundTrips {
        /// The shortest.
        min_us: f64,
        /// Their mean.
        avg_us: f64,
        /// The longest.
        max_us: f64,
        /// Their standard deviation.
        mdev_us: f64,
        /// Half of them are no longer (nearest rank). Of more than 4096, like the other percentiles, at most a thousandth too long.
        p50_us: f64,
        /// 90 of 100 are no longer.
        p90_us: f64,
        /// 95 of 100 are no longer.
        p95_us: f64,
        /// 99 of 100 are no longer.
        p99_us: f64,
    }
}

impl Summary {
    pub(super) fn new(Measured { statistics, figures }: Measured<'_>, clock: Option<ClockSource>) -> Self {
        let Statistics { transmitted, received, duplicates, corrupted, errors, .. } = *statistics;
        let Statistics { lost, pending, late, reordered, foreign, sending, ref rtts, .. } = *statistics;
        let delay = statistics.mean_delay();
        Self {
            transmitted,
            received,
            duplicates,
            corrupted,
            errors,
            lost,
            pending,
            late,
            reordered,
            foreign,
            sending_us: micros(sending),
            loss_percent: statistics.loss().map(|share| share * 100.0),
            rtt: RoundTrips::new(statistics, figures),
            jitter_us: rtts.jitter().map(micros),
            own_queue_avg_us: delay.queue.map(micros),
            neighbour_avg_us: delay.neighbour.map(micros),
            clock: clock.map(clock_name),
        }
    }
}

impl RoundTrips {
    fn new(statistics: &Statistics, figures: &Figures) -> Option<Self> {
        let [p50, p90, p95, p99] = PERCENTILES.map(|percent| figures.percentile(percent).map(micros));
        Some(Self {
            min_us: micros(statistics.rtts.min()?),
            avg_us: micros(statistics.rtts.mean()?),
            max_us: micros(statistics.rtts.max()?),
            mdev_us: micros(statistics.rtts.deviation()?),
            p50_us: p50?,
            p90_us: p90?,
            p95_us: p95?,
            p99_us: p99?,
        })
    }
}
