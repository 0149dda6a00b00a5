//! Programs taking turns, so that whatever else the machine does falls on all of them.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::case::{Bench, Case, Rounds};
use super::measure::Measured;
use super::report;
use crate::namespace::this_program;

impl Bench {
    /// Runs the programs in turns.
    pub(super) fn run(&self, rounds: u32) -> Result<Rounds> {
        println!("measuring {}", self.title);
        let cases: Vec<&Case> = self.rivals.iter().map(|rival| &rival.case).chain([&self.ours]).collect();
        let measure = |case: &&Case| {
            let measured = child(case, self.runs)?;
            // A mean over runs says nothing of memory; one run more does.
            let peak_kib = match (measured.peak_kib, self.runs) {
                (None, 2..) => child(case, 1)?.peak_kib,
                (known, _) => known,
            };
            Ok(Measured { peak_kib, ..measured })
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

/// Measures a program, the mean over `runs` of it; a failing one is an error.
fn child(case: &Case, runs: u32) -> Result<Measured> {
    let shown = || case.name();
    let mut command = match &case.within {
        None => this_program(),
        Some((network, words)) => {
            let mut command = Command::new(network);
            command.args(*words).arg(std::env::current_exe().context("cannot find this program")?);
            command
        }
    };
    command.args(["measure", &format!("--runs={runs}"), "--"]).arg(&case.program).args(&case.words);
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot measure {}", shown()))?;
    ensure!(output.status.success(), "`{}` failed", shown());
    serde_json::from_slice(&output.stdout).with_context(|| format!("measuring {}", shown()))
}
