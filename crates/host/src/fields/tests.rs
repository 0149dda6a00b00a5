//! Every field is declared once and reads what its record says.

use netdiag_sockdiag::{InetRequest, Query};

use super::*;
use crate::sockets::{Socket, Table};

fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap();
    let mut bytes = [&len.to_ne_bytes()[..], &kind.to_ne_bytes(), payload].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// A socket with a timer, a queue of four and an inode of seven.
fn record(state: u8, timer: u8, attrs: &[Vec<u8>]) -> Vec<u8> {
    let numbers = [1, 2, 0, 4, 5, 1000, 7].map(u32::to_ne_bytes);
    [&[2, state, timer, 3][..], &[0; 40], numbers.as_flattened(), &attrs.concat()].concat()
}

fn read(table: Table, record: &[u8], path: &str) -> Option<String> {
    let facts = Facts::new(Socket::Inet(table, InetRequest::view(record).unwrap()));
    field(path).unwrap_or_else(|| panic!("{path}")).read(&facts).map(|value| match value {
        Value::Unsigned(number) => number.to_string(),
        Value::Signed(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Flag(holds) => holds.to_string(),
        Value::Word(word) => word.to_owned(),
        Value::Flags(flags) => flags.names().collect::<Vec<_>>().join(" "),
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

#[test]
fn words_are_unique_within_their_group_and_say_what_they_mean() {
    for group in GROUPS {
        for (at, one) in group.fields.iter().enumerate() {
            assert!(group.fields[..at].iter().all(|other| other.key != one.key), "{group:?} {one:?}");
            assert!(one.doc.len() > 10 && !one.doc.starts_with(' '), "{one:?}");
            assert!(one.key.starts_with(one.word) && !one.tables.is_empty());
        }
        assert!(!group.doc.is_empty() && group.always <= group.fields.len());
    }
    let key = |path| field(path).map(|field| field.key);
    assert_eq!((key("tcp.rtt"), key("memory.drops")), (Some("rtt_us"), Some("drops")));
    assert_eq!((key("tcp.no"), key("no.rtt"), key("rtt")), (None, None, None));
}

#[test]
fn what_was_not_measured_is_nothing() {
    let mut info = [0; 280];
    info[148..152].fill(0xff);
    let empty = record(1, 0, &[attr(2, &info)]);
    for path in [
        "tcp.rtt",
        "tcp.rttvar",
        "tcp.min_rtt",
        "tcp.rcv_rtt",
        "tcp.delivery_rate",
        "tcp.quick_acks",
        "timer.name",
    ] {
        assert_eq!(read(Table::Tcp, &empty, path), None, "{path}");
    }
    assert_eq!(read(Table::Tcp, &empty, "tcp.cwnd").as_deref(), Some("0"));
    info[68..72].copy_from_slice(&1500_u32.to_ne_bytes());
    let measured = record(1, 0, &[attr(2, &info)]);
    assert_eq!(read(Table::Tcp, &measured, "tcp.rtt").as_deref(), Some("1500"));
    assert_eq!(read(Table::Tcp, &measured, "tcp.rttvar").as_deref(), Some("0"));
    // For other protocols the same attribute is something else.
    assert_eq!(read(Table::Mptcp, &measured, "tcp.rtt"), None);
    let socket = Socket::Inet(Table::Tcp, InetRequest::view(&measured).unwrap());
    assert_eq!(field("tcp.rtt").unwrap().measure(&Facts::new(socket)), Some(0.0015));
    let bbr =
        |rtt: u32| record(1, 0, &[attr(16, [1, 0, rtt, 256, 512].map(u32::to_ne_bytes).as_flattened())]);
    assert_eq!(read(Table::Tcp, &bbr(u32::MAX), "bbr.min_rtt"), None);
    assert_eq!(read(Table::Tcp, &bbr(5), "bbr.min_rtt").as_deref(), Some("5"));
    assert_eq!(read(Table::Tcp, &bbr(5), "bbr.cwnd_gain").as_deref(), Some("2"));
}

#[test]
fn a_timer_is_called_what_it_is_in_its_protocol() {
    #[rustfmt::skip]
    let cases = [
        (Table::Tcp,  0, None),
        (Table::Tcp,  4, Some("persist")),
        (Table::Sctp, 4, Some("t3-rtx")),
        (Table::Sctp, 1, Some("t3-rtx")),
        (Table::Udp,  9, Some("unknown")),
    ];
    for (table, number, name) in cases {
        assert_eq!(read(table, &record(1, number, &[]), "timer.name").as_deref(), name, "{table:?} {number}");
    }
}

#[test]
fn queues_of_listeners_count_connections() {
    let [connected, listening] = [record(1, 0, &[]), record(10, 0, &[])];
    let queues = |record: &[u8]| {
        ["recvq", "sendq", "pending", "backlog"]
            .map(|word| read(Table::Tcp, record, &format!("queues.{word}")))
    };
    let some = |number: &str| Some(number.to_owned());
    assert_eq!(queues(&connected), [some("4"), some("5"), None, None]);
    assert_eq!(queues(&listening), [None, None, some("4"), some("5")]);
}

#[test]
fn memory_set_aside_can_be_less_than_nothing() {
    let words = [0, 1, 2, 3, (-4096_i32).cast_unsigned(), 5].map(u32::to_ne_bytes);
    let [now, old] = [attr(7, words.as_flattened()), attr(1, words[2..].as_flattened())];
    assert_eq!(read(Table::Udp, &record(7, 0, &[now]), "memory.fwd_alloc").as_deref(), Some("-4096"));
    assert_eq!(read(Table::Udp, &record(7, 0, &[old]), "memory.fwd_alloc").as_deref(), Some("-4096"));
}

#[test]
fn congestion_notification_is_told_as_linux_7_tells_it() {
    let mut info = [0; 280];
    info[276..].copy_from_slice(&if cfg!(target_endian = "little") {
        [0b0101_1010, 0, 0, 0]
    } else {
        [0b1010_0101, 0, 0, 0]
    });
    let told = |ecn| {
        let connection = Connection::told(netdiag_sockdiag::TcpInfo::new(&info), ecn);
        connection.ecn.map(|ecn| (ecn.mode(), ecn.options_seen(), ecn.failures()))
    };
    assert_eq!((told(true), told(false)), (Some((2, 2, 5)), None));
}
