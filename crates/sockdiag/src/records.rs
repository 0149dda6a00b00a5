//! Records of families this project's machines have no sockets of, laid out as the kernel's headers say.
//!
//! Also the test that no view panics on any bytes, for every family.

use proptest::prelude::*;

use crate::{
    InetRequest, Malformed, NetlinkRequest, PacketRequest, Query, SocketType, State, States, TipcRequest,
    VsockRequest, XdpRequest, inet, vsock, xdp,
};
use netlink_packet_core::Emitable;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap();
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn emitted(request: &impl Emitable) -> Vec<u8> {
    let mut bytes = vec![0; request.buffer_len()];
    request.emit(&mut bytes);
    bytes
}

#[test]
fn requests_are_laid_out_as_the_kernel_reads_them() {
    let states = States(0x482);
    let by_show = |family, protocol, show| [&[family, protocol, 0, 0], &words(&[0, show, 0, 0])[..]].concat();
    let by_state = |family| [&[family, 0, 0, 0], &words(&[0x482])[..]].concat();
    #[rustfmt::skip]
    let cases = [
        ("packet",  emitted(&PacketRequest { show: 0x3f }),  by_show(17, 0, 0x3f)),
        ("netlink", emitted(&NetlinkRequest { show: 0xb }),  by_show(16, 255, 0xb)),
        ("xdp",     emitted(&XdpRequest { show: 0x1f }),     by_show(44, 0, 0x1f)),
        ("tipc",    emitted(&TipcRequest { states }),        by_state(30)),
        ("vsock",   emitted(&VsockRequest { states }),       [by_state(40), words(&[0; 4])].concat()),
        ("unix",    emitted(&crate::unix::request(states, 0x7f)), [by_state(1), words(&[0, 0x7f, 0, 0])].concat()),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(bytes, expected, "{name}");
    }
}

#[test]
fn a_vsock_socket_is_all_header() {
    let bytes = [&[40, 1, 10, 2][..], &words(&[vsock::ANY, 1234, 3, 99, 7, 5, 1])].concat();
    let socket = VsockRequest::view(&bytes).unwrap();
    assert_eq!((socket.kind(), socket.state(), socket.shutdown()), (SocketType::STREAM, State::LISTEN, 2));
    assert_eq!((socket.local_cid(), socket.local_port()), (vsock::ANY, 1234));
    assert_eq!((socket.remote_cid(), socket.remote_port()), (3, 99));
    assert_eq!((socket.inode(), socket.cookie()), (7, 1 << 32 | 5));
    assert_eq!(VsockRequest::view(&bytes[..31]).err(), Some(Malformed("vsock_diag_msg")));
}

#[test]
fn a_tipc_socket_is_all_attributes() {
    let number = |kind, value: u32| attr(kind, &value.to_ne_bytes());
    let connection = [attr(1, &[]), number(2, 77), number(3, 88), number(4, 5), number(5, 6)].concat();
    let stats = [number(0, 10), number(1, 20), attr(3, &[]), number(4, 3)].concat();
    let socket = [
        number(1, 1),
        number(2, 4242),
        number(6, 5),
        number(7, 99),
        number(8, 1000),
        number(9, 1),
        attr(10, &(1u64 << 40).to_ne_bytes()),
        attr(4, &[]),
        attr(0x8000 | 3, &connection),
        attr(0x8000 | 5, &stats),
    ]
    .concat();
    let bytes = attr(0x8000 | 2, &socket);
    let socket = TipcRequest::view(&bytes).unwrap();
    assert_eq!((socket.node(), socket.reference()), (Some(1), Some(4242)));
    assert_eq!((socket.kind(), socket.state()), (Some(SocketType::SEQPACKET), Some(State::ESTABLISHED)));
    assert_eq!((socket.inode(), socket.uid(), socket.cookie()), (Some(99), Some(1000), Some(1 << 40)));
    assert!(socket.has_publications());
    let peer = socket.connection().unwrap();
    assert_eq!((peer.node(), peer.reference(), peer.via()), (Some(77), Some(88), Some((5, 6))));
    let stats = socket.stats().unwrap();
    assert_eq!((stats.rqueue(), stats.wqueue(), stats.drops()), (Some(10), Some(20), Some(3)));
    assert_eq!(stats.congestion(), "conn");
    assert_eq!(TipcRequest::view(&attr(1, &[])).err(), Some(Malformed("TIPC_NLA_SOCK")));
}

#[test]
fn an_xdp_socket_tells_rings_memory_and_counts() {
    let header = [&[44, 3, 0, 0][..], &words(&[7, 5, 1])].concat();
    let umem = [8192u64.to_ne_bytes().to_vec(), words(&[1, 2, 4096, 256, 3, 4, 1, 2])].concat();
    let stats: Vec<u8> = (1..=6u64).flat_map(u64::to_ne_bytes).collect();
    let attrs = [
        attr(1, &words(&[3, 4])),
        attr(2, &words(&[1000])),
        attr(3, &words(&[64])),
        attr(4, &words(&[32])),
        attr(5, &umem),
        attr(6, &words(&[16])),
        attr(7, &words(&[8])),
        attr(8, &words(&[1, 2])),
        attr(9, &stats),
    ]
    .concat();
    let bytes = [header, attrs].concat();
    let socket = XdpRequest::view(&bytes).unwrap();
    assert_eq!((socket.inode(), socket.cookie(), socket.kind()), (7, 1 << 32 | 5, SocketType::RAW));
    assert_eq!(socket.bound(), Some(xdp::Bound { interface: 3, queue: 4 }));
    assert_eq!((socket.uid(), socket.rx_ring(), socket.tx_ring()), (Some(1000), Some(64), Some(32)));
    assert_eq!((socket.fill_ring(), socket.completion_ring()), (Some(16), Some(8)));
    let umem = socket.umem().unwrap();
    assert_eq!((umem.size, umem.id, umem.pages, umem.chunk_size), (8192, 1, 2, 4096));
    assert_eq!((umem.headroom, umem.interface, umem.queue, umem.zero_copy, umem.users), (256, 3, 4, true, 2));
    assert_eq!((socket.stats().unwrap().rx_dropped, socket.stats().unwrap().tx_ring_empty), (1, 6));
    assert_eq!(socket.mem_info().unwrap().rcvbuf(), Some(2));
    for len in 0..bytes.len() {
        crate::fuzzing::record(&bytes[..len]);
    }
}

#[test]
fn a_record_is_written_as_it_came() {
    let vsock = [&[40, 1, 10, 2][..], &words(&[vsock::ANY, 1234, 3, 99, 7, 5, 1])].concat();
    let xdp = [&[44, 3, 0, 0][..], &words(&[7, 5, 1]), &attr(2, &words(&[1000]))].concat();
    let tipc = attr(2, &[attr(1, &words(&[1])), attr(6, &words(&[5]))].concat());
    let packet = [&[17, 3, 3, 0][..], &words(&[7, 5, 1]), &attr(5, &words(&[1000]))].concat();
    let netlink = [&[16, 0, 9, 0][..], &words(&[1, 2, 3, 7, 5, 1]), &attr(4, &words(&[1]))].concat();
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut record = b"before".to_vec();
        write(&mut record);
        record.split_off(6)
    };
    assert_eq!(written(&|it| VsockRequest::view(&vsock).unwrap().write_to(it)), vsock);
    assert_eq!(written(&|it| XdpRequest::view(&xdp).unwrap().write_to(it)), xdp);
    assert_eq!(written(&|it| TipcRequest::view(&tipc).unwrap().write_to(it)), tipc);
    assert_eq!(written(&|it| PacketRequest::view(&packet).unwrap().write_to(it)), packet);
    assert_eq!(written(&|it| NetlinkRequest::view(&netlink).unwrap().write_to(it)), netlink);
}

#[test]
fn what_a_record_begins_with_is_read_as_it_was_written() {
    let ends = ["10.0.0.1:80", "[2001:db8::1]:443"];
    for (local, remote) in ends.into_iter().zip(["10.0.0.2:5000", "[::]:0"]) {
        let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
        let head = inet::Head {
            remote,
            timer: 1,
            retransmits: 2,
            expires: 3,
            interface: 4,
            rqueue: 5,
            wqueue: 6,
            uid: 7,
            inode: 8,
            cookie: 9 << 32 | 10,
            ..inet::Head::new(local, State::ESTABLISHED)
        };
        let mut record = Vec::new();
        head.write_to(&mut record);
        let socket = InetRequest::view(&record).unwrap();
        assert_eq!((socket.local(), socket.remote(), socket.state()), (local, remote, State::ESTABLISHED));
        assert_eq!(
            (socket.timer(), socket.retransmits(), socket.expires(), socket.interface()),
            (1, 2, 3, 4)
        );
        assert_eq!((socket.rqueue(), socket.wqueue(), socket.uid(), socket.inode()), (5, 6, 7, 8));
        assert_eq!(socket.cookie(), head.cookie);
    }
}

#[test]
fn a_raw_socket_tells_its_protocol() {
    let mut bytes = vec![0; 72];
    bytes[..2].copy_from_slice(&[2, 7]);
    bytes.extend(attr(10, &[58]));
    assert_eq!(InetRequest::view(&bytes).unwrap().protocol(), Some(58));
}

proptest! {
    #[test]
    fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..160), family in 0usize..7) {
        if let Some(first) = bytes.first_mut() {
            *first = [1, 2, 10, 16, 17, 40, 44][family];
        }
        crate::fuzzing::record(&bytes);
    }

    #[test]
    fn no_attributes_panic(family in 0usize..7, attrs in proptest::collection::vec((0u16..24, proptest::collection::vec(any::<u8>(), 0..60)), 0..8)) {
        let (family, header) = [(1, 16), (2, 72), (10, 72), (16, 28), (17, 16), (40, 32), (44, 16)][family];
        let mut bytes = vec![0; header];
        bytes[0] = family;
        bytes.extend(attrs.iter().flat_map(|(kind, payload)| attr(*kind, payload)));
        crate::fuzzing::record(&bytes);
    }
}
