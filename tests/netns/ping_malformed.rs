//! Packets whose inside does not add up: options in IP headers, requests quoted in errors, extensions behind them.
//!
//! The kernel drops much of it before any socket sees it, and then the right output is a loss.

use netdiag_lab::{Host, Lab, Reply, Scripted, forge, packet};
use snapbox::str;

use crate::guard;
use crate::ping_run::ping;

/// A host behind `tun0` of another that answers as `script` says, from the request and the honest reply.
fn scripted(mut script: impl FnMut(&[u8], Vec<u8>) -> Option<Vec<u8>> + Send + 'static) -> (Host, Scripted) {
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let script = move |request: &[u8]| -> Vec<Reply> {
        let Some(reply) = forge::echo_reply(request) else { return vec![] };
        script(request, reply).into_iter().map(Into::into).collect()
    };
    let scripted = lab.scripted((&host, "tun0"), script).unwrap();
    host.address("tun0", "10.0.0.1/24").unwrap();
    host.address("tun0", "fd00::1/64").unwrap();
    (host, scripted)
}

/// The number of the probe, from one.
fn seq(packet: &[u8]) -> usize {
    let message = packet::payload(packet).unwrap();
    usize::from(u16::from_be_bytes([message[6], message[7]]))
}

#[rustfmt::skip]
const OPTIONS: &[&[u8]] = &[
    // Record route: length, pointer, slots.
    &[7, 3, 4],                                        //  1 no slots
    &[7, 7, 4, 9, 9, 9, 9],                            //  2 one free
    &[7, 7, 8, 9, 9, 9, 9],                            //  3 one taken
    &[7, 11, 8, 9, 9, 9, 9, 0, 0, 0, 0],               //  4 one of each
    &[7, 11, 9, 9, 9, 9, 9, 0, 0, 0, 0],               //  5 a pointer into a slot
    &[7, 7, 255, 9, 9, 9, 9],                          //  6 a pointer far beyond
    &[7, 7, 3, 9, 9, 9, 9],                            //  7 a pointer into the option's own head
    &[7, 7, 0, 9, 9, 9, 9],                            //  8 no pointer
    &[7, 9, 10, 9, 9, 9, 9, 8, 8],                     //  9 half a slot, taken
    &[7, 2],                                           // 10 no room for a pointer
    &[7, 1],                                           // 11 shorter than itself
    &[7, 0],                                           // 12 without length
    &[7, 40, 4, 9],                                    // 13 longer than the header
    &[1, 1, 1, 7],                                     // 14 cut after the type
    // Timestamp: length, pointer, overflow and flag, entries.
    &[68, 4, 5, 0],                                    // 15 no entries
    &[68, 8, 9, 0, 0, 0, 1, 0],                        // 16 one taken
    &[68, 8, 9, 0xf0, 0, 0, 1, 0],                     // 17 and fifteen missed
    &[68, 12, 13, 1, 9, 9, 9, 9, 0x80, 0, 0, 1],       // 18 with address, not standard
    &[68, 10, 11, 1, 9, 9, 9, 9, 0, 0],                // 19 half an entry
    &[68, 8, 255, 0, 0, 0, 1, 0],                      // 20 a pointer far beyond
    &[68, 8, 4, 0, 0, 0, 1, 0],                        // 21 a pointer into the head
    &[68, 8, 9, 0x0f, 0, 0, 1, 0],                     // 22 a flag there is none of
    &[68, 3, 5],                                       // 23 too short
    // Others.
    &[131, 7, 8, 9, 9, 9, 9],                          // 24 a source route done with
    &[148, 4, 0, 0],                                   // 25 router alert
    &[30, 6, 27, b'[', b'2', b'J'],                    // 26 unknown, bytes a terminal would obey
    &[0, 7, 7, 8, 9, 9, 9, 9],                         // 27 nothing behind the end
    &[1; 4],                                           // 28 padding only
    &[255, 255],                                       // 29 nonsense
];

#[test]
fn an_error_that_has_options_itself_is_told() {
    guard::namespace();
    let (host, _scripted) = scripted(|request, _| {
        let error = forge::time_exceeded(packet::destination(request)?, request)?;
        let mut route = [0; 39];
        route[..3].copy_from_slice(&[7, 39, 4]);
        forge::with_options(&error, &route)
    });
    for datagram in ["1 0", "0 0"] {
        host.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
        for words in ["-c 2 -i 0.01", "-c 2 -i 0.01 -R"] {
            let run = ping(&host, &format!("{words} 10.0.0.2"));
            assert_eq!(
                run.counts(),
                "2 packets transmitted, 0 received, +2 errors, 100% packet loss",
                "{run}"
            );
            assert!(run.stdout.contains("\nFrom 10.0.0.2 icmp_seq=1 Time to live exceeded\n"), "{run}");
        }
    }
}

#[test]
fn options_of_a_reply_are_shown_as_far_as_they_make_sense() {
    guard::namespace();
    let (host, _scripted) = scripted(|_, reply| match packet::source(&reply) {
        Some(from) if from.is_ipv4() => forge::with_options(&reply, OPTIONS[seq(&reply) - 1]),
        _ => None,
    });
    // The kernel drops what it finds malformed, and writes itself into what has room.
    let words = format!("-c {} -i 0.1 -W 1 10.0.0.2", OPTIONS.len());
    let raw = ping(&host, &words);
    raw.reads(str![[r#"
PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=T ms
RR: 	10.0.0.1

64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=T ms
RR: 	9.9.9.9

64 bytes from 10.0.0.2: icmp_seq=4 ttl=64 time=T ms
RR: 	9.9.9.9
	10.0.0.1

64 bytes from 10.0.0.2: icmp_seq=6 ttl=64 time=T ms
RR: 	9.9.9.9

64 bytes from 10.0.0.2: icmp_seq=9 ttl=64 time=T ms	(same route)
64 bytes from 10.0.0.2: icmp_seq=15 ttl=64 time=T ms
64 bytes from 10.0.0.2: icmp_seq=16 ttl=64 time=T ms
TS: 	 absolute
Unrecorded hops: 1

64 bytes from 10.0.0.2: icmp_seq=18 ttl=64 time=T ms
TS: 	9.9.9.9	1 absolute not-standard
Unrecorded hops: 1

64 bytes from 10.0.0.2: icmp_seq=19 ttl=64 time=T ms
64 bytes from 10.0.0.2: icmp_seq=20 ttl=64 time=T ms
TS: 	 absolute
Unrecorded hops: 1

64 bytes from 10.0.0.2: icmp_seq=22 ttl=64 time=T ms
64 bytes from 10.0.0.2: icmp_seq=25 ttl=64 time=T ms
unknown option 94
64 bytes from 10.0.0.2: icmp_seq=26 ttl=64 time=T ms
unknown option 1e
64 bytes from 10.0.0.2: icmp_seq=27 ttl=64 time=T ms
64 bytes from 10.0.0.2: icmp_seq=28 ttl=64 time=T ms
NOP
NOP
NOP
NOP

--- 10.0.0.2 ping statistics ---
29 packets transmitted, 16 received, 44.8276% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    host.sysctl("net.ipv4.ping_group_range", "0 0").unwrap();
    let datagram = ping(&host, &words).to_string();
    // Such a socket is told of routes and stamps only.
    let told = |line: &&str| !line.starts_with("unknown option") && *line != "NOP";
    let raw = raw.to_string();
    assert_eq!(datagram.lines().collect::<Vec<_>>(), raw.lines().filter(told).collect::<Vec<_>>());
}

#[test]
fn an_error_counts_if_it_quotes_as_much_as_names_a_probe() {
    guard::namespace();
    let (host, _scripted) = scripted(|request, _| {
        let quoted = request.get(..seq(request) - 1).unwrap_or(request);
        let (to, from) = (packet::destination(request)?, packet::source(request)?);
        let mut message = vec![if to.is_ipv4() { 11 } else { 3 }, 0, 0, 0, 0, 0, 0, 0];
        message.extend_from_slice(quoted);
        forge::icmp(to, from, &message)
    });
    for (target, header) in [("10.0.0.2", 20), ("fd00::2", 40)] {
        let run = ping(&host, &format!("-c 110 -i 0.004 -W 1 {target}"));
        // From the IP header's end to the sequence number's.
        let told = 110 - (header + 8);
        assert_eq!(
            run.counts(),
            format!("110 packets transmitted, 0 received, +{told} errors, 100% packet loss"),
            "{run}"
        );
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 1"), "{run}");
    }
}

#[test]
fn a_redirect_is_shown_if_it_quotes_as_much_as_names_a_probe() {
    guard::namespace();
    let (host, _scripted) = scripted(|request, _| {
        let quoted = request.get(..seq(request) - 1).unwrap_or(request);
        let message = [&[5, 1, 0, 0, 10, 0, 0, 254], quoted].concat();
        forge::icmp(packet::destination(request)?, packet::source(request)?, &message)
    });
    for scope in ["all", "tun0"] {
        host.sysctl(&format!("net.ipv4.conf.{scope}.accept_redirects"), 0).unwrap();
    }
    let run = ping(&host, "-c 40 -i 0.004 -W 1 10.0.0.2");
    assert_eq!(run.stdout.matches("Redirect Host(New nexthop: 10.0.0.254)").count(), 40 - 28, "{run}");
    assert_eq!(run.counts(), "40 packets transmitted, 0 received, 100% packet loss", "{run}");
}

/// The body of an error with an extension structure as RFC 4884 has it: the quote padded to 128 bytes, then `extension`.
fn extended(request: &[u8], length: u8, extension: &[u8]) -> Option<Vec<u8>> {
    let (to, from) = (packet::destination(request)?, packet::source(request)?);
    // The length stands in another byte, in longer words, for ICMPv6.
    let head = if to.is_ipv4() { [11, 0, 0, 0, 0, length, 0, 0] } else { [3, 0, 0, 0, length / 2, 0, 0, 0] };
    let mut message = head.to_vec();
    message.extend_from_slice(request);
    message.resize(8 + 128, 0);
    message.extend_from_slice(extension);
    forge::icmp(to, from, &message)
}

#[rustfmt::skip]
const EXTENSIONS: [(u8, &[u8]); 8] = [
    (32,  &[]),                                                               // padded only
    (32,  &[0x20, 0, 0xd8, 0xfa, 0, 8, 1, 1, 3, 0xe8, 0x51, 1]),              // a label stack
    (32,  &[0x20, 0, 0, 0, 0, 8, 1, 1, 3, 0xe8, 0x51, 1]),                    // without checksum
    (0,   &[0x20, 0, 0xd8, 0xfa, 0, 8, 1, 1, 3, 0xe8, 0x51, 1]),              // of a router that does not tell the length
    (32,  &[0x20, 0, 0, 0, 0xff, 0xff, 1, 1]),                                // an object longer than the packet
    (32,  &[0x20, 0, 0, 0, 0, 0, 1, 1]),                                      // an object without length
    (255, &[0x20, 0, 0, 0]),                                                  // a quote longer than the packet
    (2,   &[0xff; 60]),                                                       // a quote shorter than a header
];

#[test]
fn what_follows_the_quote_in_an_error_changes_nothing() {
    guard::namespace();
    let (host, _scripted) = scripted(|request, _| {
        let (length, extension) = EXTENSIONS[seq(request) - 1];
        extended(request, length, extension)
    });
    for (target, said) in [("10.0.0.2", "Time to live exceeded"), ("fd00::2", "Time exceeded: Hop limit")] {
        for datagram in ["1 0", "0 0"] {
            host.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
            let run = ping(&host, &format!("-c 8 -i 0.01 -W 2 {target}"));
            let lines: Vec<_> = run.stdout.lines().skip(1).take(8).collect();
            let expected: Vec<_> =
                (1..=8).map(|seq| format!("From {target} icmp_seq={seq} {said}")).collect();
            assert_eq!(lines, expected, "{run}");
            assert_eq!(run.counts(), "8 packets transmitted, 0 received, +8 errors, 100% packet loss");
        }
    }
}
