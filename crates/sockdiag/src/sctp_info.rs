//! What SCTP knows of an association and its socket: `struct sctp_info` as far as this kernel fills it.
//!
//! A listener has no association: only the fields of the socket, at the end, say something then.

use std::net::SocketAddr;

use crate::fields::fields;
use crate::socket_address::SocketAddresses;

/// The `INET_DIAG_INFO` of an SCTP socket.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "sctp_info")]
pub struct SctpInfo<'a>(&'a [u8]);

impl<'a> SctpInfo<'a> {
    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    fields! {
        /// Our verification tag.
        tag: u32 = 0, "sctpi_tag";
        /// State of the association: 0 closed, 1 cookie wait, 2 cookie echoed, 3 established, 4 to 7 shutting down.
        state: u32 = 4, "sctpi_state";
        /// Our window, bytes.
        rwnd: u32 = 8, "sctpi_rwnd";
        /// Chunks not acknowledged.
        unackdata: u16 = 12, "sctpi_unackdata";
        /// Chunks not read yet.
        penddata: u16 = 14, "sctpi_penddata";
        /// Streams to us.
        instrms: u16 = 16, "sctpi_instrms";
        /// Streams from us.
        outstrms: u16 = 18, "sctpi_outstrms";
        /// Bytes of a message above which it is fragmented.
        fragmentation_point: u32 = 20, "sctpi_fragmentation_point";
        /// Messages not read yet.
        inqueue: u32 = 24, "sctpi_inqueue";
        /// Messages not sent yet.
        outqueue: u32 = 28, "sctpi_outqueue";
        /// Errors in a row.
        overall_error: u32 = 32, "sctpi_overall_error";
        /// Packets sent at once at most.
        max_burst: u32 = 36, "sctpi_max_burst";
        /// Most bytes of user data per chunk.
        maxseg: u32 = 40, "sctpi_maxseg";
        /// The peer's window, bytes.
        peer_rwnd: u32 = 44, "sctpi_peer_rwnd";
        /// The peer's verification tag.
        peer_tag: u32 = 48, "sctpi_peer_tag";
        /// What the peer can do, by bit.
        peer_capable: u8 = 52, "sctpi_peer_capable";
        /// What the peer wants of selective acknowledgements.
        peer_sack: u8 = 53, "sctpi_peer_sack";
        /// Selective acknowledgements received.
        isacks: u64 = 56, "sctpi_isacks";
        /// Selective acknowledgements sent.
        osacks: u64 = 64, "sctpi_osacks";
        /// Packets sent.
        opackets: u64 = 72, "sctpi_opackets";
        /// Packets received.
        ipackets: u64 = 80, "sctpi_ipackets";
        /// Chunks retransmitted.
        rtxchunks: u64 = 88, "sctpi_rtxchunks";
        /// Chunks received far out of sequence.
        outofseqtsns: u64 = 96, "sctpi_outofseqtsns";
        /// Chunks received twice.
        idupchunks: u64 = 104, "sctpi_idupchunks";
        /// Gaps acknowledged.
        gapcnt: u64 = 112, "sctpi_gapcnt";
        /// Unordered chunks sent.
        ouodchunks: u64 = 120, "sctpi_ouodchunks";
        /// Unordered chunks received.
        iuodchunks: u64 = 128, "sctpi_iuodchunks";
        /// Ordered chunks sent.
        oodchunks: u64 = 136, "sctpi_oodchunks";
        /// Ordered chunks received.
        iodchunks: u64 = 144, "sctpi_iodchunks";
        /// Control chunks sent.
        octrlchunks: u64 = 152, "sctpi_octrlchunks";
        /// Control chunks received.
        ictrlchunks: u64 = 160, "sctpi_ictrlchunks";
        /// State of the primary path: 0 inactive, 1 potentially failed, 2 active, 3 unconfirmed.
        primary_state: i32 = 296, "sctpi_p_state";
        /// Congestion window of the primary path, bytes.
        primary_cwnd: u32 = 300, "sctpi_p_cwnd";
        /// Smoothed round-trip time of the primary path, milliseconds.
        primary_srtt: u32 = 304, "sctpi_p_srtt";
        /// Retransmission timeout of the primary path, milliseconds.
        primary_rto: u32 = 308, "sctpi_p_rto";
        /// Time between heartbeats on the primary path, milliseconds.
        primary_hbinterval: u32 = 312, "sctpi_p_hbinterval";
        /// Errors after which the primary path counts as failed.
        primary_pathmaxrxt: u32 = 316, "sctpi_p_pathmaxrxt";
        /// How long acknowledgements are delayed on the primary path, milliseconds.
        primary_sackdelay: u32 = 320, "sctpi_p_sackdelay";
        /// Packets per acknowledgement on the primary path.
        primary_sackfreq: u32 = 324, "sctpi_p_sackfreq";
        /// Slow start threshold of the primary path, bytes.
        primary_ssthresh: u32 = 328, "sctpi_p_ssthresh";
        /// Bytes acknowledged towards the next growth of the window.
        primary_partial_bytes_acked: u32 = 332, "sctpi_p_partial_bytes_acked";
        /// Bytes in flight on the primary path.
        primary_flight_size: u32 = 336, "sctpi_p_flight_size";
        /// Errors in a row on the primary path.
        primary_error: u16 = 340, "sctpi_p_error";
        /// Seconds until an idle association is closed; 0 is never.
        autoclose: u32 = 344, "sctpi_s_autoclose";
        /// Adaptation layer indication.
        adaptation_ind: u32 = 348, "sctpi_s_adaptation_ind";
        /// Bytes of a message above which it is delivered in parts.
        pd_point: u32 = 352, "sctpi_s_pd_point";
        /// Whether messages are sent at once: 0 or 1.
        nodelay: u8 = 356, "sctpi_s_nodelay";
        /// Whether messages may not be fragmented: 0 or 1.
        disable_fragments: u8 = 357, "sctpi_s_disable_fragments";
        /// Whether IPv4 addresses are shown mapped: 0 or 1.
        v4mapped: u8 = 358, "sctpi_s_v4mapped";
        /// How fragments of different messages may be interleaved.
        frag_interleave: u8 = 359, "sctpi_s_frag_interleave";
        /// 0 one-to-many, 1 peeled off, 2 one-to-one.
        socket_style: u32 = 360, "sctpi_s_type";
    }

    /// The peer's address on the primary path.
    #[doc(alias = "sctpi_p_address")]
    pub fn primary_address(&self) -> Option<SocketAddr> {
        SocketAddresses::new(self.0.get(168..296)?).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_read_as_far_as_it_goes() {
        let bytes: Vec<u8> = (0..368).map(|n| n as u8).collect();
        for len in 0..=bytes.len() {
            let info = SctpInfo::new(&bytes[..len]);
            let u32_at = |at: usize| Some(u32::from_ne_bytes([0, 1, 2, 3].map(|n| (at + n) as u8)));
            assert_eq!(info.tag(), u32_at(0).filter(|_| len >= 4));
            assert_eq!(info.peer_tag(), u32_at(48).filter(|_| len >= 52));
            assert_eq!(info.peer_sack(), (len >= 54).then_some(53));
            assert_eq!(info.ictrlchunks().is_some(), len >= 168);
            assert_eq!(info.primary_cwnd(), u32_at(300).filter(|_| len >= 304));
            assert_eq!(info.frag_interleave(), (len >= 360).then_some(359u16 as u8));
            assert_eq!(info.socket_style(), u32_at(360).filter(|_| len >= 364));
            assert_eq!(info.primary_address(), None, "its family is no address family");
        }
    }

    #[test]
    fn the_primary_address_is_read() {
        let mut bytes = [0; 368];
        bytes[168..176].copy_from_slice(&[2u16.to_ne_bytes(), [0, 80], [10, 0], [0, 1]].concat());
        assert_eq!(SctpInfo::new(&bytes).primary_address(), Some(([10, 0, 0, 1], 80).into()));
    }
}
