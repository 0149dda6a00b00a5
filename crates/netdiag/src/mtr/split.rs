//! The split form: a line for each hop that has changed, for programs that show it.

use std::io::{self, Write};

use netdiag_echo::TraceEvent;

use super::names::NOBODY;
use super::page::{Page, Traced};
use super::statistics::{HopStatistics, Statistics};
use crate::render::Renderer;

/// Lines on `out`.
pub(super) struct Split<'a, W> {
    out: W,
    page: &'a mut Page,
    /// By place, the first being that of the first distance shown.
    lines: Vec<String>,
}

impl<'a, W: Write> Split<'a, W> {
    pub(super) const fn new(out: W, page: &'a mut Page) -> Self {
        Self { out, page, lines: Vec::new() }
    }

    fn line(&mut self, hop: &HopStatistics) -> String {
        let Some(address) = hop.current else { return NOBODY.to_owned() };
        let number = address.to_string();
        let name = self.page.who.name(address).unwrap_or_else(|| number.clone());
        let number = if self.page.who.shows_numbers() { format!(" {number}") } else { String::new() };
        let [best, average, worst] = [hop.best, hop.average, hop.worst].map(|micros| micros / 1000);
        let (loss, received, sent) = (hop.loss(), hop.received(), hop.sent());
        format!("{name}{number} {loss} {received} {sent} {best} {average} {worst}")
    }

    fn redraw(&mut self, statistics: &Statistics) -> io::Result<()> {
        let hops: Vec<_> = statistics.shown().collect();
        let first = hops.first().map_or(1, |(distance, _)| *distance);
        while self.lines.len() > hops.len() {
            writeln!(self.out, "-{}", self.lines.len() + usize::from(first) - 1)?;
            self.lines.pop();
        }
        for (place, (distance, hop)) in hops.into_iter().enumerate() {
            let line = self.line(hop);
            if self.lines.len() == place {
                // What is not told of is a hop that says nothing.
                self.lines.push(NOBODY.to_owned());
            }
            let Some(known) = self.lines.get_mut(place).filter(|known| **known != line) else { continue };
            known.clone_from(&line);
            writeln!(self.out, "{distance} {line}")?;
        }
        self.out.flush()
    }
}

impl<W: Write> Renderer<Traced> for Split<'_, W> {
    fn item(&mut self, (event, statistics): (&TraceEvent, &Statistics)) -> io::Result<()> {
        if let TraceEvent::Answer(answer) = event {
            self.page.who.prepare(answer.from.ip());
        }
        self.redraw(statistics)
    }

    fn end(&mut self, _: &Statistics) -> io::Result<()> {
        self.out.flush()
    }
}
