//! The schema tells families apart, and the reference in docs/json.md repeats it word for word.

use serde_json::json;

use super::*;
use crate::json::conformance::Conformance;
use crate::json::reference;

#[test]
fn every_family_has_its_place() {
    let conformance = Conformance::new(schema().to_value());
    let end = json!({ "address": "::1", "port": 1 });
    #[rustfmt::skip]
    let cases = [
        ("Inet",    json!({ "netid": "tcp", "family": "inet6", "state": "listening", "recv_q": 0, "send_q": 0, "local": end })),
        ("Unix",    json!({ "netid": "u_str", "family": "unix", "state": "established", "inode": 7, "local": { "abstract": "a" } })),
        ("Packet",  json!({ "netid": "p_raw", "family": "packet", "state": "unconnected", "protocol": 3 })),
        ("Netlink", json!({ "netid": "nl", "family": "netlink", "state": "unconnected", "protocol": 0, "port_id": 1 })),
        ("Vsock",   json!({ "netid": "v_str", "family": "vsock", "state": "listening", "local": { "port": 1 } })),
        ("Tipc",    json!({ "netid": "ti_st", "family": "tipc", "state": "listening", "local": { "node": 1, "ref": 2 } })),
        ("Xdp",     json!({ "netid": "xdp", "family": "xdp", "state": "unconnected", "queue": 0 })),
    ];
    let families = cases.each_ref().map(|(family, _)| *family);
    for (family, mut socket) in cases {
        let fits: Vec<_> =
            families.into_iter().filter(|other| conformance.definition(other, &socket).is_ok()).collect();
        assert_eq!(fits, [family], "{:?}", conformance.definition(family, &socket));
        conformance.definition("Socket", &socket).unwrap();
        socket["bogus"] = json!(1);
        assert!(conformance.definition("Socket", &socket).is_err(), "{family}");
    }
}

#[test]
fn nothing_is_ever_null() {
    assert!(!schema().to_value().to_string().contains("null"));
}

#[test]
fn the_reference_is_up_to_date() {
    reference::matches("json.md", schema().as_value());
}
