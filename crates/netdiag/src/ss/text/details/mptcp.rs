//! MPTCP's internals, in upstream's order and wording.
//!
//! These are of the connection; its subflows are TCP sockets and show what they are behind TCP's internals.

use netdiag_sockdiag::{InetAttrs, MptcpInfo};

use super::super::super::cells::Cell;

/// Writes all of it.
pub(super) fn write(cell: &mut Cell<'_>, attrs: &InetAttrs<'_>) {
    let Some(info) = attrs.mptcp_info() else {
        return;
    };
    let has = |flag| info.flags().unwrap_or(0) & flag != 0;
    cell.some(b" subflows:", info.subflows());
    cell.some(b" add_addr_signal:", info.add_addr_signal());
    cell.some(b" add_addr_accepted:", info.add_addr_accepted());
    cell.some(b" subflows_max:", info.subflows_max());
    cell.some(b" add_addr_signal_max:", info.add_addr_signal_max());
    cell.some(b" add_addr_accepted_max:", info.add_addr_accepted_max());
    cell.flag(b" fallback", has(MptcpInfo::FALLBACK));
    cell.flag(b" remote_key", has(MptcpInfo::REMOTE_KEY));
    if let Some(token) = info.token().filter(|&token| token != 0) {
        cell.hex(b" token:", token);
    }
    cell.some(b" write_seq:", info.write_seq());
    cell.some(b" snd_una:", info.snd_una());
    cell.some(b" rcv_nxt:", info.rcv_nxt());
    cell.some(b" local_addr_used:", info.local_addr_used());
    cell.some(b" local_addr_max:", info.local_addr_max());
    cell.some(b" csum_enabled:", info.csum_enabled());
    cell.some(b" retransmits:", info.retransmits());
    cell.some(b" bytes_retrans:", info.bytes_retrans());
    cell.some(b" bytes_sent:", info.bytes_sent());
    cell.some(b" bytes_received:", info.bytes_received());
    cell.some(b" bytes_acked:", info.bytes_acked());
    cell.some(b" subflows_total:", info.subflows_total());
    cell.some(b" endp_laminar_max:", info.endp_laminar_max());
    cell.some(b" last_data_sent:", info.last_data_sent());
    cell.some(b" last_data_recv:", info.last_data_recv());
    cell.some(b" last_ack_recv:", info.last_ack_recv());
}
