//! What many probes of one URL came to.

use std::time::Duration;

use netdiag_echo::RoundTrips;
use netdiag_probe::{Phase, PhaseError, Report};

use netdiag_text::Distribution;
use netdiag_text::distribution::PERCENTILES;

/// Counts and figures of one URL.
#[derive(Debug)]
pub(super) struct Course {
    /// As typed.
    pub(super) url: String,
    pub(super) sent: u64,
    pub(super) ok: u64,
    /// Nothing was learnt of the peer.
    pub(super) inconclusive: u64,
    /// The last that did not go well; that nothing was learnt does not hide what was.
    pub(super) fault: Option<Fault>,
    /// All phases of the probes that went well.
    pub(super) total: Figures,
    /// Each phase, of every probe that got through it.
    pub(super) phases: [(Phase, Figures); 5],
}

/// Why a probe did not go well.
#[derive(Debug)]
pub(super) struct Fault {
    /// One word.
    pub(super) kind: &'static str,
    /// In words, with the phase.
    pub(super) why: String,
    /// Nothing was learnt of the peer.
    pub(super) is_inconclusive: bool,
}

/// Figures over times.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) times: RoundTrips,
    distribution: Distribution,
}

impl Course {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            sent: 0,
            ok: 0,
            inconclusive: 0,
            fault: None,
            total: Figures::default(),
            phases: Phase::TIMED.map(|phase| (phase, Figures::default())),
        }
    }

    /// Takes in one probe: its last report, and all of them where redirects made several.
    pub(super) fn record(&mut self, reports: &[Report]) {
        self.sent += 1;
        let Some(last) = reports.last() else { return };
        match &last.result {
            Ok(()) => {
                self.ok += 1;
                self.total.record(reports.iter().map(|report| report.phases.total()).sum());
            }
            Err(failed) => self.fail(failed, last.is_inconclusive()),
        }
        for (phase, figures) in &mut self.phases {
            if let Some(time) = last.phases.of(*phase) {
                figures.record(time);
            }
        }
    }

    fn fail(&mut self, failed: &PhaseError, is_inconclusive: bool) {
        if is_inconclusive {
            self.inconclusive += 1;
        }
        if !is_inconclusive || self.fault.as_ref().is_none_or(|fault| fault.is_inconclusive) {
            let (kind, why) = (failed.error.kind(), failed.to_string());
            self.fault = Some(Fault { kind, why, is_inconclusive });
        }
    }

    pub(super) fn failed(&self) -> u64 {
        self.sent - self.ok - self.inconclusive
    }
}

impl Figures {
    fn record(&mut self, time: Duration) {
        self.times.record(time);
        self.distribution.record(time);
    }

    /// Shortest, mean, longest, deviation; `None` before the first.
    pub(super) fn spread(&self) -> Option<[Duration; 4]> {
        Some([self.times.min()?, self.times.mean()?, self.times.max()?, self.times.deviation()?])
    }

    /// The times that 50, 90, 95 and 99 percent do not exceed.
    pub(super) fn percentiles(&self) -> Option<[Duration; 4]> {
        let [p50, p90, p95, p99] = PERCENTILES.map(|percent| self.distribution.percentile(percent));
        Some([p50?, p90?, p95?, p99?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_none_one_and_many() {
        let mut figures = Figures::default();
        assert_eq!((figures.spread(), figures.percentiles()), (None, None));
        figures.record(Duration::from_millis(7));
        assert_eq!(figures.percentiles(), Some([Duration::from_millis(7); 4]));
        (8..=106).for_each(|millis| figures.record(Duration::from_millis(millis)));
        let percentiles = figures.percentiles().unwrap().map(|time| time.as_millis());
        assert_eq!(percentiles, [56, 96, 101, 105]);
        assert_eq!(figures.spread().unwrap().map(|time| time.as_micros())[..3], [7_000, 56_500, 106_000]);
    }
}
