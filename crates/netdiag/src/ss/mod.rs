//! Placeholder.
use std::process::ExitCode;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Placeholder
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(short)]
    quiet: bool,
}

pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let _ = args.quiet;
    Err(call.failure(2, "not yet"))
}

pub(crate) fn refuse(error: &clap::Error, call: &Invocation) -> Result<ExitCode, Failure> {
    let _ = crate::getopt::complaint(error, &clap::Command::new("x"), &call.words);
    Err(call.failure(2, "not yet").hint("wait"))
}
