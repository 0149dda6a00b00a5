//! Descriptors and threads that are not to be had: the call that was refused, and the limit it came up against.
//!
//! Who has run out is not always this process: of a limit that is not its own nothing is said.

use std::fmt;
use std::io;

use netdiag_probe::Error;
use netdiag_text::{Exit, strerror};
use nix::errno::Errno;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// A system call that failed.
#[derive(Debug)]
pub(crate) struct FailedCall {
    pub(crate) call: &'static str,
    pub(crate) source: io::Error,
}

impl FailedCall {
    /// For the error of such a call.
    pub(crate) fn of(call: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self { call, source }
    }
}

impl fmt::Display for FailedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.call, strerror(&self.source), limit(self.call, &self.source))
    }
}

/// That there is no event loop, or that it cannot wait.
pub(crate) fn no_loop(call: &Invocation) -> impl Fn(FailedCall) -> Failure {
    |error| call.failure(Exit::CouldNot, format_args!("event loop: {error}"))
}

/// What is behind an error of a client or a listener: a limit, as [`limit`] tells it.
pub(crate) fn limit_behind(error: &Error) -> String {
    match error {
        Error::Os { call, source } => limit(call, source),
        _ => String::new(),
    }
}

/// Whether files, threads or memory ran out, here or on the whole machine.
pub(crate) fn ran_out(error: &Error) -> bool {
    let Error::Os { source, .. } = error else { return false };
    let errno = source.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS))
}

/// Connections are descriptors: takes as many as the system lets us have.
pub(crate) fn raise_descriptors() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // With as many as there were before, there is an end sooner, and says so.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// The limit that a call came up against, if it is one of this process or user: ` (ulimit -n is 8)`; else nothing.
pub(crate) fn limit(call: &str, error: &io::Error) -> String {
    let (letter, resource) = match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE) => ('n', Resource::RLIMIT_NOFILE),
        // Other calls mean by it that there is nothing to be had yet.
        Some(Errno::EAGAIN) if call == "clone" => ('u', Resource::RLIMIT_NPROC),
        _ => return String::new(),
    };
    match getrlimit(resource) {
        Ok((most, _)) if most != RLIM_INFINITY => format!(" (ulimit -{letter} is {most})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_where_one_was_reached() {
        let of = |call, errno: Errno| FailedCall { call, source: errno.into() }.to_string();
        let (files, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(
            of("socket", Errno::EMFILE),
            format!("socket: Too many open files (ulimit -n is {files})")
        );
        assert_eq!(of("socket", Errno::ENFILE), "socket: Too many open files in system");
        assert_eq!(of("connect", Errno::EAGAIN), "connect: Resource temporarily unavailable");
    }
}
