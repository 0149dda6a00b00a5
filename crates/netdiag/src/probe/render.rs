//! Where probes go: the seam between a run and its formats, one file per format.

use std::io;

use netdiag_probe::Report;
use netdiag_sockdiag::Error;

use super::course::Course;
use super::kernel::Kernel;

/// One probe that has ended.
pub(super) struct Probe<'a> {
    /// As typed.
    pub(super) url: &'a str,
    /// Which of the repeats, from 1.
    pub(super) seq: u64,
    /// What was found out; more than one where redirects were followed, and never none.
    pub(super) reports: &'a [Report],
    /// What the kernel said of the connection, if it was asked and there was one.
    pub(super) kernel: Option<&'a Result<Kernel, Error>>,
}

/// A format being written.
pub(super) trait Renderer {
    /// The run begins.
    fn begin(&mut self) -> io::Result<()>;

    /// A probe has ended.
    fn probe(&mut self, probe: &Probe<'_>) -> io::Result<()>;

    /// The run is over.
    fn end(&mut self, courses: &[Course]) -> io::Result<()>;
}

/// Characters shown of a URL, which may come from outside.
pub(super) const URL: usize = 200;

/// Characters shown of an error, which may quote what came from outside.
pub(super) const MESSAGE: usize = 300;
