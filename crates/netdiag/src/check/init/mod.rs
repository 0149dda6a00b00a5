//! `netdiag check --init`: a check file of what this host does now.
//!
//! Only what the kernel and files say goes in as checks, so the file holds where it was written; what would have to be asked of
//! others is there as comments, to be thought about.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzzing;
mod gateway;
mod host;
mod page;

use std::path::Path;

use netdiag_text::{Exit, strerror};

use self::host::Host;
use super::render::say;
use super::reports::unwritable;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::written_file::WrittenFile;

/// Writes it to a new file, or to standard output.
pub(super) fn run(file: Option<&Path>, call: &Invocation) -> Result<(), Failure> {
    let host = Host::this().map_err(|error| {
        call.failure(Exit::CouldNot, format_args!("cannot list this host's sockets: {error}"))
    })?;
    let text = page::of(&host);
    let Some(path) = file.filter(|path| *path != Path::new("-")) else {
        return say(&text).map_err(|error| unwritable(&error, call));
    };
    let failure = |exit, error: &std::io::Error| {
        call.failure(exit, format_args!("{}: {}", path.display(), strerror(error)))
    };
    // A file somebody has edited is worth more than one that can be written again.
    let new = WrittenFile::new_at(path).map_err(|error| failure(Exit::Misuse, &error))?;
    new.write_whole(text.as_bytes()).map(drop).map_err(|error| failure(Exit::Unwritten, &error))
}
