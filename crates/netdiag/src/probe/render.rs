//! What the formats of probes are told of.
//!
//! They are a file each; what they have in common is in `crate::render`.

use netdiag_probe::Report;
use netdiag_sockdiag::Error;

use super::course::Course;
use super::kernel::Kernel;
use crate::render::Results;

/// What probes find out.
pub(super) enum ProbeRun {}

impl Results for ProbeRun {
    type Item<'a> = &'a Probe<'a>;
    /// What they came to, URL by URL.
    type End<'a> = &'a [Course];
}

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

/// Characters shown of a URL, which may come from outside.
pub(super) const URL: usize = 200;

/// Characters shown of an error, which may quote what came from outside.
pub(super) const MESSAGE: usize = 300;
