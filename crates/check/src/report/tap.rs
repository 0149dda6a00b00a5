//! The Test Anything Protocol, as version 14 has it: escapes in names, a YAML block below what did not pass.
//!
//! It says `TAP version 13`, whose harnesses read all of this, because those of version 14 read 13 but older ones refuse 14.

use std::fmt::Write as _;

use serde_json::json;

use super::entry::{Entry, Page, told};
use super::text::severity;
use crate::verdict::Verdict;

pub(super) fn render(page: &Page) -> String {
    let mut text = format!("TAP version 13\n1..{}\n", page.entries.len());
    for (number, entry) in (1..).zip(&page.entries) {
        point(&mut text, number, entry);
    }
    // What follows has not been run to its end, and a harness must not read it as if it had.
    if let Some(why) = page.cut() {
        writeln!(text, "Bail out! {why}").expect("a string takes everything");
    }
    text
}

fn point(text: &mut String, number: usize, entry: &Entry) {
    let verdict = entry.outcome.verdict;
    let good = matches!(verdict, Verdict::Pass | Verdict::Skip | Verdict::Flaky);
    let message = entry.message().map(|message| escaped(&message)).unwrap_or_default();
    let directive = match verdict {
        Verdict::Skip => format!(" # SKIP {message}"),
        // Directives know no case; what fails and is marked so does not fail the suite.
        Verdict::Warn => format!(" # todo warning: {message}"),
        _ => String::new(),
    };
    writeln!(text, "{} {number} - {}{directive}", if good { "ok" } else { "not ok" }, escaped(&entry.name))
        .expect("a string takes everything");
    if !matches!(verdict, Verdict::Pass | Verdict::Skip) {
        block(text, entry);
    }
}

/// YAML whose values are written as JSON, which YAML contains.
fn block(text: &mut String, entry: &Entry) {
    let outcome = &entry.outcome;
    let mut lines = vec![
        ("message", json!(entry.message())),
        ("severity", json!(severity(outcome.verdict))),
        ("verdict", json!(outcome.verdict.word())),
        ("kind", json!(entry.kind)),
        ("target", json!(entry.target)),
        ("duration_s", json!(outcome.duration.as_secs_f64())),
        ("attempts", json!(outcome.attempts)),
    ];
    if let Some((file, place)) = entry.file.as_ref().zip(entry.place) {
        lines.push(("at", json!({ "file": file, "line": place.line, "column": place.column })));
    }
    let failures: Vec<String> = outcome.failures.iter().map(|attempt| told(&attempt.finding)).collect();
    if outcome.attempts > 1 {
        lines.push(("failures", json!(failures)));
    }
    lines.extend(outcome.hint.as_ref().map(|hint| ("hint", json!(hint))));
    text.push_str("  ---\n");
    for (key, value) in lines {
        writeln!(text, "  {key}: {value}").expect("a string takes everything");
    }
    text.push_str("  ...\n");
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{self, PLAIN, matches, rendered};
    use crate::run::{Report, StopReason};

    #[test]
    fn every_verdict() {
        matches("tap.tap", rendered(Format::Tap, PLAIN));
    }

    #[test]
    fn a_run_that_was_cut_off_bails_out() {
        let plan = fixture::plan();
        let whole = fixture::report(&plan);
        let text = Format::Tap.render(&whole, PLAIN);
        let cut = Report { stopped: Some(StopReason::Deadline), ..whole };
        let rest = Format::Tap.render(&cut, PLAIN).strip_prefix(&text).map(str::to_owned);
        assert!(rest.is_some_and(|rest| rest.starts_with("Bail out! ") && rest.lines().count() == 1));
    }
}
