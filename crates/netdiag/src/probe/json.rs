//! Probes as JSON, schema `netdiag.probe/1`: one document, or one object per line. docs/json-probe.md says what keys mean.
//!
//! The records are in `record.rs`, declared once for the writer and the schema.

use std::io::{self, Write};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::course::Course;
use super::record::{Begin, Line, Probed, Summary};
use super::render::{Probe, Renderer};

/// The identity of the format; a change that breaks readers changes the number.
pub(super) const SCHEMA: &str = "netdiag.probe/1";

/// What the objects are put into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// One object: the keys of Begin, `probes`, `summaries`.
    Document,
    /// Lines, told apart by the key `record`: `begin`, `probe`, `summary`.
    Lines,
}

/// Probes as JSON on `out`.
pub(super) struct Json<W> {
    out: W,
    shape: Shape,
    written: u64,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, shape: Shape) -> Self {
        Self { out, shape, written: 0 }
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        netdiag_text::json::to_writer(&mut self.out, line)?;
        writeln!(self.out)?;
        self.out.flush()
    }

    fn element(&mut self, record: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.written == 0 { b"\n" } else { b",\n" })?;
        self.written += 1;
        netdiag_text::json::to_writer(&mut self.out, record)?;
        self.out.flush()
    }
}

impl<W: Write> Renderer for Json<W> {
    fn begin(&mut self) -> io::Result<()> {
        match self.shape {
            Shape::Lines => self.line(&Line::Begin(Begin::HERE)),
            Shape::Document => {
                let begin = netdiag_text::json::to_string(&Begin::HERE)?;
                // The object goes on: the probes are its next key.
                write!(self.out, "{},\"probes\":[", begin.trim_end_matches('}'))
            }
        }
    }

    fn probe(&mut self, probe: &Probe<'_>) -> io::Result<()> {
        let record = Probed::new(probe);
        match self.shape {
            Shape::Lines => self.line(&Line::Probe(Box::new(record))),
            Shape::Document => self.element(&record),
        }
    }

    fn end(&mut self, courses: &[Course]) -> io::Result<()> {
        if self.shape == Shape::Lines {
            return courses
                .iter()
                .try_for_each(|course| self.line(&Line::Summary(Box::new(Summary::new(course)))));
        }
        write!(self.out, "\n],\"summaries\":[")?;
        self.written = 0;
        courses.iter().try_for_each(|course| self.element(&Summary::new(course)))?;
        writeln!(self.out, "\n]}}")?;
        self.out.flush()
    }
}

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    /// A whole document.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "it is written piece by piece; only its shape is wanted")]
    struct Document {
        #[schemars(flatten)]
        begin: Begin,
        /// Every probe, in order.
        probes: Vec<Probed>,
        /// What they came to: one for each URL.
        summaries: Vec<Summary>,
    }
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.subschema_for::<Line>();
    let mut schema = generator.into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), SCHEMA.into());
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Every key of every object in the schema.
    fn keys(schema: &Value, found: &mut BTreeSet<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            found.extend(properties.keys().cloned());
        }
        match schema {
            Value::Object(map) => map.values().for_each(|value| keys(value, found)),
            Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_reference_knows_every_key() {
        let mut found = BTreeSet::new();
        keys(schema().as_value(), &mut found);
        assert!(found.len() > 70, "{found:?}");
        let reference = include_str!("../../../../docs/json-probe.md");
        let unknown: Vec<_> = found.iter().filter(|key| !reference.contains(&format!("`{key}`"))).collect();
        assert_eq!(unknown, Vec::<&String>::new());
    }

    #[test]
    fn a_document_without_probes_is_whole() {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out, Shape::Document);
        json.begin().unwrap();
        json.end(&[Course::new("a:1")]).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            (document["schema"].as_str(), document["probes"].as_array().map(Vec::len)),
            (Some(SCHEMA), Some(0))
        );
        assert_eq!(document["summaries"][0]["sent"], 0);
    }
}
