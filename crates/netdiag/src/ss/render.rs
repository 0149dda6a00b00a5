//! What the formats of a listing are told of.
//!
//! A dump the kernel interrupts is asked for again, so they must be able to take rows back, as long as they have them.

use std::io;

use netdiag_host::{CutShort, DividedVisitor, FamilyTable, Socket, SocketHelper, SocketVisitor};

use super::cells::Cells;
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

    /// One that makes of rows on another thread what this one would; nothing from formats that need them one after the other.
    fn apart(&self) -> Option<Apart> {
        None
    }

    /// Takes over what [`apart`](Self::apart) made of rows.
    fn take_over(&mut self, _rows: Rows) -> io::Result<()> {
        Ok(())
    }

    /// How many batches of rows have been written.
    fn batches(&self) -> u64 {
        0
    }

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

impl<R: Renderer> DividedVisitor for Visiting<'_, R> {
    type Helper = Apart;

    fn helper(&self) -> Option<Apart> {
        self.0.apart()
    }

    fn take_over(&mut self, rows: Rows) -> io::Result<()> {
        self.0.take_over(rows)
    }

    fn batches(&self) -> u64 {
        self.0.batches()
    }
}

/// A format that makes of rows what another will write, and keeps them for it.
pub(crate) trait Keeping: Renderer + Send {
    /// Whether the rows at hand take so many bytes.
    fn holds(&self, most: usize) -> bool;

    /// Gives up all rows.
    fn take_rows(&mut self) -> Rows;
}

/// The same on a thread of its own.
///
/// Its batches are a quarter of those of who will write them: it has several of them on their way.
pub(crate) struct Apart {
    format: Box<dyn Keeping>,
    /// Bytes of rows that make a batch.
    most: usize,
}

/// Rows in a format, but not yet laid out.
pub(crate) enum Rows {
    /// A cell for every column shown.
    Text(Cells),
    /// So many items.
    Json(Vec<u8>, u64),
}

impl Apart {
    /// `most` is how many bytes of rows make a batch of what will write them.
    pub(crate) fn new(format: impl Keeping + 'static, most: usize) -> Self {
        Self { format: Box::new(format), most: most / 4 }
    }
}

impl SocketHelper for Apart {
    type Stop = io::Error;
    type Batch = Rows;

    fn clear(&mut self) {
        self.batch();
        self.format.begin();
    }

    #[inline]
    fn socket(&mut self, socket: Socket<'_>) -> io::Result<bool> {
        self.format.item(socket)?;
        Ok(self.format.holds(self.most))
    }

    fn batch(&mut self) -> Rows {
        self.format.take_rows()
    }
}
