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
use crate::getopt;
use crate::invocation::Invocation;

/// Answers what clap did not accept as a listing.
pub(crate) fn refuse(error: &clap::Error, call: &Invocation) -> Result<ExitCode, Failure> {
    let cause = error.source();
    match error.kind() {
        ErrorKind::DisplayHelp => say(&usage(call)),
        ErrorKind::DisplayVersion => say(VERSION),
        ErrorKind::ValueValidation if is_help(cause) => say(&usage(call)),
        ErrorKind::ValueValidation => {
            let complaint = cause.map_or_else(|| complaint(error), ToString::to_string);
            Err(messages::failure(call, Exit::Misuse, with_usage(complaint, call)).hint(hint(error)))
        }
        _ => {
            let complaint = getopt::complaint(error, &grammar(call), &call.words);
            let complaint = complaint.unwrap_or_else(|| complaint_of(error, call));
            Err(call.failure(Exit::Misuse, with_usage(complaint, call)).hint(hint(error)))
        }
    }
}

/// `-f help`.
fn is_help(cause: Option<&(dyn Error + 'static)>) -> bool {
    cause.is_some_and(|cause| cause.downcast_ref() == Some(&UnknownFamily("help".to_owned())))
}

/// In clap's words; scripts that call upstream's tool get all of them.
fn complaint_of(error: &clap::Error, call: &Invocation) -> String {
    match call.linked {
        true => error.to_string().trim_start_matches("error: ").to_owned(),
        false => complaint(error),
    }
}

/// What clap has against a command line, without what would be right.
fn complaint(error: &clap::Error) -> String {
    let words = error.to_string();
    let words = words.trim_start_matches("error: ");
    let first = words.split("\n\n").next().unwrap_or_default();
    let lines = first.lines().map(str::trim).filter(|line| !line.starts_with('['));
    lines.collect::<Vec<_>>().join(" ")
}

fn with_usage(complaint: String, call: &Invocation) -> String {
    if call.linked { format!("{complaint}\n{}", usage(call).trim_end()) } else { complaint }
}

/// What would be right.
fn hint(error: &clap::Error) -> String {
    let cause = error.source();
    if cause.is_some_and(|cause| cause.is::<UnknownFamily>()) {
        return format!("families are {FAMILIES}");
    }
    if cause.is_some_and(|cause| cause.is::<UnknownTable>()) {
        return format!("tables are {TABLES}");
    }
    let option = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let word = option.trim_start_matches('-').split(['=', ' ']).next().unwrap_or_default();
    if option.starts_with("--") && error.kind() == ErrorKind::UnknownArgument {
        if word.starts_with("state") || word.starts_with("exclude") {
            return "states are words, not options: netdiag ss state close-wait".to_owned();
        }
        if CONDITIONS.contains(&word) {
            return format!("conditions are words, not options: netdiag ss '{word} = {}'", operand(word));
        }
    }
    // Of several that it is the beginning of, none is meant more than the others.
    if let Some(meant) = text(error, ContextKind::SuggestedArg).filter(|meant| !meant.starts_with(option)) {
        return format!("did you mean '{meant}'?");
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            format!("values are {}", values.join(", "))
        }
        _ => "`netdiag ss --help` lists the options".to_owned(),
    }
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
