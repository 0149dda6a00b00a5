//! Groups as text and as a table for people: the count, then a column for each key.
//!
//! Text is as wide as it needs to be, for scripts; a table fits the screen.

use std::io::{self, Write};

use netdiag_text::table::{self, Cell, Heading, Look};
use netdiag_text::terminal::{padded, width};

use super::format::{Group, GroupFormat, Total};
use super::key::Key;
use super::labels::Labels;

/// Groups in columns.
pub(crate) struct Columns<W> {
    out: W,
    keys: Vec<Key>,
    header: bool,
    /// How to make a table of them; `None` for text.
    table: Option<(Look, Option<usize>)>,
    rows: Vec<Vec<String>>,
}

impl<W: Write> Columns<W> {
    /// As text.
    pub(crate) fn text(out: W, keys: Vec<Key>, header: bool) -> Self {
        Self { out, keys, header, table: None, rows: Vec::new() }
    }

    /// As a table no wider than `screen`.
    pub(crate) fn table(out: W, keys: Vec<Key>, look: Look, screen: Option<usize>) -> Self {
        Self { out, keys, header: look.header, table: Some((look, screen)), rows: Vec::new() }
    }

    fn headings(&self) -> Vec<&'static str> {
        ["Count"].into_iter().chain(self.keys.iter().map(|key| key.heading())).collect()
    }

    fn write_text(&mut self) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        if self.header {
            rows.insert(0, self.headings().into_iter().map(str::to_owned).collect());
        }
        let longest = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..=self.keys.len()).map(longest).collect();
        for row in &rows {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match at {
                    0 => line += &format!("{cell:>width$}"),
                    _ => line += &format!("  {}", padded(cell, *width)),
                }
            }
            writeln!(self.out, "{}", line.trim_end())?;
        }
        self.out.flush()
    }

    /// Long lists are several tables, as a table takes far more memory than its text.
    fn write_table(&mut self, look: Look, screen: Option<usize>) -> io::Result<()> {
        let headings: Vec<_> = self.headings();
        let headings: Vec<_> = headings
            .iter()
            .map(|name| Heading { name, figures: *name == "Count" || *name == "Port" })
            .collect();
        let rows = std::mem::take(&mut self.rows);
        let batches = if rows.is_empty() { vec![&rows[..]] } else { rows.chunks(TABLE).collect() };
        for batch in batches {
            let cells = batch.iter().map(|row| row.iter().map(Cell::new));
            self.out.write_all(table::lay_out(&headings, cells, screen, look).as_bytes())?;
        }
        self.out.flush()
    }
}

impl<W: Write> GroupFormat for Columns<W> {
    fn group(&mut self, group: &Group<'_>, labels: &mut Labels<'_>) -> io::Result<()> {
        let values = group.values.iter().map(|value| labels.text(value));
        self.rows.push([group.count.to_string()].into_iter().chain(values).collect());
        Ok(())
    }

    fn end(&mut self, total: Total) -> io::Result<()> {
        if total.further > 0 {
            let others = vec!["...".to_owned(); self.keys.len()];
            self.rows.push([total.further.to_string()].into_iter().chain(others).collect());
        }
        match self.table {
            None => self.write_text(),
            Some((look, screen)) => self.write_table(look, screen),
        }
    }
}

/// Rows of a table.
const TABLE: usize = 5000;

#[cfg(test)]
mod tests {
    use netdiag_text::Charset;

    use super::super::value::Value;
    use super::*;
    use crate::ss::names::Names;

    fn written(further: u64, format: impl FnOnce(&mut Vec<u8>) -> Columns<&mut Vec<u8>>) -> String {
        let mut out = Vec::new();
        let mut columns = format(&mut out);
        let mut names = Names::default();
        let mut labels = Labels::new(&mut names);
        let state = |shown| Value::Word { shown, name: "" };
        let rows = [(1406, state("CLOSE-WAIT"), Value::Port(80)), (7, state("ESTAB"), Value::None)];
        columns.header().unwrap();
        for (count, state, port) in rows {
            columns.group(&Group { count, values: &[state, port] }, &mut labels).unwrap();
        }
        columns.end(Total { sockets: 1413, further }).unwrap();
        drop(columns);
        String::from_utf8(out).unwrap()
    }

    const KEYS: [Key; 2] = [Key::State, Key::Port];

    #[test]
    fn counts_stand_in_front_and_what_is_not_told_apart_at_the_end() {
        let text = written(0, |out| Columns::text(out, KEYS.to_vec(), true));
        assert_eq!(text, "Count  State       Port\n 1406  CLOSE-WAIT  80\n    7  ESTAB       -\n");
        let text = written(12_345, |out| Columns::text(out, KEYS.to_vec(), false));
        assert_eq!(text, " 1406  CLOSE-WAIT  80\n    7  ESTAB       -\n12345  ...         ...\n");
    }

    #[test]
    fn a_table_fits_the_screen() {
        let look = Look { header: true, color: false, charset: Charset::Unicode };
        let text = written(1, |out| Columns::table(out, KEYS.to_vec(), look, Some(20)));
        assert!(text.contains("CLOSE-WAIT"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 20) && text.contains("..."), "{text}");
    }
}
