//! What the formats of a listing are told of.
//!
//! A dump the kernel interrupts is asked for again, so they must be able to take rows back, as long as they have them.

use std::io;

use netdiag_host::{CutShort, FamilyTable, Socket, SocketVisitor};

use super::notice::Notice;
use crate::render::{self, Results};

/// What a listing finds.
pub(crate) enum Sockets {}

impl Results for Sockets {
    type Item<'a> = Socket<'a>;
    type End<'a> = ();
}

/// A format that can take rows back.
pub(crate) trait Renderer: render::Renderer<Sockets> {
    /// A dump begins: the rows that follow may have to be taken back.
    fn begin(&mut self);

    /// Takes back all rows since [`begin`](Self::begin); false when some have been written already.
    fn retract(&mut self) -> bool;

    /// Takes note of what went wrong with a dump, which has ended. Formats without a place for it leave it to standard error.
    fn notice(&mut self, _part: FamilyTable, _notice: &Notice) {}

    /// Takes note of why not everybody is known who holds sockets, where that matters. Formats without a place for it leave it to
    /// standard error.
    fn unknown_owners(&mut self, _why: &CutShort) {}

    /// Takes note of events that were lost. Formats without a place for it leave it to standard error.
    fn overrun(&mut self) {}
}

/// A format as the visitor of a list of sockets.
pub(crate) struct Visiting<'r, R>(pub(crate) &'r mut R);

impl<R: Renderer> SocketVisitor for Visiting<'_, R> {
    type Stop = io::Error;

    fn begin(&mut self) {
        self.0.begin();
    }

    fn retract(&mut self) -> bool {
        self.0.retract()
    }

    #[inline]
    fn socket(&mut self, socket: Socket<'_>) -> io::Result<()> {
        self.0.item(socket)
    }
}
