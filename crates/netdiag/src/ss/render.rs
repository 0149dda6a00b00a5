//! What the formats of a listing are told of.
//!
//! A dump the kernel interrupts is asked for again, so they must be able to take rows back, as long as they have them.

use std::io;

use netdiag_host::CutShort;
use netdiag_sockdiag::filter::Subject;
use netdiag_sockdiag::{
    InetSocket, NetlinkSocket, PacketSocket, TipcSocket, UnixSocket, VsockSocket, XdpSocket,
};

use super::listing::{Notice, Part};
use super::selection::Table;
use super::tables::UNKNOWN;
use crate::render::{self, Results};

/// One socket to show.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SocketRow<'a> {
    /// Only inet sockets do not say themselves what table they are of.
    Inet(Table, InetSocket<'a>),
    /// With the name of its other end, where that was looked for and has one.
    Unix(UnixSocket<'a>, Option<&'a [u8]>),
    Packet(PacketSocket<'a>),
    Netlink(NetlinkSocket<'a>),
    Vsock(VsockSocket<'a>),
    Tipc(TipcSocket<'a>),
    Xdp(XdpSocket<'a>),
}

impl<'a> SocketRow<'a> {
    /// The socket as filters see it.
    pub(crate) fn subject(&self) -> Subject<'a> {
        let (subject, netid) = match self {
            Self::Inet(table, socket) => (Subject::from(socket), table.netid_of(socket)),
            Self::Unix(socket, peer) => (Subject::of_unix(socket, *peer), of(Table::of_unix(socket.kind()))),
            Self::Packet(socket) => (socket.into(), Table::of_packet(socket.kind()).netid()),
            Self::Netlink(socket) => (socket.into(), Table::Netlink.netid()),
            Self::Vsock(socket) => (socket.into(), of(Table::of_vsock(socket.kind()))),
            Self::Tipc(socket) => (socket.into(), Table::netid_of_tipc(socket.kind())),
            Self::Xdp(socket) => (socket.into(), Table::Xdp.netid()),
        };
        Subject { netid, ..subject }
    }
}

fn of(table: Option<Table>) -> &'static str {
    table.map_or(UNKNOWN, Table::netid)
}

/// What a listing finds.
pub(crate) enum Sockets {}

impl Results for Sockets {
    type Item<'a> = SocketRow<'a>;
    type End<'a> = ();
}

/// A format that can take rows back.
pub(crate) trait Renderer: render::Renderer<Sockets> {
    /// A dump begins: the rows that follow may have to be taken back.
    fn begin(&mut self);

    /// Takes back all rows since [`begin`](Self::begin); false when some have been written already.
    fn retract(&mut self) -> bool;

    /// Takes note of what went wrong with a dump, which has ended. Formats without a place for it leave it to standard error.
    fn notice(&mut self, _part: Part, _notice: &Notice) {}

    /// Takes note of why not everybody is known who holds sockets, where that matters. Formats without a place for it leave it to
    /// standard error.
    fn unknown_owners(&mut self, _why: &CutShort) {}

    /// Adds a row.
    fn socket(&mut self, row: SocketRow<'_>) -> io::Result<()> {
        self.item(row)
    }
}
