//! What the formats of a server are told of.
//!
//! They are a file each; what they have in common is in `crate::render`.

use std::fmt::Display;

use netdiag_probe::Endpoint;
use netdiag_probe::serve::Event;

use super::args::Kind;
use crate::render::Results;

/// What a server has to tell.
pub(super) enum Serving {}

impl Results for Serving {
    type Item<'a> = News<'a>;
    type End<'a> = Ending;
}

/// What was not told of, or not to its end, when it ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// Lines that were left out.
    pub(super) lost: u64,
    /// Connections that were still open.
    pub(super) cut: u64,
}

/// One thing it has to tell.
pub(super) enum News<'a> {
    /// It is to serve that.
    Begin(Kind),
    /// It listens there.
    Listening {
        kind: Kind,
        endpoint: &'a Endpoint,
    },
    Event(&'a Event<'a>),
    /// Something to know of before anything is served.
    Warning(&'a dyn Display),
    /// So many lines were left out before this one.
    Lost(u64),
}
