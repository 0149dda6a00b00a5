//! Fields of the registry as JSON: the one loop that writes them, and their schema.

use netdiag_host::fields::{Facts, Field, Group, Kind, Value};
use schemars::Schema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, json};

/// Writes those of the fields that a socket has as an object.
pub(crate) fn write<S: Serializer>(
    fields: impl IntoIterator<Item = &'static Field>,
    facts: &Facts<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(None)?;
    for field in fields {
        if let Some(value) = field.read(facts) {
            object.serialize_entry(field.key, &Written(value))?;
        }
    }
    object.end()
}

/// The schema of a group's object.
pub(crate) fn group(group: &Group) -> Schema {
    let required = group.fields.iter().take(group.always).map(|field| field.key);
    let mut schema = object(group.fields);
    if group.always > 0 {
        schema.insert("required".to_owned(), required.collect());
    }
    schema.insert("description".to_owned(), group.doc.into());
    schema
}

/// The schema of an object with these fields, none of which need be there.
pub(crate) fn object(fields: impl IntoIterator<Item = &'static Field>) -> Schema {
    let properties: Map<_, _> =
        fields.into_iter().map(|field| (field.key.to_owned(), property(field).into())).collect();
    Map::from_iter([("type".to_owned(), "object".into()), ("properties".to_owned(), properties.into())])
        .into()
}

fn property(field: &Field) -> Map<String, serde_json::Value> {
    let kind = match field.kind {
        Kind::Unsigned(bits @ (8 | 16)) => {
            json!({ "type": "integer", "format": format!("uint{bits}"), "minimum": 0, "maximum": (1 << bits) - 1 })
        }
        Kind::Unsigned(bits) => json!({ "type": "integer", "format": format!("uint{bits}"), "minimum": 0 }),
        Kind::Signed(bits) => json!({ "type": "integer", "format": format!("int{bits}") }),
        Kind::Real => json!({ "type": "number", "format": "double" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Word(_) | Kind::Text => json!({ "type": "string" }),
        Kind::Flags(words) => {
            let names: Vec<_> = words.names().collect();
            json!({ "type": "array", "items": { "type": "string", "enum": names } })
        }
    };
    let words = if let Kind::Word(words) = field.kind { Some(words.names().collect()) } else { None };
    let kind = kind.as_object().cloned().unwrap_or_default().into_iter();
    let about = [("description".to_owned(), field.doc.into())];
    kind.chain(about).chain(words.map(|words| ("enum".to_owned(), words))).collect()
}

/// A value as JSON has it; text from outside that is not UTF-8 has U+FFFD in the place of what is not.
struct Written<'a>(Value<'a>);

impl Serialize for Written<'_> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Unsigned(number) => serializer.serialize_u64(number),
            Value::Signed(number) => serializer.serialize_i64(number),
            Value::Real(number) => serializer.serialize_f64(number),
            Value::Flag(holds) => serializer.serialize_bool(holds),
            Value::Word(word) => serializer.serialize_str(word),
            Value::Flags(flags) => serializer.collect_seq(flags.names()),
            Value::Text(bytes) => serializer.serialize_str(&String::from_utf8_lossy(bytes)),
        }
    }
}
