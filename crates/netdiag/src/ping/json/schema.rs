//! The JSON Schema of what the other files here write, derived from them.
//!
//! An event is the same in a document and as a line.

use schemars::Schema;
use serde_json::json;

use super::event::{Icmp, Lost, ReceiveFailed, Refused, Reply, SendFailed, UncountedReply};
use super::run::{Run, SCHEMA};
use super::summary::Summary;
use crate::json::schema::Outline;

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<Run>(SCHEMA);
    let events = [
        outline.event_among_others::<Reply>(&["reply"]),
        outline.event_among_others::<UncountedReply>(&["uncounted-reply"]),
        outline.event_among_others::<Lost>(&["lost"]),
        outline.event_among_others::<Icmp>(&["error", "advice"]),
        outline.event_among_others::<SendFailed>(&["send-failed"]),
        outline.event_among_others::<Refused>(&["refused"]),
        outline.event_among_others::<ReceiveFailed>(&["receive-failed"]),
    ];
    outline.list("events", "What happened; `record` tells what it is.", events);
    let mut schema = outline.end::<Summary>();
    EVENTS.iter().for_each(|event| add_times(&mut schema, event));
    schema
}

/// Gives an event the times that are asked for.
fn add_times(schema: &mut Schema, event: &str) {
    let properties = schema
        .as_object_mut()
        .and_then(|schema| schema.get_mut("$defs")?.get_mut(event)?.get_mut("properties")?.as_object_mut());
    let Some(properties) = properties else { return };
    for (key, about) in [
        ("time_since_start_us", "When it was since the run began; there with `--time-format relative`."),
        (
            "time_unix_us",
            "When it was since 1970, leap seconds aside; there with `-D` and `--time-format unix`.",
        ),
    ] {
        properties
            .insert(key.to_owned(), json!({ "type": "number", "format": "double", "description": about }));
    }
}

/// The definitions of events.
const EVENTS: [&str; 7] =
    ["Reply", "UncountedReply", "Lost", "Icmp", "SendFailed", "Refused", "ReceiveFailed"];
