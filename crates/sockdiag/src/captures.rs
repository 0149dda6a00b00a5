//! What real kernels answered, read by our views and by upstream's decoder side by side.
//!
//! The files are described in `tests/data/README.md`; they were captured on a little-endian machine and mean nothing on
//! another.

#![cfg(target_endian = "little")]

use netlink_packet_core::Parseable;
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{InetResponse, Timer};
use netlink_packet_sock_diag::unix::UnixResponse;
use netlink_packet_sock_diag::unix::nlas::{Nla as UnixNla, UnixDiagName};

use crate::error::Malformed;
use crate::fuzzing::answer as read;
use crate::{
    InetRequest, InetSocket, NetlinkRequest, PacketRequest, PacketSocket, Query, SocketType, State,
    UnixRequest, UnixSocket, inet, packet, unix,
};

const CAPTURES: [(&str, &[u8], usize); 5] = [
    ("tcp4", include_bytes!("../../../tests/data/inet-tcp4.bin"), 12),
    ("tcp6", include_bytes!("../../../tests/data/inet-tcp6-extended.bin"), 11),
    ("udp4", include_bytes!("../../../tests/data/inet-udp4.bin"), 3),
    ("udp6", include_bytes!("../../../tests/data/inet-udp6.bin"), 4),
    ("mptcp4", include_bytes!("../../../tests/data/inet-mptcp4.bin"), 3),
];
const UNIX: &[u8] = include_bytes!("../../../tests/data/unix.bin");
const PACKET: &[u8] = include_bytes!("../../../tests/data/packet.bin");
const NETLINK: &[u8] = include_bytes!("../../../tests/data/netlink.bin");
const REFUSED: &[u8] = include_bytes!("../../../tests/data/inet-refused.bin");

#[test]
fn our_view_and_upstreams_decoder_agree() {
    for (name, capture, expected) in CAPTURES {
        let mut count = 0;
        let (answer, end) = read(capture, |record| {
            let ours = InetRequest::view(record).unwrap();
            let theirs = InetResponse::parse(record).unwrap();
            compare(&ours, &theirs, name);
            count += 1;
        });
        assert!(end.is_ok() && answer.over, "{name}");
        assert_eq!((count, answer.malformed), (expected, 0), "{name}");
    }
}

fn compare(ours: &InetSocket<'_>, theirs: &InetResponse, name: &str) {
    let header = &theirs.header;
    let id = &header.socket_id;
    assert_eq!(ours.local().ip(), id.source_address, "{name}");
    assert_eq!(ours.local().port(), id.source_port, "{name}");
    assert_eq!(ours.remote().ip(), id.destination_address, "{name}");
    assert_eq!(ours.remote().port(), id.destination_port, "{name}");
    assert_eq!((ours.local_port(), ours.remote_port()), (id.source_port, id.destination_port), "{name}");
    assert_eq!(ours.interface(), id.interface_id, "{name}");
    assert_eq!(ours.cookie(), u64::from_le_bytes(id.cookie), "{name}");
    assert_eq!(ours.family() == inet::Family::V4, header.family == 2, "{name}");
    assert_eq!(ours.state().0, header.state, "{name}");
    assert_eq!(ours.rqueue(), header.recv_queue, "{name}");
    assert_eq!(ours.wqueue(), header.send_queue, "{name}");
    assert_eq!((ours.uid(), ours.inode()), (header.uid, header.inode), "{name}");
    // Upstream keeps a timer's time and retransmits for some timers only.
    let (timer, expires, retransmits) = match &header.timer {
        None => (0, 0, 0),
        Some(Timer::Retransmit(after, count)) => (1, after.as_millis() as u32, *count),
        Some(Timer::KeepAlive(after)) => (2, after.as_millis() as u32, ours.retransmits()),
        Some(Timer::TimeWait) => (3, ours.expires(), ours.retransmits()),
        Some(Timer::Probe(after)) => (4, after.as_millis() as u32, ours.retransmits()),
    };
    assert_eq!((ours.timer(), ours.expires(), ours.retransmits()), (timer, expires, retransmits), "{name}");
    assert_eq!(ours.attrs.count(), theirs.nlas.len(), "{name}");
    let shutdown = theirs.nlas.iter().find_map(|nla| match nla {
        Nla::Shutdown(shutdown) => Some(*shutdown),
        _ => None,
    });
    assert_eq!(ours.shutdown(), shutdown, "{name}");
}

#[test]
fn our_view_of_unix_sockets_and_upstreams_decoder_agree() {
    let mut count = 0;
    let (answer, end) = read(UNIX, |record| {
        let ours = UnixRequest::view(record).unwrap();
        let mut theirs = UnixResponse::parse(record);
        // Upstream's decoder takes every path for malformed, so it gets to see the rest.
        if ours.name().is_some_and(|name| name.first() != Some(&0)) {
            theirs = UnixResponse::parse(&without(record, 0));
        }
        compare_unix(&ours, &theirs.unwrap());
        count += 1;
    });
    assert!(end.is_ok() && answer.over);
    assert_eq!((count, answer.malformed), (15, 0));
}

/// The record less its attribute of this kind; a Unix socket's header has 16 bytes.
fn without(record: &[u8], kind: u16) -> Vec<u8> {
    let mut bytes = record[..16].to_vec();
    let mut at = 16;
    while at < record.len() {
        let attr = crate::Attrs::new(&record[at..]).next().unwrap();
        let len = (4 + attr.payload.len()).next_multiple_of(4).min(record.len() - at);
        if attr.kind != kind {
            bytes.extend_from_slice(&record[at..at + len]);
        }
        at += len;
    }
    bytes
}

fn compare_unix(ours: &UnixSocket<'_>, theirs: &UnixResponse) {
    let header = &theirs.header;
    assert_eq!((ours.kind().0, ours.state().0, ours.inode()), (header.kind, header.state, header.inode));
    assert_eq!(ours.cookie(), u64::from_le_bytes(header.cookie));
    assert_eq!(ours.peer(), theirs.peer());
    assert_eq!(ours.shutdown(), theirs.shutdown_state());
    assert_eq!(
        ours.pending().map(Iterator::collect::<Vec<_>>).as_deref(),
        theirs.pending_connections().map(<[u32]>::to_vec).as_deref()
    );
    if let Some(UnixDiagName::Abstract(name)) = theirs.name() {
        assert_eq!(ours.name().unwrap()[1..], name[..]);
    }
    for nla in &theirs.nlas {
        match nla {
            UnixNla::ReceiveQueueLength(receive, send) => {
                assert_eq!((ours.rqueue(), ours.wqueue()), (Some(*receive), Some(*send)));
            }
            // Upstream knows the first two words under other names.
            UnixNla::MemInfo(_) => assert_eq!(ours.mem_info().unwrap().len(), 9),
            _ => {}
        }
    }
}

#[test]
fn unix_names_and_files_are_told() {
    let mut listeners = Vec::new();
    let (_, end) = read(UNIX, |record| {
        let socket = UnixRequest::view(record).unwrap();
        assert_eq!(socket.uid(), Some(0));
        if let (Some(name), State::LISTEN) = (socket.name(), socket.state()) {
            let pending = socket.pending().unwrap().count();
            listeners.push((name.to_vec(), socket.kind(), socket.wqueue(), pending, socket.vfs()));
        }
    });
    assert!(end.is_ok());
    listeners.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
    // A file system on an ordinary disk: device 254:0.
    let file = |vfs: Option<unix::Vfs>| vfs.map(|vfs| (vfs.inode != 0, vfs.major(), vfs.minor()));
    let told: Vec<_> = listeners
        .iter()
        .map(|(name, kind, backlog, pending, vfs)| (&name[..], *kind, backlog.unwrap(), *pending, file(*vfs)))
        .collect();
    let on_disk = Some((true, 254, 0));
    #[rustfmt::skip]
    let expected: [(&[u8], _, _, _, _); 5] = [
        (b"\0abs\0tract",                                      SocketType::STREAM,    1, 0, None),
        (b"\0odd\x07\n\x7f",                                   SocketType::STREAM,    1, 0, None),
        (b"/tmp/lab/odd\x1b[31m\nu_str LISTEN \xff\xc3\xa9\\", SocketType::STREAM,    1, 0, on_disk),
        (b"/tmp/lab/str.sock",                                 SocketType::STREAM,    3, 1, on_disk),
        (b"rel name",                                          SocketType::SEQPACKET, 5, 0, on_disk),
    ];
    assert_eq!(told, expected);
}

fn packet_sockets(mut each: impl FnMut(PacketSocket<'_>)) {
    let (answer, end) = read(PACKET, |record| each(PacketRequest::view(record).unwrap()));
    assert!(end.is_ok() && answer.malformed == 0);
}

#[test]
fn packet_sockets_tell_what_they_are_set_to() {
    let mut told = Vec::new();
    packet_sockets(|socket| {
        let info = socket.info().unwrap();
        let rings = (socket.rx_ring().map(|ring| ring.frames), socket.tx_ring().map(|ring| ring.frames));
        told.push((
            socket.protocol(),
            socket.kind(),
            info.interface().unwrap(),
            info.version().unwrap(),
            info.flags().unwrap(),
            rings,
        ));
        assert_eq!((info.reserve(), info.copy_threshold(), info.timestamping()), (Some(0), Some(0), Some(0)));
        assert_eq!((socket.uid(), socket.mem_info().unwrap().len()), (Some(0), 9));
        assert!(socket.inode() > 0 && socket.cookie() > 0);
    });
    const ON: u32 = packet::RUNNING;
    #[rustfmt::skip]
    let expected = [
        (0x0003, SocketType::RAW,   1, 1, ON | packet::AUXDATA, (Some(8), None)),
        (0x88cc, SocketType::RAW,   1, 2, ON,                   (Some(8), None)),
        (0x0800, SocketType::DGRAM, 0, 0, ON,                   (None, None)),
        (0x0000, SocketType::DGRAM, 0, 0, 0,                    (None, None)),
        (0x1234, SocketType::RAW,   0, 0, ON,                   (None, None)),
        (0x0806, SocketType::DGRAM, 0, 0, ON,                   (None, None)),
        (0x86dd, SocketType::DGRAM, 0, 0, ON,                   (None, None)),
        (0x8100, SocketType::DGRAM, 0, 0, ON,                   (None, None)),
        (0x0004, SocketType::DGRAM, 0, 0, ON,                   (None, None)),
        (0x0003, SocketType::RAW,   0, 0, ON,                   (None, Some(4))),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_packet_sockets_lists_are_read_whole() {
    let mut sockets = 0;
    packet_sockets(|socket| {
        sockets += 1;
        let program: Vec<_> =
            socket.filter().into_iter().flatten().map(|i| (i.code, i.jt, i.jf, i.k)).collect();
        let members: Vec<_> = socket.memberships().unwrap().collect();
        if sockets > 1 {
            assert_eq!((socket.filter().is_none(), members.len(), socket.fanout()), (true, 0, None));
            return;
        }
        assert_eq!(program, [(0x28, 0, 0, 12), (0x15, 0, 1, 0x800), (0x06, 0, 0, 0x4_0000), (0x06, 0, 0, 0)]);
        assert_eq!(members, [packet::Membership { interface: 1, count: 1, kind: 1, address: &[] }]);
        assert_eq!(socket.fanout(), Some(packet::Fanout { id: 7, kind: 1 }));
        let ring = socket.rx_ring().unwrap();
        assert_eq!((ring.block_size, ring.blocks, ring.frame_size, ring.retire_timeout), (4096, 4, 2048, 0));
    });
    assert_eq!(sockets, 10);
}

#[test]
fn netlink_sockets_tell_whom_they_talk_to() {
    let mut told = Vec::new();
    let (answer, end) = read(NETLINK, |record| {
        let socket = NetlinkRequest::view(record).unwrap();
        assert_eq!(socket.mem_info().unwrap().len(), 9);
        let groups = socket.groups().map(|groups| (groups.low(), groups.numbers().collect::<Vec<_>>()));
        if socket.connected() || groups.as_ref().is_some_and(|(_, numbers)| !numbers.is_empty()) {
            told.push((
                socket.protocol(),
                socket.connected(),
                socket.peer_group(),
                socket.peer_port(),
                groups.unwrap_or_default(),
            ));
        }
    });
    assert!(end.is_ok() && answer.malformed == 0);
    told.sort_unstable();
    // A socket with groups is listed once for its port and once for them.
    let expected = [
        (0, false, 0, 0, (1, vec![1, 33])),
        (0, false, 0, 0, (1, vec![1, 33])),
        (0, true, 3, 0, (0, vec![])),
        (16, true, 0, 12_345, (0, vec![])),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_listener_says_whether_it_keeps_v4_out() {
    let mut listeners = Vec::new();
    let (_, capture, _) = CAPTURES[1];
    let (_, end) = read(capture, |record| {
        let socket = InetRequest::view(record).unwrap();
        if socket.state() == crate::State::LISTEN {
            listeners.push((socket.local_port(), socket.v6only()));
        } else {
            assert_eq!(socket.v6only(), None);
        }
    });
    assert!(end.is_ok());
    listeners.sort_unstable();
    // Bound to an IPv6 address it has no use for IPv4, so the kernel calls that v6only too.
    let expected = [(53, true), (80, false), (443, true), (444, true), (9999, false)];
    assert_eq!(listeners, expected.map(|(port, only)| (port, Some(only))));
}

#[test]
fn a_protocol_the_kernel_does_not_know_is_told_apart() {
    let (_, end) = read(REFUSED, |_| panic!("no record is expected"));
    assert!(end.is_err_and(|error| error.is_unsupported()));
}

#[test]
fn no_prefix_of_a_capture_panics() {
    let all = CAPTURES.iter().map(|(_, capture, _)| *capture).chain([UNIX, PACKET, NETLINK, REFUSED]);
    for capture in all {
        for len in 0..capture.len() {
            let (answer, _) = read(&capture[..len], crate::fuzzing::record);
            assert!(answer.malformed <= 1);
        }
        let _ = read(capture, |record| {
            for len in 0..record.len() {
                crate::fuzzing::record(&record[..len]);
            }
        });
    }
}

#[test]
fn a_record_of_another_family_is_not_read() {
    let mut record = [0; 72];
    record[0] = 3;
    assert_eq!(InetRequest::view(&record).err(), Some(Malformed("idiag_family")));
    assert_eq!(UnixRequest::view(&record).err(), Some(Malformed("udiag_family")));
    assert_eq!(PacketRequest::view(&record).err(), Some(Malformed("pdiag_family")));
    assert_eq!(NetlinkRequest::view(&record).err(), Some(Malformed("ndiag_family")));
    assert_eq!(UnixRequest::view(&record[..15]).err(), Some(Malformed("unix_diag_msg")));
}
