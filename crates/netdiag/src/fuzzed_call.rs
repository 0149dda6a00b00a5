//! Any bytes as the words of a call: what fuzz targets of command lines begin with.
//!
//! What they are refused with is read by people, so it may say nothing to a terminal.

use std::cell::RefCell;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use clap::{ArgMatches, Command, Error};
use netdiag_text::terminal::acts;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::tools;

/// A call of `program` with a word for each line.
pub(crate) fn call(program: &[&str], lines: &[u8]) -> Invocation {
    let typed = lines.split(|byte| *byte == b'\n').map(|word| OsString::from_vec(word.to_vec()));
    Invocation::new(program.iter().map(OsString::from).chain(typed).collect(), tools::linked)
}

/// The options of a tool, as they stand behind `netdiag TOOL`; made once, as it takes longer than reading most words.
pub(crate) fn grammar<A: clap::Args>(tool: &'static str) -> RefCell<Command> {
    let command = A::augment_args(Command::new(tool));
    RefCell::new(command.infer_long_args(true).args_override_self(true).no_binary_name(true))
}

/// What the words of a call are by it.
pub(crate) fn read(grammar: &RefCell<Command>, call: &Invocation) -> Result<ArgMatches, Error> {
    grammar.borrow_mut().try_get_matches_from_mut(&call.words[2..])
}

/// # Panics
/// If it does something on a terminal, or says nothing.
pub(crate) fn judge(refusal: &Failure, call: &Invocation) {
    let words = refusal.words();
    assert!(!words.is_empty(), "{:?}", call.words);
    assert!(!words.contains(|character| character != '\n' && acts(character)), "{words:?}");
}
