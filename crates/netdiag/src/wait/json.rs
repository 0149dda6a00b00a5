//! Waiting as JSON, schema `netdiag.wait/1`: one document, or one object per line. docs/json-wait.md says what the keys mean.
//!
//! As lines, a target is told of as soon as it is as waited for; a document has all of them at the end, in the order given.

use std::io::{self, Write};
use std::time::SystemTime;

use netdiag_text::duration::micros;
use schemars::Schema;

use super::args::Args;
use super::course::Course;
use super::ended::Ended;
use crate::json::record::record;
use crate::json::schema::Outline;
use crate::json::{ErrorRecord, Frame, Notice, Shape};

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.wait/1";

record! {
    /// What is waited for.
    Run {
        /// Whether one of the targets is enough.
        any: bool,
        /// Whether targets are to be down.
        down: bool,
        /// How many looks in a row a target is to be found so.
        stable: u32,
        /// How long one attempt may take: a look.
        timeout_us: f64,
    } maybe {
        /// After how long the run ends; missing if never.
        deadline_us: f64,
    }
}

record! {
    /// One target, once it is as waited for, or when waiting ends.
    Target {
        /// The target as typed.
        target: String,
        /// Whether it was as waited for, for as many looks as that was asked.
        ready: bool,
        /// How many attempts came to their end: looks at it.
        attempts: u64,
    } maybe {
        /// After how long a look first found it so.
        first_success_us: f64,
        /// After how long there were enough of them.
        ready_us: f64,
        /// What the last look found instead; missing if it found it so.
        error: ErrorRecord,
    }
}

record! {
    /// How waiting ended.
    Waited {
        /// Why it ended: the targets were ready, time was up, the process of `--pid-alive` had ended, or a signal came.
        #[schemars(extend("enum" = ["ready", "deadline", "process-gone", "interrupted"]))]
        ended: &'static str,
        /// From the run's beginning to its end.
        duration_us: f64,
    }
}

/// Waiting as JSON on a stream. What cannot be written is told of at the end.
pub(super) struct Json<W> {
    frame: Frame<W>,
    written: io::Result<()>,
}

impl<W: Write> Json<W> {
    /// Writes what is waited for.
    pub(super) fn new(out: W, shape: Shape, args: &Args) -> Self {
        let mut frame = Frame::new(out, shape, 0);
        let run = Run {
            any: args.any,
            down: args.down,
            stable: args.stable.get(),
            timeout_us: micros(args.timeout),
            deadline_us: Some(args.deadline).filter(|deadline| !deadline.is_zero()).map(micros),
        };
        let begun = frame.begin(SCHEMA, SystemTime::now(), &run);
        frame.begin_list("targets");
        let written = begun.and_then(|()| if frame.is_document() { Ok(()) } else { frame.flush() });
        Self { frame, written }
    }

    /// A target is as waited for.
    pub(super) fn ready(&mut self, target: &Target) {
        if !self.frame.is_document() {
            self.put(target);
            self.attempt(Frame::flush);
        }
    }

    /// Waiting is over; what of `courses` has not been told of is told now.
    ///
    /// # Errors
    /// Those of writing, then or before.
    pub(super) fn end(
        mut self,
        courses: &[Course<'_>],
        ended: Ended,
        took: std::time::Duration,
    ) -> io::Result<()> {
        for course in courses {
            if self.frame.is_document() || course.ready.is_none() {
                self.put(&Target::new(course));
            }
        }
        self.frame.end_list();
        let cut = matches!(ended, Ended::Signalled(_))
            .then(|| Notice::new("interrupted", "the run was ended before its end"));
        let waited = Waited { ended: ended.word(), duration_us: micros(took) };
        self.attempt(|frame| frame.end(SystemTime::now(), cut.as_slice(), &waited));
        match self.written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    fn put(&mut self, target: &Target) {
        self.attempt(|frame| frame.event("target", SystemTime::now(), target));
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Frame<W>) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = write(&mut self.frame);
        }
    }
}

impl Target {
    pub(super) fn new(course: &Course<'_>) -> Self {
        Self {
            target: course.typed().to_owned(),
            ready: course.ready.is_some(),
            attempts: course.looks,
            first_success_us: course.first.map(micros),
            ready_us: course.ready.map(micros),
            error: course.last.clone().filter(|_| course.ready.is_none()),
        }
    }
}

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<Run>(SCHEMA);
    let target = outline.event::<Target>("target");
    outline.list("targets", "What became of each target, in the order given.", [target]);
    outline.end::<Waited>()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;
    use nix::sys::signal::Signal;
    use serde_json::Value;

    use super::super::subject::Subject;
    use super::*;
    use crate::json::conformance::Conformance;
    use crate::json::reference;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn written(shape: Shape, words: &[&str], ended: Ended) -> String {
        let args = Line::parse_from([&["wait"], words].concat()).args;
        let subjects = ["a:1", "b:2"].map(|typed| Subject::new(typed, typed.parse().unwrap(), None));
        let mut courses = subjects.each_ref().map(Course::new);
        let mut out = Vec::new();
        let mut json = Json::new(&mut out, shape, &args);
        let soon = Some(Duration::from_millis(3));
        (courses[1].looks, courses[1].first, courses[1].ready) = (2, soon, soon);
        json.ready(&Target::new(&courses[1]));
        (courses[0].looks, courses[0].last) = (5, Some(ErrorRecord::new("refused", "connect: refused")));
        json.end(&courses, ended, Duration::from_secs(1)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_document_has_targets_as_given_and_lines_as_they_come() {
        let conformance = Conformance::new(schema().to_value());
        for (words, ended, word) in [
            (&["a:1", "b:2"][..], Ended::TimeUp, "deadline"),
            (&["a:1", "--any", "--down"], Ended::Ready, "ready"),
            (&["a:1"], Ended::ProcessGone, "process-gone"),
            (&["a:1"], Ended::Signalled(Signal::SIGTERM), "interrupted"),
        ] {
            let document: Value = serde_json::from_str(&written(Shape::Document, words, ended)).unwrap();
            conformance.document(&document).unwrap();
            let lines: Vec<Value> = written(Shape::Lines, words, ended)
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            lines.iter().try_for_each(|line| conformance.definition("Line", line)).unwrap();
            let targets =
                |all: &[Value]| all.iter().map(|target| target["target"].clone()).collect::<Vec<_>>();
            assert_eq!(targets(document["targets"].as_array().unwrap()), ["a:1", "b:2"]);
            assert_eq!(targets(&lines[1..3]), ["b:2", "a:1"]);
            assert_eq!((&document["ended"], &lines[3]["ended"]), (&word.into(), &word.into()));
            assert_eq!(document["complete"], word != "interrupted");
            assert_eq!(lines[2]["error"]["kind"], "refused");
        }
    }

    #[test]
    fn the_reference_is_up_to_date() {
        reference::matches("json-wait.md", schema().as_value());
    }
}
