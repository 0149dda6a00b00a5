//! The rules one file keeps or breaks by itself: how it opens, how long it is, what it is called, what it leaves undone.
//!
//! Words a rule forbids are pieced together here, or this file would break it.

use super::source::{Finding, Source, has_word};

const MOST_LINES: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];

/// Signs of work left for later, comments included.
const UNFINISHED: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
];

const ALLOW: [&str; 2] = [concat!("#[al", "low("), concat!("#![al", "low(")];

const PRINTS: [&str; 4] = ["println!", "eprintln!", "print!", "eprint!"];

pub(super) fn findings(file: &Source) -> Vec<Finding> {
    let rules = [opening, length, names, unfinished, allowances, prints, units];
    rules.iter().filter(|_| file.is_rust()).flat_map(|rule| rule(file)).collect()
}

fn opening(file: &Source) -> Vec<Finding> {
    if file.text.starts_with("//! ") {
        Vec::new()
    } else {
        vec![file.finding(1, "open with `//!`: what the file is, then what a reader would get wrong")]
    }
}

fn length(file: &Source) -> Vec<Finding> {
    let lines: Vec<&str> = file.text.lines().collect();
    let tests =
        lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"));
    let length = tests.unwrap_or(lines.len());
    if length <= MOST_LINES {
        Vec::new()
    } else {
        vec![file.finding(
            MOST_LINES + 1,
            format!("{length} lines before the tests; split it, {MOST_LINES} is the most"),
        )]
    }
}

fn names(file: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    let path = file.path.trim_end_matches(".rs");
    if let Some(name) = path.split('/').find(|part| EMPTY_NAMES.contains(part)) {
        found.push(file.finding(1, format!("`{name}` says nothing; name the file after what it holds")));
    }
    for (number, line) in file.code() {
        let module = line
            .trim_start()
            .split_once("mod ")
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"))
            .and_then(|(_, rest)| rest.split([' ', ';', '{']).next());
        if let Some(name) = module.filter(|name| EMPTY_NAMES.contains(name)) {
            found.push(
                file.finding(number, format!("`{name}` says nothing; name the module after what it holds")),
            );
        }
    }
    found
}

fn unfinished(file: &Source) -> Vec<Finding> {
    file.lines()
        .filter_map(|(number, line)| {
            let sign = UNFINISHED.iter().find(|sign| has_word(line, sign))?;
            Some(file.finding(number, format!("`{sign}`: finish it, or leave it out")))
        })
        .collect()
}

fn allowances(file: &Source) -> Vec<Finding> {
    file.code()
        .filter(|(_, line)| ALLOW.iter().any(|allow| line.contains(allow)))
        .map(|(number, _)| {
            file.finding(number, "write `#[expect(lint, reason = \"…\")]`, which says why and can expire")
        })
        .collect()
}

/// Data goes through a writer that knows about broken pipes; examples are for reading and may be plain.
fn prints(file: &Source) -> Vec<Finding> {
    if !(file.path.starts_with("crates/") && file.path.contains("/src/")) {
        return Vec::new();
    }
    file.code()
        .filter_map(|(number, line)| {
            let print = PRINTS.iter().find(|print| has_word(line, print))?;
            Some(file.finding(number, format!("`{print}` panics on a broken pipe; write to a writer")))
        })
        .collect()
}

/// Units that `netdiag_text` writes behind values.
const UNITS: [&str; 14] =
    ["ns", "us", "µs", "ms", "s", "B", "kB", "KB", "MB", "GB", "KiB", "MiB", "GiB", "TiB"];

/// Who writes what another program reads, or what another program would have written.
const OWN_UNITS: [&str; 9] = [
    "crates/text/",
    "crates/netdiag/src/ping/live.rs",
    "crates/netdiag/src/ping/text/",
    "crates/netdiag/src/ping/classic_json.rs",
    "crates/netdiag/src/ss/text/",
    "crates/netdiag/src/tracepath/text.rs",
    "crates/netdiag/src/traceroute/text.rs",
    "crates/probe/src/serve/http/trial.rs",
    "crates/check/src/report/nagios.rs",
];

/// Values are told with their units by one printer for each.
fn units(file: &Source) -> Vec<Finding> {
    let is_own = OWN_UNITS.iter().any(|path| file.path.starts_with(path));
    let is_test = file.path.contains("/tests") || file.path.contains("/fuzzing");
    if !file.path.starts_with("crates/") || !file.path.contains("/src/") || is_own || is_test {
        return Vec::new();
    }
    let before_tests = file.code().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    before_tests
        .filter(|(_, line)| line.split('}').skip(1).any(begins_with_unit))
        .map(|(number, _)| {
            file.finding(
                number,
                "a value with its unit is told by `netdiag_text`: `duration::Short` and the like",
            )
        })
        .collect()
}

/// Whether what follows a place for a value is a unit.
fn begins_with_unit(rest: &str) -> bool {
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let word = rest.split(|character: char| !character.is_alphabetic()).next().unwrap_or_default();
    UNITS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    /// The findings as `LINE MESSAGE`, cut to the first words.
    fn first(path: &str, text: &str) -> Option<(usize, String)> {
        let finding = findings(&source(path, text)).into_iter().next()?;
        Some((finding.line, finding.message.chars().take(12).collect()))
    }

    #[test]
    fn each_rule_catches_its_line() {
        let later = format!("//! A.\n// {}: more\n", UNFINISHED[0]);
        let skipped = format!("//! A.\n{} = \"slow\"]\nfn a() {{}}\n", UNFINISHED[5]);
        let allowed = format!("//! A.\n\n{}dead_code)]\n", ALLOW[0]);
        #[rustfmt::skip]
        let cases = [
            ("a.rs",              "//! A.\nfn a() {}\n",               None),
            ("a.rs",              "fn a() {}\n",                       Some((1, "open with `/"))),
            ("a.rs",              "",                                  Some((1, "open with `/"))),
            ("src/utils.rs",      "//! A.\n",                          Some((1, "`utils` says"))),
            ("common/mod.rs",     "//! A.\n",                          Some((1, "`common` say"))),
            ("a.rs",              "//! A.\npub(crate) mod misc {\n",   Some((2, "`misc` says "))),
            ("a.rs",              "//! A.\nmod miscount;\n",           None),
            ("a.rs",              &later,                              Some((2, "`TO"))),
            ("a.rs",              &skipped,                            Some((2, "`#[ig"))),
            ("crates/a/src/b.rs", "//! A.\nlet a = format!(\"{b:.3} ms\");\n", Some((2, "a value with"))),
            ("crates/a/src/b.rs", "//! A.\nlet a = format!(\"{}KiB\", b);\n",  Some((2, "a value with"))),
            ("crates/a/src/b.rs", "//! A.\nlet a = format!(\"{} sockets\");\n", None),
            ("crates/text/src/b.rs", "//! A.\nlet a = format!(\"{} ms\");\n",  None),
            ("a.rs",              &allowed,                            Some((3, "write `#[exp"))),
            ("crates/a/src/a.rs", "//! A.\nprintln!(\"a\");\n",        Some((2, "`println!` p"))),
            ("crates/a/src/a.rs", "//! A.\n//! println!(\"a\");\n",    None),
            ("crates/a/examples/a.rs", "//! A.\nprintln!(\"a\");\n",   None),
            ("Cargo.toml",        "[package]\n",                       None),
        ];
        for (path, text, expected) in cases {
            let found = first(path, text);
            match expected {
                None => assert_eq!(found, None, "{path} {text}"),
                Some((line, start)) => {
                    let (number, message) = found.unwrap_or_default();
                    assert!(
                        number == line && message.starts_with(start),
                        "{path} {text}: {number} {message}"
                    );
                }
            }
        }
    }

    #[test]
    fn tests_do_not_count_towards_the_length() {
        let long = "//! A.\n".to_owned() + &"fn a() {}\n".repeat(MOST_LINES - 1);
        assert_eq!(first("a.rs", &long), None);
        assert!(first("a.rs", &format!("{long}fn b() {{}}\n")).is_some());
        assert_eq!(first("a.rs", &format!("{long}#[cfg(test)]\nmod tests {{\n}}\n")), None);
    }
}
