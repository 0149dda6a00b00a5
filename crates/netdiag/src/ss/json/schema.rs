//! The JSON Schema of what the other files here write, derived from them.
//!
//! It is open: keys may be added within a version of the schema, and readers must pass over what they do not know.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::document::{Begin, End, SCHEMA};
use super::{inet, netlink, packet, tipc, unix, vsock, xdp};

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let socket = socket(&mut generator);
    let begin = Begin::json_schema(&mut generator);
    let end = End::json_schema(&mut generator);
    let sockets = object("sockets", json!({ "type": "array", "items": { "$ref": "#/$defs/Socket" } }));
    let line = json!({ "anyOf": [
        merged([&record("begin"), &begin]),
        { "allOf": [record("socket"), { "$ref": "#/$defs/Socket" }] },
        merged([&record("end"), &end]),
    ] });
    let mut document = Map::from_iter([
        ("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into()),
        ("title".to_owned(), SCHEMA.into()),
    ]);
    document.extend(merged([&begin, &sockets, &end]));
    let mut definitions = Map::from_iter([("Socket".to_owned(), socket.into()), ("Line".to_owned(), line)]);
    definitions.extend(generator.take_definitions(true));
    document.insert("$defs".to_owned(), definitions.into());
    let mut schema = document.into();
    RecursiveTransform(plain).transform(&mut schema);
    schema
}

/// A socket of whichever family.
fn socket(generator: &mut SchemaGenerator) -> Schema {
    let families = [
        generator.subschema_for::<inet::Inet<'_>>(),
        generator.subschema_for::<unix::Unix<'_>>(),
        generator.subschema_for::<packet::Packet<'_>>(),
        generator.subschema_for::<netlink::Netlink>(),
        generator.subschema_for::<vsock::Vsock<'_>>(),
        generator.subschema_for::<tipc::Tipc<'_>>(),
        generator.subschema_for::<xdp::Xdp<'_>>(),
    ];
    json_schema!({ "description": "A socket; `family` tells which.", "anyOf": families })
}

fn record(name: &str) -> Schema {
    object("record", json!({ "const": name }))
}

fn object(key: &str, value: Value) -> Schema {
    json_schema!({ "type": "object", "properties": { key: value }, "required": [key] })
}

/// One object with the keys of all.
fn merged<const N: usize>(parts: [&Schema; N]) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in parts {
        properties.extend(part.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
        required.extend(part.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    }
    let keys = [("type", "object".into()), ("properties", properties.into()), ("required", required.into())];
    keys.map(|(key, value): (&str, Value)| (key.to_owned(), value)).into_iter().collect()
}

/// Takes out what the derivation puts in: null for keys that may be missing but never are null, and the line breaks of
/// comments.
fn plain(schema: &mut Schema) {
    if let Some(Value::String(words)) = schema.get_mut("description") {
        *words = words.replace('\n', " ");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(kinds)) = schema.get_mut("anyOf") {
        kinds.retain(|kind| kind["type"] != "null");
        if let [Value::Object(only)] = &kinds[..] {
            let only = only.clone();
            schema.remove("anyOf");
            schema.ensure_object().extend(only);
        }
    }
}

#[cfg(test)]
mod tests;
