//! Whether a value is what one of our schemas says.
//!
//! This is stricter than the schemas: a key that they do not name is wrong here, because readers are to find every key described.

use std::cell::RefCell;
use std::collections::HashMap;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// A schema, and what checks values against it and its definitions.
pub(crate) struct Conformance {
    schema: Value,
    document: Validator,
    definitions: RefCell<HashMap<String, Validator>>,
}

impl Conformance {
    pub(crate) fn new(mut schema: Value) -> Self {
        closed(&mut schema);
        Self { document: validator(&schema), schema, definitions: RefCell::default() }
    }

    /// Why `value` is no document.
    pub(crate) fn document(&self, value: &Value) -> Result<(), String> {
        conforms(&self.document, value)
    }

    /// Why `value` is no instance of a definition.
    pub(crate) fn definition(&self, name: &str, value: &Value) -> Result<(), String> {
        let mut definitions = self.definitions.borrow_mut();
        let validator = definitions.entry(name.to_owned()).or_insert_with(|| {
            let mut schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": self.schema["$defs"] });
            close(&mut schema);
            validator(&schema)
        });
        conforms(validator, value)
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("our schemas are schemas")
}

fn conforms(validator: &Validator, value: &Value) -> Result<(), String> {
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    if errors.is_empty() { Ok(()) } else { Err(format!("{} in {value}", errors.join("; "))) }
}

/// Closes a schema, and all within that are of values of their own: parts and alternatives are closed by what they are of.
fn closed(schema: &mut Value) {
    close(schema);
    within(schema);
}

fn close(schema: &mut Value) {
    if let Value::Object(keywords) = schema {
        keywords.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

fn within(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    let own = |values: &mut Map<String, Value>| values.values_mut().for_each(closed);
    for (keyword, argument) in keywords {
        match (keyword.as_str(), argument) {
            ("properties", Value::Object(values)) => own(values),
            ("items" | "additionalProperties", value) => closed(value),
            ("$defs", Value::Object(definitions)) => definitions.values_mut().for_each(within),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter_mut().for_each(within),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_described_is_wrong_at_any_depth() {
        let schema = json!({
            "type": "object",
            "properties": { "near": { "type": "integer" }, "far": { "$ref": "#/$defs/Far" } },
            "required": ["near"],
            "$defs": {
                "Far": { "anyOf": [{ "$ref": "#/$defs/Deep" }, { "type": "null" }] },
                "Deep": { "type": "object", "properties": { "list": { "type": "array", "items": { "$ref": "#/$defs/Item" } } } },
                "Item": { "type": "object", "properties": { "x": {} } },
                "Line": { "allOf": [{ "properties": { "tag": { "const": "a" } } }, { "$ref": "#/$defs/Item" }] },
            },
        });
        let conformance = Conformance::new(schema);
        #[rustfmt::skip]
        let documents = [
            (json!({ "near": 1, "far": { "list": [{ "x": 1 }] } }), true),
            (json!({ "near": 1, "far": null }),                     true),
            (json!({ "near": "1" }),                                false),
            (json!({ "far": {} }),                                  false),
            (json!({ "near": 1, "nearer": 1 }),                     false),
            (json!({ "near": 1, "far": { "lost": 1 } }),            false),
            (json!({ "near": 1, "far": { "list": [{ "y": 1 }] } }), false),
        ];
        for (document, expected) in documents {
            assert_eq!(conformance.document(&document).is_ok(), expected, "{document}");
        }
        for (line, expected) in
            [(json!({ "tag": "a", "x": 1 }), true), (json!({ "tag": "a", "y": 1 }), false)]
        {
            assert_eq!(conformance.definition("Line", &line).is_ok(), expected, "{line}");
        }
    }
}
