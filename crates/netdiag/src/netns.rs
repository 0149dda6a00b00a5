//! `--netns`: another network namespace to work in.
//!
//! The tool goes there with the only thread it has yet instead of sending one there, and before it does anything else: only so are
//! signals, the program that `wait` turns into, and the privileges that `ping` gives up those of the whole process.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io;

use netdiag_host::{Namespace, NamespaceError};
use netdiag_text::{Exit, strerror};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Where a tool works that has no option of its own for it.
#[derive(clap::Args, Debug)]
pub(crate) struct Elsewhere {
    /// Work in another network namespace
    #[arg(long, value_name = "NAME|PID|PATH")]
    netns: Option<OsString>,
}

impl Elsewhere {
    /// The words that lead there, for another command line.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        let name = self.netns.iter().map(|name| name.to_string_lossy().into_owned());
        name.flat_map(|name| ["--netns".to_owned(), name])
    }

    /// Goes there, if anywhere.
    pub(crate) fn enter(&self, call: &Invocation) -> Result<(), Failure> {
        self.netns
            .as_deref()
            .map_or(Ok(()), |name| enter(name, call).map_err(|failure| failure.with_exit(Exit::Misuse)))
    }
}

/// Moves this thread, and what it opens from now on, into the namespace.
pub(crate) fn enter(name: &OsStr, call: &Invocation) -> Result<(), Failure> {
    Namespace::open(name).and_then(|namespace| namespace.enter()).map_err(|error| refused(&error, call))
}

fn refused(error: &NamespaceError, call: &Invocation) -> Failure {
    let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let words = match cause {
        Some(cause) => format!("{error}: {}", strerror(cause)),
        None => error.to_string(),
    };
    let failure = failure(call, words);
    match error {
        NamespaceError::NotOpened { .. } => {
            failure.hint("give a name that `ip netns` lists, a process id, or a path with a slash in it")
        }
        _ if cause.is_some_and(|cause| cause.kind() == io::ErrorKind::PermissionDenied) => {
            failure.hint("entering a namespace takes CAP_SYS_ADMIN: run it as root")
        }
        _ => failure,
    }
}

/// The words of upstream's `ss` have no prefix.
fn failure(call: &Invocation, words: String) -> Failure {
    if call.linked && call.tool() == Some("ss") {
        Failure::new(Exit::CouldNot, words)
    } else {
        call.failure(Exit::CouldNot, words)
    }
}
