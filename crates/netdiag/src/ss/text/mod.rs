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

use std::io::{self, Sink, Write};

use netdiag_text::table::Look;

use super::column::Column;
use super::columns::{Columns, Mark};
use super::count::Labels;
use super::details::Details;
use super::names::Names;
use super::people::Extra;
use super::render::{Apart, Keeping, Renderer, Rows, Sockets};
use super::standouts::{Standouts, Words};
use super::table::More;
use crate::format::charset;
use crate::render;
use netdiag_host::Socket;
use netdiag_host::fields::Facts;

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
    people: Option<People>,
}

/// What only tables show.
struct People {
    standouts: Standouts,
    /// The options that make another call look at the same place; `None` where nothing is told of what stands out.
    place: Option<Vec<String>>,
}

impl<W: Write> Text<W> {
    pub(crate) fn new(out: W, layout: Layout) -> Self {
        Self::with(Columns::new(out, &layout.columns, layout.screen), layout)
    }

    /// The same as tables for people. With a `place`, they end with what stands out, and how to look closer there.
    pub(crate) fn tabled(out: W, layout: Layout, color: bool, place: Option<Vec<String>>) -> Self {
        let look = Look { header: layout.header, color, charset: charset() };
        let scope = layout.names.owners.as_ref().map(|owners| owners.scope).unwrap_or_default();
        let more = More {
            // Threads and labels have no room there.
            holders: !(scope.threads || scope.contexts || scope.socket_contexts),
            info: layout.details.info,
        };
        let columns = Columns::tabled(out, &layout.columns, layout.screen, look, more);
        let people = Some(People { standouts: Standouts::default(), place });
        // Each table has a header of its own, and columns in place of what TCP knows in one cell.
        let details = Details { info: false, ..layout.details };
        Self { people, ..Self::with(columns, Layout { header: false, details, ..layout }) }
    }

    fn with(columns: Columns<W>, layout: Layout) -> Self {
        let details = layout.details;
        let inet = Some(details).filter(|details| details.any_of_inet());
        Self {
            mark: columns.mark(),
            columns,
            header: layout.header,
            names: layout.names,
            details,
            inet,
            people: None,
        }
    }
}

impl Keeping for Text<Sink> {
    fn holds(&self, most: usize) -> bool {
        self.columns.holds(most)
    }

    fn take_rows(&mut self) -> Rows {
        Rows::Text(self.columns.take_rows())
    }
}

impl<W: Write> render::Renderer<Sockets> for Text<W> {
    fn header(&mut self) -> io::Result<()> {
        if self.header { self.columns.header() } else { Ok(()) }
    }

    fn item(&mut self, row: Socket<'_>) -> io::Result<()> {
        let Self { columns, names, details, inet, people, .. } = self;
        match row {
            Socket::Inet(table, socket) => inet::row(columns, names, *inet, table, &socket),
            Socket::Unix(socket, _) => unix::row(columns, names, *details, &socket),
            Socket::Packet(socket) => packet::row(columns, names, *details, &socket),
            Socket::Netlink(socket) => netlink::row(columns, names, *details, &socket),
            Socket::Vsock(socket) => vsock::row(columns, names, &socket),
            Socket::Tipc(socket) => tipc::row(columns, names, *details, &socket),
            Socket::Xdp(socket) => xdp::row(columns, names, *details, &socket),
        }
        if let Some(people) = people {
            let facts = Facts::new(row);
            let extra = Extra::of(&facts, names);
            people.standouts.add(&facts, extra.full, names);
            columns.extra(extra);
        }
        self.columns.end_row()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.columns.finish()
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        self.columns.finish()?;
        let Some(People { standouts, place: Some(place) }) = &mut self.people else {
            return Ok(());
        };
        let findings = standouts.findings();
        let mut words = Words { labels: Labels::new(&mut self.names), place };
        self.columns.below(&words.lines(&findings))
    }
}

impl<W: Write> Renderer for Text<W> {
    fn begin(&mut self) {
        self.mark = self.columns.mark();
        self.people.iter_mut().for_each(|people| people.standouts.begin());
        self.names.begin();
    }

    fn retract(&mut self) -> bool {
        let rewound = self.columns.rewind(&self.mark);
        if rewound {
            self.people.iter_mut().for_each(|people| people.standouts.take_back());
        }
        rewound
    }

    fn apart(&self) -> Option<Apart> {
        if self.people.is_some() {
            // What stands out is found among all rows, one after the other.
            return None;
        }
        let (columns, names) = (self.columns.apart(), self.names.apart()?);
        let (mark, header, details, inet) = (columns.mark(), false, self.details, self.inet);
        let text = Text { columns, header, names, details, inet, mark, people: None };
        Some(Apart::new(text, self.columns.most()))
    }

    fn take_over(&mut self, rows: Rows) -> io::Result<()> {
        match rows {
            Rows::Text(rows) => self.columns.append(&rows),
            Rows::Json(..) => Ok(()),
        }
    }

    fn batches(&self) -> u64 {
        self.columns.batches()
    }
}
