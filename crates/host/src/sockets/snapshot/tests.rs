//! Snapshots of invented records, and of sockets that are there.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

use netdiag_sockdiag::{Attr, States, inet, unix};

use super::super::proc_line::mark;
use super::*;

/// A record of an inet socket, its cookie its inode.
fn record(local: &str, state: State, inode: u32) -> Vec<u8> {
    let mut record = Vec::new();
    let head = inet::Head { inode, cookie: inode.into(), ..inet::Head::new(local.parse().unwrap(), state) };
    head.write_to(&mut record);
    record
}

fn places(sockets: impl Iterator<Item = impl std::ops::Deref<Target = str>>) -> String {
    sockets.map(|place| place.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn records_are_read_where_they_lie() {
    let connected = inet::Head {
        remote: "10.0.0.2:5000".parse().unwrap(),
        rqueue: 3,
        wqueue: 4,
        uid: 9,
        cookie: 2,
        ..inet::Head::new("10.0.0.1:80".parse().unwrap(), State::ESTABLISHED)
    };
    let mut bytes = Vec::new();
    connected.write_to(&mut bytes);
    let snapshot = Snapshot::invented([
        (Table::Tcp, record("0.0.0.0:80", State::LISTEN, 1)),
        (Table::Tcp, bytes),
        (Table::Tcp, b"too short to be one".to_vec()),
        (Table::Udp, record("127.0.0.1:53", State::CLOSE, 4)),
        (Table::Udp, record("0.0.0.0:0", State::CLOSE, 5)),
    ]);
    let all = "0.0.0.0:80 10.0.0.1:80 127.0.0.1:53 0.0.0.0:0";
    assert_eq!(places(snapshot.sockets().map(|socket| socket.place())), all);
    assert_eq!(places(snapshot.listening().map(|socket| socket.place())), "0.0.0.0:80 127.0.0.1:53");
    let second = snapshot.sockets().nth(1).unwrap();
    assert_eq!((second.rqueue(), second.wqueue(), second.uid()), (Some(3), Some(4), Some(9)));
    assert_eq!(
        (second.table(), second.cookie(), second.remote()),
        (Some(Table::Tcp), Some(2), Some(connected.remote))
    );
}

#[test]
fn what_a_file_does_not_tell_is_not_there() {
    let mut bytes = record("0.0.0.0:80", State::LISTEN, 1);
    mark(&mut bytes);
    let snapshot = Snapshot::invented([(Table::Tcp, bytes)]);
    let socket = snapshot.sockets().next().unwrap();
    assert!(socket.is_from_file());
    assert_eq!((socket.cookie(), socket.wqueue(), socket.rqueue()), (None, None, Some(0)));
}

#[test]
fn a_dump_that_is_asked_for_again_leaves_nothing_behind() {
    let mut snapshot = Snapshot::invented([(Table::Tcp, record("0.0.0.0:80", State::LISTEN, 1))]);
    let twice = record("0.0.0.0:81", State::LISTEN, 2);
    let mut keeper = Keeper::of(&mut snapshot);
    for _ in 0..2 {
        keeper.begin();
        assert!(keeper.socket(Socket::view(Table::Tcp, &twice).unwrap()).is_ok());
        assert!(keeper.retract());
    }
    keeper.begin();
    assert!(keeper.socket(Socket::view(Table::Tcp, &twice).unwrap()).is_ok());
    assert_eq!(places(snapshot.listening().map(|socket| socket.place())), "0.0.0.0:80 0.0.0.0:81");
}

#[test]
fn an_endpoint_that_the_kernel_tells_of_twice_is_one() {
    let mut snapshot = Snapshot::invented([]);
    let mut keeper = Keeper::of(&mut snapshot);
    keeper.begin();
    for (state, inode) in
        [(State::LISTEN, 1), (State::ESTABLISHED, 1), (State::LISTEN, 1), (State::LISTEN, 2)]
    {
        let record = record("10.0.0.1:80", state, inode);
        assert!(keeper.socket(Socket::view(Table::Sctp, &record).unwrap()).is_ok());
    }
    let states: Vec<_> = snapshot.sockets().map(|socket| (socket.state(), socket.inode())).collect();
    assert_eq!(states, [(State::LISTEN, 1), (State::ESTABLISHED, 1), (State::LISTEN, 2)]);
}

#[test]
fn absence_is_concluded_from_what_is_whole() {
    let mut snapshot = Snapshot::invented([(Table::Tcp, record("127.0.0.1:80", State::LISTEN, 1))]);
    let takes = |snapshot: &Snapshot, port| snapshot.takes(Table::Tcp, [127, 0, 0, 1].into(), port);
    assert_eq!((takes(&snapshot, 80), takes(&snapshot, 81)), (Some(true), Some(false)));
    let v6 = FamilyTable { table: Table::Tcp, family: super::super::table::Family::Inet6 };
    snapshot.cut_short.push((v6, CutShort::Interrupted));
    assert_eq!((takes(&snapshot, 80), takes(&snapshot, 81)), (Some(true), None));
    assert_eq!(snapshot.takes(Table::Udp, [127, 0, 0, 1].into(), 81), Some(false), "that part is whole");
    let unix = FamilyTable { table: Table::UnixStream, family: super::super::table::Family::Unix };
    snapshot.cut_short = vec![(unix, CutShort::Unsupported)];
    assert!(snapshot.cut_short([Table::UnixDgram]).is_some(), "it was one question for all types");
    assert!(snapshot.cut_short([Table::Tcp]).is_none());
    assert_eq!(snapshot.waits_under(b"nobody", SocketType::STREAM), None);
}

#[test]
fn a_live_snapshot_holds_what_was_asked_for() {
    let tcp = std::net::TcpListener::bind("[::1]:0").unwrap();
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let name = format!("netdiag-host-{}", std::process::id());
    let _unix = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let needs = Needs::OWNERS | Needs::of(ASKED, States::LISTENING);
    let before = Instant::now();
    let snapshot = Host::here().snapshot(&needs);
    assert!(before <= snapshot.began && snapshot.began <= snapshot.ended);
    assert_eq!(snapshot.namespace, Namespace::of_this_thread().unwrap().id().ok());
    assert!(snapshot.cut_short(ASKED).is_none());
    let places =
        [tcp.local_addr().unwrap().to_string(), udp.local_addr().unwrap().to_string(), format!("@{name}")];
    for place in places {
        let socket = snapshot.listening().find(|socket| socket.place() == place).unwrap();
        let held = snapshot.owners.held_by(socket.inode(), |task| task.pid == std::process::id());
        assert_eq!(held.known(), Some(true), "{place}");
    }
    let port = tcp.local_addr().unwrap().port();
    assert_eq!(snapshot.takes(Table::Tcp, std::net::Ipv6Addr::LOCALHOST.into(), port), Some(true));
    assert_eq!(snapshot.waits_under(name.as_bytes(), SocketType::STREAM), Some(true));
    assert_eq!(snapshot.waits_under(name.as_bytes(), SocketType::DGRAM), Some(false));
    let datagrams = Host::here().snapshot(&Needs::of([Table::Udp], States::LISTENING));
    assert!(datagrams.sockets().all(|socket| socket.table() == Some(Table::Udp)));
}

#[test]
fn no_more_is_kept_than_the_bound_and_nothing_concluded_from_it() {
    let tcp = [(); 3].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let needs = Needs::of([Table::Tcp], States::LISTENING);
    let most = 2 * record("127.0.0.1:1", State::LISTEN, 1).len();
    let snapshot = Snapshot::take(&Host::here(), &needs, most);
    assert!(snapshot.records.len() <= most);
    assert!(
        matches!(snapshot.cut_short([Table::Tcp]), Some((_, CutShort::TooMany(bytes))) if *bytes == most)
    );
    let takes = |listener: &std::net::TcpListener| {
        let at = listener.local_addr().unwrap();
        snapshot.takes(Table::Tcp, at.ip(), at.port())
    };
    assert!(tcp.iter().any(|listener| takes(listener).is_none()));
    assert!(tcp.iter().all(|listener| takes(listener) != Some(false)));
}

#[test]
fn a_path_is_waited_at_by_whoever_is_bound_to_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let _stream = UnixListener::bind(at("stream")).unwrap();
    let _dgram = UnixDatagram::bind(at("dgram")).unwrap();
    drop(UnixListener::bind(at("stale")).unwrap());
    let _moved = UnixListener::bind(at("before")).unwrap();
    std::fs::rename(at("before"), at("after")).unwrap();
    std::os::unix::fs::symlink(at("stream"), at("link")).unwrap();
    std::fs::write(at("file"), "").unwrap();
    let snapshot = Host::here().snapshot(&Needs::of(ASKED, States::LISTENING));
    #[rustfmt::skip]
    let cases = [
        ("stream", SocketType::STREAM,    true),
        ("link",   SocketType::STREAM,    true),
        ("after",  SocketType::STREAM,    true),
        ("before", SocketType::STREAM,    false),
        ("stale",  SocketType::STREAM,    false),
        ("file",   SocketType::STREAM,    false),
        ("gone",   SocketType::STREAM,    false),
        ("stream", SocketType::SEQPACKET, false),
        ("dgram",  SocketType::DGRAM,     true),
        ("dgram",  SocketType::STREAM,    false),
    ];
    for (name, kind, waits) in cases {
        assert_eq!(snapshot.waits_at(&at(name), kind), Some(waits), "{name} {kind:?}");
    }
    let mut bound =
        snapshot.listening().filter(|socket| socket.place().starts_with(&*dir.path().to_string_lossy()));
    let reachable = |socket: Socket<'_>| (socket.place().ends_with("before"), snapshot.is_reachable(&socket));
    assert!(bound.all(|socket| matches!(reachable(socket), (true, Some(false)) | (false, Some(true)))));
}

#[test]
fn a_name_that_only_a_file_tells_proves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let _listener = UnixListener::bind(&path).unwrap();
    let mut bytes = Vec::new();
    unix::Head { kind: SocketType::STREAM, state: State::LISTEN, inode: 1, cookie: 0 }.write_to(&mut bytes);
    mark(&mut bytes);
    Attr { kind: unix::NAME, payload: path.as_os_str().as_encoded_bytes() }.write_to(&mut bytes);
    let snapshot = Snapshot::invented([(Table::UnixStream, bytes)]);
    assert_eq!(snapshot.waits_at(&path, SocketType::STREAM), None);
    assert_eq!(snapshot.waits_at(&dir.path().join("t"), SocketType::STREAM), Some(false));
}

const ASKED: [Table; 5] = [Table::Tcp, Table::Udp, Table::UnixStream, Table::UnixDgram, Table::UnixSeqpacket];
