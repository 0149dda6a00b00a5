//! How far a run is, on standard error while that is a terminal.
//!
//! Names come from a file, so they are made harmless like everything else that reaches a terminal.

use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use netdiag_check::plan::Plan;
use netdiag_check::run::Progress;

/// A line that comes and goes; nothing at all where standard error is no terminal.
pub(super) struct Bar<'p> {
    bar: ProgressBar,
    plan: &'p Plan,
    /// What is running now, by its place in the plan.
    running: BTreeSet<usize>,
}

impl<'p> Bar<'p> {
    /// `count` is the number of checks chosen; those they depend on come to it as they begin.
    pub(super) fn new(plan: &'p Plan, count: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
        let style =
            ProgressStyle::with_template("{pos}/{len} {wide_msg}").expect("the template is well-formed");
        bar.set_style(style);
        Self { bar, plan, running: BTreeSet::new() }
    }

    pub(super) fn watch(&mut self, progress: &Progress<'_>) {
        match progress {
            Progress::Began(index) => {
                self.running.insert(*index);
            }
            Progress::Ended(outcome) => {
                self.running.remove(&outcome.index);
                self.bar.inc(1);
            }
        }
        if self.bar.is_hidden() {
            return;
        }
        let reached = self.bar.position() + self.running.len() as u64;
        self.bar.set_length(self.bar.length().unwrap_or(0).max(reached));
        let names =
            self.running.iter().take(SHOWN).map(|index| self.plan.shown(&self.plan.checks[*index].name));
        self.bar.set_message(names.collect::<Vec<_>>().join(", "));
    }

    /// Leaves the terminal as it was.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// How many names a line has room for.
const SHOWN: usize = 5;
