//! How a command line is refused: upstream's words where it has some, clap's where it has none.

use std::process::ExitCode;

use clap::Command;
use netdiag_text::Exit;

use super::args::Args;
use super::bad_option::BadOption;
use crate::failure::Failure;
use crate::getopt;
use crate::invocation::Invocation;
use crate::refusal;

/// Turns clap's refusal of a command line into upstream's.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let source = std::error::Error::source(error);
    let bad = source.and_then(|source| source.downcast_ref::<BadOption>());
    match (bad, call.linked) {
        (Some(bad), true) => Err(call.failure(bad.exit, bad)),
        (Some(bad), false) => {
            Err(refusal::failure(error, Some(&bad.wanted), grammar, call).with_exit(bad.exit))
        }
        (None, false) => refusal::refuse(error, grammar, call),
        (None, true) => match getopt::complaint(error, grammar, &call.words) {
            Some(complaint) => {
                Err(call.failure(Exit::Misuse, format_args!("{complaint}\n\n{}", usage(call))))
            }
            None if source.is_none() => Err(Failure::new(Exit::Misuse, usage(call))),
            // Upstream has no words for values of options that it has not.
            None => refusal::refuse(error, grammar, call),
        },
    }
}

/// The help, without which upstream refuses nothing.
pub(super) fn usage(call: &Invocation) -> String {
    let name = if call.linked { "ping" } else { "netdiag ping" };
    grammar().bin_name(name).render_help().to_string().trim_end().to_owned()
}

fn grammar() -> Command {
    <Args as clap::Args>::augment_args(Command::new("ping"))
}
