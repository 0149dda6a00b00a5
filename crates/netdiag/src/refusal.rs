//! A command line that clap does not take, where no tool has words of its own for that.

use std::process::ExitCode;

use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// In clap's own words, under our name.
pub(crate) fn refuse(error: &clap::Error, call: &Invocation) -> Result<ExitCode, Failure> {
    if !error.use_stderr() {
        error.exit();
    }
    let words = error.to_string();
    Err(match words.strip_prefix("error: ") {
        Some(complaint) => call.failure(Exit::Misuse, complaint.trim_end()),
        None => Failure::new(Exit::Misuse, words.trim_end()),
    })
}
