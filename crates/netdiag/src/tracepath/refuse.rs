//! How a command line is refused: in the words of upstream and its getopt under the name of a link.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Command;
use clap::error::{ContextKind, ErrorKind};
use netdiag_text::Exit;

use super::args::Args;
use crate::failure::Failure;
use crate::getopt;
use crate::invocation::Invocation;
use crate::ping::{BadOption, iputils_version};
use crate::refusal;

/// Turns clap's refusal of a command line into upstream's.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let bad = std::error::Error::source(error).and_then(|source| source.downcast_ref::<BadOption>());
    match bad {
        Some(bad) if call.linked => return Err(call.failure(bad.exit, bad)),
        Some(bad) => return Err(refusal::failure(error, Some(&bad.wanted), grammar, call)),
        None if !call.linked => return refusal::refuse(error, grammar, call),
        None => {}
    }
    let named = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let is_surplus = error.kind() == ErrorKind::UnknownArgument && !named.starts_with('-');
    match error.kind() {
        ErrorKind::DisplayVersion => {
            // Nobody is left to tell when it cannot be written.
            let _ = writeln!(io::stdout(), "{}", iputils_version("tracepath"));
            Ok(ExitCode::SUCCESS)
        }
        ErrorKind::ArgumentConflict => {
            Err(call.failure(Exit::Misuse, "Only one -4 or -6 option may be specified"))
        }
        // Upstream has no long options, and no letter for its help.
        _ => match getopt::complaint(error, grammar, &call.words).filter(|_| !is_surplus) {
            Some(complaint) => Err(call.failure(Exit::Misuse, format_args!("{complaint}\n\n{}", usage()))),
            None => Err(Failure::new(Exit::Misuse, format!("\n{}", usage()))),
        },
    }
}

fn usage() -> String {
    let grammar = <Args as clap::Args>::augment_args(Command::new("tracepath"));
    grammar.bin_name("tracepath").render_help().to_string().trim_end().to_owned()
}
