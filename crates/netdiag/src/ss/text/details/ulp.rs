//! What sits on a TCP connection: keys its segments are signed with, and the protocol between it and the program.
//!
//! Keys hold any bytes; those that would end a word, or do something to a terminal, are shown in octal.

use netdiag_sockdiag::{InetAttrs, Md5Key, Subflow, Tls, words};

use super::super::super::cells::Cell;

/// Writes what there is of both.
pub(super) fn write(cell: &mut Cell<'_>, attrs: &InetAttrs<'_>) {
    for (n, key) in attrs.md5_keys().into_iter().flatten().enumerate() {
        cell.push(if n == 0 { b" md5keys:" } else { b"," });
        md5_key(cell, key);
    }
    let Some(ulp) = attrs.ulp() else {
        return;
    };
    if let Some(name) = ulp.name {
        cell.word(b" tcp-ulp-");
        cell.foreign(name);
    }
    if let Some(tls) = ulp.tls {
        write_tls(cell, tls);
    }
    if let Some(subflow) = ulp.subflow {
        write_subflow(cell, subflow);
    }
}

fn md5_key(cell: &mut Cell<'_>, key: Md5Key<'_>) {
    cell.ip(key.address);
    cell.number(b"/", key.prefix_len);
    cell.byte(b'=');
    for &byte in key.key {
        if byte.is_ascii_graphic() && !matches!(byte, b'\\' | b',') {
            cell.byte(byte);
        } else {
            cell.word(&[b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]);
        }
    }
}

fn write_tls(cell: &mut Cell<'_>, tls: Tls) {
    if let Some(version) = tls.version {
        cell.word(b" version: ");
        word(cell, words::tls_version(version), version);
    }
    if let Some(cipher) = tls.cipher.and_then(words::tls_cipher).filter(|word| !word.shown.is_empty()) {
        cell.word(b" cipher: ");
        cell.push(cipher.shown.as_bytes());
    }
    configuration(cell, b" rxconf: ", tls.rxconf);
    configuration(cell, b" txconf: ", tls.txconf);
    cell.flag(b" zc_ro_tx", tls.zc_ro_tx);
    cell.flag(b" no_pad_rx", tls.rx_no_pad);
}

fn configuration<const N: usize>(cell: &mut Cell<'_>, name: &[u8; N], configuration: Option<u16>) {
    if let Some(configuration) = configuration {
        cell.word(name);
        word(cell, words::TLS_CONFIGURATIONS.shown(configuration), configuration);
    }
}

fn word(cell: &mut Cell<'_>, word: Option<&str>, number: u16) {
    match word {
        Some(word) => cell.push(word.as_bytes()),
        None => {
            cell.number(b"unknown(", number);
            cell.byte(b')');
        }
    }
}

fn write_subflow(cell: &mut Cell<'_>, subflow: Subflow) {
    if let Some(flags) = subflow.flags.filter(|&flags| flags != 0) {
        cell.word(b" flags:");
        words::SUBFLOW_FLAGS.set(flags).for_each(|flag| cell.push(flag.shown.as_bytes()));
    }
    if let (Some(remote), Some(local)) =
        (subflow.token_remote.zip(subflow.id_remote), subflow.token_local.zip(subflow.id_local))
    {
        token(cell, b" token:", remote);
        token(cell, b"/", local);
    }
    if let Some(seq) = subflow.map_seq {
        cell.number(b" seq:", seq);
    }
    if let Some(seq) = subflow.map_subflow_seq {
        cell.number(b" sfseq:", seq);
    }
    if let Some(offset) = subflow.ssn_offset {
        cell.number(b" ssnoff:", offset);
    }
    if let Some(len) = subflow.map_data_len {
        cell.number(b" maplen:", len);
    }
}

/// Writes a token in four digits of base 16 at least, and the identifier of its address.
fn token<const N: usize>(cell: &mut Cell<'_>, name: &[u8; N], (token, id): (u32, u8)) {
    cell.word(name);
    for shift in [12, 8, 4] {
        cell.flag(b"0", token >> shift == 0);
    }
    cell.hex(b"", token);
    cell.number(b"(id:", id);
    cell.byte(b')');
}
