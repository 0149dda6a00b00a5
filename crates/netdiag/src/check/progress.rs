//! How far a run is, on standard error while that is a terminal that can be drawn on.
//!
//! Names come from a file, so they are made harmless like everything else that reaches a terminal.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use netdiag_check::plan::Plan;
use netdiag_check::run::Progress;

use crate::format::{can_draw, waiting_for};

/// A line that comes and goes; nothing at all where standard error is no such terminal.
pub(super) struct Bar<'p> {
    bar: ProgressBar,
    plan: &'p Plan,
    /// What is running now, by its place in the plan.
    running: BTreeSet<usize>,
}

impl<'p> Bar<'p> {
    /// The bar of `count` checks, if it is to be `shown` at all.
    pub(super) fn new(plan: &'p Plan, count: usize, shown: bool) -> Self {
        let target = match shown && can_draw(&io::stderr()) {
            true => ProgressDrawTarget::term_like_with_hz(Box::new(Terminal), FRAMES),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(count as u64), target);
        let style = ProgressStyle::with_template("{pos} of {len} done{wide_msg}")
            .expect("the template is well-formed");
        bar.set_style(style);
        if !bar.is_hidden() {
            // What comes right after another frame would else not be shown before something else happens.
            bar.enable_steady_tick(Duration::from_millis(1000 / u64::from(FRAMES)));
        }
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
            _ => {}
        }
        if self.bar.is_hidden() {
            return;
        }
        let names = self.running.iter().map(|index| self.plan.shown(&self.plan.checks[*index].name).into());
        self.bar.set_message(waiting_for(names));
    }

    /// Leaves the terminal as it was.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// How often a second it is drawn.
const FRAMES: u8 = 10;

/// Standard error, without its last columns: the bar leaves the cursor at its right end, and the `^C` that a terminal shows
/// there must not begin another line, because then the bar could not be taken away.
#[derive(Debug)]
struct Terminal;

/// Columns that are left free.
const MARGIN: u16 = 4;

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok().filter(|size| size.ws_col > 0);
        size.map_or(80, |size| size.ws_col).saturating_sub(MARGIN).max(1)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        moved(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        moved(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        moved(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        moved(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write_str("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// ECMA-48: CUU, CUD, CUF, CUB.
fn moved(by: usize, direction: char) -> io::Result<()> {
    if by == 0 { Ok(()) } else { Terminal.write_str(&format!("\x1b[{by}{direction}")) }
}
