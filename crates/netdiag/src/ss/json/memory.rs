//! What a socket's buffers hold, shown with `-m`.

use netdiag_sockdiag::{MemInfo, OldMemInfo};

use crate::json::record::record;

record! {
    /// Memory of a socket, with `-m` (`SK_MEMINFO_*`; kernels that lack it give the four numbers of `INET_DIAG_MEMINFO`).
    #[derive(Default)]
    Memory {
        /// Allocated for received data, overhead included (`SK_MEMINFO_RMEM_ALLOC`).
        rmem_alloc_bytes: u32,
        /// Allocated for data on its way out of the machine (`SK_MEMINFO_WMEM_ALLOC`).
        wmem_alloc_bytes: u32,
        /// Set aside for the socket and not used yet (`SK_MEMINFO_FWD_ALLOC`).
        fwd_alloc_bytes: u32,
        /// Held by data in the send queue, sent or not (`SK_MEMINFO_WMEM_QUEUED`).
        wmem_queued_bytes: u32,
    } maybe {
        /// Most that may be allocated for received data (`SK_MEMINFO_RCVBUF`).
        rcvbuf_bytes: u32,
        /// Most that may be allocated for data to send (`SK_MEMINFO_SNDBUF`).
        sndbuf_bytes: u32,
        /// Held by socket options, for example filters (`SK_MEMINFO_OPTMEM`).
        optmem_bytes: u32,
        /// Received while the socket was in use and not processed yet (`SK_MEMINFO_BACKLOG`).
        backlog_bytes: u32,
        /// Packets dropped since the socket was made (`SK_MEMINFO_DROPS`).
        drops: u32,
    }
}

impl Memory {
    /// What the kernel told, if it told anything.
    pub(crate) fn new(info: MemInfo<'_>) -> Option<Self> {
        Some(Self {
            rmem_alloc_bytes: info.rmem_alloc()?,
            wmem_alloc_bytes: info.wmem_alloc()?,
            fwd_alloc_bytes: info.fwd_alloc()?,
            wmem_queued_bytes: info.wmem_queued()?,
            rcvbuf_bytes: info.rcvbuf(),
            sndbuf_bytes: info.sndbuf(),
            optmem_bytes: info.optmem(),
            backlog_bytes: info.backlog(),
            drops: info.drops(),
        })
    }

    /// What kernels before 3.6 tell.
    pub(crate) fn old(info: OldMemInfo<'_>) -> Option<Self> {
        Some(Self {
            rmem_alloc_bytes: info.rmem()?,
            wmem_alloc_bytes: info.tmem()?,
            fwd_alloc_bytes: info.fmem()?,
            wmem_queued_bytes: info.wmem()?,
            ..Self::default()
        })
    }
}
