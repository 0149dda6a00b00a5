//! `struct mptcp_info`: what MPTCP knows of a connection.
//!
//! These are of the connection; its subflows are TCP sockets.

use netdiag_sockdiag::{InetAttrs, MptcpInfo};

use super::declare::{group, micros};
use crate::sockets::{Table, Tables};

group! {
    /// What MPTCP knows of a connection (`struct mptcp_info`). Sequence numbers use all 64 bits.
    MPTCP = "mptcp" always 0 of Tables::of(&[Table::Mptcp]), needs INFO,
    |facts| mptcp = facts.of(Table::Mptcp).and_then(InetAttrs::mptcp_info) => {
        /// Subflows besides the first (`mptcpi_subflows`).
        subflows: u8 = mptcp.subflows();
        /// Subflows, the first included (`mptcpi_subflows_total`).
        subflows_total: u8 = mptcp.subflows_total();
        /// Most subflows besides the first (`mptcpi_subflows_max`).
        subflows_max: u8 = mptcp.subflows_max();
        /// Addresses announced to the peer (`mptcpi_add_addr_signal`).
        add_addr_signal: u8 = mptcp.add_addr_signal();
        /// Most addresses announced (`mptcpi_add_addr_signal_max`).
        add_addr_signal_max: u8 = mptcp.add_addr_signal_max();
        /// Addresses taken up from the peer (`mptcpi_add_addr_accepted`).
        add_addr_accepted: u8 = mptcp.add_addr_accepted();
        /// Most addresses taken up (`mptcpi_add_addr_accepted_max`).
        add_addr_accepted_max: u8 = mptcp.add_addr_accepted_max();
        /// Own addresses in use (`mptcpi_local_addr_used`).
        local_addr_used: u8 = mptcp.local_addr_used();
        /// Most own addresses in use (`mptcpi_local_addr_max`).
        local_addr_max: u8 = mptcp.local_addr_max();
        /// Most endpoints of the kind `laminar` (`mptcpi_endp_laminar_max`).
        endp_laminar_max: u8 = mptcp.endp_laminar_max();
        /// Most endpoints of the kind `fullmesh` (`mptcpi_endp_fullmesh_max`).
        endp_fullmesh_max: u8 = mptcp.endp_fullmesh_max();
        /// Whether it is plain TCP after all (`mptcpi_flags`).
        fallback: bool = flag(mptcp, MptcpInfo::FALLBACK);
        /// Whether the peer's key is known (`mptcpi_flags`).
        remote_key: bool = flag(mptcp, MptcpInfo::REMOTE_KEY);
        /// Whether data is checksummed (`mptcpi_csum_enabled`).
        csum_enabled: bool = mptcp.csum_enabled().map(|value| value != 0);
        /// What names the connection to the peer (`mptcpi_token`).
        token: u32 = mptcp.token();
        /// Next number to send (`mptcpi_write_seq`).
        write_seq: u64 = mptcp.write_seq();
        /// First number not acknowledged (`mptcpi_snd_una`).
        snd_una: u64 = mptcp.snd_una();
        /// Next number expected (`mptcpi_rcv_nxt`).
        rcv_nxt: u64 = mptcp.rcv_nxt();
        /// Timeouts in a row, now (`mptcpi_retransmits`).
        retransmits: u32 = mptcp.retransmits();
        /// Bytes sent again (`mptcpi_bytes_retrans`).
        retrans: u64 bytes = mptcp.bytes_retrans();
        /// Bytes sent (`mptcpi_bytes_sent`).
        sent: u64 bytes = mptcp.bytes_sent();
        /// Bytes received (`mptcpi_bytes_received`).
        received: u64 bytes = mptcp.bytes_received();
        /// Bytes acknowledged (`mptcpi_bytes_acked`).
        acked: u64 bytes = mptcp.bytes_acked();
        /// Time since data was last sent (`mptcpi_last_data_sent`).
        last_data_sent: u64 us = micros(mptcp.last_data_sent());
        /// Time since data was last received (`mptcpi_last_data_recv`).
        last_data_recv: u64 us = micros(mptcp.last_data_recv());
        /// Time since the last acknowledgement (`mptcpi_last_ack_recv`).
        last_ack_recv: u64 us = micros(mptcp.last_ack_recv());
    }
}

fn flag(mptcp: MptcpInfo<'_>, flag: u32) -> Option<bool> {
    mptcp.flags().map(|flags| flags & flag != 0)
}
