//! `struct sctp_info`: what SCTP knows of an association.
//!
//! Its addresses are not here: there can be many.

use netdiag_sockdiag::InetAttrs;

use super::declare::group;
use crate::sockets::{Table, Tables};

group! {
    /// What SCTP knows of an association (`struct sctp_info`).
    SCTP = "sctp" always 0 of Tables::of(&[Table::Sctp]), needs INFO,
    |facts| sctp = facts.of(Table::Sctp).and_then(InetAttrs::sctp_info) => {
        /// This end's verification tag (`sctpi_tag`).
        tag: u32 = sctp.tag();
        /// The peer's verification tag (`sctpi_peer_tag`).
        peer_tag: u32 = sctp.peer_tag();
        /// This end's window (`sctpi_rwnd`).
        rwnd: u32 bytes = sctp.rwnd();
        /// The peer's window (`sctpi_peer_rwnd`).
        peer_rwnd: u32 bytes = sctp.peer_rwnd();
        /// Chunks not acknowledged (`sctpi_unackdata`).
        unacked_chunks: u16 = sctp.unackdata();
        /// Chunks waiting to be read (`sctpi_penddata`).
        pending_chunks: u16 = sctp.penddata();
        /// Streams in (`sctpi_instrms`).
        in_streams: u16 = sctp.instrms();
        /// Streams out (`sctpi_outstrms`).
        out_streams: u16 = sctp.outstrms();
        /// Packets waiting to be processed (`sctpi_inqueue`).
        in_queue: u32 = sctp.inqueue();
        /// Packets waiting to be sent (`sctpi_outqueue`).
        out_queue: u32 = sctp.outqueue();
        /// Errors in a row (`sctpi_overall_error`).
        overall_error: u32 = sctp.overall_error();
        /// Most packets at once (`sctpi_max_burst`).
        max_burst: u32 = sctp.max_burst();
        /// Largest chunk (`sctpi_maxseg`).
        maxseg: u32 bytes = sctp.maxseg();
        /// What the peer can do, in bits (`sctpi_peer_capable`).
        peer_capable: u8 = sctp.peer_capable();
        /// Whether the peer's acknowledgements are waited for (`sctpi_peer_sack`).
        peer_sack: bool = sctp.peer_sack().map(|value| value != 0);
        /// After how long a silence the association is closed (`sctpi_s_autoclose`); 0 is never.
        autoclose: u64 us = sctp.autoclose().map(|seconds| u64::from(seconds) * 1_000_000);
        /// What the upper layer told the peer about itself (`sctpi_s_adaptation_ind`).
        adaptation_indication: u32 = sctp.adaptation_ind();
        /// Bytes after which a part of a message is delivered (`sctpi_s_pd_point`).
        partial_delivery: u32 bytes = sctp.pd_point();
        /// Whether small messages are sent at once (`sctpi_s_nodelay`).
        nodelay: bool = sctp.nodelay().map(|value| value != 0);
        /// Whether messages are never split (`sctpi_s_disable_fragments`).
        disable_fragments: bool = sctp.disable_fragments().map(|value| value != 0);
        /// Whether IPv4 addresses are mapped (`sctpi_s_v4mapped`).
        v4mapped: bool = sctp.v4mapped().map(|value| value != 0);
        /// How parts of messages may interleave (`sctpi_s_frag_interleave`).
        fragment_interleave: u8 = sctp.frag_interleave();
    }
}
