//! What one look at a thing waited for showed.

/// Whether it is there.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Up,
    /// Surely down, and how that shows.
    Down(String),
    /// Neither is sure.
    Neither(String),
    /// Waiting was over before there was anything to see.
    Unfinished(String),
}
