//! The libraries' examples, run as their READMEs say.
//!
//! They are built here too, which takes no time once `cargo test --workspace` has built them. What needs privilege is not run.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

static EXAMPLES: LazyLock<HashMap<String, PathBuf>> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    let built = cargo
        .args(["build", "--workspace", "--examples", "--message-format=json", "--quiet"])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let example = |message: Value| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, message["executable"].as_str()?.into()))
    };
    messages.filter_map(example).collect()
});

fn run(example: &str, args: &[&str]) -> Output {
    Command::new(&EXAMPLES[example]).args(args).output().unwrap()
}

/// What it prints when all is well.
fn prints(example: &str, args: &[&str]) -> String {
    let output = run(example, args);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn text_reads_lengths_of_time_and_complains() {
    assert_eq!(prints("duration", &["1m30s", "250ms"]), "1m30s: 90 s, or 1m 30s\n250ms: 0.25 s, or 250 ms\n");
    let wrong = run("duration", &["2s", "5mn"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert_eq!(String::from_utf8(wrong.stdout).unwrap(), "2s: 2 s, or 2 s\n");
    let words = String::from_utf8(wrong.stderr).unwrap();
    assert!(words.starts_with("no unit of time: ") && words.ends_with("\n\n  2s 5mn\n     ^^^\n"), "{words}");
}

#[test]
fn sockdiag_lists_the_tcp_sockets_of_a_filter() {
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = own.local_addr().unwrap();
    let filter = format!("sport = :{} and not dport = :1", address.port());
    assert_eq!(prints("tcp_sockets", &[&filter]), format!("listening {address} 0.0.0.0:0\n"));
    let wrong = run("tcp_sockets", &["sport = :no-such-service"]);
    assert_eq!((wrong.status.code(), wrong.stdout), (Some(1), Vec::new()));
}

#[test]
fn host_lists_listeners_with_who_holds_them() {
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = own.local_addr().unwrap().to_string();
    let text = prints("listeners", &[]);
    let line = text.lines().find(|line| line.contains(&format!("{address} "))).expect(&text);
    assert!(line.starts_with("tcp") && line.ends_with(&format!("({})", std::process::id())), "{line}");
}

#[test]
fn probe_measures_a_connect() {
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = own.local_addr().unwrap().to_string();
    let text = prints("connect_time", &[&address]);
    assert!(text.starts_with(&format!("{address}: connected in ")), "{text}");
}

#[test]
fn check_evaluates_a_file() {
    let text = prints("evaluate", &[]);
    assert!(text.contains("2 checks: 2 passed"), "{text}");
    let wrong = run("evaluate", &["/nonexistent.toml"]);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
}
