//! Where sockets go: the seam between listing and formats, one file per format.
//!
//! A dump the kernel interrupts is asked for again, so a renderer must be able to take rows back, as long as it has them.

use std::io;

use netdiag_host::{CutShort, Subset, Visitor};

use super::notice::Notice;

/// A format being written.
pub(crate) trait Renderer: Visitor<Stop = io::Error> {
    /// Takes note of what went wrong with a dump, which has ended. Formats without a place for it leave it to standard error.
    fn notice(&mut self, _part: Subset, _notice: &Notice) {}

    /// Takes note of why not everybody is known who holds sockets, where that matters. Formats without a place for it leave it to
    /// standard error.
    fn unknown_owners(&mut self, _why: &CutShort) {}

    /// Writes what is held back so far; more may follow.
    fn flush(&mut self) -> io::Result<()>;

    /// Writes what is still held back, and whatever ends the output.
    fn finish(&mut self) -> io::Result<()>;
}
