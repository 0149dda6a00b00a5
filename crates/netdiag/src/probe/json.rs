//! Probes as JSON, schema `netdiag.probe/1`: one document, or one object per line. docs/json-probe.md says what keys mean.
//!
//! The records are in `record.rs`, declared once for the writer and the schema.

use std::io::{self, Write};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::course::Course;
use super::record::{Begin, Line, Probed, SCHEMA, Summary};
use super::render::{Probe, ProbeRun};
use crate::json::{Frame, Shape, Style};
use crate::render::Renderer;

/// Probes as JSON on a stream.
pub(super) struct Json<W>(Frame<W>);

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, shape: Shape) -> Self {
        Self(Frame::new(out, shape, STYLE, 0))
    }
}

impl<W: Write> Renderer<ProbeRun> for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        self.0.keys("begin", &Begin::HERE)?;
        self.0.begin_list("probes");
        self.0.flush()
    }

    fn item(&mut self, probe: &Probe<'_>) -> io::Result<()> {
        self.0.item("probe", &Probed::new(probe))?;
        self.0.flush()
    }

    fn end(&mut self, courses: &[Course]) -> io::Result<()> {
        self.0.end_list();
        self.0.begin_list("summaries");
        courses.iter().try_for_each(|course| self.0.item("summary", &Summary::new(course)))?;
        self.0.end_list();
        self.0.finish()
    }
}

/// Lines are told apart by the key `record`.
const STYLE: Style = Style { tag: "record", indent: "" };

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
        json.header().unwrap();
        json.end(&[Course::new("a:1")]).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            (document["schema"].as_str(), document["probes"].as_array().map(Vec::len)),
            (Some(SCHEMA), Some(0))
        );
        assert_eq!(document["summaries"][0]["sent"], 0);
    }
}
