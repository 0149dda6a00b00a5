//! The classic layout: what scripts written for `ss` read.
//!
//! Cells are written byte by byte into one buffer; nothing is allocated per row.

mod details;
#[cfg(test)]
pub(super) mod fixture;
mod foreign;
mod inet;
mod netlink;
mod others;
mod owners;
mod packet;
mod tipc;
mod tokens;
mod unix;
mod vsock;
mod words;
mod xdp;

use std::io::{self, Write};

use netdiag_text::table::Look;

use super::column::Column;
use super::columns::{Columns, Mark};
use super::details::Details;
use super::names::Names;
use super::render::{Renderer, Sockets};
use crate::format::charset;
use crate::render;
use netdiag_host::Socket;

/// The layout as options shape it.
pub(crate) struct Layout {
    /// In column order.
    pub(crate) columns: Vec<Column>,
    pub(crate) header: bool,
    /// Characters in a line, if lines end.
    pub(crate) screen: Option<usize>,
    pub(crate) names: Names,
    /// What to show in the last column.
    pub(crate) details: Details,
}

/// Rows as aligned text.
pub(crate) struct Text<W> {
    columns: Columns<W>,
    header: bool,
    names: Names,
    details: Details,
    /// The same, `None` when there is nothing to show of inet sockets.
    inet: Option<Details>,
    mark: Mark,
}

impl<W: Write> Text<W> {
    pub(crate) fn new(out: W, layout: Layout) -> Self {
        Self::with(Columns::new(out, &layout.columns, layout.screen), layout)
    }

    /// The same cells as tables.
    pub(crate) fn tabled(out: W, layout: Layout, color: bool) -> Self {
        let look = Look { header: layout.header, color, charset: charset() };
        let columns = Columns::tabled(out, &layout.columns, layout.screen, look);
        // Each table has a header of its own.
        Self::with(columns, Layout { header: false, ..layout })
    }

    fn with(columns: Columns<W>, layout: Layout) -> Self {
        let details = layout.details;
        let inet = Some(details).filter(|details| details.any_of_inet());
        Self { mark: columns.mark(), columns, header: layout.header, names: layout.names, details, inet }
    }
}

impl<W: Write> render::Renderer<Sockets> for Text<W> {
    fn header(&mut self) -> io::Result<()> {
        if self.header { self.columns.header() } else { Ok(()) }
    }

    fn item(&mut self, row: Socket<'_>) -> io::Result<()> {
        let Self { columns, names, details, inet, .. } = self;
        match row {
            Socket::Inet(table, socket) => inet::row(columns, names, *inet, table, &socket),
            Socket::Unix(socket, _) => unix::row(columns, names, *details, &socket),
            Socket::Packet(socket) => packet::row(columns, names, *details, &socket),
            Socket::Netlink(socket) => netlink::row(columns, names, *details, &socket),
            Socket::Vsock(socket) => vsock::row(columns, names, &socket),
            Socket::Tipc(socket) => tipc::row(columns, names, *details, &socket),
            Socket::Xdp(socket) => xdp::row(columns, names, *details, &socket),
        }
        self.columns.end_row()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.columns.finish()
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        self.columns.finish()
    }
}

impl<W: Write> Renderer for Text<W> {
    fn begin(&mut self) {
        self.mark = self.columns.mark();
        self.names.begin();
    }

    fn retract(&mut self) -> bool {
        self.columns.rewind(&self.mark)
    }
}
