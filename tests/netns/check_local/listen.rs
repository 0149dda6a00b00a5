//! Who listens, and who must not: over both families, with its holder, and without a connection.

use std::net::{SocketAddr, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::UnixListener;

use netdiag_check::Verdict;
use netdiag_lab::{Family, Host, Lab};
use socket2::{Domain, Socket, Type};

use super::{expect, outcome, outcomes, seen, unless_hidden};
use crate::guard;

fn listener(host: &Host, address: &str, v6only: bool) -> Socket {
    let address: SocketAddr = address.parse().unwrap();
    host.run(|| {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        if address.is_ipv6() {
            socket.set_only_v6(v6only).unwrap();
        }
        socket.bind(&address.into()).unwrap();
        socket.listen(64).unwrap();
        socket
    })
}

#[test]
fn both_families_are_told_apart() {
    guard::namespace();
    let host = Lab::new().unwrap().host("families").unwrap();
    let _dual = listener(&host, "[::]:1000", false);
    let _v6 = listener(&host, "[::]:1001", true);
    let _v4 = listener(&host, "0.0.0.0:1002", false);
    let _loopback = listener(&host, "127.0.0.1:1003", false);
    let both = "address = [\"0.0.0.0\", \"::\"]";
    #[rustfmt::skip]
    let listens = [
        (1000, both,                         true),
        (1001, both,                         false),
        (1001, "address = \"::\"",           true),
        (1001, "address = \"0.0.0.0\"",      false),
        (1002, both,                         false),
        (1002, "address = \"127.0.0.1\"",    true),
        (1003, "address = \"127.0.0.1\"",    true),
        (1003, "address = \"0.0.0.0\"",      false),
        (1003, "family = \"6\"",             false),
        (1000, "family = \"4\"",             true),
        (1002, "family = \"4\"",             true),
        (1004, "",                           false),
    ];
    for (port, more, holds) in listens {
        expect(
            &host,
            &[
                (&format!("kind = \"listen\"\nport = {port}\n{more}"), holds),
                // What is listened on at all addresses of a list is listened on at one of them.
                (&format!("kind = \"not-listen\"\nport = {port}\n{more}"), !holds && more != both),
            ]
            .map(|(lines, passes)| (lines.as_str(), passes)),
        );
    }
    let near = outcome(&host, "kind = \"listen\"\nport = 1003\naddress = \"0.0.0.0\"");
    let pid = std::process::id();
    assert!(
        seen(&near).starts_with("nobody at 0.0.0.0 port 1003; there is 127.0.0.1:1003 by "),
        "{}",
        seen(&near)
    );
    assert!(seen(&near).ends_with(&format!("(pid {pid})")), "{}", seen(&near));
    assert_eq!(near.hint.as_ref().map(|hint| hint.unshown()), Some("netdiag ss -tlnp 'sport = :1003'"));
}

#[test]
fn ports_in_plenty_are_one_check_or_many() {
    guard::namespace();
    let host = Lab::new().unwrap().host("ports").unwrap();
    expect(&host, &[("kind = \"not-listen\"\nport = \"1-65535\"", true)]);
    let checks: Vec<String> =
        (10_000..10_500).map(|port| format!("kind = \"not-listen\"\nport = {port}")).collect();
    assert!(outcomes(&host, &checks).iter().all(|outcome| outcome.verdict == Verdict::Pass));
    let _one = listener(&host, "127.0.0.1:10250", false);
    let red = outcomes(&host, &checks).iter().filter(|outcome| outcome.verdict == Verdict::Fail).count();
    assert_eq!(red, 1);
}

#[test]
fn holders_are_told_apart() {
    guard::namespace();
    let host = Lab::new().unwrap().host("holders").unwrap();
    let _listener = listener(&host, "127.0.0.1:1000", false);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let name = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).unwrap().0.to_owned();
    #[rustfmt::skip]
    let cases = [
        (format!("kind = \"listen\"\nport = 1000\nprocess = \"{name}\""),                          true),
        (format!("kind = \"listen\"\nport = 1000\nprocess = \"{}*\"", &name[..3]),                 true),
        ("kind = \"listen\"\nport = 1000\nuser = 0".to_owned(),                                    true),
        ("kind = \"listen\"\nport = 1000\nuser = 4242".to_owned(),                                 false),
        (format!("kind = \"not-listen\"\nport = 1000\nexcept = {{ process = \"{name}\" }}"),       true),
    ];
    expect(&host, &cases.each_ref().map(|(lines, passes)| (lines.as_str(), *passes)));
    let others = [
        "kind = \"listen\"\nport = 1000\nprocess = \"nginx\"",
        "kind = \"not-listen\"\nport = 1000\nexcept = { process = \"sshd\" }",
    ];
    for lines in others {
        let outcome = outcome(&host, lines);
        assert_eq!(outcome.verdict, unless_hidden(Verdict::Fail), "{lines}\n{outcome:#?}");
    }
}

#[test]
fn a_backlog_that_is_full_is_seen_without_a_connection() {
    guard::namespace();
    let host = Lab::new().unwrap().host("backlog").unwrap();
    let full = host.tcp_pending(Family::V4, 2, 1).unwrap();
    let roomy = host.tcp_pending(Family::V6, 2, 100).unwrap();
    let check = |port: u16, more: &str| format!("kind = \"listen\"\nport = {port}\n{more}");
    let (full_port, roomy_port) = (full.local.port(), roomy.local.port());
    expect(
        &host,
        &[
            (check(full_port, "queue = \"< 80%\""), false),
            (check(full_port, "queue = \"<= 200%\""), true),
            (check(roomy_port, "queue = \"< 80%\""), true),
            (check(full_port, "backlog = \">= 100\""), false),
            (check(roomy_port, "backlog = \">= 100\""), true),
            ("kind = \"sockets\"\nexpect = { \"max(pending)\" = 2, \"min(backlog)\" = 1 }".to_owned(), true),
            ("kind = \"sockets\"\nexpect = { \"max(pending)\" = 0 }".to_owned(), false),
        ]
        .each_ref()
        .map(|(lines, passes)| (lines.as_str(), *passes)),
    );
    let pending = full.row(&host).unwrap().unwrap().receive_queue;
    assert_eq!(pending, 2, "looking connects to nothing");
}

#[test]
fn datagram_and_unix_sockets_listen_too() {
    guard::namespace();
    let host = Lab::new().unwrap().host("others").unwrap();
    let _udp = host.run(|| UdpSocket::bind("127.0.0.1:1053")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("api.sock");
    let _unix = host.run(|| UnixListener::bind(&path)).unwrap();
    let abstracted = std::os::unix::net::SocketAddr::from_abstract_name("netdiag-listens").unwrap();
    let _abstract = host.run(|| UnixListener::bind_addr(&abstracted)).unwrap();
    #[rustfmt::skip]
    let cases = [
        ("kind = \"listen\"\nproto = \"udp\"\nport = 1053".to_owned(),                        true),
        ("kind = \"listen\"\nproto = \"tcp\"\nport = 1053".to_owned(),                        false),
        ("kind = \"not-listen\"\nproto = \"udp\"\nport = \"1000-1100\"".to_owned(),           false),
        (format!("kind = \"listen\"\npath = \"{}\"", path.display()),                         true),
        (format!("kind = \"listen\"\npath = \"{}/*\"", directory.path().display()),           true),
        (format!("kind = \"listen\"\npath = \"{}x\"", path.display()),                        false),
        ("kind = \"listen\"\npath = \"@netdiag-listens\"".to_owned(),                         true),
        ("kind = \"not-listen\"\npath = \"@netdiag-*\"".to_owned(),                           false),
    ];
    expect(&host, &cases.each_ref().map(|(lines, passes)| (lines.as_str(), *passes)));
}

#[test]
fn a_listener_of_a_device_is_at_no_address_of_another() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (host, peer) = (lab.host("device").unwrap(), lab.host("peer").unwrap());
    lab.veth((&host, "v0"), (&peer, "v1")).unwrap();
    let _bound = host.run(|| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind_device(Some(b"v0")).unwrap();
        socket.bind(&"0.0.0.0:1000".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(64).unwrap();
        socket
    });
    expect(
        &host,
        &[
            ("kind = \"listen\"\nport = 1000", true),
            ("kind = \"listen\"\nport = 1000\naddress = \"127.0.0.1\"", false),
            ("kind = \"listen\"\nport = 1000\naddress = \"0.0.0.0\"", false),
            ("kind = \"not-listen\"\nport = 1000\naddress = \"127.0.0.1\"", true),
            ("kind = \"not-listen\"\nport = 1000", false),
        ],
    );
    let outcome = outcome(&host, "kind = \"listen\"\nport = 1000\naddress = \"10.0.0.1\"");
    assert_eq!(outcome.verdict, Verdict::Skip, "{outcome:#?}");
    assert!(outcome.reason.as_ref().unwrap().unshown().contains("bound to device v0"), "{outcome:#?}");
}

#[test]
fn a_path_is_listened_at_by_whoever_it_leads_to() {
    guard::namespace();
    let host = Lab::new().unwrap().host("paths").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let _moved = host.run(|| UnixListener::bind(at("before"))).unwrap();
    std::fs::rename(at("before"), at("after")).unwrap();
    std::os::unix::fs::symlink(at("after"), at("link")).unwrap();
    let check = |kind: &str, name: &str| format!("kind = \"{kind}\"\npath = \"{}\"", at(name).display());
    for (name, there) in [("after", true), ("link", true), ("before", false), ("bef*", false)] {
        expect(&host, &[(&check("listen", name), there), (&check("not-listen", name), !there)]);
    }
}
