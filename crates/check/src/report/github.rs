//! Annotations of a GitHub workflow, at the lines of the check file, and the Markdown of a step's summary.
//!
//! GitHub shows ten errors and ten warnings of a step and drops the others without a word, so the last one counts them.

use std::fmt::Write as _;

use netdiag_text::{Charset, Quantity};

use super::entry::{Clean, Entry, Page};
use super::text::{label, severity};
use crate::run::Report;
use crate::verdict::Verdict;

/// Of each severity; one more says how many there were.
const MOST: usize = 9;

pub(super) fn render(page: &Page) -> String {
    let mut text = String::new();
    for severity in ["error", "warning"] {
        let annotated: Vec<&Entry> = page
            .entries
            .iter()
            .filter(|entry| self::severity(entry.outcome.verdict) == Some(severity))
            .collect();
        annotated.iter().take(MOST).for_each(|entry| annotate(&mut text, severity, entry));
        if let Some(more) = annotated.len().checked_sub(MOST).filter(|more| *more > 0) {
            line(
                &mut text,
                severity,
                &[("title", "netdiag check".to_owned())],
                &format!("…and {more} more, see the summary"),
            );
        }
    }
    text
}

fn annotate(text: &mut String, severity: &str, entry: &Entry) {
    let mut properties = Vec::new();
    if let Some((file, place)) = entry.file.as_ref().zip(entry.place) {
        properties.push(("file", file.clone()));
        properties.push(("line", place.line.to_string()));
        properties.push(("col", place.column.to_string()));
    }
    properties.push(("title", entry.name.clone()));
    let mut message = entry.message().unwrap_or_default();
    if let Some(hint) = &entry.outcome.hint {
        write!(message, "\nhint: {hint}").expect("a string takes everything");
    }
    line(text, severity, &properties, &message);
}

/// `::error file=F,line=1::MESSAGE`
fn line(text: &mut String, command: &str, properties: &[(&str, String)], message: &str) {
    let properties: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    writeln!(text, "::{command} {}::{}", properties.join(","), data(message))
        .expect("a string takes everything");
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The report as Markdown, cut where it would be longer than `limit` bytes: GitHub refuses more than 1 MiB for a step.
pub fn summary(report: &Report<'_>, limit: usize) -> String {
    let page = Page::new(report, Clean::Visible(Charset::Unicode));
    let cut = page.cut().map(|why| format!(" ({why})")).unwrap_or_default();
    let mut text = format!("### netdiag check: {} in {}{cut}\n", page.tally(), Quantity::Time(page.duration));
    let (good, bad): (Vec<&Entry>, Vec<&Entry>) =
        page.entries.iter().partition(|entry| entry.outcome.verdict == Verdict::Pass);
    let room = limit.saturating_sub(RESERVE);
    let mut left_out = rows(&mut text, &bad, room);
    if !good.is_empty() && text.len() < room {
        write!(text, "\n<details><summary>{} passed</summary>\n", good.len())
            .expect("a string takes everything");
        left_out += rows(&mut text, &good, room);
        text.push_str("\n</details>\n");
    } else {
        left_out += good.len();
    }
    if left_out > 0 {
        writeln!(text, "\n…and {left_out} more").expect("a string takes everything");
    }
    text
}

/// For what follows a table that was cut.
const RESERVE: usize = 200;

/// A table of as many entries as there is room for; the number of the others.
fn rows(text: &mut String, entries: &[&Entry], room: usize) -> usize {
    if entries.is_empty() {
        return 0;
    }
    text.push_str("\n| | check | target | why | time |\n|---|---|---|---|--:|\n");
    for (number, entry) in entries.iter().enumerate() {
        let row = row(entry);
        if text.len() + row.len() > room {
            return entries.len() - number;
        }
        text.push_str(&row);
    }
    0
}

fn row(entry: &Entry) -> String {
    let outcome = &entry.outcome;
    let mut why = markdown(&entry.message().unwrap_or_default());
    if let Some(hint) = &outcome.hint {
        write!(why, "<br>hint: {}", markdown(hint)).expect("a string takes everything");
    }
    let verdict = label(outcome.verdict);
    let (name, subject) = (markdown(&entry.name), markdown(&entry.subject()));
    format!("| {verdict} | {name} | {subject} | {why} | {} |\n", entry.time())
}

/// Text in which no character means anything to Markdown or HTML.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '@' | '~' | '!' => {
                write!(escaped, "&#{};", u32::from(character)).expect("a string takes everything");
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{self, PLAIN, matches, rendered};
    use super::*;
    use crate::plan::Plan;

    #[test]
    fn every_verdict() {
        matches("github.txt", rendered(Format::Github, PLAIN));
    }

    #[test]
    fn a_summary_of_every_verdict() {
        let plan = fixture::plan();
        let text = summary(&fixture::report(&plan), 900_000);
        assert!(!text.contains("hunter2"));
        matches("summary.md", text);
    }

    #[test]
    fn a_line_is_a_command_of_the_documented_grammar() {
        let grammar = regex::Regex::new(
            "^::(error|warning) ((file|line|col|title)=([^%:,\\r\\n]|%25|%0D|%0A|%3A|%2C)*,?)+::([^%\\r\\n]|%25|%0D|%0A)*$",
        )
        .unwrap();
        for line in rendered(Format::Github, PLAIN).lines() {
            assert!(grammar.is_match(line), "{line}");
        }
    }

    /// A plan of so many checks that all fail.
    fn failing(count: usize) -> (Plan, Vec<crate::run::Outcome>) {
        let checks =
            (0..count).map(|at| fixture::check(&format!("check {at}"), "tcp", "h:1", at + 1)).collect();
        let outcomes = (0..count).map(|at| fixture::outcome(at, Verdict::Fail, 1)).collect();
        (Plan { checks, ..Plan::default() }, outcomes)
    }

    #[test]
    fn no_more_is_annotated_than_is_shown() {
        for (count, lines, last) in [(9, 9, "check 8"), (10, 10, "…and 1 more"), (500, 10, "…and 491 more")]
        {
            let (plan, outcomes) = failing(count);
            let template = fixture::plan();
            let text =
                Format::Github.render(&Report { plan: &plan, outcomes, ..fixture::report(&template) }, PLAIN);
            assert_eq!(text.lines().count(), lines);
            assert!(text.lines().last().unwrap().contains(last), "{text}");
        }
    }

    #[test]
    fn a_summary_is_as_long_as_it_may_be() {
        let (plan, outcomes) = failing(2000);
        let template = fixture::plan();
        let report = Report { plan: &plan, outcomes, ..fixture::report(&template) };
        for limit in [1000, 10_000, 900_000] {
            let text = summary(&report, limit);
            let shown = text.matches("| ✗ FAIL |").count();
            assert!(text.len() <= limit, "{}", text.len());
            assert!(
                shown == 2000 || text.ends_with(&format!("\n…and {} more\n", 2000 - shown)),
                "{limit}: {shown}"
            );
            assert!(shown == 2000 || text.len() + 300 > limit, "{limit}: {}", text.len());
        }
    }
}
