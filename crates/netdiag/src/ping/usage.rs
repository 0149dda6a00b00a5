//! How a command line is refused: upstream's words where it has some, clap's where it has none.

use std::process::ExitCode;

use netdiag_text::Exit;

use super::args::Args;
use super::number::BadOption;
use crate::failure::Failure;
use crate::getopt;
use crate::invocation::Invocation;
use crate::refusal;

/// Turns clap's refusal of a command line into upstream's.
pub(crate) fn refuse(error: &clap::Error, call: &Invocation) -> Result<ExitCode, Failure> {
    if let Some(complaint) = getopt::complaint(error, &grammar(), &call.words) {
        return Err(call.failure(Exit::Misuse, format_args!("{complaint}\n\n{}", usage(call))));
    }
    let source = std::error::Error::source(error);
    if let Some(bad) = source.and_then(|source| source.downcast_ref::<BadOption>()) {
        return Err(call.failure(bad.exit, bad));
    }
    match call.linked && source.is_none() {
        true => Err(Failure::new(Exit::Misuse, usage(call))),
        // Upstream has no words for values of options that it has not.
        false => refusal::refuse(error, call),
    }
}

/// The help, without which upstream refuses nothing.
pub(super) fn usage(call: &Invocation) -> String {
    let name = if call.linked { "ping" } else { "netdiag ping" };
    grammar().bin_name(name).render_help().to_string().trim_end().to_owned()
}

fn grammar() -> clap::Command {
    <Args as clap::Args>::augment_args(clap::Command::new("ping"))
}
