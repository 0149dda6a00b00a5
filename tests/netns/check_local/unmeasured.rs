//! What could not be measured is neither passed nor failed, and says what would help.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use caps::{CapSet, Capability};
use netdiag_check::Verdict;
use netdiag_check::run::Options;
use netdiag_lab::{Host, Lab};

use super::{expect, outcomes_with};
use crate::guard;

/// Asserts that a check of a thread that may not even raise these capabilities is skipped, with this reason and remedy.
#[track_caller]
fn skipped(host: &Host, without: &[Capability], lines: &str, reason: &str, remedy: &str) {
    let prepare = || {
        for capability in without {
            caps::drop(None, CapSet::Effective, *capability).unwrap();
            caps::drop(None, CapSet::Permitted, *capability).unwrap();
        }
    };
    let outcome = outcomes_with(host, Options::default(), prepare, &[lines.to_owned()]).remove(0);
    assert_eq!(outcome.verdict, Verdict::Skip, "{outcome:#?}");
    assert!(outcome.reason.as_ref().unwrap().unshown().contains(reason), "{outcome:#?}");
    assert!(outcome.hint.as_ref().unwrap().unshown().contains(remedy), "{outcome:#?}");
}

#[test]
fn a_refused_ping_socket_says_which_setting_helps() {
    guard::namespace();
    let host = Lab::new().unwrap().host("refused").unwrap();
    for lines in PINGS {
        expect(&host, &[(lines, true)]);
        let raw = [Capability::CAP_NET_RAW];
        skipped(&host, &raw, lines, "socket: Operation not permitted", "ping_group_range");
        skipped(&host, &raw, &lines.replace("127.0.0.1", "::1"), "socket: ", "cap_net_raw");
    }
}

#[test]
fn a_capability_that_is_only_permitted_is_enough() {
    guard::namespace();
    let host = Lab::new().unwrap().host("permitted").unwrap();
    let prepare = || caps::drop(None, CapSet::Effective, Capability::CAP_NET_RAW).unwrap();
    let outcomes = outcomes_with(&host, Options::default(), prepare, &PINGS.map(str::to_owned));
    assert!(outcomes.iter().all(|outcome| outcome.verdict == Verdict::Pass), "{outcomes:#?}");
}

/// Checks that need a socket for pings.
const PINGS: [&str; 2] = [
    "kind = \"pmtu\"\ntarget = \"127.0.0.1\"\nmtu = 1000",
    "kind = \"icmp\"\ntarget = \"127.0.0.1\"\ncount = 1",
];

#[test]
fn a_process_that_keeps_its_files_may_be_the_holder() {
    guard::namespace();
    let host = Lab::new().unwrap().host("withheld").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:1000")).unwrap();
    let mut holder = Command::new("sleep");
    holder.arg("60").stdin(Stdio::from(OwnedFd::from(listener)));
    let mut child = host.spawn(&mut holder).unwrap();
    // The command keeps its own copy of what it hands down.
    drop(holder);
    let checks = [
        "kind = \"listen\"\nport = 1000\nprocess = \"sleep\"",
        "kind = \"not-listen\"\nport = 1000\nexcept = { process = \"sleep\" }",
        "kind = \"sockets\"\nfilter = \"process = sleep\"\nexpect = { \"count(listen)\" = 1 }",
    ];
    expect(&host, &checks.map(|lines| (lines, true)));
    for lines in checks {
        let powers =
            [Capability::CAP_SYS_PTRACE, Capability::CAP_DAC_READ_SEARCH, Capability::CAP_DAC_OVERRIDE];
        skipped(&host, &powers, lines, "keep their files from us", "cap_sys_ptrace");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn marks_are_told_to_few() {
    guard::namespace();
    let host = Lab::new().unwrap().host("marks").unwrap();
    let lines = "kind = \"sockets\"\nfilter = \"fwmark = 1\"\nexpect = { count = 0 }";
    expect(&host, &[(lines, true)]);
    skipped(&host, &[Capability::CAP_NET_ADMIN], lines, "cap_net_admin", "root");
}

#[test]
fn commands_can_be_kept_from_running() {
    guard::namespace();
    let host = Lab::new().unwrap().host("careful").unwrap();
    let checks = [
        "kind = \"exec\"\ncmd = [\"true\"]".to_owned(),
        "kind = \"exec\"\ncmd = [\"false\"]\nrequired = true".to_owned(),
    ];
    let options = Options { no_exec: true, ..Options::default() };
    let outcomes = outcomes_with(&host, options, || {}, &checks);
    let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
    assert_eq!(verdicts, [Verdict::Skip, Verdict::Error]);
    assert_eq!(outcomes[0].reason.as_ref().map(|reason| reason.unshown()), Some("exec is off"));
}

#[test]
fn a_socket_may_have_a_holder_that_is_not_seen_beside_one_that_is() {
    guard::namespace();
    let host = Lab::new().unwrap().host("shared").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:1000")).unwrap();
    let mut holder = Command::new("sleep");
    holder.arg("60").stdin(Stdio::from(OwnedFd::from(listener.try_clone().unwrap()))).uid(65_534);
    let mut child = host.spawn(&mut holder).unwrap();
    drop(holder);
    let checks = [
        "kind = \"listen\"\nport = 1000\nprocess = \"sleep\"",
        "kind = \"not-listen\"\nport = 1000\nexcept = { process = \"sleep\" }",
        "kind = \"sockets\"\nfilter = \"process = sleep\"\nexpect = { \"count(listen)\" = 1 }",
        "kind = \"sockets\"\nfilter = \"process != sleep\"\nexpect = { \"count(listen)\" = 0 }",
    ];
    expect(&host, &checks.map(|lines| (lines, true)));
    // This process, which holds it too, is seen all the same; the other is not.
    let powers = [Capability::CAP_SYS_PTRACE, Capability::CAP_DAC_READ_SEARCH, Capability::CAP_DAC_OVERRIDE];
    for lines in checks {
        skipped(&host, &powers, lines, "keep", "cap_sys_ptrace");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
