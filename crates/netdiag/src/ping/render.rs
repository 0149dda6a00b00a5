//! What the formats of a ping are told of.
//!
//! They are a file each; what they have in common is in `crate::render`.

use netdiag_echo::{PingEvent, Statistics};

use super::figures::Figures;
use crate::render::Results;

/// What a ping finds out.
pub(super) enum Pinged {}

impl Results for Pinged {
    /// What happened, and how round-trip times are distributed so far.
    type Item<'a> = (&'a PingEvent, &'a Figures);
    type End<'a> = Measured<'a>;
}

/// What a finished or running ping has measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    /// The engine's counts.
    pub(super) statistics: &'a Statistics,
    /// The distribution of round-trip times.
    pub(super) figures: &'a Figures,
}
