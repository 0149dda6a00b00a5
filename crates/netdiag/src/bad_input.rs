//! Values that cannot be meant, given to every option of every tool, and what is said to each.
//!
//! Which options there are is what the grammar itself tells, so that none can be forgotten here; what a wrong value of a kind is,
//! the tables below.

use clap::{Arg, ArgAction};

use crate::invocation::Invocation;
use crate::tools;

/// What the help calls a value, and one that it is not.
#[rustfmt::skip]
const WRONG: [(&str, &str); 42] = [
    ("TIME",                "soon"),
    ("TIME",                "30"),
    ("TIME",                "-1s"),
    ("SECONDS",             "soon"),
    ("SECONDS",             "-1"),
    ("MTU",                 "much"),
    ("MTU",                 "67"),
    ("SIZE",                "much"),
    ("SIZE",                "1kk"),
    ("RATE",                "fast"),
    ("PERCENT",             "half"),
    ("PERCENT",             "1"),
    ("N",                   "few"),
    ("N",                   "-1"),
    ("ADDRESS",             "nowhere"),
    ("PID",                 "0"),
    ("FD",                  "-1"),
    ("PORT",                "65536"),
    ("IDENT",               "65536"),
    ("LABEL",               "0x100000"),
    ("MARK",                "-1"),
    ("STRATEGY",            "bogus"),
    ("KIND",                "bogus"),
    ("TOS",                 "af99"),
    ("HEX",                 "xyz"),
    ("METHOD",              "G T"),
    ("GLOB",                "[a"),
    ("FAMILY",              "bogus"),
    ("TABLE[,TABLE]",       "tcp,bogus"),
    ("ADDRESS|ASNUMBER",    "nowhere"),
    ("COLUMN[,COLUMN]",     "hop,bogus"),
    ("NAME=VALUE",          "bogus"),
    ("FORMAT[=FILE]",       "bogus"),
    ("PORT|SERVICE",        "no-such"),
    ("MAX[,HERE,NEAR]",     "soon"),
    ("PAUSE",               "soon"),
    ("PROTOCOL",            "no-such"),
    ("LENGTH",              "10"),
    ("BYTE",                "x"),
    ("FIELDS",              "LSc"),
    ("FACT",                "9"),
    ("0|1|2",               "9"),
];

/// Values that are looked at only beside others, with the words of a call that has a use for them.
#[rustfmt::skip]
const PLANNED: [(&str, &str, &str); 6] = [
    ("send",          "a\\q",     "127.0.0.1:9"),
    ("expect",        "a(b",      "127.0.0.1:9"),
    ("frame",         "u24be",    "127.0.0.1:9 --send=x"),
    ("header",        "a b: c",   "http://127.0.0.1:9/"),
    ("expect-status", "200..20",  "http://127.0.0.1:9/"),
    ("expect-header", "a b",      "http://127.0.0.1:9/"),
];

/// Kinds of values that are right whatever they are, or wrong only when a file is opened or a name looked up.
#[rustfmt::skip]
const ANY_TEXT: [&str; 21] = [
    "FILE", "NAME", "TEXT", "PATH", "NAME|PID|PATH", "ADDRESS|INTERFACE", "QUERY", "ID", "A,!B", "PROTOCOL,…", "REGEX", "FRAMING",
    "NAME: VALUE", "STATUS,…", "NAME[: REGEX]", "CMD", "FILTER", "OPTION,…", "GATEWAY,…", "DOMAIN",
    "FILE|dns|off",
];

/// What nobody outside knows the meaning of.
const INTERNAL: [&str; 9] =
    ["u32", "u64", "i32", "i64", "usize", "NonZero", "non-zero type", "invalid digit", "untagged"];

/// A value beyond every bound, by what the help calls its kind, and what has to be said of it.
#[rustfmt::skip]
const BEYOND: [(&str, &str, &str); 11] = [
    ("TIME",     "9999999999999999999s",  "longer than a year"),
    ("TIME",     "200000000000000d",      "longer than a year"),
    ("TIME",     "366d",                  "longer than a year"),
    ("TIME",     "9999999999999999999h",  "longer than a year"),
    ("SECONDS",  "9999999999999999999",   "longer than a year"),
    ("SECONDS",  "9999999999999999999h",  "longer than a year"),
    ("SIZE",     "9999999999999999999G",  "more than a pebibyte (2^50 bytes)"),
    ("SIZE",     "1025T",                 "more than a pebibyte (2^50 bytes)"),
    ("RATE",     "9999999999999999999",   "more than a pebibyte (2^50 bytes)"),
    ("PERCENT",  "9999999999999999999%",  "a percentage is 0% to 100%"),
    ("PERCENT",  "inf",                   "no percentage: 5%, 0.5%"),
];

/// Upstream's words for values beyond its bounds.
#[rustfmt::skip]
const UPSTREAMS: [(&str, &str); 5] = [
    ("-i", "bad timing interval: 9999999999999999999"),
    ("-W", "bad linger time: 9999999999999999999"),
    ("-w", "invalid argument: '9999999999999999999': Numerical result out of range"),
    ("-s", "invalid argument: '9999999999999999999': Numerical result out of range"),
    ("-S", "invalid argument: '9999999999999999999': Numerical result out of range"),
];

/// Every option of every tool: the tool, the option, and how the option is typed.
fn options() -> Vec<(String, Arg, String)> {
    let mut grammar = tools::grammar();
    grammar.build();
    let mut all = Vec::new();
    for tool in grammar.get_subcommands().filter(|tool| tool.get_name() != "help") {
        for option in tool.get_arguments().filter(|option| !option.is_positional()) {
            let typed = match (option.get_long(), option.get_short()) {
                (Some(long), _) => format!("--{long}"),
                (None, letter) => format!("-{}", letter.expect("a long name or a letter")),
            };
            all.push((tool.get_name().to_owned(), option.clone(), typed));
        }
    }
    all
}

fn takes_value(option: &Arg) -> bool {
    option.get_num_args().is_some_and(|number| number.takes_values())
}

/// What the help calls the value of an option that takes one.
fn value_name(option: &Arg) -> Option<String> {
    takes_value(option).then(|| {
        let names = option.get_value_names().into_iter().flatten();
        names.map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
    })
}

/// All that is said to a command line, which has to be refused.
#[track_caller]
fn said(words: &[&str]) -> String {
    let call = Invocation::new(words.iter().map(Into::into).collect(), tools::linked);
    match tools::run(tools::called(&call), &call) {
        Err(failure) => failure.told(&call),
        Ok(_) => panic!("{words:?} is taken"),
    }
}

/// What has to be true of whatever is said: it names what is wrong, fits a glance, and says nothing of how it is made.
#[track_caller]
fn judge(said: &str, words: &[&str], names: &[&str]) {
    for name in names {
        assert!(said.contains(name), "{words:?}: {name} is not named: {said}");
    }
    let lines: usize = said.lines().filter(|line| !line.is_empty()).map(lines_at_80).sum();
    assert!(lines <= 4, "{words:?}: {lines} lines: {said}");
    let all: Vec<&str> = said.split([' ', ',', '\'', ';', '\n']).collect();
    for word in INTERNAL {
        let is_told = all.contains(&word) || word.contains(' ') && said.contains(word);
        assert!(!is_told, "{words:?}: {word}: {said}");
    }
    assert!(!["::", "..=", "Some("].iter().any(|sign| said.contains(sign)), "{words:?}: {said}");
}

/// How many lines a line takes where 80 columns are all there are.
fn lines_at_80(line: &str) -> usize {
    let mut lines = 1;
    let mut columns = 0;
    for word in line.split(' ') {
        let width = word.chars().count();
        if columns > 0 && columns + 1 + width > 80 {
            lines += 1;
            columns = 0;
        }
        columns += width + usize::from(columns > 0);
    }
    lines
}

#[test]
fn a_wrong_value_is_told_with_what_would_be_right() {
    for (tool, option, typed) in options() {
        let Some(name) = value_name(&option) else { continue };
        // A list of words says which they are.
        let choices = !option.get_possible_values().is_empty() || name.starts_with("text|table|json|jsonl|");
        let wrong: Vec<&str> = match choices {
            true => vec!["bogus"],
            false => WRONG.iter().filter(|(known, _)| *known == name).map(|(_, wrong)| *wrong).collect(),
        };
        assert!(!wrong.is_empty() || ANY_TEXT.contains(&&*name), "{tool} {typed} <{name}>: no row above");
        for value in wrong {
            // A value that may be left out is no word of its own.
            let (joined, kind) = match option.is_require_equals_set() {
                true => (Some(format!("{typed}={value}")), format!("[=<{name}>]")),
                false => (None, format!(" <{name}>")),
            };
            let words = match &joined {
                Some(joined) => vec!["netdiag", &tool, joined],
                None => vec!["netdiag", &tool, &typed, value],
            };
            let said = said(&words);
            judge(&said, &words, &[&typed, value]);
            let first = said.lines().next().unwrap_or_default();
            let told = format!("netdiag: invalid value '{value}' for '{typed}{kind}': ");
            // What is behind the colon is what would be right; lists are in the name itself.
            let lists = name.contains('|') && first == told.trim_end_matches(": ");
            assert!(lists || first.strip_prefix(&told).is_some_and(|wanted| !wanted.is_empty()), "{said}");
        }
    }
}

#[test]
fn a_value_that_fits_nothing_else_is_told_with_its_place() {
    for (option, value, beside) in PLANNED {
        let typed = format!("--{option}");
        let words =
            ["netdiag", "probe", &typed, value].into_iter().chain(beside.split(' ')).collect::<Vec<_>>();
        let said = said(&words);
        judge(&said, &words, &[&typed, value]);
        assert!(said.lines().last().unwrap_or_default().contains('^'), "{said}");
    }
}

#[test]
fn a_missing_value_is_told_with_its_kind() {
    for (tool, option, typed) in options() {
        let Some(name) = value_name(&option) else { continue };
        if option.get_num_args().is_some_and(|number| number.min_values() == 0) {
            continue;
        }
        let words = ["netdiag", &tool, &typed];
        let said = said(&words);
        let told = format!("netdiag: option '{typed}' requires an argument: {name}");
        assert!(said.starts_with(&told), "{words:?}: {said}");
        judge(&said, &words, &[]);
    }
}

#[test]
fn a_value_where_none_is_taken_is_told() {
    let mut tried = 0;
    for (tool, option, typed) in options() {
        let flag = !takes_value(&option)
            && !matches!(option.get_action(), ArgAction::Help | ArgAction::HelpLong | ArgAction::HelpShort);
        if !flag || !typed.starts_with("--") {
            continue;
        }
        let word = format!("{typed}=surplus");
        let words = ["netdiag", &tool, &word];
        let said = said(&words);
        judge(&said, &words, &[&typed, "surplus"]);
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn an_unknown_option_is_told_with_what_was_perhaps_meant() {
    #[rustfmt::skip]
    let cases = [
        ("netdiag probe --tiemout 1s h:1", "netdiag: unrecognized option '--tiemout'",  "did you mean '--timeout'? See 'netdiag probe --help'"),
        ("netdiag probe --zzz h:1",        "netdiag: unrecognized option '--zzz'",      "see 'netdiag probe --help'"),
        ("netdiag probe -Z h:1",           "netdiag: invalid option -- 'Z'",            "see 'netdiag probe --help'"),
        ("netdiag wait --in 1s h:1",       "netdiag: option '--in' is ambiguous; possibilities: '--interval' '--insecure'", "see 'netdiag wait --help'"),
        ("netdiag ping --cuont 1 h",       "netdiag: unrecognized option '--cuont'",    "did you mean '--count'? See 'netdiag ping --help'"),
        ("netdiag ss --proceses",          "netdiag: unrecognized option '--proceses'", "did you mean '--processes'? See 'netdiag ss --help'"),
        ("netdiag prboe h:1",              "netdiag: there is no tool 'prboe'",         "did you mean 'probe'? See 'netdiag --help'"),
        ("netdiag schema ping ss",         "netdiag: 'ss' is one word too many",        "see 'netdiag schema --help'"),
        ("netdiag probe",                  "netdiag: missing: <URL>...",                "see 'netdiag probe --help'"),
        ("netdiag check a --format yaml",  "netdiag: invalid value 'yaml' for '--format <text|table|json|jsonl|junit|tap|github|prom|nagios>': \
            formats are text, table, json, jsonl, junit, tap, github, prom, nagios", "see 'netdiag check --help'"),
    ];
    for (line, reason, hint) in cases {
        let words: Vec<&str> = line.split(' ').collect();
        let said = said(&words);
        assert_eq!(said, format!("{reason}\n\nhint: {hint}"), "{line}");
        judge(&said, &words, &[]);
    }
}

#[test]
fn an_option_names_itself_and_its_bound() {
    let mut refused = Vec::new();
    for (tool, option, typed) in options() {
        let Some(name) = value_name(&option) else { continue };
        for (_, value, wanted) in BEYOND.iter().filter(|(known, ..)| *known == name) {
            let words = ["netdiag", &tool, &typed, value];
            let told = format!("netdiag: invalid value '{value}' for '{typed} <{name}>': {wanted}\n");
            let said = said(&words);
            assert!(said.starts_with(&told), "{words:?}: {said}");
            refused.push(format!("{tool} {typed}"));
        }
    }
    #[rustfmt::skip]
    let some = ["ping -W", "ping --timeout", "probe --echo", "connect --timeout", "serve --slow", "check --deadline", "wait --interval"];
    assert!(some.iter().all(|some| refused.iter().any(|tried| tried == some)), "{refused:?}");
    for (letter, words) in UPSTREAMS {
        assert_eq!(said(&["ping", letter, "9999999999999999999"]), format!("ping: {words}"));
    }
}
