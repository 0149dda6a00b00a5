//! The JSON Schema of what the other files here write, derived from them.
//!
//! An event is the same in a document and as a line; the run and the summary have the key `event` as lines only.

use schemars::{JsonSchema, Schema};
use serde_json::json;

use super::event::{Icmp, Lost, ReceiveFailed, Refused, Reply, SendFailed, UncountedReply};
use super::run::{Run, SCHEMA};
use super::summary::Summary;
use crate::json::schema::{framed, generator, merged, object, tag};

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut generator = generator();
    let [run, summary] = [generator.subschema_for::<Run>(), generator.subschema_for::<Summary>()];
    let events = [
        generator.subschema_for::<Reply>(),
        generator.subschema_for::<UncountedReply>(),
        generator.subschema_for::<Lost>(),
        generator.subschema_for::<Icmp>(),
        generator.subschema_for::<SendFailed>(),
        generator.subschema_for::<Refused>(),
        generator.subschema_for::<ReceiveFailed>(),
    ];
    let event = json!({ "description": "Something that happened; `event` tells what.", "anyOf": events });
    let line = json!({ "anyOf": [
        merged([&tag("event", "run"), &Run::json_schema(&mut generator)]),
        { "$ref": "#/$defs/Event" },
        merged([&tag("event", "summary"), &Summary::json_schema(&mut generator)]),
    ] });
    let document = merged([
        &object("schema", json!({ "const": SCHEMA })),
        &object("run", run.into()),
        &object("events", json!({ "type": "array", "items": { "$ref": "#/$defs/Event" } })),
        &object("summary", summary.into()),
    ]);
    framed(SCHEMA, document, [("Event", event), ("Line", line)], generator)
}
