//! Where the events of a run go: the seam between a run and its formats, one file per format.

use std::io;

use netdiag_echo::{PingEvent, Tally};

use super::figures::Figures;

/// What a finished or running ping has measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    /// The engine's counts.
    pub(super) tally: &'a Tally,
    /// The distribution of round-trip times.
    pub(super) figures: &'a Figures,
}

/// A format being written.
pub(super) trait Renderer {
    /// The run begins.
    fn header(&mut self) -> io::Result<()>;

    /// Something happened.
    fn event(&mut self, event: &PingEvent, figures: &Figures) -> io::Result<()>;

    /// The run is over.
    fn summary(&mut self, measured: Measured<'_>) -> io::Result<()>;
}
