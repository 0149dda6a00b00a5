//! The report: a table for people, as wide as upstream makes it.
//!
//! In the narrow one figures begin at a fixed column, whatever stands there of a name; in the wide one behind the longest name.

use std::io;

use jiff::Zoned;
use netdiag_echo::extensions::Label;

use super::names::NOBODY;
use super::page::Page;
use super::statistics::{HopStatistics, Responder, Statistics};

/// What stands at the beginning of a run.
pub(super) fn start() -> String {
    format!("Start: {}\n", Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%z"))
}

/// The table.
pub(super) fn text(page: &mut Page, statistics: &Statistics) -> io::Result<String> {
    let mut report = Report { page };
    let (width, heading) = report.widths(statistics);
    let mut text = report.heading(heading);
    for (distance, hop) in statistics.shown() {
        text += &report.hop(distance, hop, width);
    }
    Ok(text)
}

struct Report<'a> {
    page: &'a mut Page,
}

impl Report<'_> {
    /// Columns of names, and of what stands above them.
    fn widths(&mut self, statistics: &Statistics) -> (usize, usize) {
        if !self.page.wide {
            return (NARROW, NARROW);
        }
        let own = [self.page.source.chars().count(), NOBODY.len()];
        let names = statistics.shown().map(|(_, hop)| self.page.name(hop).chars().count());
        let longest = names.chain(own).max().unwrap_or_default();
        match self.page.fact {
            Some(fact) => (longest + 1, longest + fact.width()),
            None => (longest, longest),
        }
    }

    fn heading(&self, width: usize) -> String {
        let line = format!("HOST: {:<width$}", self.page.source);
        let cells = self.page.fields.iter().map(|field| {
            let width = field.width;
            (format!("{:>width$}", field.title), width)
        });
        self.row(&line, cells)
    }

    fn hop(&mut self, distance: u8, hop: &HopStatistics, width: usize) -> String {
        let name = self.page.name(hop);
        let before = match self.page.fact {
            Some(_) => format!(" {distance:2}. {}", self.page.owner(hop.current)),
            None => format!(" {distance:2}.|-- "),
        };
        let cells = self.page.fields.iter().map(|field| (field.cell(hop), field.width));
        let mut lines = self.row(&format!("{before}{name:<width$}"), cells);
        for (place, responder) in hop.addresses(self.page.most).enumerate() {
            if place > 0 {
                lines += &self.other(responder, width);
            }
            if self.page.mpls {
                responder.labels.iter().for_each(|label| lines += &labelled(label));
            }
        }
        lines
    }

    /// Somebody else who answers there.
    fn other(&mut self, responder: &Responder, width: usize) -> String {
        let name = self.page.who.words(Some(responder.address));
        match self.page.fact {
            Some(_) => format!("     {}{name}\n", self.page.owner(Some(responder.address))),
            None => format!("        {name:<width$}\n"),
        }
    }

    /// A line with its figures written over it, each from where the one before has its width.
    fn row(&self, line: &str, cells: impl Iterator<Item = (String, usize)>) -> String {
        let mut line: Vec<char> = line.chars().collect();
        let mut column = if self.page.wide { line.len() } else { NARROW };
        for (cell, width) in cells {
            line.truncate(column);
            line.extend(cell.chars());
            column += width;
        }
        line.push('\n');
        line.into_iter().collect()
    }
}

fn labelled(label: &Label) -> String {
    let Label { label, traffic_class, is_bottom, ttl, .. } = label;
    format!("       [MPLS: Lbl {label} TC {traffic_class} S {} TTL {ttl}]\n", u8::from(*is_bottom))
}

/// Columns of names that have no more room than that.
const NARROW: usize = 33;
