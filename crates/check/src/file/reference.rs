//! docs/check.md: what the schema says of every key, as tables below the prose.
//!
//! A test writes them, so that the page cannot say anything else than what editors are told.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema::{Keys, common, own, schema};
use crate::kinds::Kind;

const MARK: &str =
    "<!-- From here on written by a test: SNAPSHOTS=overwrite cargo test -p netdiag-check reference -->\n";

#[test]
fn the_reference_is_what_the_schema_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/check.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (prose, _) = text.split_once(MARK).expect("the reference follows its mark");
    let expected = format!("{prose}{MARK}{}", reference());
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        std::fs::write(path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == expected, "run with SNAPSHOTS=overwrite: docs/check.md is not what the schema says");
}

fn reference() -> String {
    let mut text = String::from("\n## Every check\n\n");
    table(&mut text, common());
    text.push_str("\n## Defaults\n\n");
    let whole = schema().to_value();
    let defaults = whole["properties"]["defaults"]["properties"].as_object().unwrap().clone();
    table(&mut text, &Keys { properties: defaults, required: Vec::new() });
    text.push_str("\n## Kinds\n");
    for (kind, described) in
        Kind::ALL.iter().zip(whole["properties"]["check"]["items"]["oneOf"].as_array().unwrap())
    {
        let about = described["description"].as_str().unwrap_or_else(|| panic!("{} has no words", kind.word));
        write!(text, "\n### {}\n\n{}\n\n", kind.word, one_line(about)).unwrap();
        table(&mut text, own(kind));
    }
    text
}

fn table(text: &mut String, keys: &Keys) {
    text.push_str("| key | value | must be | meaning |\n|---|---|---|---|\n");
    rows(text, "", &keys.properties, &keys.required);
}

/// A row for each key, those of tables within after their table.
fn rows(text: &mut String, prefix: &str, properties: &Map<String, Value>, required: &[String]) {
    for (key, property) in properties {
        let name = format!("{prefix}{key}");
        let about = property["description"].as_str().unwrap_or_else(|| panic!("`{name}` has no words"));
        let must = if required.contains(key) { "yes" } else { "" };
        let about = one_line(about).replace('|', "\\|");
        writeln!(text, "| `{name}` | {} | {must} | {about} |", value(property).replace('|', "\\|")).unwrap();
        if let Some(inner) = inner(property) {
            let required = inner["required"].as_array().into_iter().flatten();
            let required: Vec<String> = required.filter_map(|key| Some(key.as_str()?.to_owned())).collect();
            rows(text, &format!("{name}."), inner["properties"].as_object().unwrap(), &required);
        }
    }
}

/// The table with keys of its own that a value is, or that the items of a list are, or that it is if it is there.
fn inner(property: &Value) -> Option<&Value> {
    if property["properties"].is_object() {
        return Some(property);
    }
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| property[key].as_array()).flatten();
    choices.chain([&property["items"]]).find(|choice| choice["properties"].is_object())
}

/// What may be written there, in a few words.
fn value(property: &Value) -> String {
    if let Some(title) = property["title"].as_str() {
        return title.to_owned();
    }
    if let Some(words) = property["enum"].as_array() {
        let words = words
            .iter()
            .filter(|word| !word.is_null())
            .map(|word| format!("`{}`", word.as_str().unwrap_or("?")));
        return words.collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = property.get("const") {
        return format!("`{}`", word.as_str().map_or_else(|| word.to_string(), str::to_owned));
    }
    if let Some(choices) = property["anyOf"].as_array().or_else(|| property["oneOf"].as_array()) {
        let mut words: Vec<String> = choices.iter().map(value).filter(|word| !word.is_empty()).collect();
        words.dedup();
        return words.join(" or ");
    }
    let types = property["type"].as_array().cloned().unwrap_or_else(|| vec![property["type"].clone()]);
    let words = types.iter().filter(|kind| *kind != "null").map(|kind| match kind.as_str() {
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("array") => format!("list of {}", value(&property["items"])),
        Some("object") => "table".to_owned(),
        Some(other) => other.to_owned(),
        None => "anything".to_owned(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
