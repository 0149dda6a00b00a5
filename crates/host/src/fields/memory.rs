//! What a socket's buffers hold.
//!
//! Kernels that lack `SK_MEMINFO_*` tell four numbers of it in another way.

use netdiag_sockdiag::{MemInfo, OldMemInfo};

use super::declare::group;
use super::facts::Facts;
use crate::sockets::{Table, Tables};

group! {
    /// Memory of a socket, with `-m` (`SK_MEMINFO_*`; kernels that lack it give the four numbers of `INET_DIAG_MEMINFO`).
    MEMORY = "memory" always 4 of HAVE_MEMORY, needs MEMORY,
    |facts| memory = Memory::of(facts) => {
        /// Allocated for received data, overhead included (`SK_MEMINFO_RMEM_ALLOC`).
        rmem_alloc: u32 bytes = memory.read(|now| now.rmem_alloc(), |old| old.rmem());
        /// Allocated for data on its way out of the machine (`SK_MEMINFO_WMEM_ALLOC`).
        wmem_alloc: u32 bytes = memory.read(|now| now.wmem_alloc(), |old| old.tmem());
        /// Set aside for the socket and not used yet (`SK_MEMINFO_FWD_ALLOC`); less than nothing while the account runs late.
        fwd_alloc: i32 bytes = memory.read(|now| now.fwd_alloc(), |old| old.fmem());
        /// Held by data in the send queue, sent or not (`SK_MEMINFO_WMEM_QUEUED`).
        wmem_queued: u32 bytes = memory.read(|now| now.wmem_queued(), |old| old.wmem());
        /// Most that may be allocated for received data (`SK_MEMINFO_RCVBUF`).
        rcvbuf: u32 bytes = memory.now().and_then(|now| now.rcvbuf());
        /// Most that may be allocated for data to send (`SK_MEMINFO_SNDBUF`).
        sndbuf: u32 bytes = memory.now().and_then(|now| now.sndbuf());
        /// Held by socket options, for example filters (`SK_MEMINFO_OPTMEM`).
        optmem: u32 bytes = memory.now().and_then(|now| now.optmem());
        /// Received while the socket was in use and not processed yet (`SK_MEMINFO_BACKLOG`).
        backlog: u32 bytes = memory.now().and_then(|now| now.backlog());
        /// Packets dropped since the socket was made (`SK_MEMINFO_DROPS`).
        drops: u32 [COUNT_DROPS] = memory.now().and_then(|now| now.drops());
    }
}

/// What kernels have told of memory.
enum Memory<'a> {
    Now(MemInfo<'a>),
    /// Before 3.6.
    Old(OldMemInfo<'a>),
}

impl<'a> Memory<'a> {
    fn of(facts: &Facts<'a>) -> Option<Self> {
        facts.memory().map(Self::Now).or_else(|| facts.attrs.old_mem_info().map(Self::Old))
    }

    fn read<T>(
        &self,
        now: impl FnOnce(&MemInfo<'a>) -> Option<T>,
        old: impl FnOnce(&OldMemInfo<'a>) -> Option<T>,
    ) -> Option<T> {
        match self {
            Self::Now(info) => now(info),
            Self::Old(info) => old(info),
        }
    }

    fn now(&self) -> Option<MemInfo<'a>> {
        if let Self::Now(info) = self { Some(*info) } else { None }
    }
}

/// Unix sockets have the number and never count.
const COUNT_DROPS: Tables = HAVE_MEMORY.without(&[Table::UnixStream, Table::UnixDgram, Table::UnixSeqpacket]);
/// Everything but vsock and TIPC sockets.
const HAVE_MEMORY: Tables = Tables::ALL.without(&[Table::VsockStream, Table::VsockDgram, Table::Tipc]);
