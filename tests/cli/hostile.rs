//! Words of others that would steer a terminal: none does, whichever tool repeats them, in whatever format, under whatever name.

use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::Command;

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

/// What the runner of a workflow reads as commands to itself, in both forms.
const COMMANDS: &str = "::error::x##[error]y";

#[test]
fn no_tool_gives_a_runner_commands() {
    let option = format!("--{COMMANDS}");
    let target = format!("exec:sh,-c,printf '\\n {COMMANDS}\\n'?output=nothing&name={COMMANDS}");
    let uses: &[&[&str]] = &[
        &["netdiag", "ping", "-c1", COMMANDS],
        &["ping", "-c1", "-I", COMMANDS, "127.0.0.1"],
        &["netdiag", "ping", &option],
        &["netdiag", "ss", COMMANDS],
        &["ss", "state", COMMANDS],
        &["netdiag", "probe", COMMANDS],
        &["netdiag", "check", COMMANDS],
        &["netdiag", "check", "-o", "table", &target],
        &["netdiag", "check", "-o", "tap", &target],
        &["netdiag", "check", "-o", "junit", &target],
        &["netdiag", "check", "-o", "jsonl", &target],
        &["netdiag", "wait", "-t", "10ms", COMMANDS],
    ];
    for words in uses {
        let (tool, words) = words.split_first().unwrap();
        let said = |on_runner: bool| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
            command.arg0(tool).args(words).env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
            let output =
                if on_runner { command.env("GITHUB_ACTIONS", "true") } else { &mut command }.output();
            let output = output.unwrap();
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
        };
        let is_command = |line: &str| line.trim().starts_with("::error") || line.contains("##[");
        assert!(!said(true).lines().any(is_command), "{tool} {words:?}: {}", said(true));
        // Elsewhere they are words like others.
        assert!(said(false).contains("##[error]y"), "{tool} {words:?}: {}", said(false));
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
