//! What real kernels answered, read by our views and by upstream's decoder side by side.
//!
//! The files are described in `tests/data/README.md`; they were captured on a little-endian machine and mean nothing on
//! another.

#![cfg(target_endian = "little")]

use netlink_packet_core::Parseable;
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{InetResponse, Timer};

use crate::answer::{Answer, Arrival, Step};
use crate::error::{Error, Malformed};
use crate::frame::Frame;
use crate::{InetAttrs, InetRequest, InetSocket, Query, inet};

const CAPTURES: [(&str, &[u8], usize); 4] = [
    ("tcp4", include_bytes!("../../../tests/data/inet-tcp4.bin"), 12),
    ("tcp6", include_bytes!("../../../tests/data/inet-tcp6-extended.bin"), 11),
    ("udp4", include_bytes!("../../../tests/data/inet-udp4.bin"), 3),
    ("udp6", include_bytes!("../../../tests/data/inet-udp6.bin"), 4),
];
const REFUSED: &[u8] = include_bytes!("../../../tests/data/inet-refused.bin");

/// Reads a capture as one datagram and shows every record to `each`.
fn read(capture: &[u8], mut each: impl FnMut(&[u8])) -> (Answer, Result<(), Error>) {
    let first = Frame::at(capture, 0).and_then(Result::ok);
    let (sequence, port) = first.map_or((0, 0), |frame| (frame.sequence, frame.port));
    let mut answer = Answer::new(sequence, port);
    answer.arrived(Arrival { len: capture.len(), stored: capture.len(), sender: 0 });
    loop {
        match answer.step(capture) {
            Ok(Step::Record(record)) => each(&capture[record]),
            Ok(_) => return (answer, Ok(())),
            Err(error) => return (answer, Err(error)),
        }
    }
}

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
fn extensions_are_those_of_the_running_kernel() {
    let mut sizes = Vec::new();
    let (_, capture, _) = CAPTURES[1];
    let (_, end) = read(capture, |record| {
        let socket = InetRequest::view(record).unwrap();
        let attrs = InetAttrs::new(socket.attrs);
        if socket.state() == crate::State::ESTABLISHED {
            let info = attrs.tcp_info().unwrap();
            assert_eq!(info.state(), Some(1));
            assert!(info.rto().is_some_and(|rto| rto > 0) && info.snd_mss().is_some_and(|mss| mss > 500));
            assert!(attrs.mem_info().is_some_and(|memory| memory.drops() == Some(0)));
            assert!(attrs.congestion().is_some_and(|name| name.is_ascii() && !name.is_empty()));
            assert!(attrs.cgroup().is_some() && attrs.options().is_some());
            sizes.push(info.accecn_opt_seen().is_some());
        }
    });
    assert!(end.is_ok() && !sizes.is_empty() && sizes.iter().all(|&whole| whole), "{sizes:?}");
}

#[test]
fn a_protocol_the_kernel_does_not_know_is_told_apart() {
    let (_, end) = read(REFUSED, |_| panic!("no record is expected"));
    assert!(end.is_err_and(|error| error.is_unsupported()));
}

#[test]
fn no_prefix_of_a_capture_panics() {
    let all = CAPTURES.iter().map(|(_, capture, _)| *capture).chain([REFUSED]);
    for capture in all {
        for len in 0..capture.len() {
            let (answer, _) = read(&capture[..len], look_at_everything);
            assert!(answer.malformed <= 1);
        }
        let _ = read(capture, |record| {
            for len in 0..record.len() {
                look_at_everything(&record[..len]);
            }
        });
    }
}

fn look_at_everything(record: &[u8]) {
    let socket = match InetRequest::view(record) {
        Ok(socket) => socket,
        Err(Malformed(field)) => return assert_eq!(field, "inet_diag_msg"),
    };
    let _ = (socket.local(), socket.remote(), socket.shutdown(), socket.v6only());
    let _ = socket.attrs.map(|attr| attr.nested().count()).sum::<usize>();
    let attrs = InetAttrs::new(socket.attrs);
    let _ = (attrs.tcp_info().map(|info| info.rehash()), attrs.congestion(), attrs.ulp(), attrs.options());
    let _ = (attrs.mem_info().map(|info| info.drops()), attrs.cgroup(), attrs.locals(), attrs.md5_keys());
}

#[test]
fn a_record_of_another_family_is_not_read() {
    let mut record = [0; 72];
    record[0] = 1;
    assert_eq!(InetRequest::view(&record).err(), Some(Malformed("idiag_family")));
}
