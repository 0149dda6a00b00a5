//! The JSON Schema of what the other files here write, derived from them.
//!
//! An event is the same in a document and as a line.

use schemars::Schema;

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
    outline.end::<Summary>()
}
