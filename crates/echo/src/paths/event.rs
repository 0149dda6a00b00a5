//! What an enumeration of paths tells while it runs: [`PathsEvent`].

use std::io;

use crate::engine::LocalError;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum PathsEvent {
    /// Enough is known of a distance for now; what is found before it may have more asked of it.
    Hop {
        /// The hop limit.
        distance: u8,
        /// How many routers were found there, one that does not answer included.
        width: usize,
    },
    /// Routers at that distance leave probes unanswered: from now on they are asked slowly.
    AskingSlowly {
        /// The hop limit.
        distance: u8,
    },
    /// The system refused a probe.
    SendFailed {
        /// Its hop limit.
        distance: u8,
        /// Why.
        error: io::Error,
    },
    /// This host's own network refused a probe.
    Refused(LocalError),
    /// The system could not receive.
    ReceiveFailed(io::Error),
    /// The owner wanted to know how things stand.
    Status,
}
