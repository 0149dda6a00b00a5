//! A command line that is no listing: help or the version, or what is wrong with it.
//!
//! Under the name `ss` a misuse is answered with the whole help, as upstream answers it; under our own by what is wrong and one line
//! of what would be right.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use netdiag_text::Exit;

use super::args::{Args, FAMILIES, TABLES, UnknownFamily};
use super::messages;
use super::query::UnknownTable;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::{getopt, refusal};

/// Answers what clap did not accept as a listing.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let cause = error.source();
    match error.kind() {
        ErrorKind::DisplayHelp => say(&usage(call)),
        ErrorKind::DisplayVersion => say(VERSION),
        ErrorKind::ValueValidation if is_help(cause) => say(&usage(call)),
        _ if !call.linked => {
            let reason = cause.map(|cause| reason(cause).map_or_else(|| cause.to_string(), str::to_owned));
            let failure = refusal::failure(error, reason.as_deref(), grammar, call);
            Err(match hint(error) {
                Some(hint) => failure.hint(hint),
                None => failure,
            })
        }
        ErrorKind::ValueValidation => {
            let complaint = cause.map_or_else(|| in_claps_words(error), ToString::to_string);
            Err(messages::failure(call, Exit::Misuse, with_usage(&complaint, call)))
        }
        _ => {
            let complaint = getopt::complaint(error, grammar, &call.words);
            let complaint = complaint.unwrap_or_else(|| in_claps_words(error));
            Err(call.failure(Exit::Misuse, with_usage(&complaint, call)))
        }
    }
}

/// What is wrong with a value, where upstream's words say it with the value itself.
fn reason(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    let family = cause.is::<UnknownFamily>().then_some("no such family");
    family.or_else(|| cause.is::<UnknownTable>().then_some("no such table"))
}

/// `-f help`.
fn is_help(cause: Option<&(dyn Error + 'static)>) -> bool {
    cause.is_some_and(|cause| cause.downcast_ref() == Some(&UnknownFamily("help".to_owned())))
}

/// All of clap's words, for what upstream has none.
fn in_claps_words(error: &clap::Error) -> String {
    error.to_string().trim_start_matches("error: ").to_owned()
}

fn with_usage(complaint: &str, call: &Invocation) -> String {
    format!("{complaint}\n{}", usage(call).trim_end())
}

/// What would be right, where more can be said than where the help is.
fn hint(error: &clap::Error) -> Option<String> {
    let cause = error.source();
    if cause.is_some_and(|cause| cause.is::<UnknownFamily>()) {
        return Some(format!("families are {FAMILIES}"));
    }
    if cause.is_some_and(|cause| cause.is::<UnknownTable>()) {
        let tables = TABLES.split(", ").filter(|table| !table.contains('_')).collect::<Vec<_>>().join(", ");
        return Some(format!("tables are {tables}; of one type, unix_stream and the like"));
    }
    let option = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let word = option.trim_start_matches('-').split(['=', ' ']).next().unwrap_or_default();
    if option.starts_with("--") && error.kind() == ErrorKind::UnknownArgument {
        if word.starts_with("state") || word.starts_with("exclude") {
            return Some("states are words, not options: netdiag ss state close-wait".to_owned());
        }
        if CONDITIONS.contains(&word) {
            let operand = operand(word);
            return Some(format!("conditions are words, not options: netdiag ss '{word} = {operand}'"));
        }
    }
    None
}

fn operand(word: &str) -> &'static str {
    match word {
        "src" | "dst" => "10.0.0.0/8",
        "pid" => "1",
        _ => "22",
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// Words that were asked for; that nobody reads them is no failure.
fn say(words: &str) -> Result<ExitCode, Failure> {
    let _ = std::io::stdout().write_all(words.as_bytes());
    Ok(ExitCode::SUCCESS)
}

/// The whole help, which upstream answers a misuse with.
pub(super) fn usage(call: &Invocation) -> String {
    grammar(call).render_help().to_string()
}

/// The tool's own command line, under the name it was called by.
fn grammar(call: &Invocation) -> Command {
    let name = if call.linked { "ss" } else { "netdiag ss" };
    <Args as clap::Args>::augment_args(Command::new("ss").bin_name(name))
}

/// What other tools have options for, and a filter words.
const CONDITIONS: [&str; 5] = ["sport", "dport", "src", "dst", "pid"];

/// Scripts look for the words up to the comma, and for the release whose command line this is.
const VERSION: &str =
    concat!("ss utility, netdiag ", env!("CARGO_PKG_VERSION"), ", compatible with iproute2-7.1.0\n");
