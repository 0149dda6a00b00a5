//! The JSON Schema of what the other files here write, derived from them.
//!
//! Families are told apart by the constant of their key `family`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::document::{About, Listed, SCHEMA};
use super::groups::Group;
use super::{inet, netlink, packet, tipc, unix, vsock, xdp};
use crate::json::schema::Outline;

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<About>(SCHEMA);
    let socket = socket(outline.generator());
    let socket = outline.item("Socket", socket, "socket");
    outline.list("sockets", "Every socket; `family` tells which it is.", [socket]);
    let group = Group::json_schema(outline.generator());
    let group = outline.item("Group", group, "group");
    outline.optional_list("counted", "Sockets by what they have in common, with `--count-by`.", [group]);
    outline.end::<Listed>()
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
    let time = "When its end was told of; of sockets that are watched (`-E`).";
    json_schema!({
        "description": "A socket; `family` tells which.",
        "properties": { "time": { "description": time, "type": "string", "format": "date-time" } },
        "anyOf": families,
    })
}

#[cfg(test)]
mod tests;
