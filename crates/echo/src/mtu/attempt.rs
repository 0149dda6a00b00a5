//! One size being tried: [`Attempt`].

use std::time::Instant;

use super::bounds::Stopped;
use crate::probe::Seq;

/// A size being tried, once or several times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    /// Bytes of IP packet.
    pub(super) size: usize,
    pub(super) purpose: Purpose,
    /// The probe that is waited for.
    pub(super) under_way: Option<Seq>,
    /// Since when.
    pub(super) since: Option<Instant>,
    /// Whether what has arrived by its end was asked for.
    pub(super) asked: bool,
    /// Whether what became of that probe was told.
    pub(super) is_told: bool,
    /// Probes that came to nothing.
    pub(super) missed: u32,
    /// What somebody said of the size who may have been wrong.
    pub(super) why: Option<Stopped>,
}

/// What a size is tried for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Purpose {
    /// To know whether it passes.
    Search,
    /// To know whether anything still does: it has passed before.
    Control,
    /// To know whether it was loss that it did not.
    Confirm,
}

impl Attempt {
    pub(super) const fn new(size: usize, purpose: Purpose) -> Self {
        Self {
            size,
            purpose,
            under_way: None,
            since: None,
            asked: false,
            is_told: false,
            missed: 0,
            why: None,
        }
    }
}
