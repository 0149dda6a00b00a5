//! What ends a run of ICMP tools before its end: a signal, a socket that fails, an output that nobody takes.
//!
//! A reader that has gone has had what it wanted: that is no failure.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use netdiag_echo::{Error, RunControl};
use netdiag_text::{Exit, strerror};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::scarcity::limit;

/// Why a run ended early.
pub(crate) enum Interruption {
    /// The sockets could not be waited for.
    Socket(Error),
    /// What was told could not be written.
    Output(io::Error),
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Socket(error)
    }
}

impl Interruption {
    /// What the run comes to.
    pub(crate) fn failure(&self, call: &Invocation) -> Failure {
        match self {
            Self::Socket(error) => socket_failure(error, call),
            Self::Output(error) => output_failure(error, call),
        }
    }
}

/// Has Ctrl-C and SIGTERM end the run, which then says what it has measured; `interrupted` is set by them.
pub(crate) fn stop_on_signals(interrupted: &Arc<AtomicBool>) -> io::Result<RunControl> {
    let mut control = RunControl::new();
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(interrupted))?;
        signal_hook::flag::register(signal, control.stop())?;
    }
    control.wake_on(&[SIGINT, SIGTERM])?;
    Ok(control)
}

/// What the run comes to where its output cannot be written.
pub(crate) fn output_failure(error: &io::Error, call: &Invocation) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::silent(Exit::Success),
        _ => call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(error))),
    }
}

/// What the run comes to where the system refuses a call that it cannot go without.
pub(crate) fn call_failure(refused: &str, error: &io::Error, call: &Invocation) -> Failure {
    let words = format!("{refused}: {}{}", strerror(error), limit(refused, error));
    call.failure(Exit::CouldNot, words)
}

/// What the run comes to where a socket cannot be opened or used.
pub(crate) fn socket_failure(error: &Error, call: &Invocation) -> Failure {
    match error {
        Error::NotPermitted(refusal) => call_failure("socket", refusal, call).hint(PING_GROUP_HINT),
        Error::Unsupported(refusal) => call_failure("socket", refusal, call),
        Error::Os { call: refused, source } => call_failure(refused, source, call),
        other => call.failure(Exit::CouldNot, other),
    }
}

/// What helps where neither kind of ICMP socket may be opened.
pub(crate) const PING_GROUP_HINT: &str = "any one of these helps: `sysctl -w net.ipv4.ping_group_range='0 2147483647'`, \
     `setcap cap_net_raw+p` on this program, or running it as root with cap_net_raw";
