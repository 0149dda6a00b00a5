//! What one look at a thing waited for showed.

use crate::json::ErrorRecord;

/// Whether it is there.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Up,
    /// Surely down, and how that shows.
    Down(ErrorRecord),
    /// Neither is sure.
    Neither(ErrorRecord),
    /// Waiting was over before there was anything to see.
    Unfinished(ErrorRecord),
}
