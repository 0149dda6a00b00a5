//! A table for people: columns two spaces apart, fitted to the screen; where that is narrow, a block of `key: value` for each row.
//!
//! This is the one home of comfy-table. What a tool's columns are is for the tool to say.

use anstyle::{AnsiColor, Style};
use comfy_table::{Attribute, CellAlignment, ContentArrangement, Table, presets};

use crate::charset::Charset;
use crate::terminal::width;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Heading {
    /// What stands above it.
    pub name: &'static str,
    /// Whether its cells are figures, which are aligned by their ends.
    pub figures: bool,
}

/// What a table looks like.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether the names of the columns stand above them; a block always has them.
    pub header: bool,
    /// Whether colours and bold letters are used.
    pub color: bool,
    /// The characters there are.
    pub charset: Charset,
}

/// What stands in a column of a row.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    color: Option<Color>,
}

/// The colours of cells; they repeat what words say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Color {
    /// As it should be.
    Green,
    /// Neither good nor bad, but worth a colour.
    Cyan,
    /// Not known.
    Magenta,
    /// Not quite as it should be.
    Yellow,
    /// Not as it should be.
    Red,
}

impl Cell {
    /// A cell that says this.
    pub fn new(text: impl ToString) -> Self {
        Self { text: text.to_string(), color: None }
    }

    /// The same in a colour.
    pub fn fg(self, color: Color) -> Self {
        Self { color: Some(color), ..self }
    }

    fn laid_out(self) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(self.text);
        match self.color {
            Some(color) => cell.fg(color.of_table()),
            None => cell,
        }
    }
}

/// Rows with a cell for each heading, as a table no wider than `screen`; as blocks if that has fewer than 60 columns and the table
/// more.
pub fn lay_out<R: IntoIterator<Item = Cell>>(
    headings: &[Heading],
    rows: impl IntoIterator<Item = R>,
    screen: Option<usize>,
    look: Look,
) -> String {
    let spelled = |cell: Cell| Cell { text: look.charset.spelled(&cell.text).into_owned(), ..cell };
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(|row| row.into_iter().map(spelled).collect()).collect();
    match screen {
        Some(screen) if screen < NARROW && needed(headings, &rows, look) > screen => {
            blocks(headings, rows, look)
        }
        screen => table(headings, rows, screen, look),
    }
}

/// A screen with fewer columns has no room for a table of any.
const NARROW: usize = 60;
/// Between two columns.
const GAP: usize = 2;

/// The columns of a screen that a table takes where nothing is wrapped, the gap behind the last of its columns included.
fn needed(headings: &[Heading], rows: &[Vec<Cell>], look: Look) -> usize {
    let widest = headings.iter().enumerate().map(|(column, heading)| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let lines = cells.flat_map(|cell| cell.text.lines()).chain(look.header.then_some(heading.name));
        lines.map(width).max().unwrap_or_default()
    });
    widest.sum::<usize>() + GAP * headings.len()
}

/// Empty cells are left out: there is nothing to line up with.
fn blocks(headings: &[Heading], rows: Vec<Vec<Cell>>, look: Look) -> String {
    let style = |style: Style| if look.color { style } else { Style::new() };
    let key = style(Style::new().bold());
    let block = |row: Vec<Cell>| {
        let filled = headings.iter().zip(row).filter(|(_, cell)| !cell.text.trim().is_empty());
        let lines = filled.map(|(heading, cell)| {
            let value = style(cell.color.map_or(Style::new(), Color::style));
            format!("{key}{}:{key:#} {value}{}{value:#}\n", heading.name, cell.text)
        });
        lines.collect::<String>()
    };
    rows.into_iter().map(block).collect::<Vec<_>>().join("\n")
}

fn table(headings: &[Heading], rows: Vec<Vec<Cell>>, screen: Option<usize>, look: Look) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if look.color {
        table.enforce_styling().style_text_only();
    } else {
        table.force_no_tty();
    }
    if let Some(width) = screen {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.try_into().unwrap_or(u16::MAX));
    }
    if look.header {
        table.set_header(
            headings
                .iter()
                .map(|heading| comfy_table::Cell::new(heading.name).add_attribute(Attribute::Bold)),
        );
    }
    for row in rows {
        table.add_row(row.into_iter().map(Cell::laid_out));
    }
    for (heading, place) in headings.iter().zip(table.column_iter_mut()) {
        place.set_padding((0, GAP as u16));
        if heading.figures {
            place.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

impl Color {
    fn of_table(self) -> comfy_table::Color {
        match self {
            Self::Green => comfy_table::Color::Green,
            Self::Cyan => comfy_table::Color::Cyan,
            Self::Magenta => comfy_table::Color::Magenta,
            Self::Yellow => comfy_table::Color::Yellow,
            Self::Red => comfy_table::Color::Red,
        }
    }

    /// The same beside tables.
    pub fn style(self) -> Style {
        match self {
            Self::Green => AnsiColor::Green,
            Self::Cyan => AnsiColor::Cyan,
            Self::Magenta => AnsiColor::Magenta,
            Self::Yellow => AnsiColor::Yellow,
            Self::Red => AnsiColor::Red,
        }
        .on_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: [Heading; 3] = [
        Heading { name: "Check", figures: false },
        Heading { name: "Time", figures: true },
        Heading { name: "Why", figures: false },
    ];
    const PLAIN: Look = Look { header: true, color: false, charset: Charset::Unicode };

    fn laid_out(screen: Option<usize>, look: Look) -> String {
        let rows = [
            ["bücher", "1 ms", ""],
            ["b", "12.5 ms", "connect: connection refused, which nobody had expected of it"],
        ];
        let rows = rows.map(|row| row.map(|text| Cell::new(text).fg(Color::Red)));
        lay_out(&HEADINGS, rows, screen, look)
    }

    #[test]
    fn a_narrow_screen_has_blocks() {
        let blocks = "\
Check: bücher
Time: 1 ms

Check: b
Time: 12.5 ms
Why: connect: connection refused, which nobody had expected of it
";
        assert_eq!(laid_out(Some(59), PLAIN), blocks);
        let table = laid_out(Some(60), PLAIN);
        assert!(table.starts_with("Check      Time  Why\n"), "{table}");
        assert!(table.lines().all(|line| width(line) <= 60), "{table}");
        let unbounded = laid_out(None, PLAIN);
        assert_eq!(unbounded.lines().count(), 3, "{unbounded}");
    }

    #[test]
    fn a_table_that_fits_a_narrow_screen_stays_one() {
        let rows = || [["a", "1 ms", ""].map(Cell::new)];
        assert_eq!(lay_out(&HEADINGS, rows(), Some(18), PLAIN), "Check  Time  Why\na      1 ms\n");
        assert_eq!(lay_out(&HEADINGS, rows(), Some(17), PLAIN), "Check: a\nTime: 1 ms\n");
    }

    #[test]
    fn colour_and_charset_change_no_more_than_they_say() {
        for screen in [None, Some(40)] {
            let coloured = laid_out(screen, Look { color: true, ..PLAIN });
            assert!(coloured.contains('\x1b'), "{coloured}");
            let plain = laid_out(screen, PLAIN);
            let mut stripped = coloured;
            while let Some((start, length)) =
                stripped.find('\x1b').and_then(|at| Some((at, stripped[at..].find('m')?)))
            {
                stripped.replace_range(start..=start + length, "");
            }
            let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
            assert_eq!(lines(&stripped), lines(&plain));
            let ascii = laid_out(screen, Look { charset: Charset::Ascii, ..PLAIN });
            assert!(ascii.is_ascii() && ascii.contains("b\\u{fc}cher"), "{ascii}");
        }
    }
}
