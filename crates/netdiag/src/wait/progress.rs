//! What is still waited for, on standard error while that is a terminal that can be drawn on.
//!
//! It names the targets, and what the latest look that failed showed; what every target lacked in the end is said by the table.

use std::cell::RefCell;
use std::io;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::format::{can_draw, waiting_for};

/// A line that comes and goes; nothing at all where standard error is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    /// What was typed of the targets that are still waited for.
    waited_for: RefCell<Vec<String>>,
}

impl Progress {
    /// Of these targets.
    pub(super) fn of(targets: impl Iterator<Item = String>) -> Self {
        if !can_draw(&io::stderr()) {
            return Self::hidden();
        }
        let targets: Vec<String> = targets.collect();
        let bar = ProgressBar::with_draw_target(Some(targets.len() as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{pos} of {len} done after {elapsed}{wide_msg}");
        bar.set_style(style.expect("the template is well-formed"));
        bar.set_message(waiting_for(targets.iter().cloned()));
        Self { bar, waited_for: RefCell::new(targets) }
    }

    /// For those who want to hear nothing.
    pub(super) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), waited_for: RefCell::default() }
    }

    /// Of the target `shown`, a look showed this.
    pub(super) fn lacks(&self, shown: impl FnOnce() -> String, wrong: &str) {
        if self.bar.is_hidden() {
            return;
        }
        let waited_for = self.waited_for.borrow();
        let subject = if waited_for.len() > 1 { format!("{}: ", shown()) } else { String::new() };
        self.bar.set_message(format!("{} ({subject}{wrong})", waiting_for(waited_for.iter().cloned())));
    }

    /// The target `shown` is as waited for.
    pub(super) fn ready(&self, shown: impl FnOnce() -> String) {
        if self.bar.is_hidden() {
            return;
        }
        let shown = shown();
        let mut waited_for = self.waited_for.borrow_mut();
        if let Some(at) = waited_for.iter().position(|target| *target == shown) {
            waited_for.remove(at);
        }
        self.bar.set_message(waiting_for(waited_for.iter().cloned()));
        self.bar.inc(1);
    }

    /// Leaves the terminal as it was.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
