//! What is on top of a TCP connection: what JSON says of it in the words of a line, and attributes to try that with.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::details::{attr, attrs, number, words};
use super::families::bytes;

/// The keys segments are signed with.
pub(super) fn keys(socket: &Value) -> String {
    let keys = socket["md5_keys"].as_array().into_iter().flatten().map(|key| {
        let escaped = bytes(key["key_hex"].as_str().unwrap()).into_iter().map(|byte| match byte {
            b'\\' | b',' => format!("\\{byte:03o}"),
            b'!'..=b'~' => char::from(byte).to_string(),
            _ => format!("\\{byte:03o}"),
        });
        let address = key["address"].as_str().unwrap();
        format!("{address}/{}={}", key["prefix_len"], escaped.collect::<String>())
    });
    let keys: Vec<String> = keys.collect();
    if keys.is_empty() { String::new() } else { format!(" md5keys:{}", keys.join(",")) }
}

/// The protocol on top of TCP.
pub(super) fn ulp(ulp: &Value) -> String {
    let Some(name) = ulp["name"].as_str() else {
        return String::new();
    };
    let mut line = format!(" tcp-ulp-{name}");
    let tls = &ulp["tls"];
    if let Some(version) = tls["version"].as_str() {
        let number = |digits| u16::from_str_radix(digits, 16).unwrap();
        let unknown = version.strip_prefix("0x").map(|digits| format!("unknown({})", number(digits)));
        write!(line, " version: {}", unknown.as_deref().unwrap_or(version)).unwrap();
    }
    // Upstream has words for two.
    if let Some(cipher @ ("aes-gcm-128" | "aes-gcm-256")) = tls["cipher"].as_str() {
        write!(line, " cipher: {cipher}").unwrap();
    }
    for (name, key) in [("rxconf", "receive"), ("txconf", "send")] {
        if let Some(who) = tls[key].as_str() {
            write!(line, " {name}: {who}").unwrap();
        }
    }
    for (name, key) in [("zc_ro_tx", "zero_copy_send"), ("no_pad_rx", "no_padding_receive")] {
        if tls[key] == true {
            write!(line, " {name}").unwrap();
        }
    }
    line + &subflow(&ulp["subflow"])
}

fn subflow(subflow: &Value) -> String {
    let mut line = String::new();
    let flags = subflow["flags"].as_array().into_iter().flatten();
    let letters: String =
        flags.map(|flag| LETTERS.iter().find(|(name, _)| flag == name).unwrap().1).collect();
    if !letters.is_empty() {
        write!(line, " flags:{letters}").unwrap();
    }
    let ids = ["remote_token", "remote_id", "local_token", "local_id"].map(|key| number(subflow, key));
    if let [Some(remote), Some(remote_id), Some(local), Some(local_id)] = ids {
        write!(line, " token:{remote:04x}(id:{remote_id})/{local:04x}(id:{local_id})").unwrap();
    }
    for (name, key) in
        [("seq", "map_seq"), ("sfseq", "map_subflow_seq"), ("ssnoff", "ssn_offset"), ("maplen", "map_bytes")]
    {
        if let Some(value) = number(subflow, key) {
            write!(line, " {name}:{value}").unwrap();
        }
    }
    line
}

#[rustfmt::skip]
const LETTERS: [(&str, char); 9] = [
    ("capable-remote", 'M'), ("capable-local", 'm'), ("join-remote", 'J'), ("join-local", 'j'), ("backup-remote", 'B'),
    ("backup-local", 'b'), ("fully-established", 'e'), ("connected", 'c'), ("map-valid", 'v'),
];
/// The attributes of a protocol on top of TCP.
pub(super) fn upper() -> impl Strategy<Value = Vec<u8>> {
    let tls = (
        option::of(select(vec![0x303_u16, 0x304, 0x305])),
        option::of(50_u16..60),
        vec(option::of(1_u16..=4), 2),
        vec(any::<bool>(), 2),
    )
        .prop_map(|(version, cipher, who, flags)| {
            let short = |number: Option<u16>| number.map(|number| number.to_ne_bytes().to_vec());
            let flag = |set: bool| set.then(Vec::new);
            attrs([
                (1, short(version)),
                (2, short(cipher)),
                (3, short(who[0])),
                (4, short(who[1])),
                (5, flag(flags[0])),
                (6, flag(flags[1])),
            ])
        });
    let subflow = (
        vec(option::of(any::<u32>()), 4),
        option::of(any::<u64>()),
        option::of(0_u32..0x200),
        option::of(any::<u16>()),
        vec(option::of(any::<u8>()), 2),
    )
        .prop_map(|(numbers, seq, flags, len, ids)| {
            let word = |number: Option<u32>| number.map(|number| words(&[number]));
            let byte = |number: Option<u8>| number.map(|number| vec![number]);
            attrs([
                (1, word(numbers[0])),
                (2, word(numbers[1])),
                (4, seq.map(|seq| seq.to_ne_bytes().to_vec())),
                (5, word(numbers[2])),
                (6, word(numbers[3])),
                (7, len.map(|len| len.to_ne_bytes().to_vec())),
                (8, word(flags)),
                (9, byte(ids[0])),
                (10, byte(ids[1])),
            ])
        });
    prop_oneof![
        tls.prop_map(|tls| [attr(1, b"tls\0"), attr(2, &tls)].concat()),
        subflow.prop_map(|subflow| [attr(1, b"mptcp\0"), attr(3, &subflow)].concat()),
        Just(attr(1, b"espintcp\0")),
    ]
}

/// Some keys, as the kernel packs them.
pub(super) fn signatures() -> impl Strategy<Value = Vec<u8>> {
    let key = (any::<bool>(), any::<[u8; 16]>(), 0_u8..=32, vec(any::<u8>(), 0..=80)).prop_map(
        |(v4, address, prefix, key)| {
            let len = u16::try_from(key.len()).unwrap().to_ne_bytes();
            let mut bytes = [&[if v4 { 2 } else { 10 }, prefix][..], &len, &address, &key].concat();
            bytes.resize(100, 0);
            bytes
        },
    );
    vec(key, 0..3).prop_map(|keys| keys.concat())
}
