//! The words of `wait` as targets.
//!
//! A program among them, or a word that is no target behind one that is, was meant as the command, and `--` was forgotten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Command;
use clap::error::ErrorKind;
use netdiag_probe::{Endpoint, Target, UnixName};
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::{place, refusal, shell};

/// Reads them, up to the first that cannot be meant.
pub(super) fn read(words: &[String], call: &Invocation) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for word in words {
        let target = target(word, call);
        // Whoever begins with a command waits for nothing.
        let target = target.map_err(|failure| match targets.is_empty() {
            true => failure,
            false => failure.hint_if_none(forgotten(word, call)),
        });
        targets.push(target?);
    }
    Ok(targets)
}

fn target(word: &str, call: &Invocation) -> Result<Target, Failure> {
    let target = word.parse().map_err(|wrong| place::misplaced(&wrong, call))?;
    match &target {
        Target::Socket(Endpoint::Unix(_, UnixName::Path(path))) if is_program(path) => {
            Err(call.failure(Exit::Misuse, format_args!("{word}: a program, not a socket")))
        }
        _ => Ok(target),
    }
}

/// Answers a command line that clap does not take: an unknown option may be that of a command.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let refused = refusal::refuse(error, grammar, call);
    let behind = call.words.iter().skip(3).filter_map(|word| word.to_str());
    let program = behind.take_while(|word| *word != "--").find(|word| word.contains('/') && is_program(word));
    match program.filter(|_| error.kind() == ErrorKind::UnknownArgument) {
        Some(program) => refused.map_err(|failure| failure.hint(forgotten(program, call))),
        None => refused,
    }
}

fn is_program(path: impl AsRef<Path>) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// That the command line may have been meant with `--` before that word.
fn forgotten(word: &str, call: &Invocation) -> String {
    let typed: Vec<_> = call.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = typed.iter().rposition(|typed| typed == word).unwrap_or(typed.len());
    let (before, after) = typed.split_at(at);
    let name = ["netdiag", "wait"].map(str::to_owned);
    let line = shell::line(name.iter().chain(before.iter().skip(2)).chain(&["--".to_owned()]).chain(after));
    format!("was `--` forgotten before the command? {line}")
}
