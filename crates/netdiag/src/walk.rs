//! A walk on its sockets, for the programs that print one while it goes.
//!
//! Nothing of theirs is here: what an event is in words, and what a failure, is upstream's of each.

use std::io;

use netdiag_echo::{Error, RunControl, Sockets, Walk, WalkEvent};

/// Why a walk ended early.
pub(crate) enum Interruption {
    /// The sockets could not be waited for.
    Socket(Error),
    /// What was told could not be written.
    Output(io::Error),
    /// The system refused a probe.
    Send(io::Error),
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Socket(error)
    }
}

/// Walks to the end, and has `tell` write what happens.
pub(crate) fn follow(
    mut walk: Walk,
    sockets: &mut Sockets,
    mut tell: impl FnMut(&WalkEvent) -> io::Result<()>,
) -> Result<(), Interruption> {
    netdiag_echo::run(&mut walk, sockets, &RunControl::new(), |event| match event {
        WalkEvent::SendFailed(error) => Err(Interruption::Send(error)),
        event => tell(&event).map_err(Interruption::Output),
    })
}
