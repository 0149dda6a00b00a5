//! A table of a page, laid out for a screen: in columns where they are wide enough to be read, else row by row.

use std::fmt::Write as _;

use anstyle::Style;
use netdiag_text::terminal::padded;

use super::inline::Words;

/// A table as it is read.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// The heading first.
    pub(super) rows: Vec<Vec<Words>>,
}

impl Grid {
    /// Lines of it, `width` columns wide if that can be.
    pub(super) fn render(&self, width: usize) -> String {
        match self.widths(width) {
            Some(widths) => self.columns(&widths),
            None => self.records(width),
        }
    }

    /// How wide each column is to be; nothing where there is no room for columns.
    fn widths(&self, width: usize) -> Option<Vec<usize>> {
        let count = self.rows.first()?.len();
        let column = |number: usize| self.rows.iter().filter_map(move |row| row.get(number));
        let natural: Vec<usize> =
            (0..count).map(|at| column(at).map(Words::width).max().unwrap_or(0)).collect();
        let room = width.checked_sub(GAP * count.saturating_sub(1))?;
        if natural.iter().sum::<usize>() <= room {
            return Some(natural);
        }
        let mut widths = natural.clone();
        // Of two, the first may be wide as well; of more, there is one that tells.
        if let [first, _] = &mut widths[..] {
            *first = (*first).min(room * 2 / 5);
        }
        let widest = (0..count).rev().max_by_key(|at| widths[*at])?;
        let others: usize = widths.iter().sum::<usize>() - widths[widest];
        widths[widest] = room.checked_sub(others)?;
        let fits = |at: usize| column(at).map(Words::longest).max().unwrap_or(0) <= widths[at];
        (widths[widest] >= LEAST && (0..count).all(fits)).then_some(widths)
    }

    fn columns(&self, widths: &[usize]) -> String {
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            if number == 0 && row.iter().all(Words::is_empty) {
                continue;
            }
            let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| cell.lines(*width)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for at in 0..height {
                let mut line = String::new();
                for (cell, width) in cells.iter().zip(widths) {
                    let (words, columns) = cell.get(at).map_or(("", 0), |(words, columns)| (words, *columns));
                    line.push_str(words);
                    line.push_str(&padded("", width.saturating_sub(columns) + GAP));
                }
                text.push_str(line.trim_end());
                text.push('\n');
            }
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                writeln!(text, "{}", rules.join("  ")).expect("a string takes everything");
            }
        }
        text
    }

    /// A row is its first cell, and below it each other one behind the heading of its column.
    fn records(&self, width: usize) -> String {
        let mut text = String::new();
        let Some((heading, rows)) = self.rows.split_first() else { return text };
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                text.push('\n');
            }
            let mut cells = row.iter().zip(heading);
            let first = cells.next().map(|(cell, _)| cell.lines(width)).unwrap_or_default();
            first.iter().for_each(|(line, _)| {
                text.push_str(line);
                text.push('\n');
            });
            for (cell, heading) in cells.filter(|(cell, _)| !cell.is_empty()) {
                let mut words = heading.clone();
                if !words.is_empty() {
                    words.push(":", Style::new());
                }
                words.append(cell);
                let mut before = "  ";
                for (line, _) in words.lines(width.saturating_sub("    ".len())) {
                    writeln!(text, "{before}{line}").expect("a string takes everything");
                    before = "    ";
                }
            }
        }
        text
    }
}

/// Columns between two.
const GAP: usize = 2;
/// What is narrower has a word on each line.
const LEAST: usize = 26;
