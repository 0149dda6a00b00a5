//! Words of others that would steer a terminal: none does, whichever tool repeats them, in whatever format, under whatever name.

use std::os::unix::net::UnixListener;

use netdiag_text::terminal::acts;
use serde_json::Value;

use crate::session::{Surroundings, session};

/// C1's way to begin a command, a mark that turns the direction of writing, a bell, a separator of lines; no name server is asked
/// for it.
const WORD: &str = "x..\u{9b}2J\u{202e}\u{7}y\u{2028}\u{1b}]0;z";

#[track_caller]
fn harmless(session: &str) {
    // What was typed is repeated by the session itself.
    let said = session.split_once('\n').unwrap().1;
    let acting: Vec<char> = said.chars().filter(|it| acts(*it) && *it != '\n').collect();
    assert!(acting.is_empty(), "{acting:?} in {said:?}");
}

#[test]
fn no_tool_repeats_a_word_as_it_is() {
    let option = format!("--{WORD}");
    let uses: &[&[&str]] = &[
        &["netdiag", WORD],
        &["netdiag", "ping", "-c1", WORD],
        &["ping", "-c1", WORD],
        &["ping", "-c1", "-I", WORD, "127.0.0.1"],
        &["ping", "-c1", "-W", WORD, "127.0.0.1"],
        &["netdiag", "ping", &option],
        &["netdiag", "ss", WORD],
        &["netdiag", "ss", "sport", "=", WORD],
        &["ss", "state", WORD],
        &["ss", "sport", "=", WORD],
        &["ss", "-f", WORD],
        &["ss", "-F", WORD],
        &["ss", "-N", WORD],
        &["ss", &option],
        &["netdiag", "probe", WORD],
        &["netdiag", "probe", "--talk", WORD, "127.0.0.1:1"],
        &["netdiag", "probe", "--send", "\\q\u{9b}", "127.0.0.1:1"],
        &["netdiag", "connect", "-z", WORD, "1"],
        &["netdiag", "serve", "echo", WORD],
        &["netdiag", "serve", "http", WORD, "127.0.0.1:0"],
        &["netdiag", "check", WORD],
        &["netdiag", "check", &option],
        &["netdiag", "wait", "-w", "10ms", WORD],
        &["netdiag", "wait", "--netns", WORD, "127.0.0.1:1"],
        &["netdiag", "schema", WORD],
    ];
    for words in uses {
        let said = session(words);
        assert!(said.contains("---- stderr\n"), "{said}");
        harmless(&said);
    }
}

#[test]
fn names_of_sockets_are_whole_in_json_and_harmless_everywhere() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(WORD);
    let _listener = UnixListener::bind(&path).unwrap();
    let filter = format!("unix:{}", directory.path().display()) + "/*";
    for format in ["text", "table", "json", "jsonl"] {
        let said = session(&["netdiag", "ss", "-xl", "--format", format, "src", &filter]);
        harmless(&said);
        assert!(said.contains(directory.path().to_str().unwrap()), "{said}");
        if format == "json" {
            let document: Value = serde_json::from_str(said.split_once('\n').unwrap().1).unwrap();
            assert_eq!(document["sockets"][0]["local"]["path"], path.to_str().unwrap(), "{document}");
        }
    }
}

#[test]
fn what_a_command_line_names_is_harmless_in_reports() {
    let target = format!("sysctl:kernel.ostype?value={WORD}&name={WORD}");
    for format in ["text", "table", "json", "jsonl", "junit", "tap", "github", "prom", "nagios"] {
        harmless(&session(&["netdiag", "check", &target, "-o", format]));
    }
    let said = Surroundings::default().session(&["netdiag", "check", &target, "-o", "json"]);
    let document: Value =
        serde_json::from_str(said.split_once('\n').unwrap().1.split_once("---- ").unwrap().0).unwrap();
    assert_eq!(document["results"][0]["name"], WORD);
}
