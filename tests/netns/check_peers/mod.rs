//! Checks of others, by the command: every network kind passes, fails, is flaky and cannot be measured, against real servers.
//!
//! A check is flaky because a server is wrong exactly so many times, never because of luck or load.

mod dns;
mod door;
mod http;
mod icmp;
mod init;
mod mender;
mod own;
mod reports;
mod scene;
mod streams;
mod trace;
mod udp;
mod unmeasured;
mod ways;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use netdiag_lab::Host;
use serde_json::Value;
use tempfile::TempDir;

use crate::nobody;

/// One check: the lines below its `[[check]]`, how it has to end, and a part of what has to be said of it.
type Case<'a> = (&'a str, &'a str, &'a str);

/// What makes a check flaky that fails at first.
const AGAIN: &str = "retry = { attempts = 5, pause = '10ms' }";

/// The program, in an environment of its own.
fn netdiag() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.env_clear().env("LC_ALL", "C").env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Asserts how checks end when they run together on a host. Their names are their numbers, from zero on.
#[track_caller]
fn expect(host: &Host, cases: &[Case<'_>]) {
    ends(host, netdiag(), cases);
}

/// The same of checks that somebody without privileges runs.
#[track_caller]
fn expect_of_nobody(host: &Host, cases: &[Case<'_>]) {
    let mut command = nobody::netdiag();
    command.env_clear().env("LC_ALL", "C");
    ends(host, command, cases);
}

#[track_caller]
fn ends(host: &Host, mut command: Command, cases: &[Case<'_>]) {
    let directory = file(cases.iter().map(|(lines, ..)| *lines));
    command.arg("check").arg(directory.path().join("net.toml")).args(["-o", "json"]);
    let output = host.output(&mut command).unwrap();
    let results = results(&output);
    assert_eq!(results.len(), cases.len(), "{output:?}");
    for (result, (lines, verdict, words)) in results.iter().zip(cases) {
        let told = format!("{} {}", result["message"], result["hint"]);
        assert!(result["verdict"] == *verdict && told.contains(words), "{lines}\n{result:#}");
    }
    let some = |wanted: &str| cases.iter().any(|(_, verdict, _)| *verdict == wanted);
    let status = if some("fail") { 1 } else { 3 * i32::from(some("error")) };
    assert_eq!(output.status.code(), Some(status));
}

/// A directory anybody may read, with a file of checks in it.
fn file<'a>(checks: impl Iterator<Item = &'a str>) -> TempDir {
    let checks = checks.enumerate().map(|(number, lines)| format!("[[check]]\nname = '{number}'\n{lines}\n"));
    let text = format!("version = 1\n[defaults]\ntimeout = '10s'\n{}", checks.collect::<String>());
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(directory.path().join("net.toml"), text).unwrap();
    directory
}

/// The results in a JSON report on standard output.
#[track_caller]
fn results(output: &Output) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    document["results"].as_array().unwrap().clone()
}
