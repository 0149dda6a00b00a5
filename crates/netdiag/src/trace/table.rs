//! Traces as tables for people: a row for each hop once all is over, and the path in a sentence below.

use std::io::{self, Write};

use anstream::stream::RawStream;
use netdiag_echo::{HopReport, TraceEvent, Verdict};
use netdiag_text::duration::Millis;
use netdiag_text::table::{Cell, Color, Heading, Look, lay_out};

use super::headline::headline;
use super::mtu::{note, sentence};
use super::names::NAME_PATIENCE;
use super::names::Who;
use super::notes::{notes, said};
use super::paths;
use super::pings::pinged;
use super::render::{Item, Outcome, Traced};
use super::verdict_word::word;
use crate::format::{charset, screen};
use crate::render::Renderer;

/// A table on `out`.
pub(super) struct Table<W> {
    out: W,
    who: Who,
    color: bool,
}

impl<W: Write + RawStream> Table<W> {
    pub(super) const fn new(out: W, who: Who, color: bool) -> Self {
        Self { out, who, color }
    }

    fn row(&mut self, outcome: &Outcome, report: &HopReport, pings: bool) -> Vec<Cell> {
        let hop = &report.hop;
        let distance = hop.distance;
        let responders: Vec<String> = (hop.responders.iter())
            .map(|responder| self.who.words(responder.address, NAME_PATIENCE))
            .collect();
        let rtt = |percent| outcome.figures.percentile(distance, percent).map(|rtt| Millis(rtt).to_string());
        let told = hop.responders.first().map(|responder| said(responder, distance)).unwrap_or_default();
        let shrinks = note(outcome.mtu.as_ref(), distance);
        let notes: Vec<String> = notes(report).into_iter().chain(shrinks).chain(told).collect();
        let ping = outcome.pings.iter().find(|(of, _)| *of == distance).map(|(_, told)| pinged(told));
        let mut row = vec![
            Cell::new(distance),
            Cell::new(if responders.is_empty() { "*".to_owned() } else { responders.join("\n") }),
            Cell::new(word(&report.verdict)).fg(color(&report.verdict)),
            Cell::new(format!("{}/{}", hop.asked.answered, hop.asked.decided())),
        ];
        let jitter = hop.rtts.jitter().map(|jitter| Millis(jitter).to_string());
        let times = [rtt(0.0), rtt(50.0), rtt(95.0), rtt(99.0), rtt(100.0), jitter];
        row.extend(times.map(|cell| Cell::new(cell.unwrap_or_default())));
        row.extend(
            outcome.mtu.as_ref().map(|mtu| {
                Cell::new(mtu.found.at(distance).map(|size| size.to_string()).unwrap_or_default())
            }),
        );
        row.extend(pings.then(|| Cell::new(ping.unwrap_or_default())));
        row.push(Cell::new(notes.join(", ")));
        row
    }
}

impl<W: Write + RawStream> Renderer<Traced> for Table<W> {
    fn item(&mut self, item: Item<'_>) -> io::Result<()> {
        if let TraceEvent::Answer(answer) = item.event {
            self.who.prepare(answer.from);
        }
        Ok(())
    }

    fn end(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        let look = Look { header: true, color: self.color, charset: charset() };
        for (index, outcome) in outcomes.iter().enumerate() {
            let pings = !outcome.pings.is_empty();
            let headings = headings(outcome.mtu.is_some(), pings);
            let rows: Vec<Vec<Cell>> =
                outcome.hops.iter().map(|report| self.row(outcome, report, pings)).collect();
            let between = if index > 0 { "\n" } else { "" };
            let table =
                if rows.is_empty() { String::new() } else { lay_out(&headings, rows, screen(), look) };
            let mtu = outcome.mtu.as_ref().map(|mtu| format!("{}\n", sentence(mtu))).unwrap_or_default();
            let paths = outcome.paths.as_ref().map(|found| paths::table::paths(found, &mut self.who, look));
            let paths = paths.unwrap_or_default();
            self.out
                .write_all(format!("{between}{table}\n{}\n{mtu}{paths}", headline(outcome)).as_bytes())?;
        }
        self.out.flush()
    }
}

fn headings(mtu: bool, pings: bool) -> Vec<Heading> {
    let figure = |name| Heading { name, figures: true };
    let words = |name| Heading { name, figures: false };
    let mut headings = vec![figure("Hop"), words("Router"), words("Verdict"), figure("Answered")];
    headings.extend(["Min ms", "Median", "p95", "p99", "Max", "Jitter"].map(figure));
    headings.extend(mtu.then(|| figure("MTU")));
    headings.extend(pings.then(|| words("Pinged")));
    headings.push(words("Notes"));
    headings
}

const fn color(verdict: &Verdict) -> Color {
    match verdict {
        Verdict::Ok => Color::Green,
        Verdict::Quiet { .. } => Color::Cyan,
        Verdict::LossFromHere { .. } => Color::Red,
        _ => Color::Magenta,
    }
}
