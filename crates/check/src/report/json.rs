//! Reports as JSON, schema `netdiag.check/1`: one document, or one object per line, all at once or while it runs.
//!
//! What is not known is absent. The schema and the reference are derived from the records here.

use std::time::SystemTime;

use jiff::Timestamp;
use netdiag_text::Quantity;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::json;

use super::entry::{Clean, Entry, Page, told};
use crate::finding::{Assertion, Measurement};
use crate::plan::Plan;
use crate::run::{Attempt, Outcome, Report};
use crate::verdict::Verdict;

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.check/1";

/// What was run: the first line, and the first keys of a document.
#[derive(Debug, JsonSchema, Serialize)]
struct Run<'a> {
    /// The schema; a change that breaks readers changes the number, new keys do not.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// The version of netdiag that wrote this.
    netdiag: &'static str,
    /// The name of the host the checks ran on.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    /// When the run began, in UTC, as RFC 3339 has it.
    started: String,
}

/// How many checks ended how: the last line, and the last keys of a document.
#[derive(Debug, JsonSchema, Serialize)]
struct Summary {
    /// From the run's beginning to its end.
    duration_s: f64,
    /// How many checks were to be run.
    checks: usize,
    /// Everything was as stated.
    pass: usize,
    /// Not run, or not to be judged.
    skip: usize,
    /// Not as stated, which was to be no more than a warning.
    warn: usize,
    /// As stated, but not at the first attempt.
    flaky: usize,
    /// Not as stated.
    fail: usize,
    /// Could not be measured, though required.
    error: usize,
    /// Why the run ended before all checks had.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("enum" = ["interrupted", "deadline"]))]
    cut: Option<&'static str>,
}

/// What came of one check.
#[derive(Debug, JsonSchema, Serialize)]
struct Result<'a> {
    /// The check's name, unique in a run.
    name: &'a str,
    /// The check's kind.
    kind: &'a str,
    /// What was checked, as a person would say it.
    target: &'a str,
    /// Words to select it by.
    tags: &'a [String],
    /// How it ended.
    #[schemars(extend("enum" = ["pass", "skip", "warn", "flaky", "fail", "error"]))]
    verdict: &'static str,
    /// Why it did not simply pass, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What to do or look at next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// The check file; missing for a check from the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    /// The line its check begins at, counted from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The column, counted from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// When it began, in UTC, as RFC 3339 has it.
    started: String,
    /// From its first attempt to its verdict.
    duration_s: f64,
    /// How many attempts came to their end; 0 if it never began, or was cut off in its first.
    attempts: u32,
    /// The first few attempts that failed.
    failures: Vec<Failure>,
    /// What was expected, and how it was, at the last attempt.
    assertions: Vec<Expectation<'a>>,
    /// Everything measured at the last attempt, whether or not anything was expected of it.
    measures: Vec<Value<'a>>,
}

/// An attempt that failed.
#[derive(Debug, JsonSchema, Serialize)]
struct Failure {
    /// From the check's beginning to the attempt's.
    began_s: f64,
    /// How long the attempt took.
    duration_s: f64,
    /// What was not as stated.
    message: String,
}

/// One expectation.
#[derive(Debug, JsonSchema, Serialize)]
struct Expectation<'a> {
    /// What it is about.
    subject: &'a str,
    /// What was wanted, as the file has it.
    wanted: &'a str,
    /// What was seen; missing if there was nothing to see, which is never as wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<&'a str>,
    /// Whether it was as wanted.
    holds: bool,
}

/// One measured value: a number or words.
#[derive(Debug, JsonSchema, Serialize)]
struct Value<'a> {
    /// Its name, as in `expect`.
    name: &'a str,
    /// The number, in its base unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    /// The words, of a value that is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// The number's unit: `ratio` is a part of one; missing for counts and words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("enum" = ["s", "ratio", "B", "B/s"]))]
    unit: Option<&'static str>,
}

/// All of it in one object.
#[derive(Debug, JsonSchema, Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    run: Run<'a>,
    /// In the order of the files; checks nobody chose are not among them.
    results: Vec<Result<'a>>,
    /// How many checks ended how.
    summary: Summary,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event<'a> {
    Run(Run<'a>),
    Result(Result<'a>),
    Summary(Summary),
}

pub(super) fn document(page: &Page, host: Option<&str>) -> String {
    let document = Document {
        run: Run::new(page.started, host),
        results: page.entries.iter().map(Result::new).collect(),
        summary: Summary::new(page),
    };
    netdiag_text::json::to_string_pretty(&document).expect("nothing in a report is no JSON") + "\n"
}

pub(super) fn lines(page: &Page, host: Option<&str>) -> String {
    let results = page.entries.iter().map(|entry| Event::Result(Result::new(entry)));
    let events = std::iter::once(Event::Run(Run::new(page.started, host)))
        .chain(results)
        .chain([Event::Summary(Summary::new(page))]);
    events.map(line).collect()
}

fn line(event: Event<'_>) -> String {
    netdiag_text::json::to_string(&event).expect("nothing in a report is no JSON") + "\n"
}

/// The first line, of a run that began at `started`.
pub fn first_line(started: SystemTime, host: Option<&str>) -> String {
    line(Event::Run(Run::new(started, host)))
}

/// The line of a check of `plan` that has ended.
pub fn result_line(plan: &Plan, outcome: &Outcome) -> String {
    line(Event::Result(Result::new(&Entry::new(plan, outcome, Clean::Exact))))
}

/// The last line.
pub fn last_line(report: &Report<'_>) -> String {
    line(Event::Summary(Summary::new(&Page::new(report, Clean::Exact))))
}

/// The schema of a document; that of a line is its `$defs/Event`.
pub fn schema() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.subschema_for::<Event<'_>>();
    let mut schema = generator.into_root_schema_for::<Document<'_>>();
    schema.insert("title".to_owned(), json!(SCHEMA));
    schema
}

impl<'a> Run<'a> {
    fn new(started: SystemTime, host: Option<&'a str>) -> Self {
        Self { schema: SCHEMA, netdiag: env!("CARGO_PKG_VERSION"), host, started: time(started) }
    }
}

impl Summary {
    fn new(page: &Page) -> Self {
        Self {
            duration_s: page.duration.as_secs_f64(),
            checks: page.entries.len(),
            pass: page.count(Verdict::Pass),
            skip: page.count(Verdict::Skip),
            warn: page.count(Verdict::Warn),
            flaky: page.count(Verdict::Flaky),
            fail: page.count(Verdict::Fail),
            error: page.count(Verdict::Error),
            cut: page.cut.map(crate::run::StopReason::word),
        }
    }
}

impl<'a> Result<'a> {
    fn new(entry: &'a Entry) -> Self {
        let outcome = &entry.outcome;
        let measures = outcome.finding().map(|finding| &finding.measurements[..]).unwrap_or_default();
        Self {
            name: &entry.name,
            kind: entry.kind,
            target: &entry.target,
            tags: &entry.tags,
            verdict: outcome.verdict.word(),
            message: entry.message(),
            hint: outcome.hint.as_deref(),
            file: entry.file.as_deref(),
            line: entry.place.map(|place| place.line),
            column: entry.place.map(|place| place.column),
            started: time(outcome.started),
            duration_s: outcome.duration.as_secs_f64(),
            attempts: outcome.attempts,
            failures: outcome.failures.iter().map(Failure::new).collect(),
            assertions: entry.assertions().iter().map(Expectation::new).collect(),
            measures: measures.iter().map(Value::new).collect(),
        }
    }
}

impl Failure {
    fn new(attempt: &Attempt<String>) -> Self {
        Self {
            began_s: attempt.began.as_secs_f64(),
            duration_s: attempt.took.as_secs_f64(),
            message: told(&attempt.finding),
        }
    }
}

impl<'a> Expectation<'a> {
    fn new(assertion: &'a Assertion<String>) -> Self {
        let Assertion { subject, wanted, seen, holds } = assertion;
        Self { subject, wanted, seen: seen.as_deref(), holds: *holds }
    }
}

impl<'a> Value<'a> {
    fn new(measure: &'a Measurement<String>) -> Self {
        let (text, unit) = match &measure.value {
            Quantity::Text(text) => (Some(text.as_str()), None),
            Quantity::Count(_) => (None, None),
            Quantity::Ratio(_) => (None, Some("ratio")),
            Quantity::Time(_) => (None, Some("s")),
            Quantity::Bytes(_) => (None, Some("B")),
            Quantity::Rate(_) => (None, Some("B/s")),
        };
        Self { name: &measure.name, value: measure.value.base(), text, unit }
    }
}

/// RFC 3339 with milliseconds; the last year there is for what lies beyond.
pub(super) fn time(time: SystemTime) -> String {
    format!("{:.3}", Timestamp::try_from(time).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{self, PLAIN, matches, rendered};

    #[test]
    fn every_verdict() {
        matches("json.json", rendered(Format::Json, PLAIN));
    }

    #[test]
    fn lines_are_the_document_in_pieces() {
        let document: serde_json::Value = serde_json::from_str(&rendered(Format::Json, PLAIN)).unwrap();
        let text = rendered(Format::Jsonl, PLAIN);
        let mut lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let events: Vec<_> = lines
            .iter_mut()
            .map(|line| line.as_object_mut().unwrap().shift_remove("event").unwrap())
            .collect();
        assert_eq!(events.first().unwrap(), "run");
        assert_eq!(events.last().unwrap(), "summary");
        assert!(events[1..events.len() - 1].iter().all(|event| event == "result"));
        assert_eq!(lines[0]["started"], document["started"]);
        assert_eq!(lines[1..lines.len() - 1], document["results"].as_array().unwrap()[..]);
        assert_eq!(*lines.last().unwrap(), document["summary"]);
    }

    #[test]
    fn lines_while_it_runs_are_those_of_the_whole() {
        let plan = fixture::plan();
        let report = fixture::report(&plan);
        let live: String = [super::first_line(report.started, PLAIN.host)]
            .into_iter()
            .chain(report.outcomes.iter().map(|outcome| super::result_line(&plan, outcome)))
            .chain([super::last_line(&report)])
            .collect();
        assert_eq!(live, rendered(Format::Jsonl, PLAIN));
    }

    #[test]
    fn words_arrive_as_they_were_found_and_do_nothing_on_the_way() {
        let text = rendered(Format::Json, PLAIN);
        assert!(!text.contains(|character: char| character.is_control() && character != '\n'));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["results"][6]["measures"][0]["text"], "\x1b[2J\0]]>SSH");
    }
}
