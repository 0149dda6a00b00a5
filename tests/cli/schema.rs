//! `netdiag schema`, and what is said to a format that does not exist.

use snapbox::str;

use crate::session::{session, shows};

#[test]
fn help() {
    shows(
        &["netdiag", "schema", "--help"],
        str![[r#"
$ netdiag schema --help
Print the JSON Schema of a tool's output, or of check files

Usage: netdiag schema <TOOL>

Arguments:
  <TOOL>  The tool; check is for check files, check-report for what netdiag check writes [possible
          values: ping, ping-mtu, probe, serve, ss, trace, wait, check, check-report]

Options:
  -h, --help     Print help
  -V, --version  Print version

Examples:
  # Complete check files in an editor
  netdiag schema check > check.schema.json
  # What the JSON of ss can hold
  netdiag schema ss
  # What reports of check hold
  netdiag schema check-report

More: netdiag help json|check; docs/json.md, docs/check.md

"#]],
    );
}

#[test]
fn a_tool_without_a_schema() {
    shows(
        &["netdiag", "schema", "pong"],
        str![[r#"
$ netdiag schema pong
---- stderr
netdiag: invalid value 'pong' for '<TOOL>': it is one of ping, ping-mtu, probe, serve, ss, trace, wait, check, check-report

hint: did you mean 'ping'? See 'netdiag schema --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn the_schema_names_itself() {
    for tool in ["ping", "ss", "probe", "serve", "wait"] {
        let session = session(&["netdiag", "schema", tool]);
        let start = format!(
            "$ netdiag schema {tool}\n{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"$id\": \"netdiag.{tool}/1\",\n  \"title\": \"netdiag.{tool}/1\",\n"
        );
        assert!(session.starts_with(&start), "{session}");
        assert!(session.ends_with("\n}\n"), "{session}");
    }
}

#[test]
fn a_format_that_does_not_exist() {
    let session = session(&["netdiag", "ss", "--format", "xml"]);
    let said = "---- stderr\nnetdiag: invalid value 'xml' for '--format <text|table|json|jsonl>'\n";
    assert!(session.contains(said), "{session}");
    assert!(session.ends_with("---- exit status: 255\n"), "{session}");
}
