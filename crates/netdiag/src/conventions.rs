//! The conventions of docs/conventions.md, held against every option of every tool.
//!
//! Which options there are is what the grammar itself tells; what upstream has decided for its drop-ins is listed here.

use clap::{Arg, Command};

use crate::tools;

const PAGE: &str = include_str!("../../../docs/conventions.md");

/// What has one name everywhere: the name, its letter, what its value is called (`-` where it takes none, nothing where that is
/// up to the tool), and how its help begins.
#[rustfmt::skip]
const SHARED: [(&str, Option<char>, &str, &str); 17] = [
    ("timeout",   Some('t'), "TIME",               "Time limit for "),
    ("deadline",  Some('w'), "TIME",               "End the whole run after this time"),
    ("interval",  Some('i'), "TIME",               "Time "),
    ("count",     Some('c'), "N",                  ""),
    ("source",    Some('s'), "ADDRESS",            "Use this source address"),
    ("interface", Some('I'), "NAME",               "Use this interface only"),
    ("format",    None,      "",                   "Write "),
    ("output",    Some('o'), "FORMAT[=FILE]",      "Write "),
    ("json",      None,      "-",                  "Short for --format json"),
    ("color",     None,      "auto|always|never",  "When to use colour"),
    ("quiet",     Some('q'), "-",                  ""),
    ("verbose",   Some('v'), "-",                  ""),
    ("version",   Some('V'), "-",                  "Print version"),
    ("help",      Some('h'), "-",                  "Print help"),
    ("netns",     None,      "NAME|PID|PATH",      "Work in another network namespace"),
    ("ipv4",      Some('4'), "-",                  "Use IPv4 only"),
    ("ipv6",      Some('6'), "-",                  "Use IPv6 only"),
];

/// What upstream's tools mean by a name or letter of their own.
#[rustfmt::skip]
const UPSTREAMS: [(&str, &str); 8] = [
    ("ss", "net"), ("ss", "ipv4"), ("ss", "ipv6"), ("traceroute", "interface"),
    ("mtr", "timeout"), ("mtr", "interval"), ("mtr", "json"), ("mtr", "version"),
];

/// Letters of upstream tools whose value is not what our name for it takes.
#[rustfmt::skip]
const LETTERS_ALONE: [&str; 8] =
    ["connect -q", "connect -w", "ping -I", "ping -N", "ping -W", "ping -i", "ping -j", "ping -w"];

/// What kinds of values take, and what they do not.
#[rustfmt::skip]
const KINDS: [(&str, &[&str], &[&str]); 6] = [
    ("TIME",    &["2s", "300ms", "1m30s"],  &["2", "0.5"]),
    ("SECONDS", &["2", "2s"],               &["soon"]),
    ("SIZE",    &["64", "64k", "2MB"],      &["much"]),
    ("RATE",    &["64k", "10MB/s"],         &["fast"]),
    ("PERCENT", &["1%", "0.5%"],            &["1", "0.01"]),
    ("N",       &["5"],                     &["1.5", "few"]),
];

/// Calls `see` with each option of each tool.
fn each(mut see: impl FnMut(&Command, &Arg)) {
    let mut grammar = tools::grammar();
    grammar.build();
    for tool in grammar.get_subcommands().filter(|tool| tool.get_name() != "help") {
        tool.get_arguments().filter(|option| !option.is_positional()).for_each(|option| see(tool, option));
    }
}

fn value_name(option: &Arg) -> String {
    let names = option.get_value_names().into_iter().flatten().map(|name| name.as_str());
    match option.get_num_args().is_some_and(|number| number.takes_values()) {
        true => names.collect::<Vec<_>>().join(" "),
        false => "-".to_owned(),
    }
}

fn names(option: &Arg) -> Vec<&str> {
    option.get_long_and_visible_aliases().unwrap_or_default()
}

#[test]
fn what_is_the_same_has_one_name_one_kind_and_one_sentence() {
    each(|tool, option| {
        for (name, letter, kind, begins) in SHARED.iter().filter(|(name, ..)| names(option).contains(name)) {
            let who = format!("{} --{name}", tool.get_name());
            let upstreams = UPSTREAMS.contains(&(tool.get_name(), option.get_long().unwrap_or_default()));
            let short = option.get_short().filter(|_| !upstreams);
            assert!(short.is_none() || short == *letter, "{who}: {short:?}");
            assert!(
                upstreams || kind.is_empty() || value_name(option) == *kind,
                "{who}: {}",
                value_name(option)
            );
            let help = option.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with(begins) || upstreams, "{who}: {help}");
        }
    });
}

#[test]
fn every_tool_has_what_every_tool_has() {
    let mut grammar = tools::grammar();
    grammar.build();
    for tool in grammar.get_subcommands().filter(|tool| tool.get_name() != "help") {
        let has = |name: &str| tool.get_arguments().any(|option| names(option).contains(&name));
        assert!(has("version") && has("help"), "{}", tool.get_name());
        assert_eq!(has("ipv4"), has("ipv6"), "{}", tool.get_name());
        // What can be told in one document can be asked for in one word.
        let format = tool.get_arguments().find(|option| names(option).contains(&"format"));
        let tells = format.is_some_and(|option| value_name(option).split('|').any(|word| word == "json"));
        let is_upstreams = UPSTREAMS.contains(&(tool.get_name(), "json"));
        assert_eq!(tells || is_upstreams, has("json"), "{}", tool.get_name());
        let works_here = !["schema"].contains(&tool.get_name());
        assert_eq!(has("netns"), works_here, "{}", tool.get_name());
    }
}

#[test]
fn a_letter_has_a_long_name_or_is_upstreams() {
    let mut alone = Vec::new();
    each(|tool, option| {
        if let (None, Some(letter)) = (option.get_long(), option.get_short()) {
            alone.push(format!("{} -{letter}", tool.get_name()));
        }
    });
    alone.sort_unstable();
    assert_eq!(alone, LETTERS_ALONE);
}

#[test]
fn a_kind_of_value_takes_the_same_everywhere_and_is_on_the_page() {
    each(|tool, option| {
        let kind = value_name(option);
        let typed = match (option.get_long(), option.get_short()) {
            (Some(long), _) => format!("--{long}="),
            (None, letter) => format!("-{}", letter.unwrap_or_default()),
        };
        if kind != "-" && !kind.contains('|') {
            assert!(PAGE.contains(&format!("`{kind}`")), "{} {typed} <{kind}>", tool.get_name());
        }
        let Some((_, right, wrong)) = KINDS.iter().find(|(known, ..)| *known == kind) else { return };
        let takes = |value: &str| {
            let word = format!("{typed}{value}");
            let read = tools::grammar().try_get_matches_from(["netdiag", tool.get_name(), &word]);
            read.map_or_else(|error| error.kind() != clap::error::ErrorKind::ValueValidation, |_| true)
        };
        assert!(right.iter().all(|value| takes(value)), "{} {typed}", tool.get_name());
        // What upstream's letters take is decided when it is known who was called.
        let upstreams = tool.get_name() == "ping" && matches!(kind.as_str(), "SECONDS");
        assert!(upstreams || !wrong.iter().any(|value| takes(value)), "{} {typed}", tool.get_name());
    });
}

#[test]
fn every_word_of_a_list_is_taken_and_no_other() {
    each(|tool, option| {
        let (Some(long), kind) = (option.get_long(), value_name(option)) else { return };
        let lists = ["format", "color", "time-format", "file-format", "tls-min", "tls-max"];
        if !lists.contains(&long) {
            return;
        }
        let words: Vec<&str> = kind.split('|').collect();
        let known = option.get_possible_values();
        if !known.is_empty() {
            assert!(known.iter().map(|value| value.get_name()).eq(words.iter().copied()), "--{long} {kind}");
        }
        for word in words {
            let word = format!("--{long}={word}");
            let read = tools::grammar().try_get_matches_from(["netdiag", tool.get_name(), &word]);
            let kind = read.err().map(|error| error.kind());
            let only_missing =
                kind.is_none_or(|kind| kind == clap::error::ErrorKind::MissingRequiredArgument);
            assert!(only_missing, "{} {word}: {kind:?}", tool.get_name());
        }
    });
}

#[test]
fn the_page_names_what_is_shared() {
    for (name, letter, ..) in SHARED {
        assert!(PAGE.contains(&format!("`--{name}")), "--{name}");
        if let Some(letter) = letter {
            assert!(PAGE.contains(&format!("`-{letter}`")), "-{letter}");
        }
    }
}
