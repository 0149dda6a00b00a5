//! What sits on a TCP connection: keys its segments are signed with, and the protocol between it and the program.
//!
//! Keys hold any bytes; those that would end a word, or do something to a terminal, are shown in octal.

use netdiag_sockdiag::{InetAttrs, Md5Key, Subflow, Tls};

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
        cell.push(name);
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
    match tls.version {
        None => {}
        Some(0x0303) => cell.word(b" version: 1.2"),
        Some(0x0304) => cell.word(b" version: 1.3"),
        Some(other) => unknown(cell, b" version: unknown(", other),
    }
    match tls.cipher {
        Some(51) => cell.word(b" cipher: aes-gcm-128"),
        Some(52) => cell.word(b" cipher: aes-gcm-256"),
        _ => {}
    }
    configuration(cell, b" rxconf: ", tls.rxconf);
    configuration(cell, b" txconf: ", tls.txconf);
    cell.flag(b" zc_ro_tx", tls.zc_ro_tx);
    cell.flag(b" no_pad_rx", tls.rx_no_pad);
}

fn configuration<const N: usize>(cell: &mut Cell<'_>, name: &[u8; N], configuration: Option<u16>) {
    let Some(configuration) = configuration else {
        return;
    };
    cell.word(name);
    match configuration {
        1 => cell.word(b"none"),
        2 => cell.word(b"sw"),
        3 => cell.word(b"hw"),
        4 => cell.word(b"hw-record"),
        other => unknown(cell, b"unknown(", other),
    }
}

fn unknown<const N: usize>(cell: &mut Cell<'_>, name: &[u8; N], number: u16) {
    cell.number(name, number);
    cell.byte(b')');
}

fn write_subflow(cell: &mut Cell<'_>, subflow: Subflow) {
    if let Some(flags) = subflow.flags.filter(|&flags| flags != 0) {
        cell.word(b" flags:");
        for (bit, letter) in b"MmJjBbecv".iter().enumerate() {
            if flags >> bit & 1 != 0 {
                cell.byte(*letter);
            }
        }
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
