//! What stands in our own way is not the target's fault, whatever the kind of check.

use std::net::{TcpListener, TcpStream, UdpSocket};

use netdiag_lab::{Host, Lab};

use super::{Case, expect};
use crate::guard;

/// What every kind says of a host where everything is as stated.
#[rustfmt::skip]
const KINDS: [&str; 21] = [
    "kind = 'tcp'\ntarget = '127.0.0.1:80'",
    "kind = 'tcp'\ntarget = 'localhost:80'",
    "kind = 'udp'\ntarget = '127.0.0.1:53'\nexpect = { outcome = 'silence' }\ntimeout = '200ms'",
    "kind = 'unix'\npath = '@netdiag-unmeasured'",
    "kind = 'http'\nurl = 'http://127.0.0.1/'\nexpect = { outcome = 'timeout' }\ntimeout = '200ms'",
    "kind = 'http'\nurl = 'https://localhost:80/'\nexpect = { outcome = 'timeout' }\ntimeout = '200ms'",
    "kind = 'tls'\ntarget = '127.0.0.1:80'\nexpect = { outcome = 'timeout' }\ntimeout = '200ms'",
    "kind = 'dns'\nserver = '127.0.0.1'\nquery = 'a.test'\nexpect = { outcome = 'timeout' }\ntimeout = '200ms'",
    "kind = 'dns'\nserver = '127.0.0.1:80'\nquery = 'a.test'\ntcp = true\nexpect = { outcome = 'timeout' }\ntimeout = '200ms'",
    "kind = 'dns'\nquery = 'localhost'",
    "kind = 'icmp'\ntarget = '127.0.0.1'\ncount = 1",
    "kind = 'icmp'\ntarget = 'localhost'\ncount = 1",
    "kind = 'pmtu'\ntarget = '127.0.0.1'\nmtu = 1500",
    "kind = 'pmtu'\ntarget = 'localhost'\nmtu = 1500",
    "kind = 'route'\ntarget = '127.0.0.1'\ndev = 'lo'",
    "kind = 'route'\ntarget = 'localhost'\ndev = 'lo'",
    "kind = 'iface'\ndev = 'lo'\nexpect = { up = true }",
    "kind = 'listen'\nport = 80",
    "kind = 'listen'\npath = '@netdiag-unmeasured'",
    "kind = 'not-listen'\nport = 81",
    "kind = 'sockets'\nproto = ['tcp']\nexpect = { 'count(listen)' = 1 }",
];

fn host() -> (Host, TcpListener, UdpSocket, std::os::unix::net::UnixListener) {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};

    let host = Lab::new().unwrap().host("host").unwrap();
    let name = SocketAddr::from_abstract_name("netdiag-unmeasured").unwrap();
    let (tcp, udp) = host.run(|| (TcpListener::bind("127.0.0.1:80"), UdpSocket::bind("127.0.0.1:53")));
    let unix = host.run(|| UnixListener::bind_addr(&name));
    (host, tcp.unwrap(), udp.unwrap(), unix.unwrap())
}

#[test]
fn who_has_no_file_descriptors_left_knows_nothing() {
    guard::namespace();
    let (host, ..) = &host();
    expect(host, &KINDS.map(|lines| (lines, "pass", "")));
    let first = "kind = 'exec'\ncmd = ['sh', '-c', 'prlimit --pid $PPID --nofile=0:0']";
    let after = KINDS.map(|lines| format!("{lines}\ndepends_on = ['0']"));
    let mut cases: Vec<Case<'_>> = vec![(first, "pass", "")];
    cases.extend(after.iter().map(|lines| (lines.as_str(), "skip", "file")));
    expect(host, &cases);
    let required = format!("{}\nrequired = true", after[1]);
    expect(host, &[(first, "pass", ""), (&required, "error", "Too many open files")]);
}

#[test]
fn who_has_no_port_left_knows_nothing() {
    guard::namespace();
    let (host, ..) = &host();
    host.sysctl("net.ipv4.ip_local_port_range", "40000 40000").unwrap();
    let _used = host.run(|| (TcpStream::connect("127.0.0.1:80"), UdpSocket::bind("127.0.0.1:40000")));
    #[rustfmt::skip]
    expect(host, &[
        ("kind = 'tcp'\ntarget = '127.0.0.1:80'",                          "skip", "connect"),
        ("kind = 'tls'\ntarget = '127.0.0.1:80'",                          "skip", "connect"),
        ("kind = 'http'\nurl = 'http://127.0.0.1/'",                       "skip", "connect"),
        ("kind = 'udp'\ntarget = '127.0.0.1:53'",                          "skip", "connect"),
        ("kind = 'dns'\nserver = '127.0.0.1'\nquery = 'a.test'",           "skip", "connect"),
        ("kind = 'tcp'\ntarget = '127.0.0.1:80'\nrequired = true",         "error", "connect"),
    ]);
}
