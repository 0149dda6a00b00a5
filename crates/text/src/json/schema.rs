//! The JSON Schema of what a tool writes, put together as its frame is.
//!
//! A schema is open: keys may be added within a version of it, and readers must pass over what they do not know.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::frame::{Begin, END_TIME, End};

/// The schema of a tool's JSON, part by part in the order they are written.
#[derive(Debug)]
pub struct Outline {
    id: &'static str,
    generator: SchemaGenerator,
    /// Definitions that come first.
    definitions: Map<String, Value>,
    /// The document's properties, and which of them are always there: all.
    properties: Map<String, Value>,
    optional: Vec<String>,
    lines: Vec<Value>,
}

/// A kind of item within a list.
#[derive(Debug)]
pub struct Item {
    definition: String,
    /// What its record is called: one word, or several.
    records: Vec<&'static str>,
    /// Whether it says so in a document, too.
    is_among_others: bool,
}

impl Outline {
    /// Of the schema of that name; what comes first is about `T`.
    pub fn new<T: JsonSchema>(id: &'static str) -> Self {
        let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let mut begin = plainly(Begin::<T>::json_schema(&mut generator));
        begin.insert("description".to_owned(), "What comes first.".into());
        if let Some(schema) = begin.pointer_mut("/properties/schema") {
            schema["const"] = id.into();
        }
        let mut outline = Self {
            id,
            generator,
            definitions: Map::new(),
            properties: Map::new(),
            optional: Vec::new(),
            lines: Vec::new(),
        };
        outline.keys_of(&begin);
        outline.line("begin", "Begin");
        outline.definitions.insert("Begin".to_owned(), begin.into());
        outline
    }

    /// What definitions are drawn from.
    pub fn generator(&mut self) -> &mut SchemaGenerator {
        &mut self.generator
    }

    /// An item without a time, of the shape `schema`.
    pub fn item(&mut self, definition: &str, schema: Schema, record: &'static str) -> Item {
        self.definitions.insert(definition.to_owned(), plainly(schema).into());
        Item { definition: definition.to_owned(), records: vec![record], is_among_others: false }
    }

    /// An item of a list of one kind, which happened at a time.
    pub fn event<T: JsonSchema>(&mut self, record: &'static str) -> Item {
        self.timed::<T>(vec![record], false)
    }

    /// An item of a list of several kinds, told apart by `record`, which happened at a time.
    pub fn event_among_others<T: JsonSchema>(&mut self, records: &[&'static str]) -> Item {
        self.timed::<T>(records.to_vec(), true)
    }

    fn timed<T: JsonSchema>(&mut self, records: Vec<&'static str>, is_among_others: bool) -> Item {
        let mut schema = plainly(T::json_schema(&mut self.generator));
        let tag = match &records[..] {
            [record] => {
                json!({ "description": format!("What it is: always `{record}`."), "type": "string", "const": record })
            }
            records => json!({ "description": "What it is.", "type": "string", "enum": records }),
        };
        let mut front = Map::new();
        if is_among_others {
            front.insert("record".to_owned(), tag);
        }
        front.insert("time".to_owned(), time("When it happened, or else when it was known."));
        put_first(&mut schema, front);
        let definition = T::schema_name().into_owned();
        self.definitions.insert(definition.clone(), schema.into());
        Item { definition, records, is_among_others }
    }

    /// The list under the key `name`, which has these items.
    pub fn list<const N: usize>(&mut self, name: &str, about: &str, items: [Item; N]) {
        let refs: Vec<Value> = items.iter().map(|item| reference(&item.definition)).collect();
        let kinds = match &refs[..] {
            [only] => only.clone(),
            several => json!({ "anyOf": several }),
        };
        let list = json!({ "description": about, "type": "array", "items": kinds });
        self.properties.insert(name.to_owned(), list);
        for Item { definition, records, is_among_others } in &items {
            match (is_among_others, &records[..]) {
                (false, [record]) => self.line(record, definition),
                _ => self.lines.push(reference(definition)),
            }
        }
    }

    /// The same of a list that is not always there.
    pub fn optional_list<const N: usize>(&mut self, name: &str, about: &str, items: [Item; N]) {
        self.list(name, about, items);
        self.optional.push(name.to_owned());
    }

    /// Says that a line can be like that, too, of which documents have nothing.
    pub fn line_of(&mut self, item: &Item) {
        self.lines.push(reference(&item.definition));
    }

    /// The schema; what comes last is `T`.
    pub fn end<T: JsonSchema>(self) -> Schema {
        self.finish::<T>(true)
    }

    /// The same of a tool that writes lines only.
    pub fn end_of_lines<T: JsonSchema>(self) -> Schema {
        self.finish::<T>(false)
    }

    fn finish<T: JsonSchema>(mut self, has_documents: bool) -> Schema {
        let mut end = plainly(End::<T>::json_schema(&mut self.generator));
        let about = "What comes last. Output that breaks off before it is not whole.";
        end.insert("description".to_owned(), about.into());
        self.properties.insert(END_TIME.to_owned(), time("When the run ended."));
        self.keys_of(&end);
        put_first(&mut end, Map::from_iter([("time".to_owned(), time("When the run ended."))]));
        self.line("end", "End");
        self.definitions.insert("End".to_owned(), end.into());
        let line = json!({ "description": "One line; `record` tells which.", "anyOf": self.lines });
        self.definitions.insert("Line".to_owned(), line);
        let derived = self.generator.take_definitions(true);
        for (name, schema) in derived {
            self.definitions.entry(name).or_insert(schema);
        }
        let keys = self.properties.keys().filter(|key| !self.optional.contains(key));
        let required: Vec<Value> = keys.map(|key| key.as_str().into()).collect();
        let mut schema = Map::from_iter([
            ("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into()),
            ("$id".to_owned(), self.id.into()),
            ("title".to_owned(), self.id.into()),
        ]);
        match has_documents {
            true => schema.extend([
                ("type".to_owned(), "object".into()),
                ("properties".to_owned(), self.properties.into()),
                ("required".to_owned(), required.into()),
            ]),
            false => _ = schema.insert("$ref".to_owned(), "#/$defs/Line".into()),
        }
        schema.insert("$defs".to_owned(), self.definitions.into());
        plainly(schema.into())
    }

    /// Gives the document the keys of an object.
    fn keys_of(&mut self, object: &Schema) {
        let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (key, value) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.properties.insert(key.clone(), value.clone());
            if !required.contains(&key.as_str().into()) {
                self.optional.push(key.clone());
            }
        }
    }

    fn line(&mut self, record: &str, definition: &str) {
        self.lines.push(json!({ "allOf": [tag("record", record), reference(definition)] }));
    }
}

/// A derived schema without what the derivation puts in too much.
pub fn plainly(mut schema: Schema) -> Schema {
    RecursiveTransform(plain).transform(&mut schema);
    schema
}

/// An object in which a key has that one value.
fn tag(key: &str, value: &str) -> Schema {
    json_schema!({ "type": "object", "properties": { key: { "const": value } }, "required": [key] })
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn time(about: &str) -> Value {
    json!({ "description": about, "type": "string", "format": "date-time" })
}

/// Puts keys before those of an object; they are always there.
fn put_first(object: &mut Schema, front: Map<String, Value>) {
    let mut required: Vec<Value> = front.keys().map(|key| key.as_str().into()).collect();
    let mut properties = front;
    properties.extend(object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
    required.extend(object.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    object.insert("properties".to_owned(), properties.into());
    object.insert("required".to_owned(), required.into());
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
