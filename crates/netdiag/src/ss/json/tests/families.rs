//! Sockets of other families, with every detail: what JSON says of one makes its line.

use std::fmt::Write as _;

use netdiag_sockdiag::{NetlinkRequest, PacketRequest, Query, UnixRequest};
use netdiag_text::terminal::acts;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::details::{attrs, memory, memory_words, number, shutdown, words};
use super::rows::{interface, state};
use super::{EVERYTHING, Socket, json, records, spaced, text};

fn queue(socket: &Value, key: &str) -> i32 {
    // The columns are signed, as upstream's are.
    number(socket, key).unwrap_or_default() as u32 as i32
}

/// What the column says, which has no word for some.
fn netid(socket: &Value) -> &str {
    let word = socket["netid"].as_str().unwrap();
    if word == "unknown" { "???" } else { word }
}

#[track_caller]
fn agree(row: Socket<'_>, as_text: fn(&Value) -> String) {
    let socket = json(row, EVERYTHING, None);
    assert_eq!(spaced(&as_text(&socket)), text(row, EVERYTHING, None), "{socket}");
}

fn unix(record: &[u8]) {
    agree(Socket::Unix(UnixRequest::view(record).unwrap(), None), |socket| {
        let mut line = format!("{} {}", netid(socket), state(socket));
        write!(line, " {} {}", queue(socket, "recv_q"), queue(socket, "send_q")).unwrap();
        write!(line, " {} {} *", name(&socket["local"]), socket["inode"]).unwrap();
        write!(line, " {} {}", number(&socket["peer"], "inode").unwrap_or(0), memory(socket)).unwrap();
        line.push_str(shutdown(socket));
        if let Some(inode) = number(&socket["bound_file"], "file_inode") {
            let [major, minor] = ["device_major", "device_minor"].map(|key| &socket["bound_file"][key]);
            write!(line, " ino:{inode} dev:{major}/{minor}").unwrap();
        }
        if let Some(pending) = socket["pending_inodes"].as_array() {
            line.push_str(" peers:");
            pending.iter().for_each(|inode| write!(line, " {inode}").unwrap());
        }
        line
    });
}

/// A name as lines write it.
fn name(local: &Value) -> String {
    let Value::Object(_) = local else {
        return "*".to_owned();
    };
    let (shown, text) = match &local["path"] {
        Value::String(path) => ("", path),
        _ => ("@", local["abstract"].as_str().map(|_| &local["abstract"]).and_then(text_of).unwrap()),
    };
    let bytes = match local["bytes_hex"].as_str() {
        Some(digits) => bytes(digits),
        None => text.clone().into_bytes(),
    };
    let escaped = bytes.utf8_chunks().map(|chunk| {
        let octal = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:03o}")).collect::<String>();
        let valid = chunk.valid().chars().map(|character| match character {
            '\0' => "@".to_owned(),
            acting if acts(acting) => octal(acting.to_string().as_bytes()),
            other => other.to_string(),
        });
        valid.collect::<String>() + &octal(chunk.invalid())
    });
    shown.to_owned() + &escaped.collect::<String>()
}

fn text_of(value: &Value) -> Option<&String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// What pairs of digits stand for.
pub(super) fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn packet(record: &[u8]) {
    agree(Socket::Packet(PacketRequest::view(record).unwrap()), |socket| {
        let protocol = match number(socket, "protocol") {
            Some(3) => "*".to_owned(),
            protocol => format!("[{}]", protocol.unwrap()),
        };
        let interface = interface(socket).unwrap_or_else(|| "*".to_owned());
        let mut line = format!("{} {}", netid(socket), state(socket));
        write!(line, " {} 0 {protocol}:{interface} *", queue(socket, "recv_q")).unwrap();
        if let Some(uid) = number(socket, "uid").filter(|&uid| uid != 0) {
            write!(line, " uid:{uid}").unwrap();
        }
        let inode = number(socket, "inode").unwrap_or(0);
        write!(line, " ino:{inode} sk:{:x}", number(socket, "cookie").unwrap()).unwrap();
        line.push_str(&settings(socket));
        if let Some(program) = socket["filter"].as_array() {
            write!(line, " bpf filter ({}):", program.len()).unwrap();
            for step in program {
                let code = number(step, "code").unwrap();
                write!(line, " 0x{code:02x} {} {} {},", step["jt"], step["jf"], step["k"]).unwrap();
            }
        }
        line + &memory(socket)
    });
}

fn settings(socket: &Value) -> String {
    let mut line = String::new();
    if let Some(version) = number(socket, "ring_version") {
        let flags: Vec<&str> =
            socket["flags"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        let flags = if flags.is_empty() { "0".to_owned() } else { flags.join(" ") };
        let threshold = &socket["copy_threshold_bytes"];
        write!(line, " ver:{version} cpy_thresh:{threshold} flags( {flags} )").unwrap();
    }
    for (name, key) in [("ring_rx", "rx_ring"), ("ring_tx", "tx_ring")] {
        let ring = &socket[key];
        if ring.is_object() {
            let features = number(ring, "features").unwrap();
            let parts = ["block_bytes", "blocks", "frame_bytes", "frames", "retire_timeout_us"];
            let [block, blocks, frame, frames, timeout] = parts.map(|key| number(ring, key).unwrap());
            let timeout = timeout / 1000;
            write!(
                line,
                " {name}(blk_size:{block},blk_nr:{blocks},frm_size:{frame},frm_nr:{frames},tmo:{timeout},\
                 features:{features:#x})"
            )
            .unwrap();
        }
    }
    if let Some(id) = number(&socket["fanout"], "id") {
        let kind = match (socket["fanout"]["mode"].as_str(), number(&socket["fanout"], "mode_number")) {
            // Upstream's words end before these.
            (Some("cbpf"), _) => "0x6".to_owned(),
            (Some("ebpf"), _) => "0x7".to_owned(),
            (Some(word), _) => word.to_owned(),
            (None, kind) => format!("{:#x}", kind.unwrap()),
        };
        write!(line, " fanout(id:{id},type:{kind})").unwrap();
    }
    line
}

fn netlink(record: &[u8]) {
    agree(Socket::Netlink(NetlinkRequest::view(record).unwrap()), |socket| {
        let port = match number(socket, "port_id").unwrap() as u32 as i32 {
            -1 => "*".to_owned(),
            port => port.to_string(),
        };
        // Upstream has one state for all.
        let mut line = format!("nl UNCONN {} {}", queue(socket, "recv_q"), queue(socket, "send_q"));
        write!(line, " {}:{port}", socket["protocol"]).unwrap();
        match &socket["peer"] {
            Value::Null => line.push_str(" *"),
            peer => write!(line, " {}:{}", peer["group"], peer["port_id"]).unwrap(),
        }
        let groups =
            socket["multicast_groups"].as_array().into_iter().flatten().map(|group| group.as_u64().unwrap());
        let low: u64 = groups.filter(|group| (1..=32).contains(group)).map(|group| 1 << (group - 1)).sum();
        write!(line, " sk=0 cb=0 groups=0x{low:08x} {}", memory(socket)).unwrap();
        line
    });
}

#[test]
fn captured_sockets_say_the_same_as_text_and_as_json() {
    records(include_bytes!("../../../../../../tests/data/unix.bin")).for_each(unix);
    records(include_bytes!("../../../../../../tests/data/packet.bin")).for_each(packet);
    records(include_bytes!("../../../../../../tests/data/netlink.bin")).for_each(netlink);
}

proptest! {
    #[test]
    fn unix_sockets_say_the_same_as_text_and_as_json(
        kind in select(vec![1_u8, 2, 5, 9]),
        state in 0_u8..12,
        ids in vec(any::<u32>(), 3),
        name in option::of(prop_oneof![
            "[/@ a-zé\\x00\\n\\x1b\\\\]{0,12}".prop_map(String::into_bytes),
            vec(any::<u8>(), 0..12),
        ]),
        file in option::of(vec(any::<u32>(), 2)),
        peer in option::of(any::<u32>()),
        pending in option::of(vec(any::<u32>(), 0..4)),
        queues in option::of(vec(any::<u32>(), 2)),
        memory in memory_words(),
        shutdown in option::of(0_u8..4),
        uid in option::of(any::<u32>()),
    ) {
        let header = [&[1, kind, state, 0][..], &words(&ids)].concat();
        let attrs = attrs([
            (0, name),
            (1, file.map(|it| words(&it))),
            (2, peer.map(|it| words(&[it]))),
            (3, pending.map(|it| words(&it))),
            (4, queues.map(|it| words(&it))),
            (5, memory.map(|it| words(&it))),
            (6, shutdown.map(|it| vec![it])),
            (7, uid.map(|it| words(&[it]))),
        ]);
        unix(&[header, attrs].concat());
    }

    #[test]
    fn packet_sockets_say_the_same_as_text_and_as_json(
        kind in select(vec![2_u8, 3, 10]),
        protocol in prop_oneof![Just(3_u16), Just(0x800), any::<u16>()],
        ids in vec(any::<u32>(), 3),
        info in option::of((select(vec![0_u32, 1, u32::MAX]), vec(any::<u32>(), 4), 0_u32..32)),
        rings in vec(option::of(vec(any::<u32>(), 7)), 2),
        fanout in option::of((any::<u16>(), 0_u32..10)),
        uid in option::of(any::<u32>()),
        memory in memory_words(),
        filter in option::of(vec(any::<[u8; 8]>(), 0..4)),
    ) {
        let header = [&[17, kind][..], &protocol.to_ne_bytes(), &words(&ids)].concat();
        let info = info.map(|(index, middle, flags)| words(&[&[index][..], &middle, &[flags]].concat()));
        let attrs = attrs([
            (0, info),
            (2, rings[0].as_ref().map(|it| words(it))),
            (3, rings[1].as_ref().map(|it| words(it))),
            (4, fanout.map(|(id, kind)| words(&[kind << 16 | u32::from(id)]))),
            (5, uid.map(|it| words(&[it]))),
            (6, memory.map(|it| words(&it))),
            (7, filter.map(|it| it.concat())),
        ]);
        packet(&[header, attrs].concat());
    }

    #[test]
    fn netlink_sockets_say_the_same_as_text_and_as_json(
        protocol in 0_u8..30,
        state in 0_u8..2,
        port in prop_oneof![Just(u32::MAX), Just(0), any::<u32>()],
        ids in vec(any::<u32>(), 5),
        groups in option::of(vec(any::<u32>(), 0..6)),
        memory in memory_words(),
    ) {
        let header = [&[16, 3, protocol, state][..], &words(&[port]), &words(&ids)].concat();
        let attrs = attrs([(0, memory.map(|it| words(&it))), (1, groups.map(|it| words(&it)))]);
        netlink(&[header, attrs].concat());
    }
}
