//! The classic layout: what scripts written for `ss` read.
//!
//! Cells are written byte by byte into one buffer; nothing is allocated per row.

mod inet;
mod words;

use std::io::{self, Write};

use super::columns::{Column, Columns, Mark};
use super::names::Names;
use super::render::{Renderer, SocketRow};
use super::services::Services;
use super::table::Look;

/// The layout as options shape it.
pub(crate) struct Layout {
    /// In column order.
    pub(crate) columns: Vec<Column>,
    pub(crate) header: bool,
    /// Characters in a line, if lines end.
    pub(crate) screen: Option<usize>,
    /// What ports are called; `None` shows numbers.
    pub(crate) services: Option<Services>,
}

/// Rows as aligned text.
pub(crate) struct Text<W> {
    columns: Columns<W>,
    names: Names,
    mark: Mark,
}

impl<W: Write> Text<W> {
    pub(crate) fn new(out: W, layout: Layout) -> io::Result<Self> {
        let mut columns = Columns::new(out, &layout.columns, layout.screen);
        if layout.header {
            columns.header()?;
        }
        Ok(Self::with(columns, layout.services))
    }

    /// The same cells as tables.
    pub(crate) fn tabled(out: W, layout: Layout, color: bool) -> Self {
        let look = Look { header: layout.header, color };
        let columns = Columns::tabled(out, &layout.columns, layout.screen, look);
        Self::with(columns, layout.services)
    }

    fn with(columns: Columns<W>, services: Option<Services>) -> Self {
        Self { mark: columns.mark(), columns, names: Names { services, ..Names::default() } }
    }
}

impl<W: Write> Renderer for Text<W> {
    fn begin(&mut self) {
        self.mark = self.columns.mark();
    }

    fn retract(&mut self) -> bool {
        self.columns.rewind(&self.mark)
    }

    fn socket(&mut self, row: SocketRow<'_>) -> io::Result<()> {
        match row {
            SocketRow::Inet(table, socket) => inet::row(&mut self.columns, &mut self.names, table, &socket),
        }
        self.columns.end_row()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.columns.finish()
    }
}
