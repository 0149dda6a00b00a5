//! Any words where a report can have them, in every format, read back: what fuzz targets call, and nobody else.
//!
//! Each format is read here as its readers do, who know nothing of how it was written.

use std::collections::HashSet;
use std::time::Duration;

use netdiag_text::terminal::acts;
use netdiag_text::{Charset, Quantity, Secrets, message};
use serde_json::Value;

use super::invented::{attempt, check, outcome, start};
use super::{Format, RenderOptions, summary};
use crate::finding::{Assertion, Finding};
use crate::plan::{Check, Plan};
use crate::run::{Outcome, Report, StopReason};
use crate::verdict::Verdict;

/// Reads words with a record separator (0x1e) between them, and writes the report of a run that has them everywhere. The first byte
/// picks the format, the second the verdicts.
///
/// # Panics
/// If a format is no longer what it is, says other words than it was told, shows a secret, or does something on a terminal.
pub fn reports(input: &[u8]) {
    let Some(([format, verdicts], text)) = input.split_first_chunk() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let mut words = text.split('\u{1e}');
    let mut word = || words.next().unwrap_or_default();
    let name = word();
    let checks = [name.to_owned(), format!("{name}#2")].map(|name| Check {
        tags: vec![word().to_owned()],
        file: Some(word()).filter(|file| !file.is_empty()).map(|file| format!("./{file}").into()),
        ..check(&name, "tcp", word(), 7)
    });
    let mut secrets = Secrets::default();
    secrets.hide("env:TOKEN", SECRET);
    let plan = Plan { checks: checks.into(), secrets, ..Plan::default() };
    let (format, pick) = (usize::from(*format), usize::from(*verdicts));
    let verdicts = [pick, pick / Verdict::ALL.len()].map(|at| Verdict::ALL[at % Verdict::ALL.len()]);
    let outcomes =
        verdicts.into_iter().enumerate().map(|(index, verdict)| invent(index, verdict, &mut word)).collect();
    let stopped = (pick % 2 == 1).then_some(StopReason::Deadline);
    let report =
        Report { plan: &plan, outcomes, started: start(), duration: Duration::from_millis(2400), stopped };
    match format % (FORMATS.len() + 4) {
        0 => {
            let coloured = written(&report, Format::Text, RenderOptions { color: true, ..PLAIN });
            assert_eq!(without_colours(&coloured), written(&report, Format::Text, PLAIN));
        }
        1 => is_quiet(&written(&report, Format::Table, RenderOptions { width: Some(60), ..PLAIN })),
        2 => is_markdown(&summary(&report, 1 << 20), 1 << 20),
        3 => is_markdown(&summary(&report, 700), 700),
        other => {
            let (format, read) = FORMATS[other - 4];
            read(&report, &written(&report, format, PLAIN));
        }
    }
}

const SECRET: &str = "hunter2";
const PLAIN: RenderOptions<'_> =
    RenderOptions { host: Some("ci-7"), color: false, quiet: false, width: None, charset: Charset::Unicode };

/// How each format is read.
type Read = fn(&Report<'_>, &str);
const FORMATS: [(Format, Read); 9] = [
    (Format::Text, lines),
    (Format::Table, lines),
    (Format::Json, json),
    (Format::Jsonl, jsonl),
    (Format::Junit, junit),
    (Format::Tap, tap),
    (Format::Github, github),
    (Format::Prom, prom),
    (Format::Nagios, nagios),
];

fn invent<'w>(index: usize, verdict: Verdict, word: &mut impl FnMut() -> &'w str) -> Outcome {
    let mut finding = Finding::default();
    // Words of others are never all of a name.
    let mut name = || message!("json({})", word());
    let names = [name(), name()];
    finding.measured(names[0].clone(), Quantity::Text(word().to_owned()));
    finding.measured(names[1].clone(), Quantity::Time(Duration::from_micros(310)));
    finding.asserted(word().to_owned(), word().to_owned(), word().to_owned(), false);
    let unseen = Assertion {
        subject: word().to_owned().into(),
        wanted: word().to_owned().into(),
        seen: None,
        holds: verdict == Verdict::Pass,
    };
    finding.assertions.push(unseen);
    let maybe = |word: &str| Some(word.to_owned().into()).filter(|_| !word.is_empty());
    let last = attempt(0, 9, finding);
    Outcome {
        reason: maybe(word()),
        hint: maybe(word()),
        failures: vec![last.clone()],
        last: Some(last),
        attempts: 2,
        ..outcome(index, verdict, 9)
    }
}

fn written(report: &Report<'_>, format: Format, options: RenderOptions<'_>) -> String {
    let text = format.render(report, options);
    assert!(!text.contains(SECRET), "{text}");
    if !options.color {
        is_quiet(&text);
    }
    text
}

/// Nothing acts but the ends of lines.
fn is_quiet(text: &str) {
    assert!(!text.contains(|character| character != '\n' && acts(character)), "{text:?}");
    assert!(text.ends_with('\n') || text.is_empty(), "{text:?}");
}

/// As terminals are told colours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (_, rest) = part.split_once('m').unwrap_or_else(|| panic!("{part:?}"));
        text + rest
    })
}

/// What is shown of the names of checks.
fn names(report: &Report<'_>) -> Vec<String> {
    report.plan.checks.iter().map(|check| report.plan.shown(&check.name).to_string()).collect()
}

/// No line is a command to a workflow of GitHub, which takes them wherever they stand in its log.
fn lines(_: &Report<'_>, text: &str) {
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text:?}");
}

fn json(report: &Report<'_>, text: &str) {
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let results = document["results"].as_array().expect("results");
    assert_eq!(results.len(), report.outcomes.len());
    results.iter().zip(&report.outcomes).for_each(|(result, outcome)| tells(report, result, outcome));
}

fn jsonl(report: &Report<'_>, text: &str) {
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}")));
    let lines: Vec<Value> = lines.collect();
    assert_eq!(lines.len(), report.outcomes.len() + 2, "{text:?}");
    lines[1..].iter().zip(&report.outcomes).for_each(|(line, outcome)| tells(report, line, outcome));
}

/// JSON has every word as it was, but for secrets.
fn tells(report: &Report<'_>, result: &Value, outcome: &Outcome) {
    let plan = report.plan;
    let check = report.check(outcome);
    for (key, words) in [("name", &check.name), ("target", &check.target)] {
        assert_eq!(result[key].as_str(), Some(plan.written(words).as_str()), "{key}");
    }
    assert_eq!(result["hint"].as_str(), outcome.hint.as_ref().map(|hint| plan.written(hint)).as_deref());
    let finding = &outcome.last.as_ref().expect("an attempt").finding;
    let expected = &finding.assertions[0];
    let told = &result["assertions"][0];
    assert_eq!(told["about"].as_str(), Some(plan.written(&expected.subject).as_str()));
    assert_eq!(told["wanted"].as_str(), Some(plan.written(&expected.wanted).as_str()));
    assert_eq!(told["seen"].as_str(), expected.seen.as_ref().map(|seen| plan.written(seen)).as_deref());
}

fn junit(report: &Report<'_>, text: &str) {
    let read = quick_junit::Report::deserialize_from_str(text);
    let read = read.unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let cases = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let mut told: Vec<String> = cases.map(|case| case.name.to_string()).collect();
    let mut names = names(report);
    told.sort();
    names.sort();
    assert_eq!(told, names, "{text:?}");
}

fn tap(report: &Report<'_>, text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("TAP version 13"));
    assert_eq!(lines.next(), Some(format!("1..{}", report.outcomes.len()).as_str()));
    let mut told = Vec::new();
    for line in lines {
        if let Some(point) = line.strip_prefix("not ").unwrap_or(line).strip_prefix("ok ") {
            let (number, name) = point.split_once(" - ").unwrap_or_else(|| panic!("{line:?}"));
            told.push(described(name));
            assert_eq!(number, told.len().to_string());
        } else if let Some(inner) = line.strip_prefix("  ") {
            if !matches!(inner, "---" | "...") {
                let (key, value) = inner.split_once(": ").unwrap_or_else(|| panic!("{line:?}"));
                assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line:?}");
                serde_json::from_str::<Value>(value).unwrap_or_else(|error| panic!("{line:?}: {error}"));
            }
        } else {
            assert!(line.starts_with("Bail out! ") && report.stopped.is_some(), "{line:?}");
        }
    }
    assert_eq!(told, names(report), "{text:?}");
}

/// A description, up to its directive.
fn described(text: &str) -> String {
    let mut description = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => description.extend(characters.next()),
            '#' => {
                description.pop();
                break;
            }
            other => description.push(other),
        }
    }
    description
}

fn github(report: &Report<'_>, text: &str) {
    let undone = |text: &str| {
        let text = text.replace("%2C", ",").replace("%3A", ":");
        text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    };
    let mut told = Vec::new();
    for line in text.lines() {
        let command = line.strip_prefix("::").unwrap_or_else(|| panic!("{line:?}"));
        let (command, _) = command.split_once("::").unwrap_or_else(|| panic!("{line:?}"));
        let (severity, properties) = command.split_once(' ').unwrap_or_else(|| panic!("{line:?}"));
        assert!(matches!(severity, "error" | "warning"), "{line:?}");
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').unwrap_or_else(|| panic!("{line:?}"));
            assert!(matches!(key, "file" | "line" | "col" | "title"), "{line:?}");
            told.extend((key == "title").then(|| undone(value)));
        }
    }
    let names = names(report);
    let wanted = report.outcomes.iter().zip(&names);
    let mut wanted: Vec<&str> = wanted
        .filter(|(outcome, _)| !matches!(outcome.verdict, Verdict::Pass | Verdict::Skip))
        .map(|(_, name)| name.as_str())
        .collect();
    wanted.sort_unstable();
    told.sort();
    assert_eq!(told, wanted, "{text:?}");
}

fn prom(report: &Report<'_>, text: &str) {
    let mut series = HashSet::new();
    let mut told = HashSet::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        assert!(name.starts_with("netdiag_check_"), "{line:?}");
        let rest = &line[name.len()..];
        let value = match rest.strip_prefix('{') {
            None => rest,
            Some(labels) => labelled(labels, |key, value| {
                told.extend((key == "check").then_some(value));
            }),
        };
        let value = value.strip_prefix(' ').unwrap_or_else(|| panic!("{line:?}"));
        assert!(value.parse::<f64>().is_ok(), "{line:?}");
        let labels = &line[..line.len() - value.len()];
        assert!(series.insert(labels), "{line:?} twice");
    }
    assert_eq!(told, names(report).into_iter().collect(), "{text:?}");
}

/// Shows each label to `each`; what follows the brace that ends them.
fn labelled(mut text: &str, mut each: impl FnMut(&str, String)) -> &str {
    loop {
        let (key, rest) = text.split_once("=\"").unwrap_or_else(|| panic!("{text:?}"));
        assert!(key.bytes().all(|byte| byte.is_ascii_lowercase()), "{key:?}");
        let mut value = String::new();
        let mut characters = rest.chars();
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') => match characters.next() {
                    Some('n') => value.push('\n'),
                    Some(sign @ ('"' | '\\')) => value.push(sign),
                    other => panic!("{other:?} in {rest:?}"),
                },
                Some(other) => value.push(other),
                None => panic!("{rest:?}"),
            }
        }
        each(key, value);
        text = characters.as_str();
        match text.strip_prefix(',') {
            Some(next) => text = next,
            None => return text.strip_prefix('}').unwrap_or_else(|| panic!("{text:?}")),
        }
    }
}

fn nagios(_: &Report<'_>, text: &str) {
    assert_eq!((text.matches('\n').count(), text.matches('|').count()), (1, 1), "{text:?}");
    let (_, mut figures) = text.trim_end_matches('\n').split_once(" | ").expect("figures");
    while !figures.is_empty() {
        let rest = match figures.strip_prefix('\'') {
            None => figures.find('=').map(|at| &figures[at..]),
            Some(quoted) => {
                let end = quoted.replace("''", "  ").find('\'');
                end.map(|end| (&quoted[..end], &quoted[end + 1..])).map(|(label, rest)| {
                    assert!(!label.contains('='), "{text:?}");
                    rest
                })
            }
        };
        let value = rest.and_then(|rest| rest.strip_prefix('=')).unwrap_or_else(|| panic!("{figures:?}"));
        let (value, rest) = value.split_once(' ').unwrap_or((value, ""));
        let number = value.trim_end_matches(['s', 'B', '%']);
        assert!(number.parse::<f64>().is_ok(), "{value:?}");
        figures = rest;
    }
}

/// No character of a word means anything to Markdown or HTML, and a table stays one.
fn is_markdown(text: &str, limit: usize) {
    is_quiet(text);
    assert!(text.len() <= limit, "{} of {limit}", text.len());
    assert!(!text.contains(SECRET), "{text}");
    let ours = ["<br>", "<details>", "</details>", "<summary>", "</summary>"];
    let others = ours.iter().fold(text.to_owned(), |text, tag| text.replace(tag, ""));
    assert!(!others.contains(['<', '>', '`', '[', '\\']), "{others:?}");
    for row in text.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.matches('|').count(), 6, "{row:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/wordings").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(seeds.len() > 1);
        for seed in &seeds {
            for (format, verdicts) in
                (0..=30).flat_map(|format| (0..=40).map(move |verdicts| (format, verdicts)))
            {
                reports(&[&[format, verdicts], &seed[2..]].concat());
            }
        }
    }
}
