//! The JSON Schema of what the other files here write, derived from them.

use schemars::{JsonSchema, Schema};

use super::SCHEMA;
use super::event::{Answer, AskingSlowly, ReceiveFailed, Refused, RouteChange, SendFailed, Silent};
use super::hop::Hop;
use super::path::{Begin, Path};
use crate::json::Nothing;
use crate::json::schema::Outline;

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<Begin>(SCHEMA);
    let events = [
        outline.event_among_others::<Answer>(&["answer"]),
        outline.event_among_others::<Silent>(&["silent"]),
        outline.event_among_others::<SendFailed>(&["send-failed"]),
        outline.event_among_others::<Refused>(&["refused"]),
        outline.event_among_others::<ReceiveFailed>(&["receive-failed"]),
        outline.event_among_others::<RouteChange>(&["route-change"]),
        outline.event_among_others::<AskingSlowly>(&["asking-slowly"]),
    ];
    outline.list("events", "What happened; `record` tells what it is.", events);
    let hop = Hop::json_schema(outline.generator());
    let hop = outline.item("Hop", hop, "hop");
    outline.list("hops", "The hops of all paths, in their order.", [hop]);
    let path = Path::json_schema(outline.generator());
    let path = outline.item("Path", path, "path");
    outline.list("paths", "What each path comes to, in the order of the hosts.", [path]);
    outline.end::<Nothing>()
}
