//! Probes as JSON, schema `netdiag.probe/1`: one document, or one object per line. docs/json-probe.md says what keys mean.
//!
//! The records are in `record.rs`, declared once for the writer and the schema.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::SystemTime;

use schemars::Schema;

use super::course::Course;
use super::record::{Probed, Run, SCHEMA, Summary};
use super::render::{Probe, ProbeRun};
use crate::json::schema::Outline;
use crate::json::{Frame, Nothing, Notice, Shape};
use crate::render::Renderer;

/// Probes as JSON on a stream.
pub(super) struct Json<W> {
    frame: Frame<W>,
    run: Run,
    /// Set if somebody ends the run before its end.
    interrupted: Rc<Cell<bool>>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, run: Run, shape: Shape, interrupted: &Rc<Cell<bool>>) -> Self {
        Self { frame: Frame::new(out, shape, 0), run, interrupted: Rc::clone(interrupted) }
    }
}

impl<W: Write> Renderer<ProbeRun> for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        self.frame.begin(SCHEMA, SystemTime::now(), &self.run)?;
        self.frame.begin_list("probes");
        self.frame.flush()
    }

    fn item(&mut self, probe: &Probe<'_>) -> io::Result<()> {
        self.frame.event("probe", SystemTime::now(), &Probed::new(probe))?;
        self.frame.flush()
    }

    fn end(&mut self, courses: &[Course]) -> io::Result<()> {
        let now = SystemTime::now();
        self.frame.end_list();
        self.frame.begin_list("summaries");
        let summary = |course: &Course| self.frame.event("summary", now, &Summary::new(course));
        courses.iter().try_for_each(summary)?;
        self.frame.end_list();
        let cut = Notice::new("interrupted", "the run was ended before its end");
        self.frame.end(
            now,
            if self.interrupted.get() { std::slice::from_ref(&cut) } else { &[] },
            &Nothing {},
        )
    }
}

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<Run>(SCHEMA);
    let probe = outline.event::<Probed>("probe");
    outline.list("probes", "Every probe, in order.", [probe]);
    let summary = outline.event::<Summary>("summary");
    outline.list("summaries", "What they came to: one for each URL.", [summary]);
    outline.end::<Nothing>()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::json::conformance::Conformance;
    use crate::json::reference;

    fn run() -> Run {
        Run { urls: vec!["a:1".to_owned()], count: 1, interval_us: 1e6, timeout_us: 5e6 }
    }

    fn written(shape: Shape, interrupted: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out, run(), shape, &Rc::new(Cell::new(interrupted)));
        json.header().unwrap();
        json.end(&[Course::new("a:1")]).unwrap();
        drop(json);
        out
    }

    #[test]
    fn the_reference_is_up_to_date() {
        reference::matches("json-probe.md", schema().as_value());
    }

    #[test]
    fn a_document_without_probes_is_whole_unless_it_was_interrupted() {
        let conformance = Conformance::new(schema().to_value());
        for (interrupted, kinds) in [(false, vec![]), (true, vec!["interrupted"])] {
            let document: Value = serde_json::from_slice(&written(Shape::Document, interrupted)).unwrap();
            conformance.document(&document).unwrap();
            assert_eq!(document["probes"].as_array().map(Vec::len), Some(0));
            assert_eq!(document["summaries"][0]["sent"], 0);
            assert_eq!(document["complete"], !interrupted);
            let notices = document["notices"].as_array().unwrap();
            assert_eq!(notices.iter().map(|notice| &notice["kind"]).collect::<Vec<_>>(), kinds);
            let lines = String::from_utf8(written(Shape::Lines, interrupted)).unwrap();
            for line in lines.lines() {
                conformance.definition("Line", &serde_json::from_str(line).unwrap()).unwrap();
            }
        }
    }
}
