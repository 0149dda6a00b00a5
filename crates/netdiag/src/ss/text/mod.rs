//! The classic layout: what scripts written for `ss` read.
//!
//! Cells are written byte by byte into one buffer; nothing is allocated per row.

mod inet;
mod owners;
mod words;

use std::io::{self, Write};
use std::rc::Rc;

use super::columns::{Column, Columns, Mark};
use super::hosts::Hosts;
use super::interfaces::Interfaces;
use super::owners::Owners;
use super::render::{Renderer, SocketRow};
use super::services::Services;

/// The layout as options shape it.
pub(crate) struct Layout {
    /// In column order.
    pub(crate) columns: Vec<Column>,
    pub(crate) header: bool,
    /// Characters in a line, if lines end.
    pub(crate) screen: Option<usize>,
    /// What ports are called; `None` shows numbers.
    pub(crate) services: Option<Services>,
    /// What addresses are called; `None` shows them as they are.
    pub(crate) hosts: Option<Hosts>,
    /// Who holds sockets, for the Process column.
    pub(crate) owners: Rc<Owners>,
}

/// Rows as aligned text.
pub(crate) struct Text<W> {
    columns: Columns<W>,
    names: Names,
    mark: Mark,
}

/// What numbers are called.
struct Names {
    services: Option<Services>,
    interfaces: Interfaces,
    hosts: Option<Hosts>,
    owners: Rc<Owners>,
}

impl<W: Write> Text<W> {
    pub(crate) fn new(out: W, layout: Layout) -> io::Result<Self> {
        let mut columns = Columns::new(out, &layout.columns, layout.screen);
        if layout.header {
            columns.header()?;
        }
        Ok(Self {
            mark: columns.mark(),
            columns,
            names: Names {
                services: layout.services,
                interfaces: Interfaces::default(),
                hosts: layout.hosts,
                owners: layout.owners,
            },
        })
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

    fn flush(&mut self) -> io::Result<()> {
        self.columns.finish()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.columns.finish()
    }
}
