//! What the formats of a search for the path MTU are told of.
//!
//! Sizes are those of IP packets, headers included, as an MTU is.

use netdiag_echo::{MtuEvent, PathMtu, Stopped};

use crate::render::Results;

/// What a search finds out.
pub(super) enum Searched {}

impl Results for Searched {
    type Item<'a> = &'a MtuEvent;
    type End<'a> = &'a Found;
}

/// What a search came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) path: PathMtu,
    /// What the kernel takes to be the path's, for packets of others; `None` if it does not tell.
    pub(super) kernel: Option<u32>,
}

impl Found {
    /// Why no larger packet gets through, in one word; `None` where nothing is in its way or nothing is known.
    pub(super) fn limit(&self) -> Option<&'static str> {
        if !self.path.complete {
            return None;
        }
        match self.path.stopped?.1 {
            Stopped::Interface(_) => Some("interface"),
            Stopped::TooBig { .. } => Some("router"),
            Stopped::Refused { .. } => Some("refused"),
            Stopped::Silence => Some("black-hole"),
            _ => None,
        }
    }
}
