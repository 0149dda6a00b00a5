//! What MPTCP knows of a connection: `struct mptcp_info` as far as this kernel fills it.
//!
//! Sequence numbers are those of the data, not of any subflow. The struct has grown into its own padding more than once, so a field can
//! lie within the bytes of a kernel that does not have it.

use crate::fields::fields;

/// The `INET_DIAG_INFO` of an MPTCP socket.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "mptcp_info")]
pub struct MptcpInfo<'a>(&'a [u8]);

impl<'a> MptcpInfo<'a> {
    /// The connection has become plain TCP; a bit of [`flags`](Self::flags).
    #[doc(alias = "MPTCP_INFO_FLAG_FALLBACK")]
    pub const FALLBACK: u32 = 1;
    /// The peer's key is known; a bit of [`flags`](Self::flags).
    #[doc(alias = "MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED")]
    pub const REMOTE_KEY: u32 = 2;

    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    fields! {
        /// Subflows besides the first.
        subflows: u8 = 0, "mptcpi_subflows";
        /// Addresses announced to the peer.
        add_addr_signal: u8 = 1, "mptcpi_add_addr_signal";
        /// Addresses of the peer that were taken up.
        add_addr_accepted: u8 = 2, "mptcpi_add_addr_accepted";
        /// Limit of the subflows besides the first.
        subflows_max: u8 = 3, "mptcpi_subflows_max";
        /// Endpoints to be announced.
        add_addr_signal_max: u8 = 4, "mptcpi_add_addr_signal_max";
        /// Limit of the peer's addresses taken up.
        add_addr_accepted_max: u8 = 5, "mptcpi_add_addr_accepted_max";
        /// [`FALLBACK`](Self::FALLBACK) and [`REMOTE_KEY`](Self::REMOTE_KEY).
        flags: u32 = 8, "mptcpi_flags";
        /// What names the connection on this host.
        token: u32 = 12, "mptcpi_token";
        /// Next byte the writer will write.
        write_seq: u64 = 16, "mptcpi_write_seq";
        /// First byte not acknowledged.
        snd_una: u64 = 24, "mptcpi_snd_una";
        /// Next byte expected.
        rcv_nxt: u64 = 32, "mptcpi_rcv_nxt";
        /// Local addresses in use besides the first.
        local_addr_used: u8 = 40, "mptcpi_local_addr_used";
        /// Endpoints that may be used for subflows.
        local_addr_max: u8 = 41, "mptcpi_local_addr_max";
        /// Whether data carries check sums: 0 or 1.
        csum_enabled: u8 = 42, "mptcpi_csum_enabled";
        /// Retransmissions of data on another subflow.
        retransmits: u32 of 80 = 44, "mptcpi_retransmits";
        /// Bytes retransmitted so.
        bytes_retrans: u64 = 48, "mptcpi_bytes_retrans";
        /// Bytes sent.
        bytes_sent: u64 = 56, "mptcpi_bytes_sent";
        /// Bytes that arrived.
        bytes_received: u64 = 64, "mptcpi_bytes_received";
        /// Bytes acknowledged.
        bytes_acked: u64 = 72, "mptcpi_bytes_acked";
        /// Subflows, the first included.
        subflows_total: u8 = 80, "mptcpi_subflows_total";
        /// Endpoints for laminar paths; `None` if there are none, which kernels that do not have the field cannot be told from.
        endp_laminar_max: u8 of 96 unless 0 = 81, "mptcpi_endp_laminar_max";
        /// Endpoints for a full mesh; `None` the same way.
        endp_fullmesh_max: u8 of 96 unless 0 = 82, "mptcpi_endp_fullmesh_max";
        /// Since data was last sent, milliseconds.
        last_data_sent: u32 of 96 = 84, "mptcpi_last_data_sent";
        /// Since data last arrived, milliseconds.
        last_data_recv: u32 = 88, "mptcpi_last_data_recv";
        /// Since an acknowledgement last arrived, milliseconds.
        last_ack_recv: u32 = 92, "mptcpi_last_ack_recv";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_read_as_far_as_it_goes() {
        let bytes: Vec<u8> = (0..96).collect();
        for len in 0..=bytes.len() {
            let info = MptcpInfo::new(&bytes[..len]);
            let u32_at = |at: u8| u32::from_ne_bytes([at, at + 1, at + 2, at + 3]);
            let seen = (info.subflows(), info.csum_enabled(), info.endp_fullmesh_max());
            assert_eq!(seen, ((len > 0).then_some(0), (len > 42).then_some(42), (len >= 96).then_some(82)));
            assert_eq!(info.token(), (len >= 16).then(|| u32_at(12)));
            assert_eq!(info.retransmits(), (len >= 80).then(|| u32_at(44)));
            assert_eq!(info.last_ack_recv(), (len >= 96).then(|| u32_at(92)));
            assert_eq!(info.bytes_acked().is_some(), len >= 80);
        }
    }

    #[test]
    fn padding_is_no_field() {
        // What Linux 5.10, 5.15, 6.6 and 6.10 send, all of it 0: later fields lie in the padding of three of them.
        for (len, known) in [(40, [false; 3]), (48, [false; 3]), (88, [true, true, false]), (96, [true; 3])] {
            let zeros = vec![0; len];
            let info = MptcpInfo::new(&zeros);
            let told = [
                info.retransmits().is_some(),
                info.subflows_total().is_some(),
                info.last_data_sent().is_some(),
            ];
            assert_eq!(told, known, "{len}");
            assert_eq!((info.endp_laminar_max(), info.endp_fullmesh_max()), (None, None), "{len}");
        }
    }
}
