//! What ends a run before its end: a socket that cannot be waited for, an output that nobody takes.
//!
//! A reader that has gone has had what it wanted: that is no failure.

use std::io;

use netdiag_echo::Error;
use netdiag_text::{Exit, strerror};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Why a run ended early.
pub(super) enum Interruption {
    Socket(Error),
    Output(io::Error),
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Socket(error)
    }
}

/// What the run comes to where its output cannot be written.
pub(crate) fn output_failure(error: &io::Error, call: &Invocation) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::silent(Exit::Success),
        _ => call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(error))),
    }
}
