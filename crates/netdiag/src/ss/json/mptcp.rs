//! `struct mptcp_info`: what MPTCP knows of a connection, shown with `-i`.

use netdiag_sockdiag::MptcpInfo;

use crate::json::record::record;

record! {
    /// What MPTCP knows of a connection (`struct mptcp_info`). Sequence numbers use all 64 bits.
    #[derive(Default)]
    Mptcp {
    } maybe {
        /// Subflows besides the first (`mptcpi_subflows`).
        subflows: u8,
        /// Subflows, the first included (`mptcpi_subflows_total`).
        subflows_total: u8,
        /// Most subflows besides the first (`mptcpi_subflows_max`).
        subflows_max: u8,
        /// Addresses announced to the peer (`mptcpi_add_addr_signal`).
        add_addr_signal: u8,
        /// Most addresses announced (`mptcpi_add_addr_signal_max`).
        add_addr_signal_max: u8,
        /// Addresses taken up from the peer (`mptcpi_add_addr_accepted`).
        add_addr_accepted: u8,
        /// Most addresses taken up (`mptcpi_add_addr_accepted_max`).
        add_addr_accepted_max: u8,
        /// Own addresses in use (`mptcpi_local_addr_used`).
        local_addr_used: u8,
        /// Most own addresses in use (`mptcpi_local_addr_max`).
        local_addr_max: u8,
        /// Most endpoints of the kind `laminar` (`mptcpi_endp_laminar_max`).
        endp_laminar_max: u8,
        /// Most endpoints of the kind `fullmesh` (`mptcpi_endp_fullmesh_max`).
        endp_fullmesh_max: u8,
        /// Whether it is plain TCP after all (`mptcpi_flags`).
        fallback: bool,
        /// Whether the peer's key is known (`mptcpi_flags`).
        remote_key: bool,
        /// Whether data is checksummed (`mptcpi_csum_enabled`).
        csum_enabled: bool,
        /// What names the connection to the peer (`mptcpi_token`).
        token: u32,
        /// Next number to send (`mptcpi_write_seq`).
        write_seq: u64,
        /// First number not acknowledged (`mptcpi_snd_una`).
        snd_una: u64,
        /// Next number expected (`mptcpi_rcv_nxt`).
        rcv_nxt: u64,
        /// Timeouts (`mptcpi_retransmits`).
        retransmits: u32,
        /// Bytes sent again (`mptcpi_bytes_retrans`).
        retrans_bytes: u64,
        /// Bytes sent (`mptcpi_bytes_sent`).
        sent_bytes: u64,
        /// Bytes received (`mptcpi_bytes_received`).
        received_bytes: u64,
        /// Bytes acknowledged (`mptcpi_bytes_acked`).
        acked_bytes: u64,
        /// Milliseconds since data was last sent (`mptcpi_last_data_sent`).
        last_data_sent_ms: u32,
        /// Milliseconds since data was last received (`mptcpi_last_data_recv`).
        last_data_recv_ms: u32,
        /// Milliseconds since the last acknowledgement (`mptcpi_last_ack_recv`).
        last_ack_recv_ms: u32,
    }
}

impl Mptcp {
    pub(crate) fn new(info: MptcpInfo<'_>) -> Self {
        let flag = |flag| info.flags().map(|flags| flags & flag != 0);
        Self {
            subflows: info.subflows(),
            subflows_total: info.subflows_total(),
            subflows_max: info.subflows_max(),
            add_addr_signal: info.add_addr_signal(),
            add_addr_signal_max: info.add_addr_signal_max(),
            add_addr_accepted: info.add_addr_accepted(),
            add_addr_accepted_max: info.add_addr_accepted_max(),
            local_addr_used: info.local_addr_used(),
            local_addr_max: info.local_addr_max(),
            endp_laminar_max: info.endp_laminar_max(),
            endp_fullmesh_max: info.endp_fullmesh_max(),
            fallback: flag(MptcpInfo::FALLBACK),
            remote_key: flag(MptcpInfo::REMOTE_KEY),
            csum_enabled: info.csum_enabled().map(|value| value != 0),
            token: info.token(),
            write_seq: info.write_seq(),
            snd_una: info.snd_una(),
            rcv_nxt: info.rcv_nxt(),
            retransmits: info.retransmits(),
            retrans_bytes: info.bytes_retrans(),
            sent_bytes: info.bytes_sent(),
            received_bytes: info.bytes_received(),
            acked_bytes: info.bytes_acked(),
            last_data_sent_ms: info.last_data_sent(),
            last_data_recv_ms: info.last_data_recv(),
            last_ack_recv_ms: info.last_ack_recv(),
        }
    }
}
