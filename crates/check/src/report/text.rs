//! A line for each check, all that is known of those that failed, one line for each that editors can jump to, and last what could not
//! be measured.
//!
//! The mark and the words say everything; colour only repeats it.

use std::fmt::Write as _;

use anstyle::Style;
use netdiag_text::table::Color;
use netdiag_text::terminal::{padded, width};
use netdiag_text::{Charset, Quantity};

use super::entry::{Entry, Page, sentence, told};
use super::unmeasured;
use crate::verdict::Verdict;

pub(super) fn render(page: &Page, color: bool, charset: Charset) -> String {
    let mut text = String::new();
    let widths = Widths::of(page);
    for entry in page.shown() {
        head(&mut text, entry, widths, color);
        details(&mut text, entry);
    }
    if page.shown().next().is_some() {
        text.push('\n');
    }
    last(&mut text, page);
    text.push_str(&unmeasured::lines(page));
    charset.spelled(&text).into_owned()
}

/// Columns of the lines; a long word sticks out instead of pushing all others away.
#[derive(Clone, Copy)]
struct Widths {
    name: usize,
    subject: usize,
}

impl Widths {
    fn of(page: &Page) -> Self {
        let widest = |width: fn(&Entry) -> usize| page.shown().map(width).max().unwrap_or(0).min(WIDEST);
        Self { name: widest(|entry| width(&entry.name)), subject: widest(|entry| width(&entry.subject())) }
    }
}

const WIDEST: usize = 36;

fn head(text: &mut String, entry: &Entry, widths: Widths, coloured: bool) {
    let verdict = entry.outcome.verdict;
    let style = if coloured { color(verdict).style().bold() } else { Style::new() };
    let message = match (verdict, entry.message()) {
        (_, None) => String::new(),
        (Verdict::Fail | Verdict::Flaky, Some(message)) => format!("{message}  "),
        (_, Some(message)) => format!("{}: {message}  ", verdict.participle()),
    };
    writeln!(
        text,
        "{style}{}{style:#}  {}  {}  {message}{}",
        padded(&label(verdict), WIDEST_LABEL),
        padded(&entry.name, widths.name),
        padded(&entry.subject(), widths.subject),
        entry.time(),
    )
    .expect("a string takes everything");
}

/// What else is known of a check that did not end as it should.
fn details(text: &mut String, entry: &Entry) {
    let outcome = &entry.outcome;
    let mut line = |words: String| {
        text.push_str("    ");
        text.push_str(&words);
        text.push('\n');
    };
    if matches!(outcome.verdict, Verdict::Fail | Verdict::Error | Verdict::Warn) {
        // One alone is told by the line above.
        for assertion in entry.assertions().iter().filter(|_| entry.assertions().len() > 1) {
            let verdict = if assertion.holds { Verdict::Pass } else { Verdict::Fail };
            line(format!("{}  {}", label(verdict), sentence(assertion)));
        }
        for measure in outcome.finding().iter().flat_map(|finding| &finding.measurements) {
            // What an assertion told is not told again.
            if !entry.assertions().iter().any(|assertion| assertion.subject == measure.name) {
                line(format!("{} = {}", measure.name, measure.value));
            }
        }
        for failure in outcome.failures.iter().filter(|_| outcome.attempts > 1) {
            line(format!("after {}: {}", Quantity::Time(failure.began), told(&failure.finding)));
        }
        if outcome.attempts > 1 {
            line(format!("{} attempts", outcome.attempts));
        }
    }
    if let Some(hint) = &outcome.hint {
        line(format!("hint: {hint}"));
    }
}

fn last(text: &mut String, page: &Page) {
    let total = page.entries.len();
    let checks = if total == 1 { "check" } else { "checks" };
    let cut = page.cut().map(|why| format!("{why}: ")).unwrap_or_default();
    writeln!(text, "{cut}{total} {checks}: {} in {}", page.tally(), Quantity::Time(page.duration))
        .expect("a string takes everything");
    for entry in &page.entries {
        let Some((severity, message)) = severity(entry.outcome.verdict).zip(entry.message()) else {
            continue;
        };
        let file = entry.file.as_deref().map(|file| format!("{file}:")).unwrap_or_default();
        let place = entry.place.map(|place| format!("{place}: ")).unwrap_or_default();
        writeln!(text, "{file}{place}{severity}: {}: {message}", entry.name)
            .expect("a string takes everything");
    }
}

/// What compilers would call it; `None` for what is as it should be, or was not to be judged.
pub(super) fn severity(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass | Verdict::Skip => None,
        Verdict::Warn | Verdict::Flaky => Some("warning"),
        Verdict::Fail | Verdict::Error => Some("error"),
    }
}

/// How people are told of it: a sign and a word, neither of which needs the other.
pub(super) fn label(verdict: Verdict) -> String {
    let sign = match verdict {
        Verdict::Pass => '✓',
        Verdict::Skip => '-',
        Verdict::Warn => '!',
        Verdict::Flaky => '~',
        Verdict::Fail => '✗',
        Verdict::Error => '?',
    };
    format!("{sign} {}", verdict.word().to_uppercase())
}

/// `✗ ERROR`.
const WIDEST_LABEL: usize = 7;

/// What repeats the word.
pub(super) fn color(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Pass => Color::Green,
        Verdict::Skip => Color::Cyan,
        Verdict::Warn | Verdict::Flaky => Color::Yellow,
        Verdict::Fail => Color::Red,
        Verdict::Error => Color::Magenta,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, PLAIN, matches, rendered};
    use super::super::{Format, RenderOptions};
    use super::*;
    use crate::file::{Notation, Variables};
    use crate::plan::Plan;
    use crate::run::{Outcome, Report, StopReason};

    #[test]
    fn quiet_leaves_out_what_is_as_it_should_be() {
        let [all, quiet] =
            [false, true].map(|quiet| rendered(Format::Text, RenderOptions { quiet, ..PLAIN }));
        let lines = |text: &str, marks: &[char]| text.lines().filter(|line| line.starts_with(marks)).count();
        assert!(lines(&all, &['✓', '-']) > 0 && lines(&quiet, &['✓', '-']) == 0, "{quiet}");
        let rest = ['✗', '?', '!', '~'];
        assert_eq!(lines(&all, &rest), lines(&quiet, &rest), "{quiet}");
        let tally = |text: &str| text.lines().find(|line| line.contains(" checks: ")).map(str::to_owned);
        assert_eq!(tally(&all), tally(&quiet));
        let table = rendered(Format::Table, RenderOptions { quiet: true, ..PLAIN });
        assert!(!table.contains('✓') && table.contains('✗'), "{table}");
    }

    #[test]
    fn every_verdict() {
        matches("text.txt", rendered(Format::Text, PLAIN));
    }

    #[test]
    fn colour_only_repeats_the_words() {
        let coloured = rendered(Format::Text, RenderOptions { color: true, ..PLAIN });
        let stripped = coloured.replace("\x1b[0m", "");
        let stripped = [1, 2, 3, 5, 6].iter().fold(stripped, |text, color| {
            text.replace("\x1b[1m", "").replace(&format!("\x1b[3{color}m"), "")
        });
        assert_ne!(coloured, stripped);
        assert_eq!(stripped, rendered(Format::Text, PLAIN));
    }

    #[test]
    fn last_lines_are_what_a_problem_matcher_reads() {
        let matcher = regex::Regex::new(r"^(.+):(\d+):(\d+): (error|warning): (.+)$").unwrap();
        let text = rendered(Format::Text, PLAIN);
        let seen: Vec<String> =
            text.lines().filter_map(|line| Some(matcher.captures(line)?[2].to_owned())).collect();
        assert_eq!(seen, ["12", "20", "35", "41"]);
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        let text = "version = 1\n[[check]]\nname = \"データベース\"\nkind = \"sysctl\"\nkey = \"a\"\nvalue = 1\n\
            [[check]]\nname = \"cafe\u{301}\"\nkind = \"sysctl\"\nkey = \"a\"\nvalue = 1\n\
            [[check]]\nname = \"plain\"\nkind = \"sysctl\"\nkey = \"a\"\nvalue = 1\n";
        let plan = Plan::read("f", text, Notation::Toml, &Variables::default()).unwrap();
        let outcomes =
            (0..3).map(|index| Outcome::without_attempt(index, Verdict::Skip, "no".into())).collect();
        let report = Report { plan: &plan, outcomes, ..fixture::report(&plan) };
        let text = Format::Text.render(&report, PLAIN);
        let starts: Vec<usize> =
            text.lines().filter_map(|line| Some(width(&line[..line.find("sysctl a")?]))).collect();
        assert_eq!(starts, [23; 3], "{text}");
        let table = Format::Table.render(&report, RenderOptions { width: Some(70), ..PLAIN });
        let starts: Vec<usize> =
            table.lines().filter_map(|line| Some(width(&line[..line.find("sysctl")?]))).collect();
        assert!(starts.len() == 3 && starts.iter().all(|start| *start == starts[0]), "{table}");
    }

    #[test]
    fn a_run_that_was_cut_says_so() {
        let plan = fixture::plan();
        let report =
            Report { stopped: Some(StopReason::Interrupted), outcomes: Vec::new(), ..fixture::report(&plan) };
        assert_eq!(Format::Text.render(&report, PLAIN), "interrupted: 0 checks: nothing to check in 2.4 s\n");
    }
}
