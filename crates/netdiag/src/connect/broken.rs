//! Connections that did not come about, or broke, as failures of the command.
//!
//! Time that was up says something else than a refusal, and what this host could not do says nothing of the peer.

use netdiag_probe::{Endpoint, Error};
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::scarcity::limit_behind;

pub(super) fn failure(endpoint: &Endpoint, error: &Error, call: &Invocation) -> Failure {
    call.failure(exit(error), format_args!("{endpoint}: {error}{}", limit_behind(error)))
}

/// Tells refused from timed out, and both from what says nothing of the peer.
pub(super) fn exit(error: &Error) -> Exit {
    match error {
        Error::TimedOut(_) => Exit::TimedOut,
        error if error.is_ours() => Exit::CouldNot,
        _ => Exit::Unexpected,
    }
}
