//! The JSON Schema of what the other files here write, derived from them.
//!
//! Families are told apart by the constant of their key `family`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::document::{Begin, End, SCHEMA};
use super::groups::Group;
use super::{inet, netlink, packet, tipc, unix, vsock, xdp};
use crate::json::schema::{framed, generator, merged, tag};

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut generator = generator();
    let socket = socket(&mut generator);
    let begin = Begin::json_schema(&mut generator);
    let end = End::json_schema(&mut generator);
    let group = generator.subschema_for::<Group<'_>>();
    let list = |items: serde_json::Value| json!({ "type": "array", "items": items });
    let lists = json_schema!({ "properties": {
        "sockets": list(json!({ "$ref": "#/$defs/Socket" })),
        "groups": list(group.clone().into()),
    } });
    let line = json!({ "anyOf": [
        merged([&record("begin"), &begin]),
        { "allOf": [record("socket"), { "$ref": "#/$defs/Socket" }] },
        { "allOf": [record("group"), group] },
        merged([&record("end"), &end]),
    ] });
    let mut document = merged([&begin, &lists, &end]);
    document.insert("oneOf".to_owned(), json!([{ "required": ["sockets"] }, { "required": ["groups"] }]));
    framed(SCHEMA, document, [("Socket", socket.into()), ("Line", line)], generator)
}

/// A socket of whichever family.
fn socket(generator: &mut SchemaGenerator) -> Schema {
    let families = [
        generator.subschema_for::<inet::Inet<'_>>(),
        generator.subschema_for::<unix::Unix<'_>>(),
        generator.subschema_for::<packet::Packet<'_>>(),
        generator.subschema_for::<netlink::Netlink<'_>>(),
        generator.subschema_for::<vsock::Vsock<'_>>(),
        generator.subschema_for::<tipc::Tipc<'_>>(),
        generator.subschema_for::<xdp::Xdp<'_>>(),
    ];
    json_schema!({ "description": "A socket; `family` tells which.", "anyOf": families })
}

fn record(name: &str) -> Schema {
    tag("record", name)
}

#[cfg(test)]
mod tests;
