//! Where a path ends, and how: [`PathEnd`].

/// How a path ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PathEnd {
    /// The target answers, that far away.
    Reached(u8),
    /// Somebody refuses to let probes pass that would come as far as that.
    Refused(u8),
    /// Nobody answers beyond that distance; 0 if nobody answers at all.
    Silent(u8),
}
