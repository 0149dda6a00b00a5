//! JSON: one document, or one object per line. docs/json.md says what the keys mean.
//!
//! A document is written as it comes, so it is no valid JSON before its end; a reader that stops early sees that, and one
//! that reads to the end learns there whether the list is whole.

mod document;
mod fields;
mod groups;
mod inet;
mod interface;
mod md5;
mod netlink;
mod packet;
mod process;
mod scalar;
mod schema;
mod sctp;
mod tipc;
mod totals;
mod ulp;
mod unix;
mod vsock;
mod xdp;

use std::io::{self, Sink, Write};
use std::time::SystemTime;

use netdiag_host::fields::Facts;
use netdiag_host::{CutShort, FamilyTable, Socket};
use serde::Serialize;

pub(crate) use self::document::notice;
use self::document::{About, Listed, SCHEMA};
pub(crate) use self::schema::schema;
pub(crate) use self::totals::{CountsByState, InUse, Totals, Versions};
use super::count::Key;
use super::details::Details;
use super::names::Names;
use super::notice::Notice as Cause;
use super::render::{Apart, Keeping, Renderer, Rows, Sockets};
use crate::json::{Frame, Mark, Notice, Shape};
use crate::render;

/// Sockets as JSON.
pub(crate) struct Json<W> {
    frame: Frame<W>,
    names: Names,
    details: Details,
    notices: Vec<Notice>,
    summary: Option<Totals>,
    /// What sockets are counted by, where groups of them are written.
    count_by: Vec<Key>,
    /// Whether sockets are told of as something happens to them.
    live: bool,
    /// Where the dump at hand began; `None` once anything has been written since.
    mark: Option<Mark>,
    /// How often rows have been written.
    batches: u64,
    /// Bytes of rows that make a batch.
    most: usize,
}

impl<W: Write> Json<W> {
    pub(crate) fn new(out: W, shape: Shape, names: Names, details: Details) -> Self {
        let frame = Frame::new(out, shape, BATCH + SLACK);
        Self {
            frame,
            names,
            details,
            notices: Vec::new(),
            summary: None,
            count_by: Vec::new(),
            live: false,
            mark: None,
            batches: 0,
            most: BATCH,
        }
    }

    /// The same with the time of every socket, which is told of as something happens to it.
    pub(crate) fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// The same with how many sockets there are.
    pub(crate) fn with_summary(self, summary: Option<Totals>) -> Self {
        Self { summary, ..self }
    }

    /// The same for groups by these keys.
    pub(crate) fn counting_by(self, count_by: Vec<Key>) -> Self {
        Self { count_by, ..self }
    }

    /// The same with what went wrong already.
    pub(crate) fn with_notices(self, notices: Vec<Notice>) -> Self {
        Self { notices, ..self }
    }

    /// Ends the list, of so many sockets, and all else.
    fn finish(&mut self, count: u64, further: Option<u64>) -> io::Result<()> {
        if further.is_some() {
            self.notices.push(document::further());
        }
        let listed = Listed { count, summary: self.summary.take(), further };
        self.frame.end_list();
        self.frame.end(SystemTime::now(), &self.notices, &listed)
    }

    fn write(&mut self) -> io::Result<()> {
        self.mark = None;
        self.batches += 1;
        self.frame.write()
    }
}

impl Keeping for Json<Sink> {
    fn holds(&self, most: usize) -> bool {
        self.frame.held_back() >= most
    }

    fn take_rows(&mut self) -> Rows {
        let (items, count) = self.frame.take_items();
        Rows::Json(items, count)
    }
}

impl<W: Write> render::Renderer<Sockets> for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        self.frame.begin(SCHEMA, SystemTime::now(), &About { count_by: None })?;
        self.frame.begin_list("sockets");
        Ok(())
    }

    fn item(&mut self, row: Socket<'_>) -> io::Result<()> {
        let Self { frame, names, details, live, .. } = self;
        let facts = &Facts::new(row);
        let put = Put { frame, time: live.then(SystemTime::now) };
        match row {
            Socket::Inet(table, socket) => {
                put.one(&inet::Inet::new(table, &socket, facts, names, *details))?;
            }
            Socket::Unix(socket, peer) => {
                put.one(&unix::Unix::new(&socket, peer, facts, names, *details))?;
            }
            Socket::Packet(socket) => put.one(&packet::Packet::new(&socket, facts, names, *details))?,
            Socket::Netlink(socket) => put.one(&netlink::Netlink::new(&socket, facts, names, *details))?,
            Socket::Vsock(socket) => put.one(&vsock::Vsock::new(&socket, names.owners.as_deref()))?,
            Socket::Tipc(socket) => {
                put.one(&tipc::Tipc::new(&socket, names.owners.as_deref(), *details))?;
            }
            Socket::Xdp(socket) => put.one(&xdp::Xdp::new(&socket, facts, names, *details))?,
        }
        if self.frame.held_back() < self.most { Ok(()) } else { self.write() }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.mark = None;
        self.frame.flush()
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        self.finish(self.frame.items(), None)
    }
}

impl<W: Write> Renderer for Json<W> {
    fn begin(&mut self) {
        self.names.begin();
        self.mark = Some(self.frame.mark());
    }

    fn retract(&mut self) -> bool {
        let Some(mark) = self.mark else {
            return false;
        };
        self.frame.rewind(mark);
        true
    }

    fn apart(&self) -> Option<Apart> {
        let json = Json {
            frame: self.frame.apart(),
            names: self.names.apart()?,
            details: self.details,
            notices: Vec::new(),
            summary: None,
            count_by: Vec::new(),
            live: self.live,
            mark: None,
            batches: 0,
            most: usize::MAX,
        };
        Some(Apart::new(json, BATCH))
    }

    fn take_over(&mut self, rows: Rows) -> io::Result<()> {
        let Rows::Json(items, count) = rows else { return Ok(()) };
        self.frame.append(&items, count);
        if self.frame.held_back() < BATCH { Ok(()) } else { self.write() }
    }

    fn batches(&self) -> u64 {
        self.batches
    }

    fn notice(&mut self, part: FamilyTable, notice: &Cause) {
        self.notices.push(document::notice(part, notice));
    }

    fn unknown_owners(&mut self, why: &CutShort) {
        self.notices.push(document::unknown_owners(why));
    }

    fn overrun(&mut self) {
        // How often it happened says nothing of how many.
        if !self.notices.contains(&document::overrun()) {
            self.notices.push(document::overrun());
        }
    }
}

/// Where a socket goes, and when something happened to it if something did.
struct Put<'f, W> {
    frame: &'f mut Frame<W>,
    time: Option<SystemTime>,
}

impl<W: Write> Put<'_, W> {
    #[inline]
    fn one(self, socket: &impl Serialize) -> io::Result<()> {
        match self.time {
            None => self.frame.item("socket", socket),
            Some(time) => self.frame.event("socket", time, socket),
        }
    }
}

/// Bytes that are held back so that a dump can be taken back.
const BATCH: usize = 4 << 20;
/// Room for the record that completes a batch.
const SLACK: usize = 16 << 10;

#[cfg(test)]
mod tests;
