//! `struct sctp_info`: what SCTP knows of an association, shown with `-i`.

use netdiag_sockdiag::{InetAttrs, SocketAddresses};

use super::scalar::Address;
use crate::json::record::record;

record! {
    /// What SCTP knows of an association (`struct sctp_info`).
    #[derive(Default)]
    Sctp {
    } maybe {
        /// This end's addresses (`INET_DIAG_LOCALS`).
        locals: Vec<Address>,
        /// The peer's addresses (`INET_DIAG_PEERS`).
        peers: Vec<Address>,
        /// This end's verification tag (`sctpi_tag`).
        tag: u32,
        /// The peer's verification tag (`sctpi_peer_tag`).
        peer_tag: u32,
        /// This end's window (`sctpi_rwnd`).
        rwnd_bytes: u32,
        /// The peer's window (`sctpi_peer_rwnd`).
        peer_rwnd_bytes: u32,
        /// Chunks not acknowledged (`sctpi_unackdata`).
        unacked_chunks: u16,
        /// Chunks waiting to be read (`sctpi_penddata`).
        pending_chunks: u16,
        /// Streams in (`sctpi_instrms`).
        in_streams: u16,
        /// Streams out (`sctpi_outstrms`).
        out_streams: u16,
        /// Packets waiting to be processed (`sctpi_inqueue`).
        in_queue: u32,
        /// Packets waiting to be sent (`sctpi_outqueue`).
        out_queue: u32,
        /// Errors in a row (`sctpi_overall_error`).
        overall_error: u32,
        /// Most packets at once (`sctpi_max_burst`).
        max_burst: u32,
        /// Largest chunk (`sctpi_maxseg`).
        maxseg_bytes: u32,
        /// What the peer can do, in bits (`sctpi_peer_capable`).
        peer_capable: u8,
        /// Whether the peer's acknowledgements are waited for (`sctpi_peer_sack`).
        peer_sack: u8,
        /// Seconds of silence after which the association is closed (`sctpi_s_autoclose`).
        autoclose_s: u32,
        /// What the upper layer told the peer about itself (`sctpi_s_adaptation_ind`).
        adaptation_indication: u32,
        /// Bytes after which a part of a message is delivered (`sctpi_s_pd_point`).
        partial_delivery_bytes: u32,
        /// Whether small messages are sent at once (`sctpi_s_nodelay`).
        nodelay: bool,
        /// Whether messages are never split (`sctpi_s_disable_fragments`).
        disable_fragments: bool,
        /// Whether IPv4 addresses are mapped (`sctpi_s_v4mapped`).
        v4mapped: bool,
        /// How parts of messages may interleave (`sctpi_s_frag_interleave`).
        fragment_interleave: u8,
    }
}

impl Sctp {
    /// Addresses come without being asked for.
    pub(crate) fn new(attrs: &InetAttrs<'_>) -> Self {
        let info = attrs.sctp_info();
        let ips = |addresses: SocketAddresses<'_>| addresses.map(|address| Address(address.ip())).collect();
        Self {
            locals: attrs.locals().map(ips),
            peers: attrs.peers().map(ips),
            tag: info.and_then(|info| info.tag()),
            peer_tag: info.and_then(|info| info.peer_tag()),
            rwnd_bytes: info.and_then(|info| info.rwnd()),
            peer_rwnd_bytes: info.and_then(|info| info.peer_rwnd()),
            unacked_chunks: info.and_then(|info| info.unackdata()),
            pending_chunks: info.and_then(|info| info.penddata()),
            in_streams: info.and_then(|info| info.instrms()),
            out_streams: info.and_then(|info| info.outstrms()),
            in_queue: info.and_then(|info| info.inqueue()),
            out_queue: info.and_then(|info| info.outqueue()),
            overall_error: info.and_then(|info| info.overall_error()),
            max_burst: info.and_then(|info| info.max_burst()),
            maxseg_bytes: info.and_then(|info| info.maxseg()),
            peer_capable: info.and_then(|info| info.peer_capable()),
            peer_sack: info.and_then(|info| info.peer_sack()),
            autoclose_s: info.and_then(|info| info.autoclose()),
            adaptation_indication: info.and_then(|info| info.adaptation_ind()),
            partial_delivery_bytes: info.and_then(|info| info.pd_point()),
            nodelay: info.and_then(|info| info.nodelay()).map(|value| value != 0),
            disable_fragments: info.and_then(|info| info.disable_fragments()).map(|value| value != 0),
            v4mapped: info.and_then(|info| info.v4mapped()).map(|value| value != 0),
            fragment_interleave: info.and_then(|info| info.frag_interleave()),
        }
    }
}
