//! Where sockets go: the seam between listing and formats, one file per format.
//!
//! A dump the kernel interrupts is asked for again, so a renderer must be able to take rows back, as long as it has them.

use std::io;

use netdiag_sockdiag::{
    InetSocket, NetlinkSocket, PacketSocket, TipcSocket, UnixSocket, VsockSocket, XdpSocket,
};

use super::selection::Table;

/// One socket to show.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SocketRow<'a> {
    /// Only inet sockets do not say themselves what table they are of.
    Inet(Table, InetSocket<'a>),
    Unix(UnixSocket<'a>),
    Packet(PacketSocket<'a>),
    Netlink(NetlinkSocket<'a>),
    Vsock(VsockSocket<'a>),
    Tipc(TipcSocket<'a>),
    Xdp(XdpSocket<'a>),
}

/// A format being written.
pub(crate) trait Renderer {
    /// A dump begins: the rows that follow may have to be taken back.
    fn begin(&mut self);

    /// Takes back all rows since [`begin`](Self::begin); false when some have been written already.
    fn retract(&mut self) -> bool;

    /// Adds a row.
    fn socket(&mut self, row: SocketRow<'_>) -> io::Result<()>;

    /// Writes what is still held back.
    fn finish(&mut self) -> io::Result<()>;
}
