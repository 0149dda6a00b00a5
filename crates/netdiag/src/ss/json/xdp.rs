//! XDP sockets: frames straight from and to a network card's queue.

use netdiag_host::fields::Facts;
use netdiag_sockdiag::xdp::{Stats, Umem as Shared};
use netdiag_sockdiag::{State, XdpSocket};

use super::fields::{Grouped, Memory};
use super::interface::Interface;
use super::process::Process;
use super::scalar::StateWord;
use crate::json::record::record;
use crate::ss::details::Details;
use crate::ss::names::Names;

record! {
    /// An XDP socket. It has no send queue to report.
    Xdp<'a> {
        /// Always `xdp`.
        #[schemars(extend("const" = "xdp"))]
        netid: &'static str,
        /// Always `xdp`.
        #[schemars(extend("const" = "xdp"))]
        family: &'static str,
        /// Always `unconnected`.
        state: StateWord,
    } maybe {
        /// Bytes allocated for frames not read yet (`SK_MEMINFO_RMEM_ALLOC`).
        recv_q: u32,
        /// The interface it is bound to (`xdiag_info.ifindex`); missing when it is bound to none.
        interface: Interface<'a>,
        /// The interface's queue (`xdiag_info.queue_id`).
        queue: u32,
        /// User id, of the owner (`XDP_DIAG_UID`).
        uid: u32,
        /// The inode that `/proc/PID/fd` links name (`xdiag_ino`).
        inode: u32,
        /// What tells this socket from every other since boot (`xdiag_cookie`).
        cookie: u64,
        /// Ring of received frames (`XDP_DIAG_RX_RING`).
        rx_ring: XdpRing,
        /// Ring of frames to send (`XDP_DIAG_TX_RING`).
        tx_ring: XdpRing,
        /// Ring of empty frames (`XDP_DIAG_UMEM_FILL_RING`).
        fill_ring: XdpRing,
        /// Ring of frames that have been sent (`XDP_DIAG_UMEM_COMPLETION_RING`).
        completion_ring: XdpRing,
        /// The memory frames lie in (`XDP_DIAG_UMEM`).
        umem: Umem,
        /// What went wrong so far (`XDP_DIAG_STATS`).
        stats: XdpStats,
        /// Memory, with `-m`.
        memory: Memory<'a>,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// A ring of descriptors.
    XdpRing {
        /// How many it has room for.
        entries: u32,
    }
}

record! {
    /// Memory for frames (`struct xdp_diag_umem`).
    Umem {
        /// Its number.
        id: u32,
        /// Its size.
        size_bytes: u64,
        /// Pages it takes.
        pages: u32,
        /// Size of a frame's place.
        chunk_bytes: u32,
        /// Room kept before a frame.
        headroom_bytes: u32,
        /// The interface it belongs to.
        interface_index: u32,
        /// The interface's queue.
        queue: u32,
        /// Whether frames are never copied.
        zero_copy: bool,
        /// Sockets that share it.
        refs: u32,
    }
}

record! {
    /// Frames an XDP socket lost (`struct xdp_diag_stats`).
    XdpStats {
        /// Dropped, for whatever reason (`n_rx_dropped`).
        rx_dropped: u64,
        /// Received with a descriptor that made no sense (`n_rx_invalid`).
        rx_invalid: u64,
        /// Found the ring of received frames full (`n_rx_full`).
        rx_queue_full: u64,
        /// Found no empty frame (`n_fill_ring_empty`).
        rx_fill_ring_empty: u64,
        /// To be sent, with a descriptor that made no sense (`n_tx_invalid`).
        tx_invalid: u64,
        /// Times there was nothing to send (`n_tx_ring_empty`).
        tx_ring_empty: u64,
    }
}

impl<'a> Xdp<'a> {
    pub(crate) fn new(
        socket: &XdpSocket<'a>,
        facts: &'a Facts<'a>,
        names: &'a mut Names,
        details: Details,
    ) -> Self {
        let bound = socket.bound().filter(|bound| bound.interface != 0);
        let ring = |entries: Option<u32>| entries.map(|entries| XdpRing { entries });
        Self {
            netid: "xdp",
            family: "xdp",
            state: StateWord(State::CLOSE),
            recv_q: socket.mem_info().and_then(|info| info.rmem_alloc()),
            interface: bound.and_then(|bound| Interface::new(bound.interface, &mut names.interfaces)),
            queue: bound.map(|bound| bound.queue),
            uid: socket.uid(),
            inode: Some(socket.inode()).filter(|&inode| inode != 0),
            cookie: Some(socket.cookie()),
            rx_ring: ring(socket.rx_ring()),
            tx_ring: ring(socket.tx_ring()),
            fill_ring: ring(socket.fill_ring()),
            completion_ring: ring(socket.completion_ring()),
            umem: socket.umem().map(Umem::new),
            stats: socket.stats().map(XdpStats::new),
            memory: Memory::new(facts).filter(|_| details.memory),
            processes: Process::all(names.owners.as_deref(), socket.inode()),
        }
    }
}

impl Umem {
    fn new(umem: Shared) -> Self {
        Self {
            id: umem.id,
            size_bytes: umem.size,
            pages: umem.pages,
            chunk_bytes: umem.chunk_size,
            headroom_bytes: umem.headroom,
            interface_index: umem.interface,
            queue: umem.queue,
            zero_copy: umem.zero_copy,
            refs: umem.users,
        }
    }
}

impl XdpStats {
    fn new(stats: Stats) -> Self {
        Self {
            rx_dropped: stats.rx_dropped,
            rx_invalid: stats.rx_invalid,
            rx_queue_full: stats.rx_full,
            rx_fill_ring_empty: stats.fill_ring_empty,
            tx_invalid: stats.tx_invalid,
            tx_ring_empty: stats.tx_ring_empty,
        }
    }
}
