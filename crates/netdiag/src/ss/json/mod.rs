//! JSON: one document, or one object per line. docs/json.md says what the keys mean.
//!
//! A document is written as it comes, so it is no valid JSON before its end; a reader that stops early sees that, and one
//! that reads to the end learns there whether the list is whole.

mod congestion;
mod document;
mod inet;
mod interface;
mod md5;
mod memory;
mod mptcp;
mod netlink;
mod packet;
mod process;
mod scalar;
mod schema;
mod sctp;
mod tcp;
mod tipc;
mod ulp;
mod unix;
mod vsock;
mod xdp;

use std::io::{self, Write};

use serde::Serialize;

use self::document::{Begin, End, Notice};
pub(crate) use self::schema::schema;
use super::details::Details;
use super::listing::{self, Part};
use super::names::Names;
use super::render::{Renderer, SocketRow};
use crate::json::{joined, record, tagged};

/// What the objects are put into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// One object with everything in it.
    Document,
    /// Lines, told apart by the key `record`: `begin`, `socket`, `end`.
    Lines,
}

/// Sockets as JSON.
pub(crate) struct Json<W> {
    out: W,
    shape: Shape,
    names: Names,
    details: Details,
    /// What has not been written yet; ends with a whole record.
    page: Vec<u8>,
    /// Sockets so far.
    count: u64,
    notices: Vec<Notice>,
    /// Where the dump at hand began; `None` once the page has been written since.
    mark: Option<Mark>,
}

/// A point between records to come back to.
#[derive(Clone, Copy, Debug)]
struct Mark {
    page: usize,
    count: u64,
}

impl<W: Write> Json<W> {
    pub(crate) fn new(out: W, shape: Shape, names: Names, details: Details) -> io::Result<Self> {
        let mut page = Vec::with_capacity(BATCH + SLACK);
        match shape {
            Shape::Document => {
                netdiag_text::json::to_writer(&mut page, &Begin::HERE)?;
                // The object goes on: the sockets are its next key.
                page.pop();
                page.extend(b",\"sockets\":[");
            }
            Shape::Lines => line(&mut page, "begin", &Begin::HERE)?,
        }
        Ok(Self { out, shape, names, details, page, count: 0, notices: Vec::new(), mark: None })
    }

    fn write(&mut self) -> io::Result<()> {
        self.out.write_all(&self.page)?;
        self.page.clear();
        self.mark = None;
        Ok(())
    }
}

impl<W: Write> Renderer for Json<W> {
    fn begin(&mut self) {
        self.names.begin();
        self.mark = Some(Mark { page: self.page.len(), count: self.count });
    }

    fn retract(&mut self) -> bool {
        let Some(mark) = self.mark else {
            return false;
        };
        self.page.truncate(mark.page);
        self.count = mark.count;
        true
    }

    fn socket(&mut self, row: SocketRow<'_>) -> io::Result<()> {
        let Self { page, shape, count, names, details, .. } = self;
        let place = Place { page, shape: *shape, first: *count == 0 };
        match row {
            SocketRow::Inet(table, socket) => place.put(&inet::Inet::new(table, &socket, names, *details))?,
            SocketRow::Unix(socket, peer) => place.put(&unix::Unix::new(&socket, peer, names, *details))?,
            SocketRow::Packet(socket) => place.put(&packet::Packet::new(&socket, names, *details))?,
            SocketRow::Netlink(socket) => place.put(&netlink::Netlink::new(&socket, names, *details))?,
            SocketRow::Vsock(socket) => place.put(&vsock::Vsock::new(&socket, names.owners.as_deref()))?,
            SocketRow::Tipc(socket) => {
                place.put(&tipc::Tipc::new(&socket, names.owners.as_deref(), *details))?;
            }
            SocketRow::Xdp(socket) => place.put(&xdp::Xdp::new(&socket, names, *details))?,
        }
        self.count += 1;
        if self.page.len() < BATCH { Ok(()) } else { self.write() }
    }

    fn notice(&mut self, part: Part, notice: &listing::Notice) {
        self.notices.push(Notice::new(part, notice));
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        let complete = !self.notices.iter().any(Notice::leaves_gaps);
        let end = End { count: self.count, complete, notices: &self.notices };
        match self.shape {
            Shape::Document => {
                self.page.extend(b"\n]");
                joined(&mut self.page, &end)?;
                self.page.push(b'\n');
            }
            Shape::Lines => line(&mut self.page, "end", &end)?,
        }
        self.write()?;
        self.out.flush()
    }
}

/// Where the next socket goes.
struct Place<'p> {
    page: &'p mut Vec<u8>,
    shape: Shape,
    first: bool,
}

impl Place<'_> {
    fn put(self, socket: &impl Serialize) -> io::Result<()> {
        match self.shape {
            Shape::Lines => return line(self.page, "socket", socket),
            Shape::Document if self.first => self.page.push(b'\n'),
            Shape::Document => self.page.extend(b",\n"),
        }
        Ok(netdiag_text::json::to_writer(self.page, socket)?)
    }
}

/// Adds a line: `value` with the key `record` in front.
fn line(page: &mut Vec<u8>, record: &str, value: &impl Serialize) -> io::Result<()> {
    tagged(page, "record", record, value)?;
    page.push(b'\n');
    Ok(())
}

/// Bytes that are held back so that a dump can be taken back.
const BATCH: usize = 4 << 20;
/// Room for the record that completes a batch.
const SLACK: usize = 16 << 10;

#[cfg(test)]
mod tests;
