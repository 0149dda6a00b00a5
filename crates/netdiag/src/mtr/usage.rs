//! How a command line is refused: upstream's words where it has some, ours where it has none.

use std::process::ExitCode;

use clap::Command;
use netdiag_text::Exit;

use super::args::Args;
use crate::failure::Failure;
use crate::getopt;
use crate::invocation::Invocation;
use crate::ping::BadOption;
use crate::refusal;

/// Turns clap's refusal of a command line into upstream's.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let source = std::error::Error::source(error);
    let bad = source.and_then(|source| source.downcast_ref::<BadOption>());
    match (bad, call.linked) {
        (Some(bad), true) => Err(call.failure(bad.exit, bad)),
        (Some(bad), false) => Err(refusal::failure(error, Some(&bad.wanted), grammar, call)),
        (None, true) => match getopt::complaint(error, grammar, &call.words) {
            Some(complaint) => {
                Err(call.failure(Exit::Misuse, format_args!("{complaint}\n\n{}", usage(call))))
            }
            None => refusal::refuse(error, grammar, call),
        },
        (None, false) => refusal::refuse(error, grammar, call),
    }
}

/// The help, which follows what upstream says of an unknown option.
fn usage(call: &Invocation) -> String {
    let name = if call.linked { "mtr" } else { "netdiag mtr" };
    let grammar = <Args as clap::Args>::augment_args(Command::new("mtr"));
    grammar.bin_name(name).render_help().to_string().trim_end().to_owned()
}
