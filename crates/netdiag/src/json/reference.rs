//! The reference in docs/: what a schema says of every key, as tables below the prose.
//!
//! A test that holds the two together is called `…reference…`, so that the command in the mark finds it.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

/// Fails unless the file in docs/ ends with what the schema says; `SNAPSHOTS=overwrite` writes it.
pub(crate) fn matches(file: &str, schema: &Value) {
    let path = format!("{}/../../docs/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap();
    let (prose, _) = text.split_once(MARK).expect("the reference follows its mark");
    let expected = format!("{prose}{MARK}{}", reference(schema));
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        fs::write(&path, &expected).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == expected,
        "run with SNAPSHOTS=overwrite: docs/{file} is not what the schema says"
    );
}

const MARK: &str =
    "<!-- From here on written by a test: SNAPSHOTS=overwrite cargo test -p netdiag reference -->\n";

/// Every definition as a table of its keys.
fn reference(schema: &Value) -> String {
    let mut text = String::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        let Some(keys) = definition["properties"].as_object() else {
            continue;
        };
        let about = definition["description"].as_str().unwrap();
        write!(text, "\n### {name}\n\n{about}\n\n| key | type | always | meaning |\n|---|---|---|---|\n")
            .unwrap();
        let required = definition["required"].as_array().cloned().unwrap_or_default();
        for (key, value) in keys {
            let always = if required.iter().any(|name| name == key) { "yes" } else { "" };
            let meaning =
                value["description"].as_str().unwrap_or_else(|| panic!("{name}.{key} has no words"));
            writeln!(text, "| `{key}` | {} | {always} | {meaning} |", kind(value)).unwrap();
        }
    }
    text
}

fn kind(value: &Value) -> String {
    if let Some(path) = value["$ref"].as_str() {
        let name = path.trim_start_matches("#/$defs/");
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(words) = value["enum"].as_array() {
        let words: Vec<_> = words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect();
        return words.join(", ");
    }
    match value["type"].as_str() {
        Some("array") => format!("array of {}", kind(&value["items"])),
        Some(kind) => kind.to_owned(),
        None => panic!("no type: {value}"),
    }
}
