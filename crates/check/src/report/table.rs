//! A table for people, no wider than their screen.
//!
//! This is the crate's one home of comfy-table.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use netdiag_text::Quantity;

use super::entry::{Entry, Page};
use super::text::mark;
use crate::verdict::Verdict;

/// `width` is how many columns it may take; as many as it needs if absent.
pub(super) fn render(page: &Page, color: bool, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if color {
        table.enforce_styling().style_text_only();
    } else {
        table.force_no_tty();
    }
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
    }
    table.set_header(HEADERS.map(|header| Cell::new(header).add_attribute(Attribute::Bold)));
    for entry in page.shown() {
        table.add_row(row(entry));
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if number == TIME {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n\n{} in {}\n", table.trim_fmt(), page.tally(), Quantity::Time(page.duration))
}

const HEADERS: [&str; 6] = ["Verdict", "Check", "Kind", "Target", "Time", "Why"];
const TIME: usize = 4;

fn row(entry: &Entry) -> [Cell; HEADERS.len()] {
    let verdict = entry.outcome.verdict;
    [
        Cell::new(format!("{} {verdict}", mark(verdict))).fg(color(verdict)),
        Cell::new(&entry.name),
        Cell::new(entry.kind),
        Cell::new(&entry.target),
        Cell::new(entry.time()),
        Cell::new(entry.message().unwrap_or_default()),
    ]
}

fn color(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Pass => Color::Green,
        Verdict::Skip => Color::Cyan,
        Verdict::Warn | Verdict::Flaky => Color::Yellow,
        Verdict::Fail => Color::Red,
        Verdict::Error => Color::Magenta,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{PLAIN, matches, rendered};
    use super::super::{Format, RenderOptions};

    #[test]
    fn every_verdict() {
        matches("table.txt", rendered(Format::Table, PLAIN));
    }

    #[test]
    fn a_screen_is_never_exceeded() {
        let text = rendered(Format::Table, RenderOptions { width: Some(80), ..PLAIN });
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("not measured"), "{text}");
    }
}
