//! Programs taking turns, so that whatever else the machine does falls on all of them.

use anyhow::{Context, Result};

use super::case::{Bench, Case, Rounds};
use super::{measure, report};

impl Bench {
    /// Runs the programs in turns.
    pub(super) fn run(&self, rounds: u32) -> Result<Rounds> {
        println!("measuring {}", self.title);
        let cases: Vec<&Case> = self.rivals.iter().map(|rival| &rival.case).chain([&self.ours]).collect();
        let measure = |case: &&Case| {
            let measured = measure::child(case, self.runs)?;
            // A mean over runs says nothing of memory; one run more does.
            let peak_kib = match (measured.peak_kib, self.runs) {
                (None, 2..) => measure::child(case, 1)?.peak_kib,
                (known, _) => known,
            };
            Ok(measure::Measured { peak_kib, ..measured })
        };
        let round = || cases.iter().map(measure).collect::<Result<_>>();
        round().context("warming up")?;
        Ok(Rounds((0..rounds).map(|_| round()).collect::<Result<_>>()?))
    }

    /// Runs the programs in turns, and describes what came of it.
    pub(super) fn section(&self, rounds: u32) -> Result<String> {
        Ok(report::section(self, &self.run(rounds)?))
    }
}
