//! A value beyond every bound, given to every option that takes a length of time, an amount or a share.
//!
//! Which those are is what the grammar itself tells, so that an option cannot be forgotten here.

use std::any::TypeId;
use std::error::Error as _;
use std::time::Duration;

use clap::Arg;

use crate::tools;

/// What the help calls a value, one that is beyond every bound, and what has to be said of it.
#[rustfmt::skip]
const BEYOND: [(&str, &str, &str); 10] = [
    ("TIME",     "9999999999999999999s",  "longer than a year"),
    ("TIME",     "200000000000000d",      "longer than a year"),
    ("DUR",      "366d",                  "longer than a year"),
    ("DURATION", "9999999999999999999h",  "longer than a year"),
    ("BYTES",    "9999999999999999999G",  "more than a pebibyte (2^50 bytes)"),
    ("BYTES",    "1025T",                 "more than a pebibyte (2^50 bytes)"),
    ("BYTES/S",  "9999999999999999999",   "more than a pebibyte (2^50 bytes)"),
    ("PERCENT",  "9999999999999999999",   "a percentage is 0 to 100"),
    ("P",        "9999999999999999999",   "a probability is 0 to 1, or 0% to 100%"),
    ("P",        "inf",                   "no probability: 0.1, 10%"),
];

/// Letters of `ping` without a long name: upstream has words of its own for them.
#[rustfmt::skip]
const UPSTREAMS: [(char, &str); 5] = [
    ('i', "bad timing interval: 9999999999999999999"),
    ('W', "bad linger time: 9999999999999999999"),
    ('w', "invalid argument: '9999999999999999999': Numerical result out of range"),
    ('s', "invalid argument: '9999999999999999999': Numerical result out of range"),
    ('S', "invalid argument: '9999999999999999999': Numerical result out of range"),
];

#[test]
fn an_option_names_itself_and_its_bound() {
    let mut grammar = tools::grammar();
    grammar.build();
    let mut refused = Vec::new();
    for tool in grammar.get_subcommands() {
        for option in tool.get_arguments() {
            let tried = match (option.get_long(), option.get_short()) {
                (Some(long), _) => by_name(tool.get_name(), option, &format!("--{long}")),
                (None, Some(letter)) => by_letter(tool.get_name(), option, letter),
                (None, None) => None,
            };
            let is_time = option.get_value_parser().type_id() == TypeId::of::<Duration>();
            assert!(tried.is_some() || !is_time, "{} {}: no row above", tool.get_name(), option.get_id());
            refused.extend(tried);
        }
    }
    #[rustfmt::skip]
    let some = ["ping -W", "ping --timeout", "probe --echo", "connect --wait", "serve --slow", "check --deadline", "wait --interval"];
    assert!(some.iter().all(|some| refused.iter().any(|tried| tried == some)), "{refused:?}");
}

/// Tries all values that an option of ours might take; nothing if it takes no such value.
fn by_name(tool: &str, option: &Arg, flag: &str) -> Option<String> {
    let name = value_name(option)?;
    let rows: Vec<_> = BEYOND.iter().filter(|(known, ..)| *known == name).collect();
    for (_, value, words) in &rows {
        let said = complaint(tool, flag, value).to_string();
        let wanted = format!("error: invalid value '{value}' for '{flag} <{name}>': {words}\n");
        assert!(said.starts_with(&wanted), "{tool} {flag} {value}: {said}");
    }
    (!rows.is_empty()).then(|| format!("{tool} {flag}"))
}

/// The same of a letter of upstream's.
fn by_letter(tool: &str, option: &Arg, letter: char) -> Option<String> {
    value_name(option).filter(|name| matches!(*name, "SECONDS" | "BYTES"))?;
    let (_, words) = UPSTREAMS.iter().find(|(known, _)| *known == letter)?;
    let error = complaint(tool, &format!("-{letter}"), "9999999999999999999");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some(*words), "{tool} -{letter}");
    Some(format!("{tool} -{letter}"))
}

fn value_name(option: &Arg) -> Option<&str> {
    option.get_value_names()?.first().map(|name| name.as_str())
}

fn complaint(tool: &str, flag: &str, value: &str) -> clap::Error {
    match tools::grammar().try_get_matches_from(["netdiag", tool, flag, value]) {
        Err(error) => error,
        Ok(_) => panic!("{tool} {flag} {value} is taken"),
    }
}
