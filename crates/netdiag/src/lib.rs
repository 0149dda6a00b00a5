//! The `netdiag` command: finds out which tool was called for, and turns a failure into words and an exit status.
//!
//! Called through the link of a drop-in (`ping`, `mtr`, `traceroute`, `ss`) the binary *is* that program; see `invocation.rs`. This is a
//! library only because fuzz targets cannot link a binary: they reach the filter language and the formats through
//! `fuzzing`, and nobody else is promised anything.

mod address_records;
#[cfg(test)]
mod bad_input;
mod beside;
mod check;
#[cfg(test)]
#[path = "../../../tests/jobs/command_lines.rs"]
mod command_lines;
mod connect;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod document_links;
#[cfg(test)]
mod documented;
mod failure;
mod family_args;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzed_call;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod getopt;
mod help;
mod interruption;
mod invocation;
mod json;
mod listening;
mod local_delay;
mod mtr;
mod netns;
mod ping;
mod place;
mod printf;
mod probe;
mod raised_privilege;
mod refusal;
mod render;
mod runtime;
mod scarcity;
mod schema;
mod serve;
mod shell;
mod signal_wake;
mod signals;
mod ss;
mod tls_args;
mod tools;
mod trace;
mod tracepath;
mod traceroute;
mod wait;
mod walk;
mod whole_number;
mod written_file;

use std::process::ExitCode;

use netdiag_text::{Exit, strerror};

use crate::invocation::Invocation;
use crate::raised_privilege::Keeps;

/// What the binary does, from the words it was called with to its exit status.
pub fn main() -> ExitCode {
    let call = Invocation::new(std::env::args_os().collect(), tools::linked);
    let tool = tools::called(&call);
    if let Err((refused, error)) = raised_privilege::give_up(tool.map_or(Keeps::Nothing, |tool| tool.keeps)) {
        let words = format!("cannot give up raised privilege: {refused}: {}", strerror(&error));
        return call.failure(Exit::CouldNot, words).report(&call);
    }
    match tools::run(tool, &call) {
        Ok(status) => status,
        Err(failure) => failure.report(&call),
    }
}
