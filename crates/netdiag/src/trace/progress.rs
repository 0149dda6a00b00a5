//! How far a trace is, on standard error while that is a terminal that can be drawn on.

use std::io;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use netdiag_echo::{HopAnswer, TraceEvent};
use netdiag_text::duration::Short;

use crate::format::can_draw;

/// A line that comes and goes; nothing at all where standard error is no such terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    rounds: u64,
}

impl Progress {
    /// Of so many rounds; nothing where all of the terminal is drawn on anyway.
    pub(super) fn new(rounds: u64, is_live: bool) -> Self {
        let shown = !is_live && can_draw(&io::stderr());
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::with_template("{msg}").expect("the template is well-formed"));
        Self { bar, rounds }
    }

    /// Takes in what happened, and has it shown to others while the line is not there.
    pub(super) fn beside<T>(&self, event: &TraceEvent, show: impl FnOnce() -> T) -> T {
        let shown = self.bar.suspend(show);
        match event {
            TraceEvent::Answer(HopAnswer { round, .. }) if *round < self.rounds => {
                self.bar.set_message(format!("round {} of {}", round + 1, self.rounds));
            }
            TraceEvent::AskingSlowly { hops, takes, .. } => {
                let routers = if *hops == 1 { "router" } else { "routers" };
                self.bar.set_message(format!("asking {hops} {routers} again, slowly: {}", Short(*takes)));
            }
            _ => {}
        }
        shown
    }

    /// Shows something else, if there is anything.
    pub(super) fn say(&self, words: Option<String>) {
        words.into_iter().for_each(|words| self.bar.set_message(words));
    }

    /// Leaves the terminal as it was.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
