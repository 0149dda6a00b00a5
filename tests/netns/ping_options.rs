//! A system that refuses socket options, one at a time: the run goes on without, and says so with `-v` and in JSON.
//!
//! The refusals are the kernel's own, by a seccomp filter that the program inherits, as under emulators and in narrow containers.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;

use netdiag_echo::{OPTIONAL_SOCKET_OPTIONS, SocketOption};
use netdiag_lab::{Host, Lab, Path, Plan};
use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};
use serde_json::Value;

use crate::guard;
use crate::ping_run::{Program, Run};
use crate::stamping::Stamping;

/// A filter under which `setsockopt` knows none of these options.
fn refusing(options: &[(i32, i32)]) -> BpfProgram {
    let is = |argument, value: i32| {
        SeccompCondition::new(
            argument,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Eq,
            value.cast_unsigned().into(),
        )
    };
    let rule = |&(level, number): &(i32, i32)| {
        SeccompRule::new(vec![is(1, level).unwrap(), is(2, number).unwrap()]).unwrap()
    };
    let rules = BTreeMap::from([(libc::SYS_setsockopt, options.iter().map(rule).collect())]);
    let refusal = SeccompAction::Errno(libc::ENOPROTOOPT.cast_unsigned());
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, refusal, std::env::consts::ARCH.try_into().unwrap());
    filter.unwrap().try_into().unwrap()
}

/// Runs `command` in `host` where those options are unknown.
fn without(host: &Host, options: &[(i32, i32)], command: &mut Command) -> Run {
    let filter = refusing(options);
    // The thread is gone when this returns, and the filter with it.
    let output = host.run(|| {
        apply_filter(&filter).unwrap();
        command.output().unwrap()
    });
    output.into()
}

/// What is set so that the option is asked for at all.
fn unknown(option: &SocketOption) -> Vec<(i32, i32)> {
    let named = |name: &str| {
        let option = OPTIONAL_SOCKET_OPTIONS.iter().find(|option| option.name == name).unwrap();
        (option.level, option.number)
    };
    let this = (option.level, option.number);
    match option.name {
        "SO_TIMESTAMPNS" => vec![named("SO_TIMESTAMPING"), this],
        "SO_TIMESTAMP" => vec![named("SO_TIMESTAMPING"), named("SO_TIMESTAMPNS"), this],
        // Root's own way to a larger buffer, which is tried first.
        "SO_RCVBUF" => vec![(libc::SOL_SOCKET, libc::SO_RCVBUFFORCE), this],
        _ => vec![this],
    }
}

/// Whether a run over such a socket asks for the option.
fn is_asked_for(option: &SocketOption, server: &str, datagram: bool) -> bool {
    let is_v4 = server == Path::SERVER_V4;
    match option.name {
        "SO_ATTACH_FILTER" => !datagram,
        "IP_RETOPTS" => datagram && is_v4,
        // A trace wants to know; a ping has no use for it.
        "IP_RECVERR_RFC4884" | "IPV6_RECVERR_RFC4884" => false,
        name if name.starts_with("IPV6_") => !is_v4,
        name if name.starts_with("IP_") => is_v4,
        _ => true,
    }
}

#[test]
fn no_optional_option_is_fatal_and_each_refusal_is_told() {
    guard::namespace();
    let _stamping = Stamping::on();
    for (range, datagram) in [("0 0", true), ("1 0", false)] {
        let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
        path.client.sysctl("net.ipv4.ping_group_range", range).unwrap();
        for (option, server) in
            OPTIONAL_SOCKET_OPTIONS.iter().flat_map(|option| Path::SERVERS.map(|server| (option, server)))
        {
            let unknown = unknown(option);
            let run = |program: Program, words: &str| {
                let words = format!("-d -S 100000 -c 2 -i 0.05 {words} {server}");
                without(&path.client, &unknown, &mut program.command(&words))
            };
            let asked = is_asked_for(option, server, datagram);
            let named = format!("{} {server} datagram {datagram}", option.name);

            let plain = run(Program::Linked("ping"), "");
            assert_eq!(
                plain.counts(),
                "2 packets transmitted, 2 received, 0% packet loss",
                "{named}: {plain}"
            );
            assert_eq!((plain.stderr.as_str(), plain.end.as_str()), ("", "exit status: 0"), "{named}");

            let verbose = run(Program::Linked("ping"), "-v");
            let line = format!(
                "ping: setsockopt({}): Protocol not available: {}\n",
                option.name, option.consequence
            );
            assert_eq!(verbose.stderr.contains(&line), asked, "{named}: {verbose}");

            let document: Value =
                serde_json::from_str(&run(Program::Netdiag, "--format json").stdout).unwrap();
            let told = document.get("without").and_then(Value::as_array).into_iter().flatten();
            let told: Vec<_> = told.map(|without| without["option"].as_str().unwrap()).collect();
            assert_eq!(told.contains(&option.name), asked, "{named}: {document}");
            assert_eq!(document["received"], 2, "{named}: {document}");
            assert_eq!(document["clock"], clock(&unknown), "{named}: {document}");
        }
    }
}

/// The clock that is left.
fn clock(unknown: &[(i32, i32)]) -> &'static str {
    let is_unknown = |number| unknown.contains(&(libc::SOL_SOCKET, number));
    match (is_unknown(libc::SO_TIMESTAMPING), is_unknown(libc::SO_TIMESTAMP)) {
        (_, true) => "user",
        (true, false) => "user-kernel",
        (false, false) => "kernel",
    }
}

#[test]
fn without_errors_of_the_network_a_run_is_silence() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    let words = "-c 1 -t 1 -W 0.2 10.0.2.1";
    let unknown = [(libc::IPPROTO_IP, libc::IP_RECVERR)];
    let run = without(&path.client, &unknown, &mut Program::Linked("ping").command(words));
    assert_eq!(run.counts(), "1 packets transmitted, 0 received, 100% packet loss", "{run}");
    assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 1"));
}

#[test]
fn what_is_asked_for_because_of_what_it_does_to_packets_is_not_done_without() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    let run = without(
        &path.client,
        &[(libc::IPPROTO_IP, libc::IP_TTL)],
        &mut Program::Linked("ping").command("-c 1 -t 5 10.0.2.1"),
    );
    assert_eq!(run.stderr, "ping: cannot set unicast time-to-live: Protocol not available\n");
    assert_eq!((run.stdout.as_str(), run.end.as_str()), ("", "exit status: 2"));
}

#[test]
fn clients_and_lists_go_on_without_an_option_as_well() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    let _listeners =
        Path::SERVERS.map(|server| path.server.run(|| TcpListener::bind((server, 7000))).unwrap());
    let unknown = [
        (libc::IPPROTO_TCP, libc::TCP_NODELAY),
        (libc::IPPROTO_IP, libc::IP_RECVERR),
        (libc::IPPROTO_IPV6, libc::IPV6_RECVERR),
        (libc::SOL_SOCKET, libc::SO_RCVTIMEO),
    ];
    let asked = ["probe", "wait -w 10s", "connect -z", "check", "ss -H"].map(|words| words.split(' '));
    for (words, server) in asked.iter().flat_map(|words| Path::SERVERS.map(|server| (words, server))) {
        let target = match server.contains(':') {
            true => format!("tcp://[{server}]:7000"),
            false => format!("tcp://{server}:7000"),
        };
        let target = if words.clone().any(|word| word == "ss") { "-tln" } else { &target };
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        let run = without(&path.client, &unknown, command.args(words.clone()).arg(target));
        assert_eq!(run.end, "exit status: 0", "{words:?} {target}: {run}");
    }
}
