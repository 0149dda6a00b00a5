//! Pieces of a JSON Schema, and its frame: what the derivation from records leaves to be done.
//!
//! A schema is open: keys may be added within a version of it, and readers must pass over what they do not know.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// What schemas of records are drawn from; keys stand as they are written.
pub(crate) fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

/// The schema of a document with these keys. `definitions` come first among its `$defs`, before those of the records.
pub(crate) fn framed<const N: usize>(
    title: &str,
    document: Map<String, Value>,
    definitions: [(&str, Value); N],
    mut generator: SchemaGenerator,
) -> Schema {
    let mut frame = Map::from_iter([
        ("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into()),
        ("title".to_owned(), title.into()),
    ]);
    frame.extend(document);
    let mut all: Map<String, Value> =
        definitions.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    all.extend(generator.take_definitions(true));
    frame.insert("$defs".to_owned(), all.into());
    plainly(frame.into())
}

/// A derived schema without what the derivation puts in too much.
pub(crate) fn plainly(mut schema: Schema) -> Schema {
    RecursiveTransform(plain).transform(&mut schema);
    schema
}

/// An object in which a key has that one value.
pub(crate) fn tag(key: &str, value: &str) -> Schema {
    object(key, json!({ "const": value }))
}

/// An object with that one key.
pub(crate) fn object(key: &str, value: Value) -> Schema {
    json_schema!({ "type": "object", "properties": { key: value }, "required": [key] })
}

/// One object with the keys of all.
pub(crate) fn merged<const N: usize>(parts: [&Schema; N]) -> Map<String, Value> {
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
