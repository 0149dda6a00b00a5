//! The classic ten columns: collects rows as text, finds the widths, writes the rows padded.
//!
//! Widths are those of the longest cell so far, so rows wait until a batch is full. A later batch can be wider than an
//! earlier one, never narrower: that is the price of bounded memory, here as upstream.

use std::io::{self, Sink, Write};

use netdiag_text::table::Look;

use super::cells::{Cell, Cells, STRIDE};
use super::column::Column;
use super::people::Extra;
use super::table;
use super::widths::{End, Width, widths};

/// Rows on their way to `out`.
pub(crate) struct Columns<W> {
    out: W,
    shown: [bool; Column::ALL.len()],
    /// Characters in a line; `None` when lines are as long as they need be.
    screen: Option<usize>,
    /// The rows at hand, a cell for every column shown.
    cells: Cells,
    /// Longest cell of each column, ever.
    longest: [usize; Column::ALL.len()],
    /// Padded rows, and how far they reach.
    page: Vec<u8>,
    written: usize,
    /// How often rows have been rendered.
    batch: u64,
    /// Bytes of cells that make a batch.
    most: usize,
    /// How to make a table of every batch; `None` for the classic layout.
    table: Option<Tabled>,
}

/// A table in place of the classic layout.
#[derive(Debug)]
struct Tabled {
    look: Look,
    more: table::More,
    /// What the rows at hand have besides their cells.
    extras: Vec<Extra>,
}

/// A point between rows to come back to.
#[derive(Debug)]
pub(crate) struct Mark {
    batch: u64,
    cells: usize,
    extras: usize,
    longest: [usize; Column::ALL.len()],
}

impl<W: Write> Columns<W> {
    pub(crate) fn new(out: W, shown: &[Column], screen: Option<usize>) -> Self {
        Self {
            out,
            shown: Column::ALL.map(|column| shown.contains(&column)),
            screen,
            cells: Cells::with_room(BATCH + SLACK),
            longest: [0; Column::ALL.len()],
            page: Vec::new(),
            written: 0,
            batch: 0,
            most: BATCH,
            table: None,
        }
    }

    /// Rows that become tables instead of the classic layout.
    pub(crate) fn tabled(
        out: W,
        shown: &[Column],
        screen: Option<usize>,
        look: Look,
        more: table::More,
    ) -> Self {
        let table = Tabled { look, more, extras: Vec::new() };
        Self { most: TABLE, table: Some(table), ..Self::new(out, shown, screen) }
    }

    /// Adds to the row at hand what only a table has.
    pub(crate) fn extra(&mut self, extra: Extra) {
        if let Some(table) = &mut self.table {
            table.extras.push(extra);
        }
    }

    /// Adds lines below what was written, a blank line above them.
    pub(crate) fn below(&mut self, lines: &[String]) -> io::Result<()> {
        if !lines.is_empty() {
            write!(self.out, "\n{}\n", lines.join("\n"))?;
        }
        self.out.flush()
    }

    /// Adds the row of headers.
    pub(crate) fn header(&mut self) -> io::Result<()> {
        for column in Column::ALL {
            self.cell(column, |cell| cell.push(column.style().header.as_bytes()));
        }
        self.end_row()
    }

    /// Adds a cell to the row at hand. Every column must be given, in order; `write` is not called if it is not shown.
    #[inline]
    pub(crate) fn cell(&mut self, column: Column, write: impl FnOnce(&mut Cell<'_>)) {
        if self.shown[column as usize] {
            let longest = &mut self.longest[column as usize];
            *longest = self.cells.add(write).max(*longest);
        }
    }

    /// Ends the row; once a batch is full it is rendered.
    #[inline]
    pub(crate) fn end_row(&mut self) -> io::Result<()> {
        if self.cells.len() < self.most { Ok(()) } else { self.render() }
    }

    pub(crate) fn mark(&self) -> Mark {
        let extras = self.table.as_ref().map_or(0, |table| table.extras.len());
        Mark { batch: self.batch, cells: self.cells.len(), extras, longest: self.longest }
    }

    /// Forgets all rows since `mark`; false when some of them have been rendered already.
    pub(crate) fn rewind(&mut self, mark: &Mark) -> bool {
        if mark.batch != self.batch {
            return false;
        }
        self.cells.truncate(mark.cells);
        self.table.iter_mut().for_each(|table| table.extras.truncate(mark.extras));
        self.longest = mark.longest;
        true
    }

    /// The same columns for rows that are laid out elsewhere.
    pub(crate) fn apart(&self) -> Columns<Sink> {
        Columns {
            out: io::sink(),
            shown: self.shown,
            screen: None,
            cells: Cells::with_room(self.most / 4 + SLACK),
            longest: [0; Column::ALL.len()],
            page: Vec::new(),
            written: 0,
            batch: 0,
            most: usize::MAX,
            table: None,
        }
    }

    /// Whether the cells at hand take so many bytes.
    pub(crate) fn holds(&self, most: usize) -> bool {
        self.cells.len() >= most
    }

    /// Bytes of cells that make a batch.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// How often rows have been rendered.
    pub(crate) fn batches(&self) -> u64 {
        self.batch
    }

    /// Gives up all rows.
    pub(crate) fn take_rows(&mut self) -> Cells {
        let room = self.cells.room();
        std::mem::replace(&mut self.cells, Cells::with_room(room))
    }

    /// Adds rows that columns [apart](Self::apart) have collected, as if they had been collected here.
    pub(crate) fn append(&mut self, rows: &Cells) -> io::Result<()> {
        let shown: Vec<_> = Column::ALL.into_iter().filter(|&column| self.shown[column as usize]).collect();
        let mut at = 0;
        while at < rows.len() {
            let start = at;
            for &column in &shown {
                let longest = &mut self.longest[column as usize];
                *longest = rows.read(&mut at).len.max(*longest);
            }
            self.cells.extend(rows, start..at);
            self.end_row()?;
        }
        Ok(())
    }

    /// Writes out all rows.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.render()?;
        self.write_page()?;
        self.out.flush()
    }

    fn render(&mut self) -> io::Result<()> {
        match &mut self.table {
            None => self.align()?,
            // Of nothing at all there is a table too, but none of nothing more.
            Some(_) if self.cells.len() == 0 && self.batch > 0 => {}
            Some(Tabled { look, more, extras }) => {
                let shown: Vec<_> =
                    Column::ALL.into_iter().filter(|&column| self.shown[column as usize]).collect();
                let text = table::lay_out((&self.cells, extras), &shown, *more, self.screen, *look);
                self.out.write_all(text.as_bytes())?;
                extras.clear();
            }
        }
        self.cells.truncate(0);
        self.batch += 1;
        Ok(())
    }

    /// The classic layout.
    fn align(&mut self) -> io::Result<()> {
        let shown = Column::ALL.into_iter().filter(|&column| self.shown[column as usize]);
        let widths = widths(shown.map(|column| (column, self.longest[column as usize])), self.screen);
        let room = widths.iter().map(|width| width.total + width.longest).sum::<usize>() + APART + 2 * STRIDE;
        if self.page.len() < room {
            self.page.resize(room.max(PAGE), 0);
        }
        let mut at = 0;
        while at < self.cells.len() {
            if self.page.len() - self.written < room {
                self.write_page()?;
            }
            self.written += lay_out(&self.cells, &mut at, &widths, &mut self.page[self.written..]);
        }
        Ok(())
    }

    fn write_page(&mut self) -> io::Result<()> {
        self.out.write_all(&self.page[..self.written])?;
        self.written = 0;
        Ok(())
    }
}

/// Writes the row that begins at `*at`, padded, and says how long it is; less than two strides behind it are overwritten too.
#[inline]
fn lay_out(cells: &Cells, at: &mut usize, widths: &[Width], page: &mut [u8]) -> usize {
    let mut pen = 0;
    let mut apart = false;
    for width in widths {
        let text = cells.read(at);
        if apart && text.continues_the_line() {
            pen = blank(page, pen, APART);
        }
        apart |= width.end == End::Apart;
        let slack = width.total.saturating_sub(width.gap + text.len);
        let (before, after) = if width.right { (slack, 0) } else { (0, slack) };
        pen = blank(page, pen, width.gap + before);
        text.copy_to(&mut page[pen..]);
        pen += text.len;
        if width.end == End::Padded {
            pen = blank(page, pen, after);
        }
    }
    page[pen] = b'\n';
    pen + 1
}

#[inline]
fn blank(page: &mut [u8], from: usize, count: usize) -> usize {
    let end = from + count;
    page[from..from + STRIDE].fill(b' ');
    if count > STRIDE {
        page[from + STRIDE..end].fill(b' ');
    }
    end
}

/// Blanks before details that stand on a row's line.
const APART: usize = 2;
/// Bytes of cells that make a batch.
const BATCH: usize = 4 << 20;
/// The same for tables, which take far more memory than their text: some 5000 rows.
const TABLE: usize = 256 << 10;
/// Room for the cells of a row that completes a batch.
const SLACK: usize = 4 << 10;
/// Bytes per write.
const PAGE: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use netdiag_text::Charset;

    use super::*;

    const TCP: [Column; 4] = [Column::State, Column::RecvQ, Column::Local, Column::LocalPort];

    fn add(columns: &mut Columns<Vec<u8>>, row: [&str; 4]) {
        for column in Column::ALL {
            let at = TCP.iter().position(|&shown| shown == column);
            columns.cell(column, |cell| cell.push(row[at.unwrap()].as_bytes()));
        }
        columns.end_row().unwrap();
    }

    fn finished(mut columns: Columns<Vec<u8>>) -> String {
        columns.finish().unwrap();
        String::from_utf8(columns.out).unwrap()
    }

    #[test]
    fn addresses_end_where_ports_begin_and_the_last_cell_is_not_padded() {
        let mut columns = Columns::new(Vec::new(), &TCP, None);
        columns.header().unwrap();
        add(&mut columns, ["LISTEN", "0     ", "*:", "http-alt"]);
        add(&mut columns, ["ESTAB", "1000000", "[2001:db8:ffff:ffff::ffff]:", "1"]);
        let expected = "\
State  Recv-Q               Local Address:Port
LISTEN 0                                *:http-alt
ESTAB  1000000 [2001:db8:ffff:ffff::ffff]:1
";
        assert_eq!(finished(columns), expected);
    }

    #[test]
    fn nothing_more_is_no_table() {
        let look = Look { header: true, color: false, charset: Charset::Unicode };
        let tables = |rows: &[&str]| {
            let mut columns = Columns::tabled(Vec::new(), &TCP, None, look, table::More::default());
            for row in rows {
                add(&mut columns, [row, "0", "*:", "80"]);
                columns.finish().unwrap();
                columns.finish().unwrap();
            }
            finished(columns)
        };
        let (header, a) = ("State  Recv-Q  Local Address:Port\n", "A           0  *:80\n");
        assert_eq!(tables(&[]), header);
        assert_eq!(tables(&["A"]), [header, a].concat());
        assert_eq!(tables(&["A", "A"]), [header, a, header, a].concat());
    }

    #[test]
    fn details_stand_apart_and_end_the_line() {
        for (screen, expected) in
            [(None, "1:80    a\n1:8\n1:8\n\tb\n"), (Some(12), "1: 80    a\n1: 8   \n1: 8   \n\tb\n")]
        {
            let mut columns =
                Columns::new(Vec::new(), &[Column::LocalPort, Column::PeerPort, Column::Ext], screen);
            for (port, details) in [("80", "  a"), ("8", ""), ("8", "\n\tb")] {
                columns.cell(Column::LocalPort, |cell| cell.push(b"1:"));
                columns.cell(Column::PeerPort, |cell| cell.push(port.as_bytes()));
                columns.cell(Column::Ext, |cell| cell.push(details.as_bytes()));
            }
            assert_eq!(finished(columns), expected);
        }
    }

    #[test]
    fn a_screen_is_filled_and_a_cell_wider_than_it_moves_the_rest() {
        let mut columns = Columns::new(Vec::new(), &TCP, Some(26));
        add(&mut columns, ["ESTAB", "0     ", "1.1.1.1:", "80"]);
        add(&mut columns, ["LISTEN", "0     ", "*:", "*"]);
        assert_eq!(finished(columns), "ESTAB  0       1.1.1.1:80 \nLISTEN 0             *:*  \n");

        let mut columns = Columns::new(Vec::new(), &TCP, Some(4));
        add(&mut columns, ["ESTAB", "0", "*:", "*"]);
        assert_eq!(finished(columns), "ESTAB 0   *:*\n");
    }

    #[test]
    fn rows_are_taken_back_until_they_are_rendered() {
        let mut columns = Columns::new(Vec::new(), &TCP, None);
        add(&mut columns, ["A", "0", "*:", "1"]);
        let mark = columns.mark();
        add(&mut columns, ["LONGER", "0", "*:", "2"]);
        assert!(columns.rewind(&mark));
        add(&mut columns, ["B", "0", "*:", "3"]);
        columns.render().unwrap();
        assert!(!columns.rewind(&mark));
        assert_eq!(finished(columns), "A 0 *:1\nB 0 *:3\n");
    }

    #[test]
    fn rows_collected_apart_are_laid_out_as_if_they_had_come_here() {
        let wide = "w".repeat(300);
        let rows: Vec<[&str; 4]> = (0..400)
            .map(|nth| match nth % 7 {
                0 => ["A", "0", &wide[..nth % 300], "1"],
                1 => ["LONGER", "", "*:", "2"],
                _ => ["B", "17", &wide[..nth / 4], "65535"],
            })
            .collect();
        let columns = || Columns { most: 5000, ..Columns::new(Vec::new(), &TCP, None) };
        let mut whole = columns();
        rows.iter().for_each(|row| add(&mut whole, *row));
        let mut joined = columns();
        let mut apart = joined.apart();
        let (first, second) = rows.split_at(150);
        for row in second {
            for column in Column::ALL {
                let at = TCP.iter().position(|&shown| shown == column);
                apart.cell(column, |cell| cell.push(row[at.unwrap()].as_bytes()));
            }
            apart.end_row().unwrap();
        }
        assert!(apart.holds(5000) && apart.batches() == 0, "nothing is laid out apart");
        first.iter().for_each(|row| add(&mut joined, *row));
        joined.append(&apart.take_rows()).unwrap();
        assert!(!apart.holds(1) && joined.batches() > 3);
        assert!(finished(joined) == finished(whole));
    }

    #[test]
    fn memory_is_bounded_and_widths_never_shrink() {
        let mut columns = Columns::new(Vec::new(), &TCP, None);
        let wide = "w".repeat(5000);
        for _ in 0..2000 {
            add(&mut columns, ["S", &wide, "*:", "1"]);
        }
        assert!(columns.cells.len() < 4 << 20);
        assert_eq!(columns.batch, 2);
        add(&mut columns, ["S", "n", "*:", "1"]);
        assert!(columns.page.len() <= PAGE);
        let text = finished(columns);
        assert_eq!(text.lines().count(), 2001);
        assert!(text.lines().all(|line| line.len() == "S ".len() + 5000 + " *:1".len()));
    }
}
