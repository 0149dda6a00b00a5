//! Where sockets go: the seam between listing and formats, one file per format.
//!
//! A dump the kernel interrupts is asked for again, so a renderer must be able to take rows back, as long as it has them.

use std::io;

use netdiag_sockdiag::InetSocket;

use super::selection::Table;

/// One socket to show.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SocketRow<'a> {
    Inet(Table, InetSocket<'a>),
}

/// A format being written.
pub(crate) trait Renderer {
    /// A dump begins: the rows that follow may have to be taken back.
    fn begin(&mut self);

    /// Takes back all rows since [`begin`](Self::begin); false when some have been written already.
    fn retract(&mut self) -> bool;

    /// Adds a row.
    fn socket(&mut self, row: SocketRow<'_>) -> io::Result<()>;

    /// Writes what is held back so far; more may follow.
    fn flush(&mut self) -> io::Result<()>;

    /// Writes what is still held back, and whatever ends the output.
    fn finish(&mut self) -> io::Result<()>;
}
