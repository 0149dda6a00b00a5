//! Replies nobody honest would send: none of them is counted, and none of them is timed.
//!
//! Off-path forgers know addresses and can guess identifier and sequence number; the mark in the payload they cannot.

use std::time::{Duration, Instant};

use netdiag_lab::{Host, Lab, Reply, Scripted, forge, packet};
use snapbox::str;

use crate::guard;
use crate::ping_run::{Run, ping, run_netdiag};
use crate::ping_running::Running;

pub(crate) const TARGETS: [(&str, &str); 2] = [("10.0.0.1/24", "10.0.0.2"), ("fd00::1/64", "fd00::2")];

/// Where the fields of an ICMP echo message are.
const IDENT: usize = 4;
const SEQ: usize = 6;
const MARK: usize = 8;
const FILLER: usize = 8 + 16;

/// A host whose every request is answered by `forger`, which makes packets out of the honest reply.
pub(crate) struct Forged {
    pub(crate) host: Host,
    _scripted: Scripted,
}

impl Forged {
    fn new(mut forger: impl FnMut(&[u8]) -> Vec<Reply> + Send + 'static) -> Self {
        Self::by_request(move |request| forge::echo_reply(request).map_or_else(Vec::new, |it| forger(&it)))
    }

    /// The same with packets made out of the request.
    pub(crate) fn by_request(script: impl FnMut(&[u8]) -> Vec<Reply> + Send + 'static) -> Self {
        let lab = Lab::new().unwrap();
        let host = lab.host("host").unwrap();
        let scripted = lab.scripted((&host, "tun0"), script).unwrap();
        for (address, _) in TARGETS {
            host.address("tun0", address).unwrap();
        }
        Self { host, _scripted: scripted }
    }

    /// Runs over IPv4 on a raw socket and on a datagram socket, and over IPv6.
    pub(crate) fn each(&self, words: &str, mut check: impl FnMut(&Run)) {
        let [(_, v4), (_, v6)] = TARGETS;
        self.host.sysctl("net.ipv4.ping_group_range", "1 0").unwrap();
        check(&ping(&self.host, &format!("{words} {v4}")));
        check(&ping(&self.host, &format!("{words} {v6}")));
        self.host.sysctl("net.ipv4.ping_group_range", "0 0").unwrap();
        check(&ping(&self.host, &format!("{words} {v4}")));
    }
}

/// The honest reply with its ICMP message changed, checksums right.
fn changed(reply: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Reply {
    let mut message = packet::payload(reply).unwrap().to_vec();
    change(&mut message);
    let (from, to) = (packet::source(reply).unwrap(), packet::destination(reply).unwrap());
    forge::icmp(from, to, &message).unwrap().into()
}

/// Adds to the sequence number, which wraps.
fn skewed(message: &mut [u8], by: i16) {
    let seq = u16::from_be_bytes([message[SEQ], message[SEQ + 1]]).wrapping_add_signed(by);
    message[SEQ..][..2].copy_from_slice(&seq.to_be_bytes());
}

type Forgery = fn(&[u8]) -> Reply;

#[rustfmt::skip]
const FORGERIES: [(&str, Forgery); 7] = [
    ("another identifier",      |honest| changed(honest, |message| message[IDENT] ^= 0xff)),
    ("another mark",            |honest| changed(honest, |message| message[MARK] ^= 1)),
    ("the mark of a later probe", |honest| changed(honest, |message| message[FILLER - 1] ^= 1)),
    ("no mark",                 |honest| changed(honest, |message| message[MARK..FILLER].fill(0))),
    ("a probe not sent yet",    |honest| changed(honest, |message| skewed(message, 1000))),
    ("a probe long ago",        |honest| changed(honest, |message| skewed(message, -1000))),
    ("the last probe",          |honest| changed(honest, |message| skewed(message, -1))),
];

#[test]
fn a_forged_reply_does_not_count() {
    guard::namespace();
    for (name, forgery) in FORGERIES {
        let forged = Forged::new(move |honest| vec![forgery(honest)]);
        forged.each("-c 3 -i 0.01 -W 0.1", |run| {
            let nothing = "3 packets transmitted, 0 received, 100% packet loss";
            assert_eq!(run.counts(), nothing, "{name}: {run}");
            assert!(!run.stdout.contains("bytes from") && !run.stdout.contains("rtt"), "{name}: {run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 1"), "{name}");
        });
    }
}

/// What other pings would take for the probe's send time: seconds and microseconds.
const TIMES: [(i64, i64); 8] = [
    (0, 0),
    (-1, -1),
    (i64::MAX, 0),
    (i64::MIN, i64::MIN),
    (i64::MAX, i64::MAX),
    (1 << 31, 999_999),
    (0, 1_000_001),
    (4_000_000_000, -5),
];

#[test]
fn absurd_times_in_replies_are_not_believed() {
    guard::namespace();
    for swap in [i64::to_le_bytes, i64::to_be_bytes] {
        let forged = Forged::new(move |honest| {
            let absurd = TIMES.map(|(seconds, micros)| {
                changed(honest, |message| {
                    message[MARK..FILLER].copy_from_slice(&[swap(seconds), swap(micros)].concat());
                })
            });
            let wrong = absurd.clone().map(|Reply { after, mut packet }| {
                packet::break_checksum(&mut packet);
                Reply { after, packet }
            });
            let late = Reply { after: Duration::from_millis(20), packet: honest.to_vec() };
            absurd.into_iter().chain(wrong).chain([late]).collect()
        });
        forged.each("-c 3 -i 0.3", |run| {
            let counts = run.counts().replace(", +24 corrupted", "");
            assert_eq!(counts, "3 packets transmitted, 3 received, 0% packet loss", "{run}");
            assert_eq!(run.stdout.matches(" (BAD CHECKSUM!)").count() % 24, 0, "{run}");
            let [fastest, _, slowest, mdev] = run.figures();
            assert!(fastest >= 20.0 && slowest < 20_000.0 && mdev < 20_000.0, "{run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
        });
    }
}

#[test]
fn among_forged_replies_the_honest_one_counts() {
    guard::namespace();
    let forged = Forged::new(|honest| {
        let late = Reply { after: Duration::from_millis(30), packet: honest.to_vec() };
        FORGERIES.iter().map(|(_, forgery)| forgery(honest)).chain([late]).collect()
    });
    forged.each("-c 3 -i 0.3", |run| {
        assert_eq!(run.counts(), "3 packets transmitted, 3 received, 0% packet loss", "{run}");
        assert!(run.replies().iter().map(|reply| reply.seq).eq(1..=3), "{run}");
        assert!(run.figures()[0] >= 30.0, "{run}");
    });
}

#[test]
fn a_reply_from_another_address_counts_and_is_marked() {
    guard::namespace();
    let forged = Forged::new(|honest| {
        let (to, message) = (packet::destination(honest).unwrap(), packet::payload(honest).unwrap());
        let other = if to.is_ipv4() { "10.0.0.9" } else { "fd00::9" };
        vec![forge::icmp(other.parse().unwrap(), to, message).unwrap().into()]
    });
    ping(&forged.host, "-c 1 10.0.0.2").reads(str![[r#"
PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
64 bytes from 10.0.0.9: icmp_seq=1 ttl=64 time=T ms (DIFFERENT ADDRESS!)

--- 10.0.0.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    ping(&forged.host, "-c 1 fd00::2").reads(str![[r#"
PING fd00::2 (fd00::2) 56 data bytes
64 bytes from fd00::9: icmp_seq=1 ttl=64 time=T ms (DIFFERENT ADDRESS!)

--- fd00::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
}

#[test]
fn a_truncated_reply_with_all_of_the_secret_counts_and_ends_its_line() {
    guard::namespace();
    let forged = Forged::new(|honest| vec![changed(honest, |message| message.truncate(28))]);
    ping(&forged.host, "-c 2 -i 0.3 10.0.0.2").reads(str![[r#"
PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
28 bytes from 10.0.0.2: icmp_seq=1 ttl=64 (truncated)
28 bytes from 10.0.0.2: icmp_seq=2 ttl=64 (truncated)

--- 10.0.0.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    ping(&forged.host, "-c 2 -i 0.3 fd00::2").reads(str![[r#"
PING fd00::2 (fd00::2) 56 data bytes
28 bytes from fd00::2: icmp_seq=1 ttl=64 (truncated)
28 bytes from fd00::2: icmp_seq=2 ttl=64 (truncated)

--- fd00::2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
}

/// The ICMP header alone, and all of the secret but its last byte.
const TOO_SHORT: [usize; 2] = [MARK, FILLER - 1];

#[test]
fn a_reply_without_all_of_the_secret_is_shown_as_truncated_and_does_not_count() {
    guard::namespace();
    for length in TOO_SHORT {
        let forged = Forged::new(move |honest| vec![changed(honest, |message| message.truncate(length))]);
        forged.each("-c 3 -i 0.01 -W 0.1", |run| {
            assert_eq!(run.counts(), "3 packets transmitted, 0 received, 100% packet loss", "{run}");
            let told = run.stdout.lines().filter(|line| line.starts_with(&format!("{length} bytes from ")));
            assert!(told.clone().all(|line| line.ends_with(" (truncated)")), "{run}");
            assert!(told.count() > 0 && !run.stdout.contains("rtt"), "{run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 1"), "{run}");
        });
    }
}

#[test]
fn no_tool_takes_a_reply_without_the_secret_for_an_answer() {
    guard::namespace();
    for length in TOO_SHORT {
        let forged = Forged::new(move |honest| vec![changed(honest, |message| message.truncate(length))]);
        for range in ["1 0", "0 0"] {
            forged.host.sysctl("net.ipv4.ping_group_range", range).unwrap();
            for (_, target) in TARGETS {
                let host = if target.contains(':') { format!("[{target}]") } else { target.to_owned() };
                #[rustfmt::skip]
                let calls = [
                    (format!("probe -t 300ms icmp://{host}"),                  "exit status: 1"),
                    (format!("check icmp:{host}?count=2&timeout=1s&wait=50ms"), "exit status: 1"),
                    (format!("wait -w 300ms icmp://{host}"),                   "exit status: 124"),
                ];
                for (words, end) in calls {
                    let run = run_netdiag(&forged.host, &words);
                    assert_eq!(run.end, end, "{words} ({length} bytes, {range}): {run}");
                }
            }
        }
    }
    // They do take an honest one.
    let honest = Forged::new(|honest| vec![honest.to_vec().into()]);
    for words in ["probe icmp://10.0.0.2", "check icmp:10.0.0.2", "wait -w 60s icmp://10.0.0.2"] {
        let run = run_netdiag(&honest.host, words);
        assert_eq!(run.end, "exit status: 0", "{words}: {run}");
    }
}

/// Options under which probes have no room for a secret, and why.
const UNPROVEN: [(&str, &str); 4] = [
    ("-s 15", "so few data (-s) have no room for a secret"),
    ("-s 0", "so few data (-s) have no room for a secret"),
    ("-p ff", "the pattern (-p) leaves no room for a secret"),
    ("-p 00 -s 8", "the pattern (-p) leaves no room for a secret"),
];

#[test]
fn where_no_secret_can_be_sent_sender_and_size_must_match_and_that_is_said() {
    guard::namespace();
    let honest = Forged::new(|honest| vec![honest.to_vec().into()]);
    let longer = Forged::new(|honest| vec![changed(honest, |message| message.push(0))]);
    let another = Forged::new(|honest| {
        let (to, message) = (packet::destination(honest).unwrap(), packet::payload(honest).unwrap());
        let other = if to.is_ipv4() { "10.0.0.9" } else { "fd00::9" };
        vec![forge::icmp(other.parse().unwrap(), to, message).unwrap().into()]
    });
    for (words, why) in UNPROVEN {
        for (forged, received) in [(&honest, 2), (&longer, 0), (&another, 0)] {
            forged.each(&format!("-c 2 -i 0.05 -W 0.3 {words}"), |run| {
                assert!(run.counts().contains(&format!(", {received} received")), "{words}: {run}");
                assert!(!run.stderr.contains("forged"), "{run}");
            });
        }
        honest.each(&format!("-v -q -c 1 {words}"), |run| {
            let told = format!("ping: replies cannot be told from forged ones: {why}\n");
            assert!(run.stderr.ends_with(&told), "{words}: {run}");
        });
        let document = run_netdiag(&honest.host, &format!("ping --format json -c 1 {words} 10.0.0.2")).stdout;
        assert!(document.contains("\"authenticated\":false"), "{document}");
    }
    let document = run_netdiag(&honest.host, "ping --format json -c 1 -s 16 10.0.0.2").stdout;
    assert!(document.contains("\"authenticated\":true"), "{document}");
    honest.each("-v -q -c 1 -s 16", |run| assert!(!run.stderr.contains("forged"), "{run}"));
}

#[test]
fn a_reply_cut_anywhere_counts_if_all_of_the_secret_is_left() {
    guard::namespace();
    let forged = Forged::new(|honest| {
        let length = usize::from(packet::payload(honest).unwrap()[SEQ + 1]) - 1;
        // Slowly, so that the last is waited for long enough.
        let after = Duration::from_millis(200);
        vec![Reply { after, ..changed(honest, |message| message.truncate(length)) }]
    });
    forged.each("-c 70 -i 0.005 -W 5", |run| {
        // Of 0 to 69 bytes eight make no header, and 64 are all.
        let told: Vec<_> = run.stdout.lines().filter(|line| line.ends_with(" (truncated)")).collect();
        let expected = (8..64).map(|length| format!("{length} bytes from "));
        assert!(told.iter().zip(expected).all(|(line, start)| line.starts_with(&start)), "{run}");
        assert_eq!(told.len(), 64 - 8, "{run}");
        // Another 16 hold the secret.
        assert_eq!(run.counts(), "70 packets transmitted, 46 received, 34.2857% packet loss", "{run}");
    });
}

#[test]
fn a_longer_reply_shows_its_length() {
    guard::namespace();
    let forged = Forged::new(|honest| vec![changed(honest, |message| message.extend([0xaa; 9]))]);
    forged.each("-c 1", |run| {
        let line = run.stdout.lines().nth(1).unwrap();
        assert!(line.starts_with("73 bytes from ") && line.ends_with(" ms"), "{run}");
        assert_eq!(run.counts(), "1 packets transmitted, 1 received, 0% packet loss");
    });
}

#[test]
fn a_reply_that_comes_again_and_again_is_received_once() {
    guard::namespace();
    // The run ends with the first reply to the last probe.
    let forged = Forged::new(|honest| {
        let is_last = packet::payload(honest).unwrap()[SEQ + 1] == 3;
        vec![honest.to_vec().into(); if is_last { 1 } else { 4 }]
    });
    forged.each("-c 3 -i 0.3", |run| {
        let expected = "3 packets transmitted, 3 received, +6 duplicates, 0% packet loss";
        assert_eq!(run.counts(), expected, "{run}");
        let marked = run.stdout.lines().filter(|line| line.ends_with(" ms (DUP!)")).count();
        assert_eq!(marked, 6, "{run}");
    });
}

#[test]
fn a_reply_after_the_end_is_a_loss() {
    guard::namespace();
    let forged =
        Forged::new(|honest| vec![Reply { after: Duration::from_secs(30), packet: honest.to_vec() }]);
    let start = Instant::now();
    forged.each("-c 1 -W 0.2", |run| {
        assert_eq!(run.counts(), "1 packets transmitted, 0 received, 100% packet loss", "{run}");
        assert_eq!(run.end, "exit status: 1");
    });
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_late_reply_within_the_linger_counts_with_its_time() {
    guard::namespace();
    let forged =
        Forged::new(|honest| vec![Reply { after: Duration::from_millis(300), packet: honest.to_vec() }]);
    forged.each("-c 2 -i 0.05 -W 5", |run| {
        assert_eq!(run.counts(), "2 packets transmitted, 2 received, 0% packet loss", "{run}");
        assert!(run.figures()[0] >= 300.0, "{run}");
    });
}

#[test]
fn a_flood_of_forged_replies_drowns_nothing() {
    guard::namespace();
    let forged = Forged::new(|honest| {
        let mut replies = vec![honest.to_vec().into()];
        // As many as the receive buffer holds of a few requests, for a machine too busy to empty it at once.
        for number in 0..40_u8 {
            replies.push(changed(honest, |message| message[IDENT + 1] ^= number | 1));
            replies.push(changed(honest, |message| message[MARK] ^= number | 1));
        }
        replies
    });
    forged.each("-c 10 -i 0.3", |run| {
        assert_eq!(run.counts(), "10 packets transmitted, 10 received, 0% packet loss", "{run}");
    });
}

#[test]
fn replies_nobody_asked_for_are_not_shown() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let scripted = lab.scripted((&host, "tun0"), |request| {
        // Slowly, so that the last is waited for long enough.
        let slow = |packet| Reply { after: Duration::from_millis(150), packet };
        forge::echo_reply(request).into_iter().map(slow).collect()
    });
    let scripted = scripted.unwrap();
    host.address("tun0", "10.0.0.1/24").unwrap();
    let run = Running::ping(&host, "-c 100 -i 0.01 10.0.0.2");
    run.says("icmp_seq=1 ");
    let [us, them] = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
    for ident in 0..=u16::MAX {
        let request = forge::echo_request(us, them, ident, 30, &[0; 56]).unwrap();
        scripted.send(&forge::echo_reply(&request).unwrap()).unwrap();
    }
    let run = run.finish();
    assert_eq!(run.counts(), "100 packets transmitted, 100 received, 0% packet loss", "{run}");
}
