//! `ss -p` where not everybody can be looked at: it says so, to those who want to know and in JSON.

use std::net::UdpSocket;
use std::process::{Command, Output};

/// What `ss` says of owners with so few descriptors that it cannot look for them all.
fn without_descriptors(words: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_netdiag");
    let line = format!("ulimit -n 6; exec {program} ss -uanp {words}");
    Command::new("sh").args(["-c", &line]).env_remove("PROC_ROOT").output().unwrap()
}

#[test]
fn owners_that_descriptors_did_not_suffice_for_are_not_passed_over() {
    let _socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let explained = without_descriptors("--explain");
    let words = String::from_utf8(explained.stderr).unwrap();
    assert!(
        words.contains("some owners are not shown: ") && words.contains("Too many open files"),
        "{words}"
    );
    assert!(explained.status.success(), "{words}");
    assert_eq!(
        String::from_utf8(without_descriptors("").stderr).unwrap(),
        "",
        "no person is there to read it"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&without_descriptors("--format json").stdout).unwrap();
    assert_eq!(json["complete"], false);
    let [notice] = &json["notices"].as_array().unwrap()[..] else {
        panic!("the sockets are all there: {json}")
    };
    assert_eq!((&notice["kind"], &notice["errno"]), (&"unknown-owners".into(), &24.into()));
    assert!(notice["message"].as_str().unwrap().contains("Too many open files"), "{json}");
}

#[test]
fn owners_are_not_passed_over_where_no_process_is_shown() {
    let place = tempfile::tempdir().unwrap();
    let _socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let net = place.path().join("net");
    std::fs::create_dir(&net).unwrap();
    std::fs::copy("/proc/net/udp", net.join("udp")).unwrap();
    let output = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.args(["ss", "-4uanp"]).args(words).env("PROC_ROOT", place.path()).output().unwrap()
    };
    let words = String::from_utf8(output(&["--explain"]).stderr).unwrap();
    let line = words.lines().find(|line| line.contains("some owners are not shown: ")).unwrap();
    assert!(
        line.contains("does not show the processes of others") && line.contains("; run it as root"),
        "{line}"
    );
    let json: serde_json::Value = serde_json::from_slice(&output(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["complete"], false, "{json}");
}
