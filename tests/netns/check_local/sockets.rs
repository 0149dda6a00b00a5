//! Sockets in the states that tell of trouble: peers that closed, connections that linger, queues that fill, segments nobody
//! acknowledges.

use std::net::{TcpListener, TcpStream};

use netdiag_check::Verdict;
use netdiag_lab::{Family, Lab, Manner, TcpPeer, TcpState, TcpStates, until};

use super::{expect, outcome, seen, unless_hidden};
use crate::guard;
use crate::server::PATIENCE;

/// Both ends of a connection over loopback.
fn connection(host: &netdiag_lab::Host) -> (TcpStream, TcpStream) {
    host.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    })
}

fn wait_for(host: &netdiag_lab::Host, state: TcpState) {
    let there = || host.tcp().unwrap().iter().any(|row| row.state == state).then_some(());
    until(format!("a socket in {state:?}"), PATIENCE, there).unwrap();
}

#[test]
fn a_connection_its_peer_has_closed_is_counted_until_it_is_closed() {
    guard::namespace();
    let host = Lab::new().unwrap().host("leaking").unwrap();
    let none = "kind = \"sockets\"\nexpect = { \"count(close-wait)\" = 0 }";
    let (near, far) = connection(&host);
    expect(&host, &[(none, true)]);
    drop(near);
    wait_for(&host, TcpState::CLOSE_WAIT);
    let outcome = outcome(&host, none);
    assert_eq!(outcome.verdict, Verdict::Fail);
    let port = far.local_addr().unwrap().port();
    assert!(seen(&outcome).starts_with(&format!("1: 127.0.0.1:{port} to 127.0.0.1:")), "{}", seen(&outcome));
    assert!(seen(&outcome).contains(&format!("(pid {})", std::process::id())), "{}", seen(&outcome));
    assert_eq!(outcome.hint.as_ref().map(|hint| hint.unshown()), Some("netdiag ss -tanpoi state close-wait"));
    let pid = std::process::id();
    expect(
        &host,
        &[
            (
                &format!(
                    "kind = \"sockets\"\nfilter = \"pid = {pid}\"\nexpect = {{ \"count(close-wait)\" = 1 }}"
                ),
                true,
            ),
            (
                &format!(
                    "kind = \"sockets\"\nfilter = \"sport != {port}\"\nexpect = {{ \"count(close-wait)\" = 0 }}"
                ),
                true,
            ),
            ("kind = \"sockets\"\nexpect = { \"count(close-wait, age>1h)\" = 0 }", true),
            (
                "kind = \"sockets\"\neventually = { within = \"10s\", every = \"20ms\" }\nexpect = { \"count(close-wait, age>100ms)\" = 1 }",
                true,
            ),
        ],
    );
    let others = "kind = \"sockets\"\nfilter = \"process = no-such\"\nexpect = { \"count(close-wait)\" = 0 }";
    assert_eq!(super::outcome(&host, others).verdict, unless_hidden(Verdict::Pass));
    drop(far);
    wait_for(&host, TcpState::TIME_WAIT);
    expect(&host, &[(none, true)]);
}

#[test]
fn connections_that_linger_are_counted_with_their_ages() {
    guard::namespace();
    let host = Lab::new().unwrap().host("churning").unwrap();
    let none = "kind = \"sockets\"\nexpect = { \"count(time-wait)\" = 0 }";
    let (near, far) = connection(&host);
    expect(&host, &[(none, true)]);
    drop(near);
    wait_for(&host, TcpState::CLOSE_WAIT);
    expect(&host, &[(none, true)]);
    drop(far);
    wait_for(&host, TcpState::TIME_WAIT);
    expect(
        &host,
        &[
            (none, false),
            ("kind = \"sockets\"\nexpect = { \"count(time-wait)\" = \"< 2\" }", true),
            ("kind = \"sockets\"\nexpect = { \"count(time-wait, age>59s)\" = 0 }", true),
            (
                "kind = \"sockets\"\neventually = { within = \"10s\", every = \"50ms\" }\nexpect = { \"count(time-wait, age>100ms)\" = 1 }",
                true,
            ),
            ("kind = \"sockets\"\nproto = [\"udp\", \"unix\"]\nexpect = { count = 0 }", true),
        ],
    );
}

#[test]
fn every_state_is_counted_by_its_name() {
    guard::namespace();
    let states = TcpStates::hold(&Lab::new().unwrap()).unwrap();
    // SYN-RECV needs listeners of its own.
    #[rustfmt::skip]
    let counts = [
        ("established", 2), ("syn-sent", 2), ("syn-recv", 2), ("fin-wait-1", 2), ("fin-wait-2", 2), ("time-wait", 2), ("close", 2),
        ("close-wait", 2), ("last-ack", 2), ("listen", 4), ("closing", 2),
    ];
    let count = |(state, count)| {
        format!("kind = \"sockets\"\nproto = [\"tcp\"]\nexpect = {{ \"count({state})\" = {count} }}")
    };
    let lines = counts.map(count);
    let cases: Vec<(&str, bool)> = lines.iter().map(|lines| (lines.as_str(), true)).collect();
    expect(states.host(), &cases);
    let all = counts.iter().map(|(_, count)| count).sum::<i32>();
    expect(
        states.host(),
        &[(&format!("kind = \"sockets\"\nproto = [\"tcp\"]\nexpect = {{ count = {all} }}"), true)],
    );
}

#[test]
fn what_nobody_reads_or_acknowledges_is_measured() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("queues").unwrap();
    let peer = TcpPeer::new(&lab, &host, "tcp0").unwrap();
    let open = peer.connect(Family::V4, Manner::Open).unwrap();
    std::io::Write::write_all(&mut &open, b"acknowledged").unwrap();
    let drained = || host.tcp().unwrap().iter().all(|row| row.send_queue == 0).then_some(());
    until("the data to be acknowledged", PATIENCE, drained).unwrap();
    let calm = [
        "kind = \"sockets\"\nexpect = { \"sum(retrans)\" = 0 }",
        "kind = \"sockets\"\nexpect = { \"max(timeouts)\" = 0 }",
        "kind = \"sockets\"\nexpect = { \"sum(sendq)\" = 0 }",
        "kind = \"sockets\"\nexpect = { \"max(recvq)\" = \"< 1KiB\" }",
    ];
    expect(&host, &calm.map(|lines| (lines, true)));
    let unread = host.tcp_unread(Family::V6, 5000).unwrap();
    let unacknowledged = peer.unacknowledged(Family::V4, 3000).unwrap();
    let again = || unacknowledged.row(&host).unwrap().filter(|row| row.retransmits > 0);
    until("a retransmission", PATIENCE, again).unwrap();
    expect(&host, &calm.map(|lines| (lines, false)));
    expect(
        &host,
        &[
            ("kind = \"sockets\"\nexpect = { \"max(recvq)\" = \"5000B\" }", true),
            ("kind = \"sockets\"\nexpect = { \"sum(sendq)\" = \"3000B\" }", true),
            (
                "kind = \"sockets\"\nexpect = { \"count(timeouts>0)\" = 1, \"max(rtt)\" = \"< 10s\", \"count(rtt>10s)\" = 0 }",
                true,
            ),
        ],
    );
    drop((unread, open));
}

#[test]
fn ports_taken_towards_one_peer_are_a_part_of_all() {
    guard::namespace();
    let host = Lab::new().unwrap().host("pool").unwrap();
    host.sysctl("net.ipv4.ip_local_port_range", "40000 40009").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:80")).unwrap();
    let near: Vec<TcpStream> =
        (0..5).map(|_| host.run(|| TcpStream::connect(listener.local_addr().unwrap())).unwrap()).collect();
    expect(
        &host,
        &[
            ("kind = \"sockets\"\nexpect = { ephemeral_used = \"50%\" }", true),
            ("kind = \"sockets\"\nexpect = { ephemeral_used = \"< 50%\" }", false),
            ("kind = \"sockets\"\nfilter = \"dport = 81\"\nexpect = { ephemeral_used = \"0%\" }", true),
        ],
    );
    drop(near);
}
