//! A table for people: columns two spaces apart, fitted to the screen.
//!
//! This is the crate's one home of comfy-table. What a tool's columns are is for the tool to say.

use comfy_table::{Attribute, CellAlignment, ContentArrangement, Table, presets};
pub(crate) use comfy_table::{Cell, Color};

/// A column.
pub(crate) struct Heading {
    pub(crate) name: &'static str,
    /// Whether its cells are figures, which are aligned by their ends.
    pub(crate) figures: bool,
}

/// What a table looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) header: bool,
    pub(crate) color: bool,
}

/// Rows with a cell for each heading, as a table no wider than `screen`.
pub(crate) fn lay_out<R: IntoIterator<Item = Cell>>(
    headings: &[Heading],
    rows: impl IntoIterator<Item = R>,
    screen: Option<usize>,
    look: Look,
) -> String {
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
            headings.iter().map(|heading| Cell::new(heading.name).add_attribute(Attribute::Bold)),
        );
    }
    for row in rows {
        table.add_row(row);
    }
    for (heading, place) in headings.iter().zip(table.column_iter_mut()) {
        place.set_padding((0, 2));
        if heading.figures {
            place.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}
