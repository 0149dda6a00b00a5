//! What `ss` says to people: its help, its version, and every misuse, under both of its names.
//!
//! What it lists is compared in tests/netns; here is only what needs no socket. The help stands behind many a complaint; it is
//! shown once, and `[the help]` after that.

use snapbox::{IntoData, str};

use crate::session::{reads, session, shows};

#[test]
fn help() {
    shows(
        &["ss", "--help"],
        str![[r#"
$ ss --help
List sockets

Usage: ss [OPTIONS] [FILTER]...

Arguments:
  [FILTER]...  Sockets to show: "state NAME" or "exclude NAME", any number of them, and conditions
               such as "sport = 22 or dst 10/8"

Options:
  -t, --tcp                             Show TCP sockets
  -u, --udp                             Show UDP sockets
  -w, --raw                             Show raw sockets
  -M, --mptcp                           Show MPTCP sockets
  -S, --sctp                            Show SCTP sockets
  -d, --dccp                            Show DCCP sockets
  -4, --ipv4                            Show IPv4 sockets
  -6, --ipv6                            Show IPv6 sockets
  -x, --unix                            Show Unix sockets
  -0, --packet                          Show packet sockets
      --vsock                           Show sockets between virtual machines and hosts
      --tipc                            Show TIPC sockets
      --xdp                             Show XDP sockets
  -a, --all                             Show sockets in all states
  -l, --listening                       Show sockets that listen or are not connected
  -B, --bound-inactive                  Show TCP sockets that are bound but do not listen
  -f, --family <FAMILY>                 Show sockets of a family: inet, inet6, link, unix, netlink,
                                        vsock, tipc, xdp
  -A, --query <TABLE[,TABLE]>           Show these tables: all, inet, tcp, mptcp, udp, raw, dccp,
                                        sctp, unix, unix_stream, unix_dgram, unix_seqpacket, packet,
                                        packet_raw, packet_dgram, netlink, vsock, vsock_stream,
                                        vsock_dgram, tipc, xdp; "!" takes one away [alias: --socket]
  -n, --numeric                         Show ports as numbers instead of service names
  -H, --no-header                       Leave out the header line
  -Q, --no-queues                       Leave out the Recv-Q and Send-Q columns
  -O, --oneline                         Print every socket on one line
  -r, --resolve                         Look up the names of addresses
  -o, --options                         Show timers
  -e, --extended                        Show details: owner, inode, cookie, and timers
  -m, --memory                          Show memory use
  -p, --processes                       Show the processes that hold a socket
  -T, --threads                         Show the threads that hold a socket
  -i, --info                            Show what the protocol knows of the connection
  -s, --summary                         Show counts of sockets
  -b, --bpf                             Show the socket filters of packet sockets
  -E, --events                          Show sockets as they are destroyed
  -Z, --context                         Show the security contexts of processes
  -z, --contexts                        Show the security contexts of processes and sockets
  -N, --net <NAME|PID|PATH>             Look into another network namespace [alias: --netns]
  -K, --kill                            Close the sockets that match
      --yes                             Close every socket of the tables shown, where no filter and
                                        no state says which
  -D, --diag <FILE>                     Write what the kernel tells about TCP sockets to a file
  -F, --filter <FILE>                   Read the filter from a file
      --tos                             Show type of service, traffic class and class id
      --cgroup                          Show control groups
      --tipcinfo                        Show details of TIPC sockets
      --inet-sockopt                    Show which socket options are set
      --explain                         Say on standard error what could not be asked of the kernel,
                                        what was done instead, and what helps
      --format <text|table|json|jsonl>  Write results as text, as a table for people, as one JSON
                                        document, or as JSON lines [default: text]
      --color <auto|always|never>       Colour tables [default: auto]
  -V, --version                         Print version [alias: -v]
  -h, --help                            Print help

"#]],
    );
}

#[test]
fn help_of_the_subcommand() {
    let (own, linked) = (session(&["netdiag", "ss", "-h"]), session(&["ss", "--help"]));
    assert_eq!(
        own,
        linked.replace("$ ss --help", "$ netdiag ss -h").replace("Usage: ss", "Usage: netdiag ss")
    );
}

#[test]
fn version() {
    for option in ["-V", "-v", "--version", "--vers"] {
        let session =
            session(&["ss", option]).replace(env!("CARGO_PKG_VERSION"), "VERSION").replace(option, "OPTION");
        reads(
            &session,
            str![[r#"
$ ss OPTION
ss utility, netdiag VERSION, compatible with iproute2-7.1.0

"#]],
        );
    }
}

#[test]
fn unknown_long_option() {
    complains(
        "--bogus",
        str![[r#"
$ ss --bogus
---- stderr
ss: unrecognized option '--bogus'
[the help]
---- exit status: 255
$ netdiag ss --bogus
---- stderr
netdiag: unrecognized option '--bogus'

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn unknown_long_option_with_a_value() {
    complains(
        "-t --bogus=3",
        str![[r#"
$ ss -t --bogus=3
---- stderr
ss: unrecognized option '--bogus=3'
[the help]
---- exit status: 255
$ netdiag ss -t --bogus=3
---- stderr
netdiag: unrecognized option '--bogus=3'

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn unknown_short_option() {
    complains(
        "-k",
        str![[r#"
$ ss -k
---- stderr
ss: invalid option -- 'k'
[the help]
---- exit status: 255
$ netdiag ss -k
---- stderr
netdiag: invalid option -- 'k'

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn unknown_option_in_a_bundle() {
    complains(
        "-tnkl",
        str![[r#"
$ ss -tnkl
---- stderr
ss: invalid option -- 'k'
[the help]
---- exit status: 255
$ netdiag ss -tnkl
---- stderr
netdiag: invalid option -- 'k'

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn ambiguous_prefix() {
    complains(
        "--no",
        str![[r#"
$ ss --no
---- stderr
ss: option '--no' is ambiguous; possibilities: '--no-header' '--no-queues'
[the help]
---- exit status: 255
$ netdiag ss --no
---- stderr
netdiag: option '--no' is ambiguous; possibilities: '--no-header' '--no-queues'

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn missing_argument() {
    complains(
        "-t -N",
        str![[r#"
$ ss -t -N
---- stderr
ss: option requires an argument -- 'N'
[the help]
---- exit status: 255
$ netdiag ss -t -N
---- stderr
netdiag: option requires an argument -- 'N'

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn missing_argument_of_a_long_option() {
    complains(
        "--diag",
        str![[r#"
$ ss --diag
---- stderr
ss: option '--diag' requires an argument
[the help]
---- exit status: 255
$ netdiag ss --diag
---- stderr
netdiag: option '--diag' requires an argument

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn argument_where_none_is_taken() {
    complains(
        "--all=yes",
        str![[r#"
$ ss --all=yes
---- stderr
ss: option '--all' doesn't allow an argument
[the help]
---- exit status: 255
$ netdiag ss --all=yes
---- stderr
netdiag: option '--all' doesn't allow an argument

hint: `netdiag ss --help` lists the options
---- exit status: 255

"#]],
    );
}

#[test]
fn wrong_state() {
    complains(
        "-t state bogus",
        str![[r#"
$ ss -t state bogus
---- stderr
ss: wrong state name: bogus
---- exit status: 255
$ netdiag ss -t state bogus
---- stderr
netdiag: wrong state name: bogus

hint: states are established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listening, closing, bound-inactive; groups are all, connected, synchronized, bucket, big
---- exit status: 255

"#]],
    );
}

#[test]
fn state_only_the_kernel_knows() {
    complains(
        "state new-syn-recv",
        str![[r#"
$ ss state new-syn-recv
---- stderr
ss: wrong state name: new-syn-recv
---- exit status: 255
$ netdiag ss state new-syn-recv
---- stderr
netdiag: wrong state name: new-syn-recv

hint: states are established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listening, closing, bound-inactive; groups are all, connected, synchronized, bucket, big
---- exit status: 255

"#]],
    );
}

#[test]
fn wrong_state_to_exclude() {
    complains(
        "-t exclude estab",
        str![[r#"
$ ss -t exclude estab
---- stderr
ss: wrong state name: estab
---- exit status: 255
$ netdiag ss -t exclude estab
---- stderr
netdiag: wrong state name: estab

hint: states are established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listening, closing, bound-inactive; groups are all, connected, synchronized, bucket, big
---- exit status: 255

"#]],
    );
}

#[test]
fn no_state() {
    complains(
        "state",
        str![[r#"
$ ss state
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255
$ netdiag ss state
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255

"#]],
    );
}

#[test]
fn no_state_to_exclude() {
    complains(
        "-t exclude",
        str![[r#"
$ ss -t exclude
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255
$ netdiag ss -t exclude
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255

"#]],
    );
}

#[test]
fn no_state_after_another() {
    complains(
        "-t state established excl",
        str![[r#"
$ ss -t state established excl
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255
$ netdiag ss -t state established excl
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255

"#]],
    );
}

/// The complaint about `words` must read as `expected`, under both names.
#[track_caller]
fn complains(words: &str, expected: impl IntoData) {
    let sessions = ["ss", "netdiag ss"].map(|program| {
        let words: Vec<&str> = program.split(' ').chain(words.split(' ')).collect();
        let session = session(&words);
        // What is behind it is the help of this name.
        match session.find("List sockets\n\nUsage:") {
            Some(at) => {
                let status = &session[session.rfind("----").unwrap()..];
                format!("{}[the help]\n{status}", &session[..at])
            }
            None => session,
        }
    });
    reads(&sessions.concat(), expected);
}

#[test]
fn under_our_own_name_a_mistake_is_a_reason_and_a_hint() {
    #[rustfmt::skip]
    let cases = [
        ("--state close-wait", "netdiag: unrecognized option '--state'",       "states are words, not options: netdiag ss state close-wait"),
        ("--states=all",       "netdiag: unrecognized option '--states=all'",  "states are words, not options: netdiag ss state close-wait"),
        ("--dport 22",         "netdiag: unrecognized option '--dport'",       "conditions are words, not options: netdiag ss 'dport = 22'"),
        ("--proceses",         "netdiag: unrecognized option '--proceses'",    "did you mean '--processes'?"),
        ("-f bogus",           "netdiag: \"bogus\" is invalid family",         "families are inet, inet6, link, unix, netlink, vsock, tipc, xdp"),
        ("-A tcp,bogus",       "netdiag: \"bogus\" is illegal socket table id", "tables are all, inet, tcp, mptcp, udp, raw, dccp, sctp, unix, \
            unix_stream, unix_dgram, unix_seqpacket, packet, packet_raw, packet_dgram, netlink, vsock, vsock_stream, vsock_dgram, tipc, xdp"),
        ("--format xml",       "netdiag: invalid value 'xml' for '--format <text|table|json|jsonl>'", "values are text, table, json, jsonl"),
        ("--yes",              "netdiag: the following required arguments were not provided: --kill", "`netdiag ss --help` lists the options"),
        ("-tF",                "netdiag: option requires an argument -- 'F'",  "`netdiag ss --help` lists the options"),
    ];
    for (words, reason, hint) in cases {
        let words: Vec<&str> = ["netdiag", "ss"].into_iter().chain(words.split(' ')).collect();
        let (_, said) =
            session(&words).split_once("---- stderr\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(said, format!("{reason}\n\nhint: {hint}\n---- exit status: 255\n"), "{words:?}");
    }
}
