//! How a command line is refused: upstream's words under the name of a link, which say where in the line it was.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use netdiag_text::Exit;

use super::args::Args;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ping::BadOption;
use crate::refusal;

/// Turns clap's refusal of a command line into upstream's.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let bad = std::error::Error::source(error).and_then(|source| source.downcast_ref::<BadOption>());
    if !call.linked {
        let reason = bad.map(|bad| bad.wanted.clone());
        return match reason {
            Some(wanted) => Err(refusal::failure(error, Some(&wanted), grammar, call)),
            None => refusal::refuse(error, grammar, call),
        };
    }
    // Upstream takes nothing at all for a question, and has no letter for it.
    let is_help = error.kind() == ErrorKind::DisplayHelp;
    if call.words.len() == 2 || is_help && call.words.iter().any(|word| word == "--help") {
        // Nobody is left to tell when it cannot be written.
        let _ = writeln!(io::stdout(), "{}", usage());
        return Ok(ExitCode::SUCCESS);
    }
    if is_help {
        let at = call.words.iter().skip(1).position(|word| word.to_string_lossy().contains('h'));
        return Err(Failure::new(Exit::Misuse, format!("Bad option `-h' (argc {})", at.unwrap_or(1))));
    }
    if error.kind() == ErrorKind::DisplayVersion {
        let _ = writeln!(io::stdout(), "{VERSION}");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(words) = bad.map(ToString::to_string).filter(|words| !words.is_empty()) {
        return Err(Failure::new(Exit::Misuse, words));
    }
    let words = complaint(error, grammar, call).unwrap_or_else(|| error.to_string());
    Err(Failure::new(Exit::Misuse, words.trim_end()))
}

/// What is wrong, and where.
fn complaint(error: &clap::Error, grammar: &Command, call: &Invocation) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let (named, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let words: Vec<String> =
        call.words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => Some("Specify \"host\" missing argument.".to_owned()),
        ErrorKind::UnknownArgument if named.starts_with('-') => unknown(named, &words),
        ErrorKind::UnknownArgument => {
            let at = words.iter().rposition(|word| word == named)?;
            Some(format!("Extra arg `{named}' (position 3, argc {at})"))
        }
        ErrorKind::InvalidValue if value.is_empty() => without_value(option(grammar, named)?, &words),
        ErrorKind::TooManyValues => {
            let at = words.iter().position(|word| word.starts_with("--") && word.contains('='))?;
            Some(bad_option(words.get(at)?, at))
        }
        ErrorKind::ValueValidation => wrong_value(option(grammar, named), value, &words),
        _ => None,
    }
}

/// There is no such option.
fn unknown(named: &str, words: &[String]) -> Option<String> {
    let letter = named.trim_start_matches('-');
    let at = words.iter().position(|word| {
        word.starts_with(named) || word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
    })?;
    let word = words.get(at)?;
    Some(bad_option(if word.starts_with("--") { word } else { named }, at))
}

fn bad_option(word: &str, at: usize) -> String {
    match word.strip_prefix("--").and_then(|long| long.split_once('=')) {
        Some((_, value)) => format!("Bad option `{word}' (with arg `{value}') (argc {at})"),
        None => format!("Bad option `{word}' (argc {at})"),
    }
}

/// Only the last word can lack its value.
fn without_value(option: &Arg, words: &[String]) -> Option<String> {
    let at = words.len().checked_sub(1)?;
    let (typed, value) = (words.get(at)?, value_name(option));
    let between = if typed.starts_with("--") { '=' } else { ' ' };
    Some(format!("Option `{typed}' (argc {at}) requires an argument: `{typed}{between}{value}'"))
}

/// The value of an option, or of the argument that has one.
fn wrong_value(option: Option<&Arg>, value: &str, words: &[String]) -> Option<String> {
    let at = words.iter().rposition(|word| word.ends_with(value))?;
    Some(match option {
        Some(option) => {
            let typed = typed(option, words, at)?;
            format!("Cannot handle `{typed}' option with arg `{value}' (argc {at})")
        }
        None => format!("Cannot handle \"packetlen\" cmdline arg `{value}' on position 2 (argc {at})"),
    })
}

/// The option that clap calls that: `--max-hops <N>`, or `-m <N>`.
fn option<'a>(grammar: &'a Command, named: &str) -> Option<&'a Arg> {
    let name = named.split([' ', '=']).next()?;
    grammar.get_arguments().find(|option| {
        option.get_long().is_some_and(|long| name.strip_prefix("--") == Some(long))
            || option.get_short().is_some_and(|short| name == format!("-{short}"))
    })
}

/// The option as it was typed, whose value is in the word there.
fn typed(option: &Arg, words: &[String], at: usize) -> Option<String> {
    let word = words.get(at)?;
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    let letter = option.get_short().map(|short| format!("-{short}"));
    if let Some((long, _)) = word.strip_prefix("--").and_then(|long| long.split_once('=')) {
        return Some(format!("--{long}"));
    }
    match &letter {
        Some(letter) if word.starts_with(letter.as_str()) && word.len() > letter.len() => {
            Some(letter.clone())
        }
        _ => before.cloned().or(letter),
    }
}

/// What upstream calls the value.
fn value_name(option: &Arg) -> &'static str {
    match option.get_id().as_str() {
        "first" => "first_ttl",
        "gateways" => "gate,...",
        "interface" => "device",
        "max_hops" => "max_ttl",
        "sim_queries" => "squeries",
        "port" => "port",
        "tos" => "tos",
        "flow_label" => "flow_label",
        "wait" => "MAX,HERE,NEAR",
        "queries" => "nqueries",
        "source" => "src_addr",
        "sendwait" => "sendwait",
        "method" => "name",
        "options" => "OPTS,...",
        _ => "num",
    }
}

fn usage() -> String {
    let grammar = <Args as clap::Args>::augment_args(Command::new("traceroute"));
    grammar.bin_name("traceroute").render_help().to_string().trim_end().to_owned()
}

/// The version of upstream's that is followed.
const VERSION: &str = "Modern traceroute for Linux, version 2.1.2";

#[cfg(test)]
#[path = "refuse_tests.rs"]
mod tests;
