//! What `ss` says to people who ask for its help or its version, under both of its names.
//!
//! What it lists is compared in tests/netns; here is only what needs no socket.

use snapbox::str;

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
  -i, --info                            Show details of the protocol: round-trip time, window, rates
  -s, --summary                         Show counts of sockets
  -b, --bpf                             Show the socket filters of packet sockets
  -E, --events                          Show sockets as they are destroyed
  -Z, --context                         Show the security contexts of processes
  -z, --contexts                        Show the security contexts of processes and sockets
  -N, --net <NAME|PID|PATH>             List the sockets of another network namespace [alias:
                                        --netns]
  -K, --kill                            Close the sockets that match
      --yes                             With -K, close every socket of the tables shown if neither
                                        filter nor state selects some
  -D, --diag <FILE>                     Write the kernel's answer about TCP sockets to a file
  -F, --filter <FILE>                   Read the filter from a file
      --tos                             Show type of service, traffic class and class id
      --cgroup                          Show control groups
      --tipcinfo                        Show details of TIPC sockets
      --inet-sockopt                    Show which socket options are set
      --explain                         Print on standard error what could not be asked of the
                                        kernel, what was done instead, and what helps
      --format <text|table|json|jsonl>  Write results as text, as a table for people, as one JSON
                                        document, or as JSON lines [default: text]
      --json                            Short for --format json
      --color <auto|always|never>       When to use colour [default: auto]
      --count-by <KEY[,KEY]>            Count the sockets that have these in common, in place of a
                                        list of them: state, process, peer, port, user, unit, local,
                                        family, netid, cgroup
  -V, --version                         Print version [alias: -v]
  -h, --help                            Print help

"#]],
    );
}

#[test]
fn help_of_the_subcommand() {
    let (own, linked) = (session(&["netdiag", "ss", "-h"]), session(&["ss", "--help"]));
    let (own, _) = own.split_once("\nExamples:").unwrap();
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
