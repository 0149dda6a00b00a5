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
    type End<'a> = ();
}

/// One thing it has to tell.
pub(super) enum News<'a> {
    /// It listens there; a unix socket has no port.
    Listening {
        kind: Kind,
        endpoint: &'a Endpoint,
        port: Option<u16>,
    },
    Event(&'a Event<'a>),
    /// Something to know of before anything is served.
    Warning(&'a dyn Display),
    /// So many lines were left out before this one.
    Lost(u64),
}
