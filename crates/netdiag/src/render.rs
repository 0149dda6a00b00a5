//! Where results go: the one seam between what a tool finds and the formats it is written in, one file per format.
//!
//! A format is told of results in the order they come, and decides itself what it holds back until the end.

use std::io;

/// What a tool finds out in a run.
pub(crate) trait Results {
    /// One of many results.
    type Item<'a>;
    /// What they came to.
    type End<'a>;
}

/// A format being written.
pub(crate) trait Renderer<R: Results> {
    /// The run begins.
    fn header(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// There is a result.
    fn item(&mut self, item: R::Item<'_>) -> io::Result<()>;

    /// Writes what is held back so far, as far as the format can: more may follow.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The run is over: writes what is still held back, and whatever ends the output.
    fn end(&mut self, end: R::End<'_>) -> io::Result<()>;
}
