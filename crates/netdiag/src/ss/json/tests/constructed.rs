//! Sockets of kinds that the kernels of the captures do not have, from records laid out by hand.
//!
//! Each says all that its kind can say, so that every key is held against the schema.

use netdiag_sockdiag::{TipcRequest, VsockRequest, XdpRequest};
use serde_json::json;

use super::details::header;
use super::*;
use crate::ss::text::fixture::{EXTENDED, attr, tipc, vsock, words, xdp};

/// The objects of some rows, each of which is what the schema says.
fn objects<'a>(rows: impl IntoIterator<Item = Socket<'a>>) -> Vec<Value> {
    let details = Details { info: true, tos: true, options: true, ..EXTENDED };
    let text = detailed(Shape::Lines, Names::default(), details, |json| {
        rows.into_iter().for_each(|row| json.item(row).unwrap());
    });
    let mut lines = lines(&text);
    let conformance = Conformance::new(schema().to_value());
    lines.iter().try_for_each(|line| conformance.definition("Line", line)).unwrap();
    lines.retain_mut(|line| line.as_object_mut().unwrap().remove("record").unwrap() == "socket");
    lines
}

#[test]
fn vsock_sockets() {
    const ANY: u32 = u32::MAX;
    let records =
        [vsock(1, 1, [2, 1234, 3, 99]), vsock(2, 7, [ANY, ANY, ANY, ANY]), vsock(5, 10, [1, 2, ANY, ANY])];
    let rows = records.iter().map(|record| Socket::Vsock(VsockRequest::view(record).unwrap()));
    let rest = |netid: &str, state: &str| json!({"netid": netid, "family": "vsock", "state": state, "inode": 7, "cookie": 5, "shutdown": "none"});
    let expected = [
        with(
            rest("v_str", "established"),
            json!({"local": {"cid": 2, "port": 1234}, "peer": {"cid": 3, "port": 99}}),
        ),
        with(rest("v_dgr", "unconnected"), json!({"local": {}})),
        with(rest("v_seq", "listening"), json!({"local": {"cid": 1, "port": 2}})),
    ];
    assert_eq!(objects(rows), expected);
}

#[test]
fn tipc_sockets() {
    let via = [(2, 7), (3, 8), (4, 18888), (5, 17)].map(|(kind, number)| attr(kind, &words(&[number])));
    let via = [attr(1, &[]), via.concat()];
    let stats = [attr(0, &words(&[10])), attr(1, &words(&[20])), attr(2, &[]), attr(4, &words(&[3]))];
    let full = [
        attr(3, &via.concat()),
        attr(5, &stats.concat()),
        attr(8, &words(&[1000])),
        attr(10, &words(&[5, 0])),
    ];
    let records = [tipc(1, 1, &full), tipc(4, 7, &[attr(4, &[])]), tipc(77, 10, &[])];
    let rows = records.iter().map(|record| Socket::Tipc(TipcRequest::view(record).unwrap()));
    let expected = [
        json!({
            "netid": "ti_st", "family": "tipc", "state": "established", "local": {"node": 1, "ref": 4242},
            "peer": {"node": 7, "ref": 8}, "recv_q": 10, "send_q": 20, "uid": 1000, "inode": 99, "cookie": 5,
            "congested": "link", "drops": 3, "published": false, "via": {"service_type": 18888, "instance": 17},
        }),
        json!({
            "netid": "ti_rd", "family": "tipc", "state": "unconnected", "local": {"node": 1, "ref": 4242}, "inode": 99,
            "published": true,
        }),
        json!({
            "netid": "unknown", "family": "tipc", "state": "listening", "local": {"node": 1, "ref": 4242}, "inode": 99,
            "published": false,
        }),
    ];
    assert_eq!(objects(rows), expected);
}

#[test]
fn xdp_sockets() {
    let entries = |kind, count| attr(kind, &words(&[count]));
    let umem = attr(5, &[&8192u64.to_ne_bytes()[..], &words(&[1, 2, 4096, 256, 3, 4, 1, 2])].concat());
    let stats = attr(9, &(1..=6u64).flat_map(u64::to_ne_bytes).collect::<Vec<_>>());
    let bound = attr(1, &words(&[u32::MAX, 3]));
    let full =
        [bound, entries(2, 1000), entries(3, 64), entries(4, 32), umem, entries(6, 16), entries(7, 8), stats];
    let records = [xdp(&full), xdp(&[attr(8, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9]))])];
    let rows = records.iter().map(|record| Socket::Xdp(XdpRequest::view(record).unwrap()));
    let rest = json!({"netid": "xdp", "family": "xdp", "state": "unconnected", "inode": 77, "cookie": 5});
    let objects = objects(rows);
    let bound = json!({
        "interface": {"index": u32::MAX}, "queue": 3, "uid": 1000,
        "rx_ring": {"entries": 64}, "tx_ring": {"entries": 32}, "fill_ring": {"entries": 16}, "completion_ring": {"entries": 8},
        "umem": {
            "id": 1, "size_bytes": 8192, "pages": 2, "chunk_bytes": 4096, "headroom_bytes": 256, "interface_index": 3,
            "queue": 4, "zero_copy": true, "refs": 2,
        },
        "stats": {
            "rx_dropped": 1, "rx_invalid": 2, "rx_queue_full": 3, "rx_fill_ring_empty": 4, "tx_invalid": 5, "tx_ring_empty": 6,
        },
    });
    assert_eq!(objects[0], with(rest, bound));
    assert!(objects[1]["recv_q"] == 1 && objects[1]["memory"].is_object(), "{}", objects[1]);
}

#[test]
fn sctp_associations_have_states_of_their_own() {
    let record = |inode: u32, state: u8| {
        let mut record = [&[2, state, 0, 0][..], &[0, 80, 0, 0], &[0; 64]].concat();
        record[68..72].copy_from_slice(&inode.to_ne_bytes());
        record.extend(
            [attr(2, &[1; 368]), attr(12, &[2, 0, 0, 80, 10, 0, 0, 1]), attr(13, &[0; 128])].concat(),
        );
        record
    };
    let records =
        [(5, 10), (5, 0), (5, 3), (5, 7), (5, 9), (6, 1)].map(|(inode, state)| record(inode, state));
    let rows = records.iter().map(|record| Socket::Inet(Table::Sctp, view(record)));
    let objects = objects(rows);
    let states: Vec<_> = objects
        .iter()
        .map(|object| (object["state"].as_str().unwrap(), object["association"] == true))
        .collect();
    #[rustfmt::skip]
    assert_eq!(states, [
        ("listening", false), ("closed", true), ("established", true), ("shutdown-ack-sent", true), ("unknown", true),
        ("established", false),
    ]);
    assert!(objects.iter().all(|object| object["sctp"]["tag"] == 0x0101_0101), "{}", objects[0]);
}

#[test]
fn dccp_sockets() {
    let record =
        [&[10, 1, 1, 2][..], &[0, 80, 0x9c, 0x40], &[1; 32], &words(&[0, 7, 0, 300, 1, 2, 1000, 77])]
            .concat();
    let objects = objects([Socket::Inet(Table::Dccp, view(&record))]);
    let expected = json!({
        "netid": "dccp", "family": "inet6", "state": "established", "recv_q": 1, "send_q": 2,
        "local": {"address": "101:101:101:101:101:101:101:101", "port": 80},
        "peer": {"address": "101:101:101:101:101:101:101:101", "port": 40_000},
        "uid": 1000, "inode": 77, "cookie": 7, "timer": {"name": "on", "expires_us": 300_000, "timeouts": 2},
    });
    assert_eq!(objects, [expected]);
}

#[test]
fn what_a_number_means_is_its_protocols_and_its_kernels_choice() {
    let memory = attr(7, &words(&[0, 1, 2, 3, (-4096_i32).cast_unsigned(), 5, 6, 7, 8]));
    let old_mptcp = attr(2, &[0; 48]);
    #[rustfmt::skip]
    let cases = [
        (Table::Dccp,  header(13, [0, 0], 0, [0, 7]),  vec![], "/state", json!("partopen")),
        (Table::Dccp,  header(14, [0, 0], 0, [0, 7]),  vec![], "/state", json!("unknown")),
        (Table::Tcp,   header(13, [0, 0], 0, [0, 7]),  vec![], "/state", json!("unknown")),
        (Table::Sctp,  header(1, [4, 2], 300, [0, 7]), vec![], "/timer/name", json!("t3-rtx")),
        (Table::Tcp,   header(1, [4, 2], 300, [0, 7]), vec![], "/timer/name", json!("persist")),
        (Table::Udp,   header(7, [0, 0], 0, [0, 7]),   memory, "/memory/fwd_alloc_bytes", json!(-4096)),
        (Table::Mptcp, header(1, [0, 0], 0, [0, 7]),   old_mptcp.clone(), "/mptcp/csum_enabled", json!(false)),
        (Table::Mptcp, header(1, [0, 0], 0, [0, 7]),   old_mptcp, "/mptcp/retransmits", Value::Null),
    ];
    for (table, header, attrs, key, expected) in cases {
        let record = [header, attrs].concat();
        let objects = objects([Socket::Inet(table, view(&record))]);
        assert_eq!(
            objects[0].pointer(key),
            Some(&expected).filter(|value| !value.is_null()),
            "{}",
            objects[0]
        );
    }
}

/// Both objects in one.
fn with(mut object: Value, more: Value) -> Value {
    let (Value::Object(keys), Value::Object(more)) = (&mut object, more) else { panic!("no objects") };
    keys.extend(more);
    object
}
