//! What is still waited for, on standard error while that is a terminal that can be drawn on.
//!
//! It shows the latest look that failed; what every target lacked in the end is said by the table.

use std::io;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::format::can_draw;

/// A line that comes and goes; nothing at all where standard error is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of so many targets.
    pub(super) fn of(targets: usize) -> Self {
        if !can_draw(&io::stderr()) {
            return Self::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(targets as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{pos}/{len} after {elapsed}, {wide_msg}");
        bar.set_style(style.expect("the template is well-formed"));
        Self(bar)
    }

    /// For those who want to hear nothing.
    pub(super) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Of the target `shown`, a look showed this.
    pub(super) fn lacks(&self, shown: impl FnOnce() -> String, wrong: &str) {
        if !self.0.is_hidden() {
            self.0.set_message(format!("{}: {wrong}", shown()));
        }
    }

    /// One target more is as waited for.
    pub(super) fn ready(&self) {
        self.0.inc(1);
    }

    /// Leaves the terminal as it was.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
