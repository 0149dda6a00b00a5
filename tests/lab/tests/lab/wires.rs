//! Wires and scripted hosts: what arrives, when, and what the ledger says of it.

use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use netdiag_lab::{
    Corruption, Lab, Ledger, Mtu, Path, Pick, Plan, Reply, TokenBucket, Way, forge, packet, until,
};

use crate::ping::Pinger;

const PATIENCE: Duration = Duration::from_secs(120);

/// How long nothing has to come to be sure that nothing does.
const QUIET: Duration = Duration::from_millis(300);

fn path(there: Plan, back: Plan) -> Path {
    Path::new(&Lab::new().unwrap(), there, back).unwrap()
}

/// Sends `count` requests at once and hands back the numbers of the replies.
fn ping(path: &Path, server: &str, count: u16) -> Vec<u16> {
    let (pinger, before) = (Pinger::new(&path.client, server, true), path.wire.ledger(Way::There).seen);
    let delivered = || path.wire.ledger(Way::Back).delivered;
    let earlier = delivered();
    for seq in 1..=count {
        pinger.send(seq, &[0; 56]);
    }
    let arrived = || (path.wire.ledger(Way::There).seen >= before + u64::from(count)).then_some(());
    until("the requests to reach the wire", PATIENCE, arrived).unwrap();
    path.wire.settle(PATIENCE).unwrap();
    let mut replies = Vec::new();
    // What the wire delivered has to come, and then nothing more.
    until("the replies", PATIENCE, || {
        replies.extend(std::iter::from_fn(|| pinger.receive(QUIET)).map(|reply| reply.seq()));
        (replies.len() as u64 >= delivered() - earlier).then_some(())
    })
    .unwrap();
    replies
}

#[test]
fn the_round_trip_takes_as_long_as_planned() {
    let delay = Duration::from_millis(5);
    let path = path(Plan::delayed(delay), Plan::delayed(delay));
    for server in Path::SERVERS {
        let pinger = Pinger::new(&path.client, server, true);
        // A busy machine adds to most; what the wire itself adds shows in the fastest.
        let mut times = (1..=1000).map(|seq| pinger.round_trip(seq).unwrap());
        let fast = 2 * delay + Duration::from_micros(500);
        let quickest = times
            .by_ref()
            .inspect(|time| assert!(*time >= 2 * delay, "{server}: {time:?}"))
            .find(|time| *time < fast);
        assert!(quickest.is_some(), "{server}: none of a thousand takes less than {fast:?}");
    }
}

#[test]
fn a_throttled_interface_lets_packets_wait_and_drops_none() {
    let path = path(Plan::default(), Plan::default());
    for server in Path::SERVERS {
        let pinger = Pinger::new(&path.client, server, true);
        // Until the neighbour's address is known.
        pinger.round_trip(1).unwrap();
        let before = path.wire.ledger(Way::There).seen;
        path.client.throttle("eth0", TokenBucket { rate: 400_000, burst: 1500, limit: 60_000 }).unwrap();
        let start = Instant::now();
        (2..=5).for_each(|seq| pinger.send(seq, &[0; 1000]));
        let arrived = || (path.wire.ledger(Way::There).seen == before + 4).then_some(());
        until("four requests to arrive", PATIENCE, arrived).unwrap();
        // Of four packets of more than a thousand bytes, 1500 bytes may leave at once and 50 in a millisecond.
        assert!(start.elapsed() >= Duration::from_millis(50), "{server}: {:?}", start.elapsed());
    }
}

#[test]
fn the_ledger_knows_every_lost_packet() {
    let loss = |seed, chance| Plan { seed, loss: Pick::Chance(chance), ..Plan::default() };
    for server in Path::SERVERS {
        let path = path(loss(1, 0.2), loss(2, 0.1));
        let replies = ping(&path, server, 500);
        let (there, back) = (path.wire.ledger(Way::There), path.wire.ledger(Way::Back));
        assert_eq!(there.seen, 500);
        assert!((60..140).contains(&there.dropped), "{there:?}");
        assert_eq!(back.seen, there.delivered);
        assert_eq!(back.delivered, replies.len() as u64);
        assert_eq!(there.delivered + there.dropped, 500);
    }
}

#[test]
fn named_packets_vanish_double_and_fall_behind() {
    let there = Plan { loss: Pick::Nth(vec![2, 5]), duplicate: Pick::Nth(vec![3]), ..Plan::default() };
    let back = Plan { reorder: Pick::Nth(vec![1]), ..Plan::default() };
    let path = path(there, back);
    assert_eq!(ping(&path, Path::SERVER_V4, 6), [3, 3, 4, 6, 1]);
    let there = Ledger { seen: 6, delivered: 5, dropped: 2, duplicated: 1, ..Ledger::default() };
    let back = Ledger { seen: 5, delivered: 5, reordered: 1, ..Ledger::default() };
    let passed = |way| Ledger { passed: 0, ..path.wire.ledger(way) };
    assert_eq!((passed(Way::There), passed(Way::Back)), (there, back));
}

#[test]
fn damage_shows_in_the_payload_or_in_the_checksum() {
    let corrupt = |fix_checksums| Plan {
        corrupt: Pick::Nth(vec![1]),
        corruption: Corruption { at: None, fix_checksums },
        ..Plan::default()
    };
    for server in Path::SERVERS {
        let path = path(Plan::default(), corrupt(true));
        let pinger = Pinger::new(&path.client, server, true);
        pinger.send(1, &[0; 56]);
        let reply = pinger.receive(PATIENCE).expect(server);
        assert_eq!((reply.data()[54], reply.data()[55]), (0, 0xff));
        // A request with a wrong checksum is dropped by the server before it answers.
        path.wire.replan(Way::There, corrupt(false));
        assert_eq!(ping(&path, server, 3), [2, 3]);
        assert_eq!(path.wire.ledger(Way::There).corrupted, 1);
    }
}

#[test]
fn a_small_mtu_is_told_or_kept_secret() {
    let (v4, v6) = (Ipv4Addr::new(10, 0, 9, 9), Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, 9));
    for (server, kind, code) in [(Path::SERVER_V4, 3, 4), (Path::SERVER_V6, 2, 0)] {
        let small = |mtu| Plan { mtu: Some(mtu), ..Plan::default() };
        let path = path(small(Mtu::Blackhole(1300)), Plan::default());
        let pinger = Pinger::new(&path.client, server, false);
        pinger.send(1, &[0; 1400]);
        pinger.send(2, &[0; 1200]);
        assert_eq!(pinger.receive(PATIENCE).unwrap().seq(), 2);

        path.wire.replan(Way::There, small(Mtu::Answered { mtu: 1300, v4, v6 }));
        pinger.send(3, &[0; 1400]);
        let error = pinger.receive(PATIENCE).unwrap();
        assert_eq!((error.kind(), error.code(), error.mtu()), (kind, code, 1300));
        assert_eq!(path.wire.ledger(Way::There).too_big, 2);
    }
}

#[test]
fn a_cut_wire_carries_nothing_until_it_is_mended() {
    let path = path(Plan::cut(), Plan::default());
    assert_eq!(ping(&path, Path::SERVER_V4, 3), []);
    path.wire.replan(Way::There, Plan::default());
    assert_eq!(ping(&path, Path::SERVER_V4, 3), [1, 2, 3]);
}

#[test]
fn fifty_thousand_packets_arrive_complete_and_in_order() {
    let path = path(Plan { only: packet::any, ..Plan::default() }, Plan::default());
    let count = 50_000_u32;
    let server = path.server.run(|| UdpSocket::bind("10.0.2.1:9")).unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    let client = path.client.run(|| UdpSocket::bind("0.0.0.0:0")).unwrap();
    client.connect("10.0.2.1:9").unwrap();
    let before = path.wire.ledger(Way::There).seen;
    let (credit, used) = std::sync::mpsc::sync_channel(100);
    let sender = thread::spawn(move || {
        for number in 0..count {
            credit.send(()).unwrap();
            client.send(&number.to_be_bytes()).unwrap();
        }
    });
    let mut buffer = [0; 4];
    for number in 0..count {
        server.recv(&mut buffer).unwrap();
        used.recv().unwrap();
        assert_eq!(u32::from_be_bytes(buffer), number);
    }
    sender.join().unwrap();
    let after = path.wire.ledger(Way::There);
    assert!(after.seen - before >= u64::from(count));
    assert_eq!((after.delivered, after.dropped), (after.seen, 0));
}

#[test]
fn a_scripted_host_answers_as_it_likes() {
    let lab = Lab::new().unwrap();
    let host = lab.host("host").unwrap();
    let _scripted = lab.scripted((&host, "tun0"), |request| {
        let Some(reply) = forge::echo_reply(request) else {
            return vec![];
        };
        let late = Reply { after: Duration::from_millis(20), packet: reply.clone() };
        vec![reply.into(), late]
    });
    for (address, target) in [("10.0.0.1/24", "10.0.0.2"), ("fd00::1/64", "fd00::2")] {
        host.address("tun0", address).unwrap();
        let pinger = Pinger::new(&host, target, true);
        let sent = Instant::now();
        assert!(pinger.round_trip(7).is_some(), "{target}");
        assert_eq!(pinger.receive(PATIENCE).unwrap().seq(), 7);
        assert!(sent.elapsed() >= Duration::from_millis(20));
    }
}
