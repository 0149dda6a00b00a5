//! Reports as JSON, schema `netdiag.check/1`: one document, or one object per line, all at once or while it runs.
//!
//! What is not known is absent. The schema and the reference are derived from the records here.

use std::time::SystemTime;

use netdiag_text::Quantity;
use netdiag_text::duration::micros;
use netdiag_text::json::error::{ErrorRecord, KINDS, Notice};
use netdiag_text::json::frame::{Frame, Shape};
use netdiag_text::json::schema::Outline;
use netdiag_text::json::time::Time;
use netdiag_text::record;
use schemars::Schema;
use serde::{Serialize, Serializer};

use super::entry::{Clean, Entry, Page, told};
use crate::finding::{Assertion, Finding, Measurement};
use crate::plan::Plan;
use crate::run::{Attempt, Outcome, Report, StopReason};
use crate::verdict::Verdict;

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.check/1";

record! {
    /// What was run.
    Run<'a> {
    } maybe {
        /// The name of the host the checks ran on.
        hostname: &'a str,
    }
}

record! {
    /// How many checks ended how.
    Summary {
        /// From the run's beginning to its end.
        duration_us: f64,
        /// How many checks were to be run.
        checks: usize,
        /// Everything was as stated.
        passed: usize,
        /// Not run, or not to be judged.
        skipped: usize,
        /// Not as stated, which was to be no more than a warning.
        warned: usize,
        /// As stated, but not at the first attempt.
        flaky: usize,
        /// Not as expected.
        failed: usize,
        /// Could not be measured, though required.
        not_measured: usize,
    }
}

record! {
    /// What came of one check.
    Result<'a> {
        /// Its name, unique in a run.
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
        /// When it began.
        started: Time,
        /// From its first attempt to its verdict.
        duration_us: f64,
        /// How many attempts came to their end; 0 if it never began, or was cut off in its first.
        attempts: u32,
        /// The first few attempts that failed.
        failures: Vec<Failure>,
        /// What was expected, and how it was, at the last attempt.
        assertions: Vec<Expectation<'a>>,
        /// Everything measured at the last attempt, whether or not anything was expected of it.
        measures: Vec<Value<'a>>,
    } maybe {
        /// Why it did not simply pass, in one line.
        message: String,
        /// What to do or look at next.
        hint: &'a str,
        /// The check file; missing for a check from the command line.
        file: &'a str,
        /// The line its check begins at, counted from one.
        line: usize,
        /// The column, counted from one.
        column: usize,
    }
}

record! {
    /// An attempt that failed.
    Failure {
        /// From the check's beginning to the attempt's.
        began_us: f64,
        /// How long the attempt took.
        took_us: f64,
        /// What was not as stated: `kind` is that of a failed connection or exchange where there was one, else `unexpected`, or
        /// `not-measured`.
        error: ErrorRecord,
    }
}

record! {
    /// One expectation.
    Expectation<'a> {
        /// What it is about: the name of a measure, or a few words.
        about: &'a str,
        /// What was wanted, as the file has it.
        wanted: &'a str,
        /// Whether it was as wanted.
        holds: bool,
    } maybe {
        /// What was seen; missing if there was nothing to see, which is never as wanted.
        seen: &'a str,
    }
}

record! {
    /// One measured value: a number or words.
    Value<'a> {
        /// Its name, as in `expect`.
        name: &'a str,
    } maybe {
        /// The number, in its unit.
        value: Number,
        /// The words, of a value that is no number.
        text: &'a str,
        /// The number's unit: `ratio` is a part of one; missing for counts and words.
        #[schemars(extend("enum" = ["us", "ratio", "bytes", "bytes-per-s"]))]
        unit: &'static str,
    }
}

/// A number; a count is written as an integer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Count(f64),
    Real(f64),
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match *self {
            Self::Count(count) if count.fract() == 0.0 && count.abs() < EXACT => {
                serializer.serialize_i64(count as i64)
            }
            Self::Count(number) | Self::Real(number) => serializer.serialize_f64(number),
        }
    }
}

impl schemars::JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "number" })
    }
}

/// Up to here a number is every integer.
const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;

/// JSON on its way into memory.
type Lines<'a> = Frame<&'a mut Vec<u8>>;

pub(super) fn document(page: &Page, host: Option<&str>) -> String {
    whole(page, host, Shape::Document)
}

pub(super) fn lines(page: &Page, host: Option<&str>) -> String {
    whole(page, host, Shape::Lines)
}

fn whole(page: &Page, hostname: Option<&str>, shape: Shape) -> String {
    written(shape, |frame| {
        frame.begin(SCHEMA, page.started, &Run { hostname })?;
        frame.begin_list("results");
        page.entries.iter().try_for_each(|entry| result(frame, entry))?;
        frame.end_list();
        end(frame, page)
    })
}

fn written(shape: Shape, write: impl FnOnce(&mut Lines<'_>) -> std::io::Result<()>) -> String {
    let mut text = Vec::new();
    let mut frame = Frame::new(&mut text, shape, 0);
    write(&mut frame).and_then(|()| frame.write()).expect("nothing in a report is no JSON");
    drop(frame);
    String::from_utf8(text).expect("JSON is text")
}

fn result(frame: &mut Lines<'_>, entry: &Entry) -> std::io::Result<()> {
    let Outcome { started, duration, .. } = entry.outcome;
    frame.event("result", started.checked_add(duration).unwrap_or(started), &Result::new(entry))
}

fn end(frame: &mut Lines<'_>, page: &Page) -> std::io::Result<()> {
    let cut = page.cut.map(|why| {
        let message = match why {
            StopReason::Interrupted => "the run was ended before its end",
            StopReason::Deadline => "the deadline of the run passed before all checks had ended",
        };
        Notice::new(why.word(), message)
    });
    let ended = page.started.checked_add(page.duration).unwrap_or(page.started);
    frame.end(ended, cut.as_slice(), &Summary::new(page))
}

/// The first line, of a run that began at `started`.
pub fn first_line(started: SystemTime, host: Option<&str>) -> String {
    written(Shape::Lines, |frame| frame.begin(SCHEMA, started, &Run { hostname: host }))
}

/// The line of a check of `plan` that has ended.
pub fn result_line(plan: &Plan, outcome: &Outcome) -> String {
    written(Shape::Lines, |frame| result(frame, &Entry::new(plan, outcome, Clean::Exact)))
}

/// The last line.
pub fn last_line(report: &Report<'_>) -> String {
    written(Shape::Lines, |frame| end(frame, &Page::new(report, Clean::Exact)))
}

/// The schema of a document; that of a line is its `$defs/Line`.
pub fn schema() -> Schema {
    let mut outline = Outline::new::<Run<'_>>(SCHEMA);
    let result = outline.event::<Result<'_>>("result");
    let about = "What came of each check, in the order of the files; checks nobody chose are not among them.";
    outline.list("results", about, [result]);
    outline.end::<Summary>()
}

impl Summary {
    fn new(page: &Page) -> Self {
        Self {
            duration_us: micros(page.duration),
            checks: page.entries.len(),
            passed: page.count(Verdict::Pass),
            skipped: page.count(Verdict::Skip),
            warned: page.count(Verdict::Warn),
            flaky: page.count(Verdict::Flaky),
            failed: page.count(Verdict::Fail),
            not_measured: page.count(Verdict::Error),
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
            started: Time(outcome.started),
            duration_us: micros(outcome.duration),
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
            began_us: micros(attempt.began),
            took_us: micros(attempt.took),
            error: ErrorRecord::new(kind(&attempt.finding), told(&attempt.finding)),
        }
    }
}

impl<'a> Expectation<'a> {
    fn new(assertion: &'a Assertion<String>) -> Self {
        let Assertion { subject, wanted, seen, holds } = assertion;
        Self { about: subject, wanted, seen: seen.as_deref(), holds: *holds }
    }
}

/// Why an attempt failed, in one word.
fn kind(finding: &Finding<String>) -> &'static str {
    if finding.unmeasured.is_some() {
        return "not-measured";
    }
    let outcome = finding.measurements.iter().find(|measure| measure.name == "outcome");
    let known = outcome.and_then(|measure| match &measure.value {
        Quantity::Text(word) => KINDS.iter().find(|kind| *kind == word),
        _ => None,
    });
    known.copied().unwrap_or("unexpected")
}

impl<'a> Value<'a> {
    fn new(measure: &'a Measurement<String>) -> Self {
        let (value, text, unit) = match &measure.value {
            Quantity::Text(text) => (None, Some(text.as_str()), None),
            Quantity::Count(count) => (Some(Number::Count(*count)), None, None),
            Quantity::Ratio(ratio) => (Some(Number::Real(*ratio)), None, Some("ratio")),
            Quantity::Time(time) => (Some(Number::Real(micros(*time))), None, Some("us")),
            Quantity::Bytes(bytes) => (Some(Number::Count(*bytes)), None, Some("bytes")),
            Quantity::Rate(rate) => (Some(Number::Real(*rate)), None, Some("bytes-per-s")),
        };
        Self { name: &measure.name, value, text, unit }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{self, PLAIN, matches, rendered};
    use super::Number;
    use crate::run::{Report, StopReason};

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
        let records: Vec<_> = lines
            .iter_mut()
            .map(|line| line.as_object_mut().unwrap().shift_remove("record").unwrap())
            .collect();
        let results = lines.len() - 2;
        assert_eq!(records, [&["begin"][..], &vec!["result"; results], &["end"]].concat());
        assert_eq!(lines[1..=results], document["results"].as_array().unwrap()[..]);
        assert_eq!(lines[results + 1]["time"], document["end_time"]);
        lines[results + 1].as_object_mut().unwrap().shift_remove("time");
        for line in [&lines[0], &lines[results + 1]] {
            let keys = line.as_object().unwrap();
            keys.iter().for_each(|(key, value)| assert_eq!(document[key], *value, "{key}"));
        }
    }

    #[test]
    fn a_run_that_was_cut_off_says_so() {
        let plan = fixture::plan();
        let report = Report { stopped: Some(StopReason::Deadline), ..fixture::report(&plan) };
        let document: serde_json::Value = serde_json::from_str(&Format::Json.render(&report, PLAIN)).unwrap();
        assert_eq!(document["complete"], false);
        assert_eq!(document["notices"][0]["kind"], "deadline");
    }

    #[test]
    fn numbers_are_as_whole_as_what_they_count() {
        let json = |number: Number| netdiag_text::json::to_string(&number).unwrap();
        let cases = [
            (Number::Count(2.0), "2"),
            (Number::Count(-2.0), "-2"),
            (Number::Count(2.5), "2.5"),
            (Number::Count(1e300), "1e+300"),
            (Number::Real(2.0), "2.0"),
        ];
        cases.into_iter().for_each(|(number, expected)| assert_eq!(json(number), expected));
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
