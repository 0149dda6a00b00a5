//! What stands behind the columns of an inet socket: timer, owner, marks, options, memory; and what JSON says of them.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::rows::as_text;
use super::{EVERYTHING, Socket, Table, captured, internals, json, spaced, text, view};

/// An attribute, padded.
pub(super) fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + payload.len()).unwrap();
    let mut bytes = [&len.to_ne_bytes()[..], &kind.to_ne_bytes(), payload].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Those of the attributes that are there.
pub(super) fn attrs<const N: usize>(attrs: [(u16, Option<Vec<u8>>); N]) -> Vec<u8> {
    attrs.into_iter().filter_map(|(kind, payload)| Some(attr(kind, &payload?))).flatten().collect()
}

pub(super) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// What kernels send of memory: more of them in later ones.
pub(super) fn memory_words() -> impl Strategy<Value = Option<Vec<u32>>> {
    option::of(vec(any::<u32>(), 7..=9))
}

pub(super) fn number(value: &Value, key: &str) -> Option<u64> {
    let value = &value[key];
    assert!(value.is_null() || value.is_u64(), "{key}: {value}");
    value.as_u64()
}

/// ` skmem:(…)`, or what old kernels have.
pub(super) fn memory(socket: &Value) -> String {
    let memory = &socket["memory"];
    let value = |key: &str| number(memory, key);
    let Some(received) = value("rmem_alloc_bytes") else {
        return String::new();
    };
    let [sending, queued] = ["wmem_alloc_bytes", "wmem_queued_bytes"].map(|key| value(key).unwrap());
    // Less than nothing is a large number to upstream.
    let ahead =
        memory["fwd_alloc_bytes"].as_i64().and_then(|bytes| i32::try_from(bytes).ok()).unwrap() as u32;
    let Some(room) = value("rcvbuf_bytes") else {
        return format!(" mem:(r{received},w{queued},f{ahead},t{sending})");
    };
    let [most, options] = ["sndbuf_bytes", "optmem_bytes"].map(|key| value(key).unwrap());
    let mut line = format!(" skmem:(r{received},rb{room},t{sending},tb{most},f{ahead},w{queued},o{options}");
    for (name, key) in [("bl", "backlog_bytes"), ("d", "drops")] {
        if let Some(value) = value(key) {
            write!(line, ",{name}{value}").unwrap();
        }
    }
    line + ")"
}

pub(super) fn shutdown(socket: &Value) -> &'static str {
    match socket["shutdown"].as_str() {
        None => "",
        Some("none") => " <->",
        Some("receive") => " -->",
        Some("send") => " <--",
        Some("both") => " ---",
        Some(other) => panic!("{other}"),
    }
}

/// Everything between the columns and memory.
fn identity(socket: &Value) -> String {
    let mut line = String::new();
    if let Some(name) = socket["timer"]["name"].as_str() {
        let time = time(number(&socket["timer"], "expires_us").unwrap() / 1000);
        write!(line, " timer:({name},{time},{})", socket["timer"]["timeouts"]).unwrap();
    }
    if let Some(uid) = number(socket, "uid").filter(|&uid| uid != 0) {
        write!(line, " uid:{uid}").unwrap();
    }
    let inode = number(socket, "inode").unwrap_or(0);
    write!(line, " ino:{inode} sk:{:x}", number(socket, "cookie").unwrap()).unwrap();
    if let Some(mark) = number(socket, "mark") {
        write!(line, " fwmark:{mark:#x}").unwrap();
    }
    let cgroup =
        number(&socket["cgroup"], "id").map_or(String::new(), |id| match socket["cgroup"]["path"].as_str() {
            Some(path) => format!(" cgroup:{path}"),
            None => format!(" cgroup:unreachable:{id:x}"),
        });
    line.push_str(&cgroup);
    if let Some(only) = socket["v6only"].as_bool() {
        write!(line, " v6only:{}", u8::from(only)).unwrap();
    }
    line.push_str(shutdown(socket));
    for key in ["tos", "tclass", "class_id"] {
        match number(socket, key) {
            None => {}
            Some(0) => write!(line, " {key}:0").unwrap(),
            Some(value) => write!(line, " {key}:{value:#x}").unwrap(),
        }
    }
    line.push_str(&cgroup);
    if let Some(names) = socket["sockopt"].as_array() {
        let names: String =
            names.iter().map(|name| format!(" {}", name.as_str().unwrap().replace('-', "_"))).collect();
        write!(line, " inet-sockopt: ({names})").unwrap();
    }
    line
}

/// A timer's time: what does not fit is cut off.
fn time(millis: u64) -> String {
    let (minutes, seconds, rest) = (millis / 60_000, millis / 1000 % 60, millis % 1000);
    match (minutes, seconds, rest) {
        (10.., ..) | (1.., 0, _) => format!("{minutes}min"),
        (1.., ..) => format!("{minutes}min{seconds}sec"),
        (0, 0, 0) => String::new(),
        (0, 0, _) => format!("{rest:03}ms"),
        (0, 10.., _) | (0, _, 0) => format!("{seconds}sec"),
        (0, ..) => format!("{seconds}.{rest:03}sec"),
    }
}

#[track_caller]
pub(super) fn agree(table: Table, record: &[u8]) {
    let row = Socket::Inet(table, view(record));
    let socket = json(row, EVERYTHING, None);
    let parts = [as_text(&socket), identity(&socket), memory(&socket), internals::as_text(table, &socket)];
    assert_eq!(spaced(&parts.concat()), text(row, EVERYTHING, None), "{socket}");
}

/// A header with these numbers in it.
pub(super) fn header(state: u8, timer: [u8; 2], expires: u32, [uid, inode]: [u32; 2]) -> Vec<u8> {
    let [kind, retransmits] = timer;
    let start = [10, state, kind, retransmits];
    [&start[..], &[0; 40], &words(&[7, 1, expires, 0, 0, uid, inode])].concat()
}

#[test]
fn captured_sockets_say_the_same_as_text_and_as_json() {
    for (table, record) in captured() {
        agree(table, record);
    }
}

proptest! {
    #[test]
    fn details_say_the_same_as_text_and_as_json(
        table in select(vec![Table::Tcp, Table::Udp, Table::Mptcp]),
        state in 0_u8..12,
        timer in (0_u8..7, any::<u8>()),
        expires in prop_oneof![0_u32..2000, 0_u32..700_000, any::<u32>()],
        owner in option::of((any::<u32>(), 1_u32..)),
        small in vec(option::of(any::<u8>()), 3),
        v6only in option::of(0_u8..2),
        shutdown in option::of(0_u8..4),
        large in vec(option::of(prop_oneof![Just(0_u32), any::<u32>()]), 2),
        cgroup in option::of(prop_oneof![Just(0_u64), Just(u64::MAX), any::<u64>()]),
        sockopt in option::of(0_u16..0x800),
        memory in memory_words(),
        old in option::of(vec(any::<u32>(), 4)),
    ) {
        // Nobody owns what has no inode.
        let (uid, inode) = owner.unwrap_or_default();
        let header = header(state, [timer.0, timer.1], expires, [uid, inode]);
        let byte = |byte: Option<u8>| byte.map(|byte| vec![byte]);
        let attrs = attrs([
            (1, old.map(|it| words(&it))),
            (5, byte(small[0])),
            (6, byte(small[1])),
            (7, memory.map(|it| words(&it))),
            (8, byte(shutdown)),
            (11, byte(v6only)),
            (15, large[0].map(|it| words(&[it]))),
            (17, large[1].map(|it| words(&[it]))),
            (21, cgroup.map(|it| it.to_ne_bytes().to_vec())),
            (22, sockopt.map(|it| it.to_le_bytes().to_vec())),
            // Of a socket without attributes nothing is known but its columns.
            (1000, Some(Vec::new())),
        ]);
        agree(table, &[header, attrs].concat());
    }
}
