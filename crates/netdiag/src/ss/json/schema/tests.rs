//! The schema tells families apart, and the reference in docs/json.md repeats it word for word.

use std::fmt::Write as _;
use std::fs;

use super::super::conformance::Conformance;
use super::*;

#[test]
fn every_family_has_its_place() {
    let conformance = Conformance::new();
    let end = json!({ "address": "::1", "port": 1 });
    #[rustfmt::skip]
    let cases = [
        ("Inet",    json!({ "netid": "tcp", "family": "inet6", "state": "listening", "recv_q": 0, "send_q": 0, "local": end })),
        ("Unix",    json!({ "netid": "u_str", "family": "unix", "state": "established", "inode": 7, "local": { "abstract": "a" } })),
        ("Packet",  json!({ "netid": "p_raw", "family": "packet", "state": "unconnected", "protocol": 3 })),
        ("Netlink", json!({ "netid": "nl", "family": "netlink", "state": "unconnected", "protocol": 0, "port_id": 1 })),
        ("Vsock",   json!({ "netid": "v_str", "family": "vsock", "state": "listening", "local": { "port": 1 } })),
        ("Tipc",    json!({ "netid": "ti_st", "family": "tipc", "state": "listening", "local": { "node": 1, "ref": 2 } })),
        ("Xdp",     json!({ "netid": "xdp", "family": "xdp", "state": "unconnected", "queue": 0 })),
    ];
    let families = cases.each_ref().map(|(family, _)| *family);
    for (family, mut socket) in cases {
        let fits: Vec<_> =
            families.into_iter().filter(|other| conformance.definition(other, &socket).is_ok()).collect();
        assert_eq!(fits, [family], "{:?}", conformance.definition(family, &socket));
        conformance.definition("Socket", &socket).unwrap();
        socket["bogus"] = json!(1);
        assert!(conformance.definition("Socket", &socket).is_err(), "{family}");
    }
}

#[test]
fn nothing_is_ever_null() {
    assert!(!schema().to_value().to_string().contains("null"));
}

#[test]
fn the_reference_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let text = fs::read_to_string(path).unwrap();
    let (prose, _) = text.split_once(MARK).expect("the reference follows its mark");
    let expected = format!("{prose}{MARK}{}", reference());
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        fs::write(path, &expected).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap() == expected,
        "run with SNAPSHOTS=overwrite: docs/json.md is not what the schema says"
    );
}

const MARK: &str =
    "<!-- From here on written by a test: SNAPSHOTS=overwrite cargo test -p netdiag reference -->\n";

/// Every definition as a table of its keys.
fn reference() -> String {
    let schema = schema().to_value();
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
