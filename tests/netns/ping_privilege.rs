//! Who may ping, through which kind of socket, and what is said to those who may not.
//!
//! An ordinary user here is one without capabilities and without groups but the own one.

use std::fs;
use std::os::unix::process::CommandExt;

use netdiag_lab::{Host, Lab, Path, Plan};
use nix::sys::signal::Signal;
use snapbox::str;

use crate::nobody::NOBODY;
use crate::ping_run::{Program, Run, run};
use crate::ping_running::Running;
use crate::{guard, nobody};

fn host() -> Host {
    Lab::new().unwrap().host("host").unwrap()
}

/// Lets the groups up to `most` use datagram sockets. A namespace takes only groups it maps: 0, if it has just one.
pub(crate) fn open_datagram_sockets(host: &Host, most: u32) {
    host.sysctl("net.ipv4.ping_group_range", format!("0 {most}")).unwrap();
}

/// Runs as an ordinary user: no capabilities, no groups but the user's own.
pub(crate) fn run_as_nobody(host: &Host, program: Program, words: &str) -> Run {
    let typed = program.command(words);
    let name = if let Program::Linked(name) = program { name } else { "netdiag" };
    run(host, nobody::netdiag().arg0(name).args(typed.get_args()).env_clear().env("LC_ALL", "C"))
}

/// How many sockets of each kind are open in the host: raw, then datagram, of both versions.
fn sockets(host: &Host) -> (usize, usize) {
    let count = |table: &str| {
        let rows = host.run(|| fs::read_to_string(format!("/proc/thread-self/net/{table}")).unwrap());
        rows.lines().skip(1).filter(|row| !row.trim().is_empty()).count()
    };
    (count("raw") + count("raw6"), count("icmp") + count("icmp6"))
}

#[test]
fn datagram_sockets_are_used_where_they_may_be() {
    guard::namespace();
    for datagram in [false, true] {
        let host = host();
        if datagram {
            open_datagram_sockets(&host, 0);
        }
        for target in ["127.0.0.1", "::1"] {
            let running = Running::ping(&host, &format!("-i 0.1 {target}"));
            running.says("icmp_seq=1 ");
            let (raw, dgram) = sockets(&host);
            assert_eq!((raw > 0, dgram > 0), (!datagram, datagram), "{target}");
            running.signal(Signal::SIGINT);
            assert_eq!(running.finish().end, "exit status: 0");
        }
    }
}

#[test]
fn an_ordinary_user_may_ping_where_the_group_range_says_so() {
    guard::namespace();
    let host = host();
    open_datagram_sockets(&host, NOBODY);
    for target in ["127.0.0.1", "::1"] {
        let run = run_as_nobody(&host, Program::Linked("ping"), &format!("-c 3 -i 0.002 {target}"));
        assert_eq!(run.counts(), "3 packets transmitted, 3 received, 0% packet loss", "{run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"));
    }
}

#[test]
fn an_ordinary_user_may_not_flood() {
    guard::namespace();
    let host = host();
    open_datagram_sockets(&host, NOBODY);
    run_as_nobody(&host, Program::Linked("ping"), "-i 0.001 -c 1 127.0.0.1").reads(str![[r#"
PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
---- stderr
ping: cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)
---- exit status: 2

"#]]);
    run_as_nobody(&host, Program::Netdiag, "-i 0 -c 1 ::1").reads(str![[r#"
PING ::1 (::1) 56 data bytes
---- stderr
netdiag: cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)
---- exit status: 2

"#]]);
    // Groups need a route.
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    open_datagram_sockets(&path.client, NOBODY);
    run_as_nobody(&path.client, Program::Linked("ping"), "-i 0.5 -c 1 224.0.0.1").reads(str![[r#"
---- stderr
ping: minimal interval for broadcast ping for user must be >= 1000 ms, use -i 1 (or higher)
---- exit status: 2

"#]]);
    run_as_nobody(&path.client, Program::Linked("ping"), "-i 0.5 -c 1 ff02::1%eth0").reads(str![[r#"
---- stderr
ping: minimal interval for multicast ping for user must be >= 1000 ms, use -i 1 (or higher)
---- exit status: 2

"#]]);
    run_as_nobody(&path.client, Program::Linked("ping"), "-M want -c 1 ff02::1%eth0").reads(str![[r#"
---- stderr
ping: multicast ping does not fragment
---- exit status: 2

"#]]);
}

#[test]
fn an_ordinary_user_without_any_socket_is_told_what_is_missing() {
    guard::namespace();
    let host = host();
    run_as_nobody(&host, Program::Linked("ping"), "-c 1 127.0.0.1").reads(str![[r#"
---- stderr
ping: socktype: SOCK_RAW
ping: socket: Operation not permitted
ping: => missing cap_net_raw+p capability or setuid?
---- exit status: 2

"#]]);
    run_as_nobody(&host, Program::Linked("ping"), "-6 -c 1 ::1").reads(str![[r#"
---- stderr
ping: socktype: SOCK_RAW
ping: socket: Operation not permitted
ping: => missing cap_net_raw+p capability or setuid?
---- exit status: 2

"#]]);
    run_as_nobody(&host, Program::Netdiag, "-c 1 127.0.0.1").reads(str![[r#"
---- stderr
netdiag: socktype: SOCK_RAW
netdiag: socket: Operation not permitted
netdiag: => missing cap_net_raw+p capability or setuid?

hint: any one of these helps: `sysctl -w net.ipv4.ping_group_range='0 2147483647'`, `setcap cap_net_raw+p` on this program, or running it as root with cap_net_raw
---- exit status: 2

"#]]);
}

#[test]
fn root_may_flood() {
    guard::namespace();
    let host = host();
    let run = run(&host, &mut Program::Linked("ping").command("-i 0 -c 200 -q 127.0.0.1"));
    assert_eq!(run.counts(), "200 packets transmitted, 200 received, 0% packet loss", "{run}");
}
