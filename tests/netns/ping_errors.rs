//! What routers, the kernel and hostile hosts say instead of a reply, line by line.
//!
//! Some of it never reaches a program: the kernel keeps codes it does not know to itself, and reassembly errors from datagram
//! sockets, and then the right output is silence.

use netdiag_lab::{Hop, Host, Lab, Path, Plan, forge, packet};
use snapbox::str;

use crate::guard;
use crate::ping_contradictor::contradictor;
use crate::ping_run::{Program, Run, ping, run};

fn path() -> Path {
    Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap()
}

fn netdiag(host: &Host, words: &str) -> Run {
    run(host, &mut Program::Netdiag.command(words))
}

#[test]
fn a_router_says_when_the_ttl_is_spent() {
    guard::namespace();
    let path = path();
    ping(&path.client, "-c 2 -i 0.1 -t 1 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.
From 10.0.1.254 icmp_seq=1 Time to live exceeded
From 10.0.1.254 icmp_seq=2 Time to live exceeded

--- 10.0.2.1 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time Tms

---- exit status: 1

"#]]);
    ping(&path.client, "-c 2 -i 0.1 -t 1 fd00:2::1").reads(str![[r#"
PING fd00:2::1 (fd00:2::1) 56 data bytes
From fd00:1::254 icmp_seq=1 Time exceeded: Hop limit
From fd00:1::254 icmp_seq=2 Time exceeded: Hop limit

--- fd00:2::1 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time Tms

---- exit status: 1

"#]]);
    path.client.sysctl("net.ipv4.ping_group_range", "0 0").unwrap();
    ping(&path.client, "-c 1 -t 1 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.
From 10.0.1.254 icmp_seq=1 Time to live exceeded

--- 10.0.2.1 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

---- exit status: 1

"#]]);
    assert_eq!(path.wire.ledger(netdiag_lab::Way::There).seen, 0);
}

#[test]
fn a_neighbour_that_does_not_answer_is_unreachable() {
    guard::namespace();
    let path = path();
    for family in ["ipv4", "ipv6"] {
        path.client.sysctl(&format!("net/{family}/neigh/eth0/retrans_time_ms"), 100).unwrap();
    }
    ping(&path.client, "-c 1 10.0.1.77").reads(str![[r#"
PING 10.0.1.77 (10.0.1.77) 56(84) bytes of data.
From 10.0.1.1 icmp_seq=1 Destination Host Unreachable

--- 10.0.1.77 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

---- exit status: 1

"#]]);
    ping(&path.client, "-c 1 fd00:1::77").reads(str![[r#"
PING fd00:1::77 (fd00:1::77) 56 data bytes
From fd00:1::1 icmp_seq=1 Destination unreachable: Address unreachable

--- fd00:1::77 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

---- exit status: 1

"#]]);
}

#[test]
fn routes_of_this_host_to_nowhere_end_the_run_before_it_begins() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for (prefix, hop) in [
        ("10.0.1.0/24", Hop::Blackhole),
        ("10.0.2.0/24", Hop::Unreachable),
        ("10.0.3.0/24", Hop::Prohibit),
        ("fd00:1::/64", Hop::Blackhole),
        ("fd00:2::/64", Hop::Unreachable),
        ("fd00:3::/64", Hop::Prohibit),
    ] {
        host.route(prefix, hop).unwrap();
    }
    ping(&host, "-c 1 10.0.1.1").reads(str![[r#"
---- stderr
ping: connect: Invalid argument
---- exit status: 2

"#]]);
    ping(&host, "-c 1 10.0.2.1").reads(str![[r#"
---- stderr
ping: connect: No route to host
---- exit status: 2

"#]]);
    ping(&host, "-c 1 10.0.3.1").reads(str![[r#"
---- stderr
ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules
---- exit status: 2

"#]]);
    ping(&host, "-c 1 10.0.4.1").reads(str![[r#"
---- stderr
ping: connect: Network is unreachable
---- exit status: 2

"#]]);
    ping(&host, "-c 1 fd00:1::1").reads(str![[r#"
---- stderr
ping: connect: Invalid argument
---- exit status: 2

"#]]);
    ping(&host, "-c 1 fd00:2::1").reads(str![[r#"
---- stderr
ping: connect: No route to host
---- exit status: 2

"#]]);
    ping(&host, "-c 1 fd00:3::1").reads(str![[r#"
---- stderr
ping: connect: Permission denied
---- exit status: 2

"#]]);
    ping(&host, "-c 1 fd00:4::1").reads(str![[r#"
---- stderr
ping: connect: Network is unreachable
---- exit status: 2

"#]]);
    netdiag(&host, "-c 1 10.0.4.1").reads(str![[r#"
---- stderr
netdiag: connect: Network is unreachable

hint: `ip route get ADDRESS` shows what the routing table says
---- exit status: 2

"#]]);
}

#[test]
fn routes_of_a_router_to_nowhere_are_told_by_the_router() {
    guard::namespace();
    let path = path();
    #[rustfmt::skip]
    let cases = [
        ("10.9.2.0/24", Some(Hop::Unreachable), "From 10.0.1.254 icmp_seq=1 Destination Host Unreachable"),
        ("10.9.3.0/24", Some(Hop::Prohibit),    "From 10.0.1.254 icmp_seq=1 Packet filtered"),
        ("10.9.4.0/24", None,                   "From 10.0.1.254 icmp_seq=1 Destination Net Unreachable"),
        ("10.9.1.0/24", Some(Hop::Blackhole),   ""),
        ("fd09:2::/64", Some(Hop::Unreachable), "From fd00:1::254 icmp_seq=1 Destination unreachable: No route"),
        ("fd09:3::/64", Some(Hop::Prohibit),    "From fd00:1::254 icmp_seq=1 Destination unreachable: Administratively prohibited"),
        ("fd09:4::/64", None,                   "From fd00:1::254 icmp_seq=1 Destination unreachable: No route"),
        ("fd09:1::/64", Some(Hop::Blackhole),   ""),
    ];
    for (prefix, hop, line) in cases {
        if let Some(hop) = hop {
            path.router.route(prefix, hop).unwrap();
        }
        let target = prefix.replace("0/24", "1").replace("::/64", "::1");
        told(&ping(&path.client, &format!("-c 1 -W 1 {target}")), line);
    }
}

/// The run must show `line` as its only one, as an error of its only probe; nothing and no error if it is empty.
#[track_caller]
fn told(run: &Run, line: &str) {
    let lines: Vec<_> = run.stdout.lines().collect();
    let errors = if line.is_empty() { "" } else { ", +1 errors" };
    assert_eq!(lines[1], line, "{run}");
    assert_eq!(run.counts(), format!("1 packets transmitted, 0 received{errors}, 100% packet loss"), "{run}");
    assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 1"), "{run}");
}

#[test]
fn every_error_has_its_words() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let _contradictor = contradictor(&lab, &host);
    #[rustfmt::skip]
    let cases = [
        ("10.8.3.0",    "Destination Net Unreachable"),
        ("10.8.3.1",    "Destination Host Unreachable"),
        ("10.8.3.2",    "Destination Protocol Unreachable"),
        ("10.8.3.3",    "Destination Port Unreachable"),
        ("10.8.3.4",    "Frag needed and DF set (mtu = 1300)"),
        ("10.8.3.5",    "Source Route Failed"),
        ("10.8.3.6",    "Destination Net Unknown"),
        ("10.8.3.7",    "Destination Host Unknown"),
        ("10.8.3.8",    "Source Host Isolated"),
        ("10.8.3.9",    "Destination Net Prohibited"),
        ("10.8.3.10",   "Destination Host Prohibited"),
        ("10.8.3.11",   "Destination Net Unreachable for Type of Service"),
        ("10.8.3.12",   "Destination Host Unreachable for Type of Service"),
        ("10.8.3.13",   "Packet filtered"),
        ("10.8.3.14",   "Precedence Violation"),
        ("10.8.3.15",   "Precedence Cutoff"),
        ("10.8.3.16",   ""), // not a code to the kernel
        ("10.8.11.0",   "Time to live exceeded"),
        (REASSEMBLY,    "Frag reassembly time exceeded"),
        ("10.8.12.0",   "Parameter problem: pointer = 20"),
        ("fd08::1:0",   "Destination unreachable: No route"),
        ("fd08::1:1",   "Destination unreachable: Administratively prohibited"),
        ("fd08::1:2",   "Destination unreachable: Beyond scope of source address"),
        ("fd08::1:3",   "Destination unreachable: Address unreachable"),
        ("fd08::1:4",   "Destination unreachable: Port unreachable"),
        ("fd08::1:5",   "Destination unreachable: Source address failed ingress/egress policy"),
        ("fd08::1:6",   "Destination unreachable: Reject route to destination"),
        ("fd08::1:7",   "Destination unreachable: Unknown code 7"),
        ("fd08::2:0",   "Packet too big: mtu=1280"),
        ("fd08::3:0",   "Time exceeded: Hop limit"),
        ("fd08::3:1",   "Time exceeded: Defragmentation failure"),
        ("fd08::4:0",   "Parameter problem: Wrong header field at 6"),
        ("fd08::4:1",   "Parameter problem: Unknown header at 6"),
        ("fd08::4:2",   "Parameter problem: Unknown option at 6"),
    ];
    for datagram in [false, true] {
        if datagram {
            host.sysctl("net.ipv4.ping_group_range", "0 0").unwrap();
        }
        for (target, words) in cases {
            let silent = words.is_empty() || (datagram && target == REASSEMBLY);
            let line = if silent { String::new() } else { format!("From {target} icmp_seq=1 {words}") };
            told(&ping(&host, &format!("-c 1 -W 1 {target}")), &line);
        }
    }
}

/// Who says that fragments are missing; the kernel shows that to raw sockets only.
const REASSEMBLY: &str = "10.8.11.1";

#[test]
fn an_error_is_told_once_however_quickly_they_come() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let _contradictor = contradictor(&lab, &host);
    // A socket keeps an error for its next call, too, whatever that is.
    for target in ["10.8.3.3", "fd08::1:4"] {
        let run = ping(&host, &format!("-c 300 -i 0.002 -q {target}"));
        let counts = "300 packets transmitted, 0 received, +300 errors, 100% packet loss";
        assert_eq!((run.counts(), run.stderr.as_str()), (counts, ""), "{run}");
    }
}

#[test]
fn a_redirect_and_a_source_quench_are_only_advice() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let _contradictor = contradictor(&lab, &host);
    // The host must not act on it, or the next request would go elsewhere.
    host.sysctl("net.ipv4.conf.all.accept_redirects", 0).unwrap();
    host.sysctl("net.ipv4.conf.tun0.accept_redirects", 0).unwrap();
    ping(&host, "-c 2 -i 0.3 -W 1 10.8.5.1").reads(str![[r#"
PING 10.8.5.1 (10.8.5.1) 56(84) bytes of data.
From 10.8.5.1: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.254)
From 10.8.5.1: icmp_seq=2 Redirect Host(New nexthop: 10.0.0.254)

--- 10.8.5.1 ping statistics ---
2 packets transmitted, 0 received, 100% packet loss, time Tms

---- exit status: 1

"#]]);
    ping(&host, "-c 1 -W 1 10.8.4.0").reads(str![[r#"
PING 10.8.4.0 (10.8.4.0) 56(84) bytes of data.
From 10.8.4.0: icmp_seq=1 Source Quench

--- 10.8.4.0 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

---- exit status: 1

"#]]);
}

#[test]
fn an_error_about_another_probe_is_not_ours() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let _scripted = lab.scripted((&host, "tun0"), |request| {
        let (Some(from), Some(to)) = (packet::source(request), packet::destination(request)) else {
            return vec![];
        };
        let Some(reply) = forge::echo_reply(request) else {
            return vec![];
        };
        let message = packet::payload(request).unwrap();
        let ident = u16::from_be_bytes([message[4], message[5]]);
        let seq = u16::from_be_bytes([message[6], message[7]]);
        // Of another run, of a probe not sent yet, and cut so short that it cannot be told.
        let quotes = [
            forge::echo_request(from, to, ident ^ 1, seq, &message[8..]),
            forge::echo_request(from, to, ident, seq + 100, &message[8..]),
            Some(request[..request.len() - message.len() + 4].to_vec()),
        ];
        let errors = quotes.into_iter().filter_map(|quote| forge::time_exceeded(to, &quote?));
        errors.chain([reply]).map(Into::into).collect()
    });
    for (address, target) in [("10.0.0.1/24", "10.0.0.2"), ("fd00::1/64", "fd00::2")] {
        host.address("tun0", address).unwrap();
        let run = ping(&host, &format!("-c 3 -i 0.3 {target}"));
        assert_eq!(run.counts(), "3 packets transmitted, 3 received, 0% packet loss", "{run}");
        assert!(!run.stdout.contains("From"), "{run}");
    }
}
