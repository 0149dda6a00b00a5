//! Whether a value is what one of our schemas says: the keywords our schemas use, no others.
//!
//! It is stricter than a validator: a key the schema does not name is wrong here, because readers are to find every key
//! described.

use serde_json::Value;

/// A schema, and a way to find definitions in it.
pub(crate) struct Conformance(Value);

impl Conformance {
    pub(crate) fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// Why `value` is no document.
    pub(crate) fn document(&self, value: &Value) -> Result<(), String> {
        self.check(&self.0, value)
    }

    /// Why `value` is no instance of a definition.
    pub(crate) fn definition(&self, name: &str, value: &Value) -> Result<(), String> {
        self.check(&self.0["$defs"][name], value)
    }

    fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let unknown =
            |key: &str| self.keys(schema).is_some_and(|keys| !keys.iter().any(|known| known == key));
        if let Some(key) = value.as_object().and_then(|object| object.keys().find(|key| unknown(key))) {
            return Err(format!("`{key}` is not in the schema"));
        }
        self.matches(schema, value)
    }

    /// The keys an object of this schema may have; `None` when it is up to parts or alternatives.
    fn keys(&self, schema: &Value) -> Option<Vec<String>> {
        if let Some(path) = schema["$ref"].as_str() {
            return self.keys(self.resolve(path));
        }
        Some(schema["properties"].as_object()?.keys().cloned().collect())
    }

    fn matches(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let Value::Object(keywords) = schema else {
            return Err(format!("no schema: {schema}"));
        };
        keywords.iter().try_for_each(|(keyword, argument)| {
            self.keyword(keyword, argument, value).map_err(|error| format!("{error} in {value}"))
        })
    }

    fn keyword(&self, keyword: &str, argument: &Value, value: &Value) -> Result<(), String> {
        let ok = match keyword {
            "$schema" | "$defs" | "title" | "description" | "format" | "pattern" => true,
            "$ref" => return self.check(self.resolve(argument.as_str().unwrap()), value),
            "type" => is(argument.as_str().unwrap(), value),
            "const" => argument == value,
            "enum" => argument.as_array().unwrap().contains(value),
            "minimum" => value.as_f64() >= argument.as_f64(),
            "maximum" => value.as_f64() <= argument.as_f64(),
            "items" => return all(value.as_array().unwrap(), |item| self.check(argument, item)),
            "required" => {
                return all(argument.as_array().unwrap(), |key| {
                    value.get(key.as_str().unwrap()).map(drop).ok_or_else(|| format!("{key} is missing"))
                });
            }
            "properties" => {
                return all(argument.as_object().unwrap(), |(key, schema)| {
                    value.get(key).map_or(Ok(()), |value| self.check(schema, value))
                });
            }
            "allOf" => return all(argument.as_array().unwrap(), |part| self.part(part, value)),
            "anyOf" => {
                let answers: Vec<_> =
                    argument.as_array().unwrap().iter().map(|schema| self.check(schema, value)).collect();
                return if answers.iter().any(Result::is_ok) { Ok(()) } else { Err(format!("{answers:?}")) };
            }
            other => return Err(format!("unexpected keyword `{other}`")),
        };
        if ok { Ok(()) } else { Err(format!("not {keyword} {argument}")) }
    }

    /// One part of a whole. The only whole with parts is a line: its key `record`, and a socket.
    fn part(&self, schema: &Value, value: &Value) -> Result<(), String> {
        if schema["properties"]["record"].is_object() {
            return self.matches(schema, value);
        }
        let mut rest = value.clone();
        rest.as_object_mut().ok_or("no object")?.remove("record");
        self.check(schema, &rest)
    }

    fn resolve(&self, path: &str) -> &Value {
        self.0.pointer(path.trim_start_matches('#')).unwrap_or_else(|| panic!("{path} leads nowhere"))
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("unexpected type {other}"),
    }
}

fn all<T>(
    items: impl IntoIterator<Item = T>,
    check: impl FnMut(T) -> Result<(), String>,
) -> Result<(), String> {
    items.into_iter().try_for_each(check)
}
