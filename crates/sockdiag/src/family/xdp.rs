//! `AF_XDP` sockets: the request (`xdp_diag_req`) and the view of an answer (`xdp_diag_msg`).
//!
//! Sockets that share one umem all report it.

use netlink_packet_core::Emitable;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, native_endian as ne};

use crate::attr::{Attr, Attrs};
use crate::error::Malformed;
use crate::mem_info::MemInfo;
use crate::query::Query;
use crate::socket_type::SocketType;

/// Interface, queue and owner.
pub const SHOW_INFO: u32 = 0x01;
/// The rings.
pub const SHOW_RING_CFG: u32 = 0x02;
/// The memory packets lie in.
pub const SHOW_UMEM: u32 = 0x04;
/// Memory use.
pub const SHOW_MEMINFO: u32 = 0x08;
/// What was dropped and why (since Linux 5.9).
pub const SHOW_STATS: u32 = 0x10;

/// Asks for all `AF_XDP` sockets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "xdp_diag_req")]
pub struct XdpRequest {
    /// What to tell of each, a sum of `SHOW_*`.
    #[doc(alias = "xdiag_show")]
    pub show: u32,
}

impl Emitable for XdpRequest {
    fn buffer_len(&self) -> usize {
        size_of::<super::ByShow>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(super::ByShow::new(AF_XDP, 0, self.show).as_bytes());
    }
}

impl Query for XdpRequest {
    type Socket<'a> = XdpSocket<'a>;

    fn view(record: &[u8]) -> Result<XdpSocket<'_>, Malformed> {
        let (header, attrs) = Header::ref_from_prefix(record).map_err(|_| Malformed("xdp_diag_msg"))?;
        match header.family {
            AF_XDP => Ok(XdpSocket { header, attrs: Attrs::new(attrs) }),
            _ => Err(Malformed("xdiag_family")),
        }
    }
}

/// One `AF_XDP` socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "xdp_diag_msg")]
pub struct XdpSocket<'a> {
    header: &'a Header,
    /// What was asked for beside the header (`XDP_DIAG_*`).
    pub attrs: Attrs<'a>,
}

impl<'a> XdpSocket<'a> {
    /// Always raw.
    #[doc(alias = "xdiag_type")]
    pub fn kind(&self) -> SocketType {
        SocketType(self.header.kind)
    }

    /// The inode `/proc/PID/fd` links name.
    #[doc(alias = "xdiag_ino")]
    pub fn inode(&self) -> u32 {
        self.header.inode.get()
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "xdiag_cookie")]
    pub fn cookie(&self) -> u64 {
        super::cookie(self.header.cookie)
    }

    /// What it is bound to; interface 0 when to nothing yet.
    #[doc(alias = "XDP_DIAG_INFO")]
    pub fn bound(&self) -> Option<Bound> {
        let payload = self.attrs.find(INFO)?.payload;
        let ([interface, queue], _) = <[ne::U32; 2]>::read_from_prefix(payload).ok()?;
        Some(Bound { interface: interface.get(), queue: queue.get() })
    }

    /// Who owns it.
    #[doc(alias = "XDP_DIAG_UID")]
    pub fn uid(&self) -> Option<u32> {
        self.attrs.find(UID).and_then(Attr::u32)
    }

    /// How many descriptors the receive ring has.
    #[doc(alias = "XDP_DIAG_RX_RING")]
    pub fn rx_ring(&self) -> Option<u32> {
        self.attrs.find(RX_RING).and_then(Attr::u32)
    }

    /// How many descriptors the transmit ring has.
    #[doc(alias = "XDP_DIAG_TX_RING")]
    pub fn tx_ring(&self) -> Option<u32> {
        self.attrs.find(TX_RING).and_then(Attr::u32)
    }

    /// How many descriptors the fill ring has.
    #[doc(alias = "XDP_DIAG_UMEM_FILL_RING")]
    pub fn fill_ring(&self) -> Option<u32> {
        self.attrs.find(FILL_RING).and_then(Attr::u32)
    }

    /// How many descriptors the completion ring has.
    #[doc(alias = "XDP_DIAG_UMEM_COMPLETION_RING")]
    pub fn completion_ring(&self) -> Option<u32> {
        self.attrs.find(COMPLETION_RING).and_then(Attr::u32)
    }

    /// The memory packets lie in.
    #[doc(alias = "XDP_DIAG_UMEM")]
    pub fn umem(&self) -> Option<Umem> {
        let payload = self.attrs.find(UMEM)?.payload;
        let (umem, _) = RawUmem::ref_from_prefix(payload).ok()?;
        let [id, pages, chunk_size, headroom, interface, queue, flags, users] = umem.words.map(ne::U32::get);
        Some(Umem {
            size: umem.size.get(),
            id,
            pages,
            chunk_size,
            headroom,
            interface,
            queue,
            zero_copy: flags & ZEROCOPY != 0,
            users,
        })
    }

    /// Memory use.
    #[doc(alias = "XDP_DIAG_MEMINFO")]
    pub fn mem_info(&self) -> Option<MemInfo<'a>> {
        self.attrs.find(MEMINFO).map(|attr| MemInfo::new(attr.payload))
    }

    /// What was dropped and why.
    #[doc(alias = "XDP_DIAG_STATS")]
    pub fn stats(&self) -> Option<Stats> {
        let payload = self.attrs.find(STATS)?.payload;
        let (words, _) = <[ne::U64; 6]>::read_from_prefix(payload).ok()?;
        let [rx_dropped, rx_invalid, rx_full, fill_ring_empty, tx_invalid, tx_ring_empty] =
            words.map(ne::U64::get);
        Some(Stats { rx_dropped, rx_invalid, rx_full, fill_ring_empty, tx_invalid, tx_ring_empty })
    }

    /// Appends the record this is a view of, as the kernel sent it.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        record.extend_from_slice(self.header.as_bytes());
        record.extend_from_slice(self.attrs.bytes());
    }
}

/// Where a socket sits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "xdp_diag_info")]
pub struct Bound {
    /// The interface, by index.
    #[doc(alias = "ifindex")]
    pub interface: u32,
    /// The interface's queue.
    #[doc(alias = "queue_id")]
    pub queue: u32,
}

/// Memory that packets are received into and sent from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "xdp_diag_umem")]
pub struct Umem {
    /// In bytes.
    pub size: u64,
    /// Its number.
    pub id: u32,
    /// In pages.
    #[doc(alias = "num_pages")]
    pub pages: u32,
    /// Bytes of the room for one packet.
    pub chunk_size: u32,
    /// Bytes kept free in front of every packet.
    pub headroom: u32,
    /// The interface it is bound to, by index; 0 when to none.
    #[doc(alias = "ifindex")]
    pub interface: u32,
    /// The interface's queue.
    #[doc(alias = "queue_id")]
    pub queue: u32,
    /// Whether the interface writes into it without a copy.
    #[doc(alias = "XDP_DU_F_ZEROCOPY")]
    pub zero_copy: bool,
    /// How many sockets share it.
    #[doc(alias = "refs")]
    pub users: u32,
}

/// Counts of packets and descriptors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "xdp_diag_stats")]
pub struct Stats {
    /// Packets dropped for other reasons than a bad descriptor.
    #[doc(alias = "n_rx_dropped")]
    pub rx_dropped: u64,
    /// Fill ring descriptors that were no good.
    #[doc(alias = "n_rx_invalid")]
    pub rx_invalid: u64,
    /// Packets dropped because the receive ring was full.
    #[doc(alias = "n_rx_full")]
    pub rx_full: u64,
    /// How often the fill ring had nothing to give.
    #[doc(alias = "n_fill_ring_empty")]
    pub fill_ring_empty: u64,
    /// Transmit descriptors that were no good.
    #[doc(alias = "n_tx_invalid")]
    pub tx_invalid: u64,
    /// How often the transmit ring had nothing to give.
    #[doc(alias = "n_tx_ring_empty")]
    pub tx_ring_empty: u64,
}

/// `struct xdp_diag_msg`, 16 bytes.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    kind: u8,
    pad: ne::U16,
    inode: ne::U32,
    cookie: [ne::U32; 2],
}

/// `struct xdp_diag_umem`: id, pages, chunk size, headroom, interface, queue, flags and users follow the size.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawUmem {
    size: ne::U64,
    words: [ne::U32; 8],
}

const ZEROCOPY: u32 = 1;

/// `AF_XDP`.
const AF_XDP: u8 = 44;

const INFO: u16 = 1;
const UID: u16 = 2;
const RX_RING: u16 = 3;
const TX_RING: u16 = 4;
const UMEM: u16 = 5;
const FILL_RING: u16 = 6;
const COMPLETION_RING: u16 = 7;
const MEMINFO: u16 = 8;
const STATS: u16 = 9;
