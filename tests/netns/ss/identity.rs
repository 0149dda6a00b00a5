//! Whose a socket is and what it is bound to: orphans, what is left of closed ones, devices, marks, control groups.
//!
//! Where nobody is the owner, the line says nothing or 0 as upstream does, and the record has no key.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use netdiag_lab::{Family, Lab, TcpPeer, TcpState};
use serde_json::json;
use socket2::{Domain, Socket, Type};

use super::program::lists;
use super::sight::{Sight, end};
use super::streams::powerless;
use crate::guard;

#[test]
fn an_orphan_is_nobodys() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("orphans").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    for (state, name) in [
        (TcpState::FIN_WAIT_1, "FIN-WAIT-1"),
        (TcpState::CLOSING, "CLOSING"),
        (TcpState::LAST_ACK, "LAST-ACK"),
    ] {
        let mut held = peer.hold(state, Family::V4).unwrap();
        let owned = Sight::of(host, &held);
        assert!(owned.number("ino") > 0 && owned.json("/inode") == owned.number("ino"), "{:?}", owned.words);
        held.abandon();
        let orphan = Sight::of(host, &held);
        assert_eq!((orphan.words[0].as_str(), orphan.number("ino")), (name, 0));
        assert_eq!(orphan.json("/inode"), &json!(null));
        // It is the same socket, and its FIN is still on its way.
        assert_eq!(orphan.word("sk"), owned.word("sk"));
        assert!(orphan.word("timer").unwrap().starts_with("(on,"), "{:?}", orphan.words);
        assert!(orphan.word("skmem").is_some(), "{:?}", orphan.words);
        let owners = lists(host, "-tanHp").concat().concat();
        assert!(!owners.contains("users:"), "{owners}");
    }
}

#[test]
fn what_the_kernel_keeps_of_a_closed_socket_has_no_owner_and_no_internals() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("stubs").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    for family in Family::ALL {
        // The peer has acknowledged the FIN and is waited for, for a minute, by a stub.
        let mut waiting = peer.hold(TcpState::FIN_WAIT_2, family).unwrap();
        assert!(Sight::of(host, &waiting).word("skmem").is_some());
        waiting.abandon();
        let over = peer.hold(TcpState::TIME_WAIT, family).unwrap();
        for (held, name, state) in [(&waiting, "FIN-WAIT-2", "fin-wait-2"), (&over, "TIME-WAIT", "time-wait")]
        {
            let stub = Sight::of(host, held);
            assert_eq!((stub.words[0].as_str(), stub.json("/state")), (name, &json!(state)));
            assert_eq!((stub.words[1..3].concat().as_str(), stub.number("ino")), ("00", 0));
            assert!(stub.word("timer").unwrap().starts_with("(timewait,"), "{:?}", stub.words);
            let internals = ["uid", "skmem", "rto", "cwnd"].map(|word| stub.word(word));
            assert_eq!(internals, [None; 4], "{:?}", stub.words);
            for key in ["uid", "inode", "memory", "tcp", "shutdown", "congestion"] {
                assert_eq!(stub.json(&format!("/{key}")), &json!(null), "{key} of {name}: {}", stub.json);
            }
            assert_eq!(stub.json("/timer/name"), "timewait");
        }
    }
}

#[test]
fn a_v6_listener_says_whether_it_keeps_v4_out() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("versions").unwrap();
    for (only, port, address) in [(true, 7001, "[::]"), (false, 7002, "*")] {
        let _listener = host.run(|| {
            let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
            socket.set_only_v6(only).unwrap();
            socket.bind(&SocketAddr::from(([0_u16; 8], port)).into()).unwrap();
            socket.listen(1).unwrap();
            socket
        });
        let sight = Sight::at(host, "-t", &format!("{address}:{port}"), &format!("{address}:*"));
        assert_eq!((sight.number("v6only"), sight.json("/v6only")), (only.into(), &json!(only)));
        assert_eq!((sight.json("/local/address"), sight.json("/peer")), (&json!("::"), &json!(null)));
    }
    let connected = host.tcp_unread(Family::V6, 1).unwrap();
    let sight = Sight::of(host, &connected);
    assert_eq!((sight.word("v6only"), sight.json("/v6only")), (None, &json!(null)));
}

#[test]
fn a_bound_device_is_named_in_every_state() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("devices").unwrap();
    let index = host.run(|| nix::net::if_::if_nametoindex("lo")).unwrap();
    let open = |kind| {
        let socket = host.run(|| Socket::new(Domain::IPV4, kind, None)).unwrap();
        socket.bind_device(Some(b"lo")).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket
    };
    let address = |socket: &Socket| socket.local_addr().unwrap().as_socket().unwrap();
    let (listener, client, datagrams) = (open(Type::STREAM), open(Type::STREAM), open(Type::DGRAM));
    listener.listen(1).unwrap();
    client.connect(&listener.local_addr().unwrap()).unwrap();
    for (table, socket, peer) in [
        ("-t", &listener, "0.0.0.0:*".to_owned()),
        ("-t", &client, end(address(&listener))),
        ("-u", &datagrams, "0.0.0.0:*".to_owned()),
    ] {
        let local = format!("127.0.0.1%lo:{}", address(socket).port());
        let sight = Sight::at(host, table, &local, &peer);
        assert_eq!(sight.json("/interface"), &json!({"index": index, "name": "lo"}));
        assert_eq!(sight.json("/local/address"), "127.0.0.1");
    }
}

#[test]
fn a_mark_is_told_to_those_who_may_know_it() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("marks").unwrap();
    let open = |mark| {
        let socket = host.run(|| Socket::new(Domain::IPV4, Type::STREAM, None)).unwrap();
        socket.set_mark(mark).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(1).unwrap();
        socket
    };
    let sockets = [open(0x2a), open(0)];
    let [marked, plain] = sockets.each_ref().map(|it| end(it.local_addr().unwrap().as_socket().unwrap()));
    let sight = |local: &str| Sight::at(host, "-t", local, "0.0.0.0:*");
    let shown = sight(&marked);
    assert_eq!((shown.word("fwmark"), shown.json("/mark")), (Some("0x2a"), &json!(42)));
    let shown = sight(&plain);
    assert_eq!((shown.word("fwmark"), shown.json("/mark")), (None, &json!(null)));
    for (filter, expected) in [("fwmark = 0x2a", &marked), ("fwmark = 0", &plain), ("fwmark != 42", &plain)] {
        let rows = lists(host, &format!("-tlnHQ {filter}"));
        assert_eq!(rows, [["LISTEN", expected, "0.0.0.0:*"]], "{filter}");
    }
    let untold = powerless(host, "-tlnHe");
    assert!(untold.stdout.contains(&marked) && !untold.stdout.contains("fwmark"), "{}", untold.stdout);
}

#[test]
fn a_socket_is_in_the_control_group_it_was_made_in() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("groups").unwrap();
    let group = Group::new();
    let (_socket, path) = host.run(|| {
        if let Some(group) = &group {
            group.enter();
        }
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&"127.0.0.1:7000".parse::<SocketAddr>().unwrap().into()).unwrap();
        socket.listen(1).unwrap();
        (socket, own())
    });
    let sight = Sight::at(host, "-t", "127.0.0.1:7000", "0.0.0.0:*");
    let id = fs::metadata(directory(&path)).unwrap().ino();
    assert_eq!(sight.word("cgroup"), Some(path.as_str()));
    assert_eq!(sight.json("/cgroup"), &json!({"id": id, "path": path}));
}

/// A control group for one thread of this process, which goes with it.
struct Group(PathBuf);

impl Group {
    /// `None` where this user may make none: the group the process is in has to do.
    fn new() -> Option<Self> {
        let path = directory(&own()).join(format!("netdiag-test-{}", std::process::id()));
        fs::create_dir(&path).ok()?;
        let group = Self(path);
        fs::write(group.0.join("cgroup.type"), "threaded").ok()?;
        Some(group)
    }

    /// Moves this thread into it.
    fn enter(&self) {
        fs::write(self.0.join("cgroup.threads"), "0").unwrap();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Whoever was in it has left, or nothing more can be done.
        fs::remove_dir(&self.0).ok();
    }
}

/// The control group this thread is in, as the kernel has it.
fn own() -> String {
    let groups = fs::read_to_string("/proc/thread-self/cgroup").unwrap();
    let unified = groups.lines().find_map(|line| line.strip_prefix("0::"));
    unified.expect("this kernel has no unified control groups").to_owned()
}

/// The directory of a control group.
fn directory(path: &str) -> PathBuf {
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    let mut lines = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let line = lines.find(|words| words[2] == "cgroup2");
    let mount = line.expect("no cgroup2 is mounted, by which groups could be named")[1];
    Path::new(mount).join(path.trim_start_matches('/'))
}
