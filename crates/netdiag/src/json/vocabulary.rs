//! All schemas together: one word is one thing, of one type and unit, in whichever tool; and docs/schemas has them as they are.
//!
//! A word that means something else in another place is in a list below, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use schemars::Schema;
use serde_json::Value;

use crate::{check, ping, probe, serve, ss, trace, wait};

/// What tools write.
fn outputs() -> [(&'static str, Schema); 8] {
    [
        ("ping", ping::schema()),
        ("ping-mtu", ping::mtu_schema()),
        ("ss", ss::schema()),
        ("probe", probe::schema()),
        ("serve", serve::schema()),
        ("check-report", check::report_schema()),
        ("trace", trace::schema()),
        ("wait", wait::schema()),
    ]
}

/// A property of an object, and where it stands.
struct Property<'a> {
    place: String,
    key: &'a str,
    schema: &'a Value,
}

/// Every property of every object within.
fn properties<'a>(place: &str, schema: &'a Value, found: &mut Vec<Property<'a>>) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, argument) in keywords {
                match (keyword.as_str(), argument) {
                    ("properties", Value::Object(all)) => {
                        for (key, schema) in all {
                            let place = format!("{place}.{key}");
                            properties(&place, schema, found);
                            found.push(Property { place, key, schema });
                        }
                    }
                    ("$defs", Value::Object(all)) => {
                        all.iter()
                            .for_each(|(name, schema)| properties(&format!("{place} {name}"), schema, found));
                    }
                    _ => properties(place, argument, found),
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| properties(place, part, found)),
        _ => {}
    }
}

/// Shows every property of what tools write to `each`; tags of lines have nothing but their word.
fn each_property(mut each: impl FnMut(&Property<'_>)) {
    for (tool, schema) in outputs() {
        let schema = schema.to_value();
        let mut found = Vec::new();
        properties(tool, &schema, &mut found);
        let tag = |property: &&Property<'_>| {
            property.schema.as_object().is_some_and(|it| it.len() == 1 && it.contains_key("const"))
        };
        assert!(found.len() > 10, "{tool}");
        found.iter().filter(|property| !tag(property)).for_each(&mut each);
    }
}

/// The type, an integer being a number where it is a duration.
fn kind(schema: &Value, key: &str) -> String {
    if schema.get("$ref").is_some() {
        return "object".to_owned();
    }
    match schema["type"].as_str() {
        Some("array") => format!("array of {}", kind(&schema["items"], key)),
        Some("integer") if key.ends_with("_us") => "number".to_owned(),
        Some(kind) => kind.to_owned(),
        None if schema.get("anyOf").is_some() => "object".to_owned(),
        None => panic!("{key} has no type: {schema}"),
    }
}

/// What it means: how its description begins, without where the kernel has it.
fn meaning(schema: &Value) -> String {
    let words = schema["description"].as_str().unwrap_or_default();
    let mut depth = 0_u32;
    let without: String = words
        .chars()
        .filter(|character| {
            depth += u32::from(*character == '(');
            let outside = depth == 0;
            depth -= u32::from(*character == ')');
            outside
        })
        .collect();
    let first = without.split([';', ':', ',']).next().unwrap_or_default();
    let first = first.split(". ").next().unwrap_or_default();
    first.trim_end_matches(['.', ' ']).replace("  ", " ")
}

#[test]
fn a_word_is_one_thing_in_all_tools() {
    let mut types: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    let mut meanings: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    each_property(|Property { place, key, schema }| {
        let places = |of: &mut BTreeMap<String, BTreeMap<String, Vec<String>>>, what: String| {
            of.entry((*key).to_owned()).or_default().entry(what).or_default().push(place.clone());
        };
        places(&mut types, kind(schema, key));
        // What is always one word, or a tag, says only which.
        let only_which = meaning(schema).starts_with("Always ");
        if !only_which {
            places(&mut meanings, meaning(schema));
        }
    });
    let several = |of: BTreeMap<String, BTreeMap<String, Vec<String>>>| -> BTreeMap<_, _> {
        of.into_iter().filter(|(_, kinds)| kinds.len() > 1).collect()
    };
    let types = several(types);
    assert!(types.is_empty(), "words of several types: {types:#?}");
    let meanings = several(meanings);
    let listed: BTreeSet<&str> = OF_THEIR_PLACE.iter().flat_map(|(_, words)| words.iter().copied()).collect();
    let unlisted: BTreeMap<_, _> =
        meanings.iter().filter(|(word, _)| !listed.contains(word.as_str())).collect();
    assert!(unlisted.is_empty(), "words of several meanings: {unlisted:#?}");
    let needless: Vec<_> = listed.iter().filter(|word| !meanings.contains_key(**word)).collect();
    assert!(needless.is_empty(), "words of one meaning after all: {needless:?}");
}

/// Words that mean another thing in another place, and why that is well.
const OF_THEIR_PLACE: [(&str, &[&str]); 11] = [
    (
        "it is said of the object it stands in: what went wrong with it, when it was, how long it took, whether it is sure",
        &["error", "time", "duration_us", "count", "authenticated"],
    ),
    (
        "an error's are those of errors everywhere; a check, a reply and a result have what people call so, too",
        &["kind", "message", "from"],
    ),
    (
        "queues, protocols and drops are counted by each family in its own way, as the columns of ss have them",
        &["recv_q", "send_q", "protocol", "drops", "flags"],
    ),
    (
        "TCP's, a congestion control's and our own round-trip times are each measured in another way",
        &["rtt_us", "min_rtt_us"],
    ),
    ("TCP loses packets, and ping its probes", &["lost"]),
    ("a check has a verdict, and a hop of a path has one", &["verdict"]),
    ("redirects are followed hop by hop, and paths are traced so", &["hops"]),
    ("a number has a unit, and so are called what systemd runs", &["unit"]),
    ("a command has targets, and each says what it does with them", &["target"]),
    ("a control group is a directory, and a Unix domain socket has a file", &["path"]),
    (
        "protocols are objects where something is known of them; the kernel has its own names of ciphers",
        &["tcp", "tls", "cipher"],
    ),
];

#[test]
fn units_are_in_the_keys_and_nothing_is_null() {
    each_property(|Property { place, key, schema }| {
        let described =
            schema["description"].as_str().is_some_and(|words| words.len() > 5 && words.ends_with('.'));
        assert!(described, "{place} has no words: {schema}");
        assert!(!schema.to_string().contains("null"), "{place}: {schema}");
        let snake =
            key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(snake, "{place}");
        let unit = |suffix: &str| key.ends_with(suffix);
        let kind = kind(schema, key);
        if unit("_us") || unit("_ratio") {
            assert_eq!(kind, "number", "{place}");
        } else if unit("_bytes") || unit("_bytes_per_s") {
            assert_eq!(kind, "integer", "{place}");
        } else {
            let others = ["_s", "_ms", "_ns", "_sec", "_seconds", "_percent", "_kib", "_bps", "_bits"];
            assert!(!others.into_iter().any(unit), "{place}");
            assert!(kind != "number" || UNITLESS.contains(key), "{place} has no unit");
        }
        if unit("time") || matches!(*key, "started" | "not_before" | "not_after") {
            assert_eq!(schema["format"], "date-time", "{place}");
        }
    });
}

/// Numbers that are none of a unit: factors, and what names its own.
const UNITLESS: [&str; 3] = ["pacing_gain", "cwnd_gain", "value"];

#[test]
fn words_are_kebab_case() {
    fn words(place: &str, schema: &Value) {
        let all = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
        for word in all.filter_map(Value::as_str).filter(|word| !word.starts_with("netdiag.")) {
            let kebab =
                word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            assert!(kebab || NETIDS.contains(&word), "{place}: {word}");
        }
        schema.get("items").into_iter().for_each(|items| words(place, items));
    }
    each_property(|property| words(&property.place, property.schema));
}

/// `ss -A` takes these very words.
const NETIDS: [&str; 12] = [
    "u_str", "u_dgr", "u_seq", "p_raw", "p_dgr", "v_str", "v_dgr", "v_seq", "ti_st", "ti_dg", "ti_rd",
    "ti_sq",
];

#[test]
fn every_schema_has_its_frame() {
    for (tool, schema) in outputs() {
        let schema = schema.to_value();
        let id = format!("netdiag.{}/1", tool.trim_end_matches("-report"));
        assert_eq!(schema["$id"], id.as_str());
        let definitions = &schema["$defs"];
        for (name, keys) in
            [("Begin", &["schema", "netdiag", "time"][..]), ("End", &["time", "complete", "notices"])]
        {
            let required =
                definitions[name]["required"].as_array().unwrap_or_else(|| panic!("{tool} {name}"));
            assert!(keys.iter().all(|key| required.contains(&(*key).into())), "{tool} {name}: {required:?}");
        }
        let lines = definitions["Line"]["anyOf"].as_array().unwrap();
        let [begin, end] = [lines.first().unwrap(), lines.last().unwrap()];
        for (line, name) in [(begin, "begin"), (end, "end")] {
            assert_eq!(line["allOf"][0]["properties"]["record"]["const"], name, "{tool}");
        }
        assert_eq!(definitions["Begin"]["properties"]["schema"]["const"], id.as_str());
    }
}

#[test]
fn the_schemas_in_docs_are_those_of_the_tools() {
    let check = ("check", netdiag_check::file::schema());
    for (name, schema) in outputs().into_iter().chain([check]) {
        let path = format!("{}/../../docs/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let expected = format!("{:#}\n", schema.as_value());
        if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
            fs::write(&path, &expected).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == expected,
            "run with SNAPSHOTS=overwrite: docs/schemas/{name}.json is not the schema"
        );
    }
}
