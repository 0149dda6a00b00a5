//! The columns of inet sockets: what JSON says of a socket makes its line.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use super::{Details, Socket, Table, captured, json, text, view};

/// The row of the classic layout that says the same as a JSON socket.
pub(super) fn as_text(socket: &Value) -> String {
    let interface = interface(socket).map_or(String::new(), |name| format!("%{name}"));
    let mut text = format!("{} {}", socket["netid"].as_str().unwrap(), state(socket));
    write!(text, " {} {}", socket["recv_q"], socket["send_q"]).unwrap();
    write!(text, " {}", end(&socket["local"], socket, &interface)).unwrap();
    write!(text, " {}", end(&socket["peer"], socket, "")).unwrap();
    text
}

fn end(end: &Value, socket: &Value, interface: &str) -> String {
    let v4 = socket["family"] == "inet";
    let address = match end["address"].as_str().unwrap_or(if v4 { "0.0.0.0" } else { "::" }) {
        "::" if socket["v6only"] != true => "*".to_owned(),
        address if v4 => address.to_owned(),
        address => format!("[{address}]"),
    };
    let port = match (&end["service"], &end["port"]) {
        (Value::String(service), _) => service.clone(),
        (_, Value::Null) => "*".to_owned(),
        (_, port) => port.to_string(),
    };
    format!("{address}{interface}:{port}")
}

/// The state by the word of the State column.
pub(super) fn state(socket: &Value) -> String {
    match socket["state"].as_str().unwrap() {
        "established" => "ESTAB".to_owned(),
        "listening" => "LISTEN".to_owned(),
        "unconnected" => "UNCONN".to_owned(),
        other => other.to_uppercase(),
    }
}

/// An interface by the name a line has for it.
pub(super) fn interface(socket: &Value) -> Option<String> {
    match &socket["interface"] {
        Value::Null => None,
        known if known["name"].is_string() => Some(known["name"].as_str().unwrap().to_owned()),
        unknown => Some(format!("if{}", unknown["index"])),
    }
}

fn agree(table: Table, record: &[u8], numeric: bool) {
    let services = || (!numeric).then(crate::ss::names::services);
    let row = Socket::Inet(table, view(record));
    let socket = json(row, Details::default(), services());
    assert_eq!(as_text(&socket), text(row, Details::default(), services()));
}

#[test]
fn json_and_text_agree_on_captured_sockets() {
    for (table, record) in captured() {
        agree(table, record, true);
        agree(table, record, false);
    }
}

proptest! {
    #[test]
    fn json_and_text_agree(
        mut record in prop::collection::vec(any::<u8>(), 72),
        v4: bool,
        state in 0u8..14,
        ports in prop::array::uniform2(prop_oneof![Just(0u16), Just(22), Just(53), any::<u16>()]),
        interface in prop_oneof![Just(0u32), Just(1), Just(u32::MAX)],
        unspecified in prop::array::uniform2(any::<bool>()),
        v6only in prop::option::of(0u8..2),
        numeric: bool,
    ) {
        (record[0], record[1]) = (if v4 { 2 } else { 10 }, state);
        record[4..6].copy_from_slice(&ports[0].to_be_bytes());
        record[6..8].copy_from_slice(&ports[1].to_be_bytes());
        for (end, unspecified) in [8..24, 24..40].into_iter().zip(unspecified) {
            if unspecified {
                record[end].fill(0);
            }
        }
        record[40..44].copy_from_slice(&interface.to_ne_bytes());
        if let Some(only) = v6only {
            record.extend([5u16.to_ne_bytes(), 11u16.to_ne_bytes()].concat());
            record.extend([only, 0, 0, 0]);
        }
        agree(Table::Tcp, &record, numeric);
    }
}
