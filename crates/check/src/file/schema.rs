//! The JSON Schema of check files, made of the types that read them.

use std::sync::{LazyLock, OnceLock};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::kinds::Kind;
use crate::settings::{Common, Defaults};

/// The keys of a file.
pub(super) const TOP: [&str; 4] = ["version", "vars", "defaults", "check"];

/// What may be written: keys, each with its schema, and which of them must be.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) properties: Map<String, Value>,
    pub(super) required: Vec<String>,
}

/// The keys every check may have.
pub(super) fn common() -> &'static Keys {
    static KEYS: LazyLock<Keys> =
        LazyLock::new(|| keys(&Common::json_schema(&mut inline().into_generator())));
    &KEYS
}

/// The keys of a kind's own.
pub(super) fn own(kind: &Kind) -> &'static Keys {
    // Derived once, as a file may have many checks, and only of the kinds it has.
    static KEYS: [OnceLock<Keys>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
    let (_, kept) =
        Kind::ALL.iter().zip(&KEYS).find(|(known, _)| known.word == kind.word).expect("all kinds are there");
    kept.get_or_init(|| keys(&(kind.schema)(&mut inline().into_generator())))
}

fn inline() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true)
}

fn keys(schema: &Schema) -> Keys {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let required = required.filter_map(|key| Some(key.as_str()?.to_owned())).collect();
    Keys { properties: properties(schema), required }
}

/// The schema of a whole file.
pub fn schema() -> Schema {
    let mut generator = inline().into_generator();
    let kinds: Vec<Value> = Kind::ALL.iter().map(|kind| check(kind, &mut generator)).collect();
    let defaults = generator.subschema_for::<Defaults>();
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "netdiag check file",
        "type": "object",
        "required": ["version"],
        "additionalProperties": false,
        "properties": {
            "version": { "const": 1 },
            "vars": {
                "type": "object",
                "description": "Values for ${NAME} in texts; --var NAME=VALUE and NETDIAG_VAR_NAME win over these",
                "additionalProperties": { "type": ["string", "number", "boolean"] },
            },
            "defaults": defaults,
            "check": { "type": "array", "items": { "oneOf": kinds } },
        },
    })
}

/// The schema of a check of one kind.
fn check(kind: &Kind, generator: &mut SchemaGenerator) -> Value {
    let own = (kind.schema)(generator);
    let mut merged = Map::new();
    merged.insert("kind".to_owned(), json!({ "const": kind.word }));
    merged.extend(properties(&own));
    for (key, value) in properties(&Common::json_schema(generator)) {
        merged.entry(key).or_insert(value);
    }
    let mut required = vec![json!("kind")];
    required.extend(own.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
    json!({
        "type": "object",
        "title": kind.word,
        "description": own.get("description"),
        "required": required,
        "additionalProperties": false,
        "properties": merged,
    })
}

fn properties(schema: &Schema) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}
