//! SCTP's addresses and internals, in upstream's order and wording.
//!
//! Addresses come even if only memory use was asked for: the kernel always sends them.

use std::net::SocketAddr;

use netdiag_sockdiag::{InetAttrs, SctpInfo, words};

use super::super::super::cells::Cell;

/// Writes all of it.
pub(super) fn write(cell: &mut Cell<'_>, attrs: &InetAttrs<'_>) {
    if let Some(locals) = attrs.locals() {
        addresses(cell, b" locals:", locals);
    }
    if let Some(peers) = attrs.peers() {
        addresses(cell, b" peers:", peers);
    }
    if let Some(info) = attrs.sctp_info() {
        association(cell, info);
        peer(cell, info);
    }
}

fn addresses<const N: usize>(cell: &mut Cell<'_>, name: &[u8; N], all: impl Iterator<Item = SocketAddr>) {
    cell.word(name);
    for (n, end) in all.enumerate() {
        if n > 0 {
            cell.byte(b',');
        }
        cell.ip(end.ip());
    }
}

fn association(cell: &mut Cell<'_>, info: SctpInfo<'_>) {
    if let Some(tag) = info.tag().filter(|&tag| tag != 0) {
        cell.hex(b" tag:", tag);
    }
    if let Some(state) = info.state().filter(|&state| state != 0) {
        cell.word(b" state:");
        cell.push(words::ASSOCIATION_STATES.shown(state).unwrap_or("UNKNOWN").as_bytes());
    }
    cell.some(b" rwnd:", info.rwnd());
    cell.some(b" unackdata:", info.unackdata());
    cell.some(b" penddata:", info.penddata());
    cell.some(b" instrms:", info.instrms());
    cell.some(b" outstrms:", info.outstrms());
    cell.some(b" inqueue:", info.inqueue());
    cell.some(b" outqueue:", info.outqueue());
    cell.some(b" overerr:", info.overall_error());
    cell.some(b" maxburst:", info.max_burst());
    cell.some(b" maxseg:", info.maxseg());
}

fn peer(cell: &mut Cell<'_>, info: SctpInfo<'_>) {
    cell.some(b" prwnd:", info.peer_rwnd());
    if let Some(tag) = info.peer_tag().filter(|&tag| tag != 0) {
        cell.hex(b" ptag:", tag);
    }
    cell.some(b" pcapable:", info.peer_capable());
    cell.some(b" psack:", info.peer_sack());
    cell.some(b" autoclose:", info.autoclose());
    cell.some(b" adapind:", info.adaptation_ind());
    cell.some(b" pdpoint:", info.pd_point());
    cell.some(b" nodelay:", info.nodelay());
    cell.some(b" nofrag:", info.disable_fragments());
    cell.some(b" v4mapped:", info.v4mapped());
    cell.some(b" fraginl:", info.frag_interleave());
}
