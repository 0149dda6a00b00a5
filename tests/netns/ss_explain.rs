//! `ss --explain`: what was not asked of the kernel is said on standard error, and without it nothing is.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use netdiag_lab::{Host, Lab};
use nix::mount::{MntFlags, MsFlags};

use crate::{guard, nobody};

/// A host with one listener.
fn host() -> (Host, TcpListener) {
    let host = Lab::new().unwrap().host("host").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    (host, listener)
}

fn ss(host: &Host, mut command: Command, words: &[&str]) -> Output {
    let output = host.output(command.arg("ss").args(words)).unwrap();
    assert!(output.status.success(), "{words:?} {output:?}");
    output
}

fn words(output: &Output) -> Vec<&str> {
    str::from_utf8(&output.stderr).unwrap().lines().collect()
}

#[test]
fn a_detour_through_files_is_told_to_those_who_ask() {
    guard::namespace();
    let (host, _listener) = host();
    let ours = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.env("PROC_NET_TCP", "/proc/net/tcp").env("PROC_NET_SCTP", "");
        command
    };
    let quiet = ss(&host, ours(), &["-4tSlnHQ"]);
    assert_eq!(words(&quiet), [""; 0]);
    let explained = ss(&host, ours(), &["-4tSlnHQ", "--explain"]);
    assert_eq!(
        words(&explained),
        [
            "netdiag: tcp sockets of family inet: read from /proc/net/tcp, as PROC_ROOT or PROC_NET_* says; unset it to ask the \
             kernel",
            "netdiag: sctp sockets of family inet: not listed, as PROC_ROOT or PROC_NET_* is set and no file tells of them; unset \
             it to ask the kernel",
        ]
    );
    assert_eq!(explained.stdout, quiet.stdout);
    assert!(quiet.stdout.starts_with(b"tcp LISTEN 127.0.0.1:7000"), "{quiet:?}");
}

#[test]
fn what_privilege_would_add_is_told_to_those_who_ask() {
    guard::namespace();
    let (host, _listener) = host();
    let details = ["-tlnHeip"];
    assert_eq!(words(&ss(&host, nobody::netdiag(), &details)), [""; 0]);
    let explained = ss(&host, nobody::netdiag(), &[&details[..], &["--explain"]].concat());
    let told = words(&explained);
    for what in ["firewall marks: ", "signature keys: ", "some owners are not shown: "] {
        let with = |line: &&&str| line.starts_with(&format!("netdiag: {what}"));
        assert_eq!(told.iter().filter(with).count(), 1, "{what} in {told:?}");
    }
    // Besides, what was asked is told.
    let (asked, withheld): (Vec<&str>, Vec<&str>) =
        told.iter().partition(|line| line.starts_with("netdiag: tcp sockets"));
    assert_eq!(
        asked,
        [
            "netdiag: tcp sockets of both families: 1 answer",
            "netdiag: tcp sockets: not asked for in halves: no connections are asked for"
        ]
    );
    assert!(withheld.iter().all(|line| line.contains("; run it as root")), "{told:?}");
}

#[test]
fn the_abbreviation_of_extended_still_means_it() {
    guard::namespace();
    let (host, _listener) = host();
    let output = ss(&host, Command::new(env!("CARGO_BIN_EXE_netdiag")), &["-tlnH", "--ex"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains(" ino:"), "{output:?}");
}

#[test]
fn owners_may_be_missing_where_processes_are_hidden() {
    guard::namespace();
    nobody::must_be_mapped();
    let (host, _listener) = host();
    let place =
        tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    nix::mount::mount(Some("proc"), place.path(), Some("proc"), MsFlags::empty(), Some("hidepid=2")).unwrap();
    let listed = |words: &[&str]| {
        let mut command = nobody::netdiag();
        command.env("PROC_ROOT", place.path());
        ss(&host, command, words)
    };
    let quiet = listed(&["-4tanHp"]);
    assert_eq!(words(&quiet), [""; 0]);
    let explained = listed(&["-4tanHp", "--explain"]);
    let hidden = format!("some owners are not shown: {} does not show the processes", place.path().display());
    assert!(words(&explained).iter().any(|line| line.contains(&hidden)), "{explained:?}");
    let json: serde_json::Value =
        serde_json::from_slice(&listed(&["-4tanp", "--format", "json"]).stdout).unwrap();
    let notice = &json["notices"][0];
    assert_eq!((&json["complete"], &notice["kind"]), (&false.into(), &"unknown-owners".into()), "{json}");
    assert!(notice["message"].as_str().unwrap().contains("does not show"), "{json}");
    nix::mount::umount2(place.path(), MntFlags::MNT_DETACH).unwrap();
}
