//! Through a router and a wire whose delay and damage are known: what is reported is what was done.
//!
//! A wire delays by no less than planned, a busy machine adds to that as it likes: so the fastest of many replies is judged,
//! and more replies are asked for before it is called too slow. The last reply is waited for for an interval at least, or
//! twice the longest round trip: where it has to come, that is long.

use std::net::Ipv4Addr;
use std::time::Duration;

use netdiag_lab::{Corruption, Host, Lab, Mtu, Path, Pick, Plan, Way};
use snapbox::str;

use crate::guard;
use crate::ping_run::{Program, Reply, Run, ping, run};

const PATIENCE: Duration = Duration::from_secs(120);

fn path(there: Plan, back: Plan) -> Path {
    Path::new(&Lab::new().unwrap(), there, back).unwrap()
}

/// Lets this group, 0 in every namespace, use datagram sockets, which are tried first.
fn open_datagram_sockets(host: &Host) {
    host.sysctl("net.ipv4.ping_group_range", "0 0").unwrap();
}

#[test]
fn a_round_trip_takes_as_long_as_the_wire() {
    guard::namespace();
    let delay = Duration::from_millis(20);
    let path = path(Plan::delayed(delay), Plan::delayed(delay));
    for datagram in [false, true] {
        if datagram {
            open_datagram_sockets(&path.client);
        }
        for server in Path::SERVERS {
            let mut fastest = f64::INFINITY;
            for _ in 0..100 {
                let run = ping(&path.client, &format!("-c 20 -i 0.005 {server}"));
                assert_eq!(run.counts(), "20 packets transmitted, 20 received, 0% packet loss", "{run}");
                let replies = run.replies();
                assert!(replies.iter().map(|reply| reply.seq).eq(1..=20), "{run}");
                assert!(replies.iter().all(|reply| reply.ttl == 63 && reply.millis >= 40.0), "{run}");
                fastest = fastest.min(run.figures()[0]);
                if fastest < 40.3 {
                    break;
                }
            }
            assert!((40.0..40.3).contains(&fastest), "{server}, datagram socket {datagram}: {fastest} ms");
        }
    }
}

#[test]
fn a_path_without_delay_reads_like_this() {
    guard::namespace();
    let path = path(Plan::default(), Plan::default());
    ping(&path.client, "-c 2 -i 0.2 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.
64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=T ms
64 bytes from 10.0.2.1: icmp_seq=2 ttl=63 time=T ms

--- 10.0.2.1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    ping(&path.client, "-c 2 -i 0.2 fd00:2::1").reads(str![[r#"
PING fd00:2::1 (fd00:2::1) 56 data bytes
64 bytes from fd00:2::1: icmp_seq=1 ttl=63 time=T ms
64 bytes from fd00:2::1: icmp_seq=2 ttl=63 time=T ms

--- fd00:2::1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    ping(&path.client, "-c 2 -i 0.2 -q -s 0 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 0(28) bytes of data.

--- 10.0.2.1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms


"#]]);
}

#[test]
fn every_lost_packet_is_counted() {
    guard::namespace();
    // The last reply has as long as the slowest took, so a busy machine does not lose one by itself.
    let delay = Duration::from_millis(50);
    let lossy = |seed| Plan { seed, loss: Pick::Chance(0.3), ..Plan::delayed(delay) };
    for (server, count) in Path::SERVERS.into_iter().flat_map(|server| [(server, 40), (server, 60)]) {
        let path = path(lossy(count), lossy(count + 1));
        let run = ping(&path.client, &format!("-c {count} -i 0.01 -W 2 {server}"));
        path.wire.settle(PATIENCE).unwrap();
        let (there, back) = (path.wire.ledger(Way::There), path.wire.ledger(Way::Back));
        assert_eq!((there.seen, back.seen), (count, there.delivered));
        assert!(there.dropped > 0 && back.dropped > 0, "{there:?} {back:?}");
        let received = back.delivered;
        // C prints a float with six significant digits.
        let percent = (count - received) as f32 * 100.0 / count as f32;
        let loss: f64 = format!("{percent:.5e}").parse().unwrap();
        let expected = format!("{count} packets transmitted, {received} received, {loss}% packet loss");
        assert_eq!(run.counts(), expected, "{run}");
        assert_eq!(run.replies().len() as u64, received);
    }
}

#[test]
fn every_loss_copy_and_damage_together_is_as_the_wire_has_it() {
    guard::namespace();
    let impaired = |seed, corrupt| Plan {
        seed,
        loss: Pick::Chance(0.3),
        duplicate: Pick::Chance(0.01),
        reorder: Pick::Chance(0.05),
        reorder_by: Duration::from_millis(20),
        corrupt,
        ..Plan::delayed(Duration::from_millis(60))
    };
    for (server, datagram) in [(Path::SERVER_V4, "1 0"), (Path::SERVER_V4, "0 0"), (Path::SERVER_V6, "1 0")] {
        // A reply may be damaged, a request not: the server would not answer it, and a copy of it would count as one more.
        let path = path(
            Plan { duplicate: Pick::Never, ..impaired(1, Pick::Never) },
            impaired(2, Pick::Chance(0.02)),
        );
        path.client.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
        let run = ping(&path.client, &format!("-c 600 -i 0.002 -W 2 {server}"));
        path.wire.settle(PATIENCE).unwrap();
        let (there, back) = (path.wire.ledger(Way::There), path.wire.ledger(Way::Back));
        assert_eq!((there.seen, there.delivered), (600, back.seen));
        assert!(back.duplicated > 0 && back.corrupted > 0 && back.reordered > 0, "{back:?}");
        let received = back.seen - back.dropped - back.corrupted;
        let shown = |mark: &str| run.stdout.lines().filter(|line| line.ends_with(mark)).count() as u64;
        let (copies, damaged) = (shown(" (DUP!)"), shown(" (BAD CHECKSUM!)"));
        let numbers = run.counts().split(", ").map(|part| part.split(' ').next().unwrap());
        let counted: Vec<_> = numbers.map(str::to_owned).collect();
        let mut expected = vec!["600".to_owned(), received.to_string(), format!("+{copies}")];
        if damaged > 0 {
            expected.push(format!("+{damaged}"));
        }
        assert_eq!(counted[..expected.len()], expected, "{run}");
        assert_eq!(run.replies().len() as u64, received + copies, "{run}");
        // Only IPv4 raw sockets see what is damaged; elsewhere the kernel keeps it.
        let raw = server == Path::SERVER_V4 && datagram == "1 0";
        let twice_damaged = back.delivered - received - copies - back.corrupted;
        assert_eq!(damaged, if raw { back.corrupted + twice_damaged } else { 0 }, "{back:?} {run}");
        assert_eq!(copies + twice_damaged, back.duplicated, "{back:?} {run}");
    }
}

#[test]
fn duplicates_are_marked_and_counted_apart() {
    guard::namespace();
    let delay = Duration::from_millis(100);
    let twice = |nth: &[u64]| Plan { duplicate: Pick::Nth(nth.to_vec()), ..Plan::delayed(delay) };
    for server in Path::SERVERS {
        // The request of 2 and the reply to 4 arrive twice; the run ends with the reply to 5.
        let path = path(twice(&[2]), twice(&[5]));
        let run = ping(&path.client, &format!("-c 5 -i 0.05 {server}"));
        let seen: Vec<_> = run.replies().iter().map(|reply| (reply.seq, reply.duplicate)).collect();
        let expected = [(1, false), (2, false), (2, true), (3, false), (4, false), (4, true), (5, false)];
        assert_eq!(seen, expected, "{run}");
        assert_eq!(run.counts(), "5 packets transmitted, 5 received, +2 duplicates, 0% packet loss");
    }
}

#[test]
fn replies_out_of_order_keep_their_own_times() {
    guard::namespace();
    let held = Duration::from_millis(600);
    let back = Plan { reorder: Pick::Nth(vec![1]), reorder_by: held, ..Plan::default() };
    for server in Path::SERVERS {
        let path = path(Plan::default(), back.clone());
        let run = ping(&path.client, &format!("-c 6 -i 0.2 {server}"));
        assert_eq!(run.counts(), "6 packets transmitted, 6 received, 0% packet loss", "{run}");
        let replies = run.replies();
        let at = replies.iter().position(|reply| reply.seq == 1).unwrap();
        assert!(at > 0, "{run}");
        assert!(replies[at].millis >= 600.0, "{run}");
        let fastest = replies.iter().map(|reply| reply.millis).fold(f64::INFINITY, f64::min);
        assert!(fastest < 300.0, "{run}");
        // At least those that overtook it had left when it came back.
        assert!(run.pipe() > at as u64, "{run}");
    }
}

/// Damages the second reply at an offset into its data.
fn damaged(server: &str, offset: usize, fix_checksums: bool) -> Plan {
    let headers = if server.contains(':') { 48 } else { 28 };
    let corruption = Corruption { at: Some(headers + offset), fix_checksums };
    Plan { corrupt: Pick::Nth(vec![2]), corruption, ..Plan::default() }
}

#[test]
fn a_wrong_byte_is_named_and_shown() {
    guard::namespace();
    let path = path(Plan::default(), Plan::default());
    path.wire.replan(Way::Back, damaged(Path::SERVER_V4, 30, true));
    ping(&path.client, "-c 3 -i 0.3 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.
64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=T ms
64 bytes from 10.0.2.1: icmp_seq=2 ttl=63 time=T ms
wrong data byte #30 should be 0x1e but was 0xe1
#16	10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d e1 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f 
#48	30 31 32 33 34 35 36 37 
64 bytes from 10.0.2.1: icmp_seq=3 ttl=63 time=T ms

--- 10.0.2.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    path.wire.replan(Way::Back, damaged(Path::SERVER_V6, 30, true));
    ping(&path.client, "-c 3 -i 0.3 fd00:2::1").reads(str![[r#"
PING fd00:2::1 (fd00:2::1) 56 data bytes
64 bytes from fd00:2::1: icmp_seq=1 ttl=63 time=T ms
64 bytes from fd00:2::1: icmp_seq=2 ttl=63 time=T ms
wrong data byte #30 should be 0x1e but was 0xe1
#16	10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d e1 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f 
#48	30 31 32 33 34 35 36 37 
64 bytes from fd00:2::1: icmp_seq=3 ttl=63 time=T ms

--- fd00:2::1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
}

#[test]
fn a_wrong_checksum_is_seen_by_raw_sockets_only() {
    guard::namespace();
    let path = path(Plan::default(), Plan::default());
    path.wire.replan(Way::Back, damaged(Path::SERVER_V4, 0, false));
    ping(&path.client, "-c 3 -i 0.2 -W 1 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.
64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=T ms
64 bytes from 10.0.2.1: icmp_seq=2 ttl=63 (BAD CHECKSUM!)
64 bytes from 10.0.2.1: icmp_seq=3 ttl=63 time=T ms

--- 10.0.2.1 ping statistics ---
3 packets transmitted, 2 received, +1 corrupted, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    // ICMPv6 checksums are the kernel's to check, whichever the socket.
    path.wire.replan(Way::Back, damaged(Path::SERVER_V6, 0, false));
    ping(&path.client, "-c 3 -i 0.2 -W 1 fd00:2::1").reads(str![[r#"
PING fd00:2::1 (fd00:2::1) 56 data bytes
64 bytes from fd00:2::1: icmp_seq=1 ttl=63 time=T ms
64 bytes from fd00:2::1: icmp_seq=3 ttl=63 time=T ms

--- fd00:2::1 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    open_datagram_sockets(&path.client);
    path.wire.replan(Way::Back, damaged(Path::SERVER_V4, 0, false));
    ping(&path.client, "-c 3 -i 0.2 -W 1 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.
64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=T ms
64 bytes from 10.0.2.1: icmp_seq=3 ttl=63 time=T ms

--- 10.0.2.1 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
}

#[test]
fn a_small_mtu_that_answers_is_named_once_and_then_kept_to() {
    guard::namespace();
    let answered =
        Mtu::Answered { mtu: 1300, v4: Ipv4Addr::new(10, 0, 9, 9), v6: "fd00:9::9".parse().unwrap() };
    let path = path(Plan { mtu: Some(answered), ..Plan::default() }, Plan::default());
    ping(&path.client, "-c 3 -i 0.3 -s 1400 10.0.2.1").reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 1400(1428) bytes of data.
From 10.0.9.9 icmp_seq=1 Frag needed and DF set (mtu = 1300)
1408 bytes from 10.0.2.1: icmp_seq=2 ttl=63 time=T ms
1408 bytes from 10.0.2.1: icmp_seq=3 ttl=63 time=T ms

--- 10.0.2.1 ping statistics ---
3 packets transmitted, 2 received, +1 errors, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    ping(&path.client, "-c 3 -i 0.3 -s 1400 fd00:2::1").reads(str![[r#"
PING fd00:2::1 (fd00:2::1) 1400 data bytes
From fd00:9::9 icmp_seq=1 Packet too big: mtu=1300
1408 bytes from fd00:2::1: icmp_seq=2 ttl=63 time=T ms
1408 bytes from fd00:2::1: icmp_seq=3 ttl=63 time=T ms

--- fd00:2::1 ping statistics ---
3 packets transmitted, 2 received, +1 errors, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
}

#[test]
fn a_small_mtu_that_keeps_silent_is_a_loss() {
    guard::namespace();
    let blackhole = |mtu| Plan { mtu: Some(Mtu::Blackhole(mtu)), ..Plan::default() };
    for server in Path::SERVERS {
        let path = path(blackhole(1300), Plan::default());
        let small = ping(&path.client, &format!("-c 2 -i 0.3 -s 1200 {server}"));
        assert_eq!(small.counts(), "2 packets transmitted, 2 received, 0% packet loss");
        let large = ping(&path.client, &format!("-c 2 -i 0.05 -s 1400 -W 0.3 {server}"));
        assert_eq!(large.counts(), "2 packets transmitted, 0 received, 100% packet loss");
        assert_eq!(large.end, "exit status: 1");
        assert_eq!(path.wire.ledger(Way::There).too_big, 2);
    }
}

#[test]
fn a_flow_label_can_be_had_again_at_once() {
    guard::namespace();
    let path = path(Plan::default(), Plan::default());
    for _ in 0..2 {
        ping(&path.client, "-c 1 -F 0x12345 fd00:2::1").reads(str![[r#"
PING fd00:2::1 (fd00:2::1) , flow 0x12345, 56 data bytes
64 bytes from fd00:2::1: icmp_seq=1 ttl=63 time=T ms

--- fd00:2::1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    }
}

#[test]
fn an_ipv4_address_in_ipv6_notation_is_the_ipv4_host() {
    guard::namespace();
    let path = path(Plan::default(), Plan::default());
    ping(&path.client, "-c 1 ::ffff:10.0.2.1").reads(str![[r#"
PING ::ffff:10.0.2.1 (10.0.2.1) 56(84) bytes of data.
64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=T ms

--- ::ffff:10.0.2.1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms

"#]]);
    ping(&path.client, "-6 -c 1 ::ffff:10.0.2.1").reads(str![[r#"
---- stderr
ping: ::ffff:10.0.2.1: Address family for hostname not supported
---- exit status: 2

"#]]);
    ping(&path.client, "-s 65508 ::ffff:10.0.2.1").reads(str![[r#"
---- stderr
ping: invalid -s value: '65508': out of range: 0 <= value <= 65507
---- exit status: 1

"#]]);
}

#[test]
fn the_names_ping4_and_ping6_choose_the_family() {
    guard::namespace();
    let path = path(Plan::default(), Plan::default());
    let linked = |name, words: &str| -> Run { run(&path.client, &mut Program::Linked(name).command(words)) };
    for (name, server) in [("ping4", Path::SERVER_V4), ("ping6", Path::SERVER_V6)] {
        let run = linked(name, &format!("-c 1 {server}"));
        assert!(matches!(run.replies()[..], [Reply { seq: 1, ttl: 63, .. }]), "{run}");
    }
    linked("ping4", "-c 1 fd00:2::1").reads(str![[r#"
---- stderr
ping4: fd00:2::1: Address family for hostname not supported
---- exit status: 2

"#]]);
    linked("ping6", "-c 1 10.0.2.1").reads(str![[r#"
---- stderr
ping6: 10.0.2.1: Address family for hostname not supported
---- exit status: 2

"#]]);
    linked("ping6", "-4 -c 1 10.0.2.1").reads(str![[r#"
---- stderr
ping6: only one -4 or -6 option may be specified
---- exit status: 2

"#]]);
}
