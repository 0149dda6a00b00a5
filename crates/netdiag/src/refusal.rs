//! A command line that clap does not take: what is wrong in one sentence, then what was perhaps meant and where help is.
//!
//! The help itself would push the reason out of sight. Under the name of a link the drop-ins have upstream's words instead.

use std::error::Error as _;
use std::process::ExitCode;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use netdiag_text::{Exit, Secrets};

use crate::failure::Failure;
use crate::getopt;
use crate::invocation::Invocation;

/// Answers it: help that was asked for is no mistake.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    if !error.use_stderr() {
        error.exit();
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Err(Failure::new(Exit::Misuse, error.to_string().trim_end()));
    }
    let reason = error.source().map(ToString::to_string);
    Err(failure(error, reason.as_deref(), grammar, call))
}

/// The mistake as a failure; `reason` is what is wrong with a value.
pub(crate) fn failure(
    error: &clap::Error,
    reason: Option<&str>,
    grammar: &Command,
    call: &Invocation,
) -> Failure {
    call.failure(Exit::Misuse, complaint(error, reason, grammar, call)).hint(hint(error, call))
}

/// What is wrong, the option named as the help has it.
fn complaint(error: &clap::Error, reason: Option<&str>, grammar: &Command, call: &Invocation) -> String {
    let option = words(error, ContextKind::InvalidArg);
    let value = words(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument if option.starts_with('-') => {
            getopt::complaint(error, grammar, &call.words).unwrap_or_else(|| shown(&option))
        }
        ErrorKind::UnknownArgument => format!("'{}' is one word too many", shown(&option)),
        ErrorKind::InvalidValue if value.is_empty() => {
            let (name, wanted) = wanted(&option);
            format!("option '{name}' requires an argument: {wanted}")
        }
        ErrorKind::InvalidValue => invalid(&value, &option, &one_of(error, &option)),
        ErrorKind::ValueValidation => invalid(&value, &option, reason.unwrap_or_default()),
        ErrorKind::TooManyValues => {
            format!("option '{}' doesn't allow an argument: '{}'", shown(&option), shown(&value))
        }
        ErrorKind::ArgumentConflict => {
            format!("'{}' and '{}' exclude each other", option, words(error, ContextKind::PriorArg))
        }
        ErrorKind::MissingRequiredArgument => format!("missing: {option}"),
        ErrorKind::InvalidSubcommand => {
            format!("there is no tool '{}'", shown(&words(error, ContextKind::InvalidSubcommand)))
        }
        ErrorKind::InvalidUtf8 => "a word of the command line is not UTF-8 text".to_owned(),
        _ => first_paragraph(error),
    }
}

/// What is wrong with the value of an option.
pub(crate) fn invalid(value: &str, option: &str, reason: &str) -> String {
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("invalid value '{}' for '{option}'{colon}{}", shown(value), reason.replace('\n', " "))
}

/// What is to be tried next.
pub(crate) fn hint(error: &clap::Error, call: &Invocation) -> String {
    let tool = call.tool().filter(|_| error.kind() != ErrorKind::InvalidSubcommand);
    let tool = tool.filter(|tool| !tool.starts_with('-')).map(|tool| format!(" {}", shown(tool)));
    let help = format!("ee 'netdiag{} --help'", tool.unwrap_or_default());
    match meant(error) {
        Some(meant) => format!("did you mean '{meant}'? S{help}"),
        None => format!("s{help}"),
    }
}

/// The word that was perhaps mistyped. Of several that it is the beginning of, none is meant more than the others.
pub(crate) fn meant(error: &clap::Error) -> Option<String> {
    let typed = words(error, ContextKind::InvalidArg);
    let kinds = [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand];
    let all = kinds.into_iter().filter_map(|kind| match error.get(kind)? {
        ContextValue::String(word) => Some(word.clone()),
        // The nearest stands last.
        ContextValue::Strings(words) => words.last().cloned(),
        _ => None,
    });
    all.into_iter().find(|word| error.kind() != ErrorKind::UnknownArgument || !word.starts_with(&typed))
}

/// The values that an option knows, unless its own name says so.
fn one_of(error: &clap::Error, option: &str) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !option.contains(&values.join("|")) => {
            format!("it is one of {}", values.join(", "))
        }
        _ => String::new(),
    }
}

/// What an option is called, and what stands behind it, with an example where its kind has one.
fn wanted(option: &str) -> (&str, String) {
    let (name, value) = option.split_once([' ', '=']).unwrap_or((option, ""));
    let value = value.trim_end_matches('.').trim_start_matches(['<', '[']);
    let value = value.strip_suffix(['>', ']']).unwrap_or(value);
    let example = EXAMPLES.iter().find(|(known, _)| *known == value);
    (name, example.map_or_else(|| value.to_owned(), |(_, example)| format!("{value}, such as {example}")))
}

/// Values by what the help calls their kind (docs/conventions.md).
const EXAMPLES: [(&str, &str); 6] = [
    ("TIME", "200ms, 2s or 1m"),
    ("SECONDS", "1 or 0.2"),
    ("SIZE", "64k or 10M"),
    ("RATE", "10MB/s"),
    ("PERCENT", "1%"),
    ("N", "5"),
];

fn words(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(" "),
        _ => String::new(),
    }
}

/// In clap's words, without what would be right.
fn first_paragraph(error: &clap::Error) -> String {
    let words = error.to_string();
    let first = words.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    first.lines().map(str::trim).filter(|line| !line.starts_with('[')).collect::<Vec<_>>().join(" ")
}

/// A word that was typed, of which the beginning is enough to know it again.
fn shown(word: &str) -> String {
    Secrets::NONE.show(word).cropped(LONGEST).into()
}

/// Columns of a word that is shown.
const LONGEST: usize = 40;
