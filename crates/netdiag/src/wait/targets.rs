//! The words of `wait` as targets.
//!
//! A program among them, or a word that is no target behind one that is, was meant as the command, and `--` was forgotten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use netdiag_probe::{Endpoint, Target, UnixName};
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::{place, shell};

/// Reads them, up to the first that cannot be meant.
pub(super) fn read(words: &[String], call: &Invocation) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for word in words {
        let target = target(word, call);
        // Whoever begins with a command waits for nothing.
        let target = target.map_err(|failure| match targets.is_empty() {
            true => failure,
            false => failure
                .hint_if_none(format!("was `--` forgotten before the command? {}", with_command(word, call))),
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

fn is_program(path: &std::path::Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The command line with `--` before that word.
fn with_command(word: &str, call: &Invocation) -> String {
    let typed: Vec<_> = call.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = typed.iter().rposition(|typed| typed == word).unwrap_or(typed.len());
    let (before, after) = typed.split_at(at);
    let name = ["netdiag", "wait"].map(str::to_owned);
    shell::line(name.iter().chain(before.iter().skip(2)).chain(&["--".to_owned()]).chain(after))
}
