//! Counters that grow while they are watched.

use std::sync::atomic::{AtomicBool, Ordering};

use netdiag_check::Verdict;
use netdiag_lab::{Family, Lab, Manner, TcpPeer, until};
use socket2::{Domain, Socket, Type};

use super::{expect, outcome};
use crate::guard;
use crate::server::PATIENCE;

const OVERFLOWS: &str =
    "kind = \"counters\"\nwindow = \"300ms\"\nexpect = { \"TcpExt.ListenOverflows\" = 0 }";

#[test]
fn a_listener_that_overflows_shows_while_it_does() {
    guard::namespace();
    let host = Lab::new().unwrap().host("overflowing").unwrap();
    let full = host.tcp_pending(Family::V4, 2, 1).unwrap();
    expect(&host, &[(OVERFLOWS, true)]);
    let done = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let socket = host.run(|| Socket::new(Domain::IPV4, Type::STREAM, None)).unwrap();
                socket.set_nonblocking(true).unwrap();
                // Its SYN is dropped, and so is the socket.
                let _ = socket.connect(&full.local.into());
            }
        });
        let outcome = outcome(&host, OVERFLOWS);
        done.store(true, Ordering::Relaxed);
        outcome
    });
    assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:#?}");
    assert_eq!(outcome.hint.as_ref().map(|hint| hint.unshown()), Some("netdiag ss -tlnp"));
}

#[test]
fn retransmissions_are_a_part_of_what_is_sent() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("retransmitting").unwrap();
    let peer = TcpPeer::new(&lab, &host, "tcp0").unwrap();
    let ratio = |verb: &str| {
        format!(
            "kind = \"counters\"\nwindow = \"500ms\"\n{verb}\nexpect = {{ \"tcp.retrans_ratio\" = \"< 1%\" }}"
        )
    };
    let open = peer.connect(Family::V4, Manner::Open).unwrap();
    expect(&host, &[(&ratio(""), true)]);
    let _deaf = peer.unacknowledged(Family::V4, 1000).unwrap();
    // It is sent again after 0.2, 0.4, 0.8 s: one of a few windows in a row sees it.
    let outcome = outcome(&host, &ratio("consistently = { during = \"4s\", every = \"510ms\" }"));
    assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:#?}");
    drop(open);
}

#[test]
fn levels_are_taken_as_they_are() {
    guard::namespace();
    let host = Lab::new().unwrap().host("levels").unwrap();
    let in_use = || {
        let read = host.run(|| std::fs::read_to_string("/proc/thread-self/net/sockstat")).unwrap();
        read.contains("TCP: inuse 1 ").then_some(())
    };
    expect(&host, &[("kind = \"counters\"\nwindow = \"1ms\"\nexpect = { \"TCP.inuse\" = 0 }", true)]);
    let _listener = host.run(|| std::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    until("the socket to count", PATIENCE, in_use).unwrap();
    expect(
        &host,
        &[
            (
                "kind = \"counters\"\nwindow = \"1ms\"\nexpect = { \"TCP.inuse\" = 1, \"Tcp.CurrEstab\" = 0, \"Udp6.InErrors\" = 0 }",
                true,
            ),
            ("kind = \"counters\"\nwindow = \"1ms\"\nexpect = { \"TCP.inuse\" = 0 }", false),
        ],
    );
}
