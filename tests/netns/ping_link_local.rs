//! Link-local IPv6 destinations, which are an address on every link: without a link's name it depends on the socket whether
//! they can be reached.

use netdiag_lab::{Host, Lab, Path, Plan};
use snapbox::str;

use crate::guard;
use crate::ping_run::ping;

/// A path whose client and router have link-local addresses of their choice, the router's being `fe80::fe`.
fn path() -> Path {
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    path.client.address("eth0", "fe80::1/64").unwrap();
    path.router.address("eth0", "fe80::fe/64").unwrap();
    path
}

#[track_caller]
fn answers(host: &Host, words: &str) {
    let run = ping(host, words);
    assert_eq!(run.counts(), "1 packets transmitted, 1 received, 0% packet loss", "{run}");
    assert_eq!(run.stderr, "", "{words}");
}

#[test]
fn a_datagram_socket_must_be_told_the_link() {
    guard::namespace();
    let path = path();
    path.client.sysctl("net.ipv4.ping_group_range", "0 0").unwrap();
    for words in ["-c 1 fe80::fe%eth0", "-c 1 -I eth0 fe80::fe", "-c 1 -I fe80::1%eth0 fe80::fe"] {
        answers(&path.client, words);
    }
    ping(&path.client, "-c 1 -W 0.1 fe80::fe").reads(str![[r#"
PING fe80::fe (fe80::fe) 56 data bytes

--- fe80::fe ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

---- stderr
ping: Warning: IPv6 link-local address on ICMP datagram socket may require ifname or scope-id => use: address%<ifname|scope-id>
---- exit status: 1

"#]]);
    ping(&path.client, "-c 1 -W 0.1 ff02::1").reads(str![[r#"
PING ff02::1 (ff02::1) 56 data bytes

--- ff02::1 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

---- stderr
ping: Warning: IPv6 link-local address on ICMP datagram socket may require ifname or scope-id => use: address%<ifname|scope-id>
---- exit status: 1

"#]]);
}

#[test]
fn a_raw_socket_finds_the_link_by_the_routing_table() {
    guard::namespace();
    let path = path();
    for words in ["-c 1 fe80::fe", "-c 1 fe80::fe%eth0", "-c 1 -I eth0 fe80::fe"] {
        answers(&path.client, words);
    }
}
