//! JUnit XML as Surefire writes it: one suite for each check file, `failure` for what is not as stated, `error` for what could not be measured.
//!
//! A flaky check is a success with `flakyFailure`s in it, and a warning passes with its words as output: neither turns a job red.

use std::time::SystemTime;

use jiff::Timestamp;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::entry::{Entry, Page, sentence, told};
use crate::run::Attempt;
use crate::verdict::Verdict;

pub(super) fn render(page: &Page, host: Option<&str>) -> String {
    let mut report = Report::new("netdiag");
    report.set_time(page.duration);
    let mut files: Vec<Option<&str>> = Vec::new();
    for entry in &page.entries {
        if !files.contains(&entry.file.as_deref()) {
            files.push(entry.file.as_deref());
        }
    }
    for file in files {
        report.add_test_suite(suite(page, file, host));
    }
    report.to_string().expect("a string takes everything")
}

fn suite(page: &Page, file: Option<&str>, host: Option<&str>) -> TestSuite {
    let mut suite = TestSuite::new(file.unwrap_or("command line"));
    suite.set_time(page.duration);
    suite.extra.insert("timestamp".into(), time(page.started).into());
    if let Some(host) = host {
        suite.extra.insert("hostname".into(), host.into());
    }
    suite.add_test_cases(page.entries.iter().filter(|entry| entry.file.as_deref() == file).map(case));
    suite
}

fn case(entry: &Entry) -> TestCase {
    let mut case = TestCase::new(entry.name.as_str(), status(entry));
    case.set_classname(format!("netdiag.{}", entry.kind));
    case.set_time(entry.outcome.duration);
    if let Some((file, place)) = entry.file.as_ref().zip(entry.place) {
        case.extra.insert("file".into(), file.into());
        case.extra.insert("line".into(), place.line.to_string().into());
    }
    if let (Verdict::Warn, Some(message)) = (entry.outcome.verdict, entry.message()) {
        case.set_system_out(format!("warning: {message}"));
    }
    case
}

fn status(entry: &Entry) -> TestCaseStatus {
    let outcome = &entry.outcome;
    let message = entry.message().unwrap_or_default();
    match outcome.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Flaky => {
            let mut status = TestCaseStatus::success();
            status.add_reruns(outcome.failures.iter().map(rerun));
            status
        }
        Verdict::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(message);
            status
        }
        Verdict::Fail => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(message).set_type("assertion").set_description(page_of(entry));
            // The last attempt is the failure itself.
            let earlier = outcome.failures.iter().take(outcome.attempts.saturating_sub(1) as usize);
            status.add_reruns(earlier.map(rerun));
            status
        }
        Verdict::Error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(message).set_type("unmeasured").set_description(page_of(entry));
            status
        }
    }
}

fn rerun(attempt: &Attempt<String>) -> TestRerun {
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun.set_type("assertion").set_message(told(&attempt.finding));
    rerun
}

/// Everything the last attempt found, a line each.
fn page_of(entry: &Entry) -> String {
    let mut lines = vec![entry.subject()];
    lines.extend(entry.assertions().iter().map(sentence));
    let measures = entry.outcome.finding().into_iter().flat_map(|finding| &finding.measurements);
    lines.extend(measures.map(|measure| format!("{} = {}", measure.name, measure.value)));
    lines.extend(entry.outcome.hint.as_ref().map(|hint| format!("hint: {hint}")));
    lines.join("\n")
}

/// RFC 3339 with milliseconds; the last year there is for what lies beyond.
fn time(time: SystemTime) -> String {
    format!("{:.3}", Timestamp::try_from(time).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{PLAIN, matches, rendered};

    #[test]
    fn every_verdict() {
        matches("junit.xml", rendered(Format::Junit, PLAIN));
    }
}
