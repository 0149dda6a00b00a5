//! What the last probes came to, in a line below all others that is drawn anew as they do: [`Live`].
//!
//! The cursor rests at the line's beginning, never behind it: whatever a terminal that becomes narrower does with the line, it can be
//! erased from there, and no line above it with it.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use netdiag_echo::PingEvent;
use netdiag_text::duration::{Series, Short};

use super::figures::Figures;
use super::recent::{Outcome, Recent};
use super::render::{Measured, Pinged};
use crate::format::screen;
use crate::render::Renderer;

/// A format whose lines have the line below them.
pub(super) struct Live<R, W: Write> {
    inner: R,
    /// The terminal that `inner` writes to.
    terminal: W,
    recent: Recent,
    /// When the line was drawn, if it is there.
    drawn: Option<Instant>,
}

impl<R: Renderer<Pinged>, W: Write> Live<R, W> {
    /// Probes are lost after so long.
    pub(super) const fn new(inner: R, terminal: W, patience: Duration) -> Self {
        Self { inner, terminal, recent: Recent::new(patience), drawn: None }
    }

    fn draw(&mut self, now: Instant) -> io::Result<()> {
        let Some(outcome) = self.recent.outcome(now) else { return Ok(()) };
        let line = fitted(words(&outcome), screen().unwrap_or(NARROW));
        // In one write, for nobody to see it gone.
        let erased = if self.drawn.is_some() { ERASE } else { "" };
        self.terminal.write_all(format!("{erased}{line}\r").as_bytes())?;
        self.drawn = Some(now);
        self.terminal.flush()
    }
}

impl<R, W: Write> Live<R, W> {
    fn erase(&mut self) -> io::Result<()> {
        if self.drawn.take().is_some() {
            self.terminal.write_all(ERASE.as_bytes())?;
            self.terminal.flush()?;
        }
        Ok(())
    }
}

impl<R: Renderer<Pinged>, W: Write> Renderer<Pinged> for Live<R, W> {
    fn header(&mut self) -> io::Result<()> {
        self.inner.header()
    }

    fn item(&mut self, item: (&PingEvent, &Figures)) -> io::Result<()> {
        let now = Instant::now();
        self.recent.note(item.0, now);
        // Of all events it alone is never a line; but it tells that time has passed.
        if matches!(item.0, PingEvent::Sent(_)) {
            let is_fresh = self.drawn.is_some_and(|drawn| now.saturating_duration_since(drawn) < A_GLANCE);
            return if is_fresh { Ok(()) } else { self.draw(now) };
        }
        self.erase()?;
        self.inner.item(item)?;
        self.draw(now)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }

    fn end(&mut self, measured: Measured<'_>) -> io::Result<()> {
        self.erase()?;
        self.inner.end(measured)
    }
}

/// Nothing of it stays where a run ends without its end.
impl<R, W: Write> Drop for Live<R, W> {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.erase();
    }
}

fn words(outcome: &Outcome) -> String {
    let Outcome { probes, lost, rtts } = outcome;
    let mut words = format!("last {probes}: {}% loss", (lost * 100 + probes / 2) / probes);
    if let Some(times) = rtts {
        let series = Series([times.min, times.mean, times.max]);
        // A string takes everything.
        let _ = write!(words, ", rtt min/avg/max {series}, now {}", Short(times.last));
    }
    words
}

/// What of a line of ASCII fits a terminal of so many columns, the last of which stays free: behind it some wrap.
fn fitted(mut line: String, columns: usize) -> String {
    line.truncate(columns.saturating_sub(1));
    line
}

/// Everything from the beginning of the cursor's line.
const ERASE: &str = "\r\x1b[J";
/// Columns of a terminal that does not say.
const NARROW: usize = 80;
/// The line is not drawn anew before it can have been read, unless another was printed.
const A_GLANCE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::super::recent::Times;
    use super::*;

    #[test]
    fn the_line_says_what_the_last_probes_came_to_as_far_as_there_is_room() {
        let [min, mean, max, last] = [41, 120, 3100, 50].map(Duration::from_micros);
        let answered = Outcome { probes: 20, lost: 1, rtts: Some(Times { min, mean, max, last }) };
        let line = words(&answered);
        assert_eq!(line, "last 20: 5% loss, rtt min/avg/max 0.041/0.120/3.100 ms, now 0.05 ms");
        assert_eq!(words(&Outcome { probes: 3, lost: 3, rtts: None }), "last 3: 100% loss");
        for (columns, expected) in [(200, &line[..]), (17, "last 20: 5% loss"), (1, ""), (0, "")] {
            assert_eq!(fitted(line.clone(), columns), expected, "{columns} columns");
        }
    }
}
