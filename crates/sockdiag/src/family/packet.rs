//! Packet sockets: the request (`packet_diag_req`) and the view of an answer (`packet_diag_msg`).
//!
//! They have no states. An empty filter program is one that only `CAP_NET_ADMIN` may see.

use netlink_packet_core::Emitable;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, native_endian as ne};

use crate::attr::{Attr, Attrs};
use crate::error::Malformed;
use crate::mem_info::MemInfo;
use crate::query::Query;
use crate::socket_type::SocketType;

/// Interface, version, flags and owner.
pub const SHOW_INFO: u32 = 0x01;
/// The groups it has joined on interfaces.
pub const SHOW_MCLIST: u32 = 0x02;
/// Both rings.
pub const SHOW_RING_CFG: u32 = 0x04;
/// The group it shares packets with.
pub const SHOW_FANOUT: u32 = 0x08;
/// Memory use.
pub const SHOW_MEMINFO: u32 = 0x10;
/// The filter program, to the privileged.
pub const SHOW_FILTER: u32 = 0x20;

/// Asks for all packet sockets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "packet_diag_req")]
pub struct PacketRequest {
    /// What to tell of each, a sum of `SHOW_*`.
    #[doc(alias = "pdiag_show")]
    pub show: u32,
}

impl Emitable for PacketRequest {
    fn buffer_len(&self) -> usize {
        size_of::<super::ByShow>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(super::ByShow::new(AF_PACKET, 0, self.show).as_bytes());
    }
}

impl Query for PacketRequest {
    type Socket<'a> = PacketSocket<'a>;

    fn view(record: &[u8]) -> Result<PacketSocket<'_>, Malformed> {
        let (header, attrs) = Header::ref_from_prefix(record).map_err(|_| Malformed("packet_diag_msg"))?;
        match header.family {
            AF_PACKET => Ok(PacketSocket { header, attrs: Attrs::new(attrs) }),
            _ => Err(Malformed("pdiag_family")),
        }
    }
}

/// One packet socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "packet_diag_msg")]
pub struct PacketSocket<'a> {
    header: &'a Header,
    /// What was asked for beside the header (`PACKET_DIAG_*`).
    pub attrs: Attrs<'a>,
}

impl<'a> PacketSocket<'a> {
    /// Raw (with link-layer headers) or datagram (without).
    #[doc(alias = "pdiag_type")]
    pub fn kind(&self) -> SocketType {
        SocketType(self.header.kind)
    }

    /// The Ethernet protocol it receives (`ETH_P_*`): 3 is all of them, 0 none.
    #[doc(alias = "pdiag_num")]
    pub fn protocol(&self) -> u16 {
        self.header.protocol.get()
    }

    /// The inode `/proc/PID/fd` links name.
    #[doc(alias = "pdiag_ino")]
    pub fn inode(&self) -> u32 {
        self.header.inode.get()
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "pdiag_cookie")]
    pub fn cookie(&self) -> u64 {
        super::cookie(self.header.cookie)
    }

    /// Interface, version and flags.
    #[doc(alias = "PACKET_DIAG_INFO")]
    pub fn info(&self) -> Option<Info<'a>> {
        self.attrs.find(INFO).map(|attr| Info(attr.payload))
    }

    /// The groups it has joined, one after the other.
    #[doc(alias = "PACKET_DIAG_MCLIST")]
    pub fn memberships(&self) -> Option<impl Iterator<Item = Membership<'a>>> {
        let (list, _) = self.attrs.find(MCLIST)?.payload.as_chunks::<MEMBERSHIP>();
        Some(list.iter().filter_map(Membership::new))
    }

    /// The ring packets are received into.
    #[doc(alias = "PACKET_DIAG_RX_RING")]
    pub fn rx_ring(&self) -> Option<Ring> {
        self.attrs.find(RX_RING).and_then(Ring::new)
    }

    /// The ring packets are sent from.
    #[doc(alias = "PACKET_DIAG_TX_RING")]
    pub fn tx_ring(&self) -> Option<Ring> {
        self.attrs.find(TX_RING).and_then(Ring::new)
    }

    /// The group it shares packets with.
    #[doc(alias = "PACKET_DIAG_FANOUT")]
    pub fn fanout(&self) -> Option<Fanout> {
        let both = self.attrs.find(FANOUT)?.u32()?;
        Some(Fanout { id: both as u16, kind: (both >> 16) as u16 })
    }

    /// Who owns it.
    #[doc(alias = "PACKET_DIAG_UID")]
    pub fn uid(&self) -> Option<u32> {
        self.attrs.find(UID).and_then(Attr::u32)
    }

    /// Memory use.
    #[doc(alias = "PACKET_DIAG_MEMINFO")]
    pub fn mem_info(&self) -> Option<MemInfo<'a>> {
        self.attrs.find(MEMINFO).map(|attr| MemInfo::new(attr.payload))
    }

    /// The instructions of the filter attached; `None` without a filter, none of them without `CAP_NET_ADMIN`.
    #[doc(alias = "PACKET_DIAG_FILTER")]
    pub fn filter(&self) -> Option<impl ExactSizeIterator<Item = Instruction> + 'a> {
        let (program, _) = self.attrs.find(FILTER)?.payload.as_chunks();
        Some(program.iter().map(|&instruction| Instruction::new(instruction)))
    }

    /// Appends the record this is a view of, as the kernel sent it.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        record.extend_from_slice(self.header.as_bytes());
        record.extend_from_slice(self.attrs.bytes());
    }
}

/// What a record begins with, for those who write one as the kernel would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// See [`PacketSocket::kind`].
    pub kind: SocketType,
    /// See [`PacketSocket::protocol`].
    pub protocol: u16,
    /// See [`PacketSocket::inode`].
    pub inode: u32,
    /// See [`PacketSocket::cookie`].
    pub cookie: u64,
}

impl Head {
    /// Appends it to a record.
    pub fn write_to(self, record: &mut Vec<u8>) {
        let Self { kind, protocol, inode, cookie } = self;
        let cookie = super::halves(cookie);
        let header = Header {
            family: AF_PACKET,
            kind: kind.0,
            protocol: protocol.into(),
            inode: inode.into(),
            cookie,
        };
        record.extend_from_slice(header.as_bytes());
    }
}

/// What a packet socket is set to; words that were not sent are `None`.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "packet_diag_info")]
pub struct Info<'a>(&'a [u8]);

impl Info<'_> {
    /// The interface it is bound to, by index; 0 when to all.
    #[doc(alias = "pdi_index")]
    pub fn interface(self) -> Option<u32> {
        self.word(0)
    }

    /// The layout of its rings: `TPACKET_V1` is 0, `TPACKET_V3` 2.
    #[doc(alias = "pdi_version")]
    pub fn version(self) -> Option<u32> {
        self.word(1)
    }

    /// Bytes kept free in front of every packet of the ring.
    #[doc(alias = "pdi_reserve")]
    pub fn reserve(self) -> Option<u32> {
        self.word(2)
    }

    /// Longer packets are also queued whole; 0 is never.
    #[doc(alias = "pdi_copy_thresh")]
    pub fn copy_threshold(self) -> Option<u32> {
        self.word(3)
    }

    /// Which time stamps packets get (`SOF_TIMESTAMPING_*`).
    #[doc(alias = "pdi_tstamp")]
    pub fn timestamping(self) -> Option<u32> {
        self.word(4)
    }

    /// A sum of [`RUNNING`] and the others.
    #[doc(alias = "pdi_flags")]
    pub fn flags(self) -> Option<u32> {
        self.word(5)
    }

    fn word(self, index: usize) -> Option<u32> {
        self.0.get(4 * index..)?.first_chunk().map(|word| u32::from_ne_bytes(*word))
    }
}

/// It receives: its interface exists and is up.
#[doc(alias = "PDI_RUNNING")]
pub const RUNNING: u32 = 0x01;
/// `PACKET_AUXDATA`.
#[doc(alias = "PDI_AUXDATA")]
pub const AUXDATA: u32 = 0x02;
/// `PACKET_ORIGDEV`.
#[doc(alias = "PDI_ORIGDEV")]
pub const ORIGDEV: u32 = 0x04;
/// `PACKET_VNET_HDR`.
#[doc(alias = "PDI_VNETHDR")]
pub const VNETHDR: u32 = 0x08;
/// `PACKET_LOSS`.
#[doc(alias = "PDI_LOSS")]
pub const LOSS: u32 = 0x10;

/// What a socket has asked an interface to receive beside what is meant for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "packet_diag_mclist")]
pub struct Membership<'a> {
    /// The interface, by index.
    #[doc(alias = "pdmc_index")]
    pub interface: u32,
    /// How often it was asked.
    #[doc(alias = "pdmc_count")]
    pub count: u32,
    /// `PACKET_MR_*`: 0 a multicast group, 1 promiscuous, 2 all multicast, 3 a unicast address.
    #[doc(alias = "pdmc_type")]
    pub kind: u16,
    /// The address, where the kind has one.
    #[doc(alias = "pdmc_addr")]
    pub address: &'a [u8],
}

impl<'a> Membership<'a> {
    fn new(entry: &'a [u8; MEMBERSHIP]) -> Option<Self> {
        let (head, address) = MembershipHead::ref_from_prefix(entry).ok()?;
        Some(Self {
            interface: head.interface.get(),
            count: head.count.get(),
            kind: head.kind.get(),
            address: address.get(..head.address_len.get().into())?,
        })
    }
}

/// A memory-mapped ring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "packet_diag_ring")]
pub struct Ring {
    /// Bytes of a block.
    #[doc(alias = "pdr_block_size")]
    pub block_size: u32,
    /// How many blocks.
    #[doc(alias = "pdr_block_nr")]
    pub blocks: u32,
    /// Bytes of a frame.
    #[doc(alias = "pdr_frame_size")]
    pub frame_size: u32,
    /// How many frames.
    #[doc(alias = "pdr_frame_nr")]
    pub frames: u32,
    /// Milliseconds after which a block is handed over unfilled; 0 but for `TPACKET_V3`.
    #[doc(alias = "pdr_retire_tmo")]
    pub retire_timeout: u32,
    /// Bytes of every block that belong to the application.
    #[doc(alias = "pdr_sizeof_priv")]
    pub private_size: u32,
    /// What the kernel fills into packet headers (`TP_FT_REQ_*`).
    #[doc(alias = "pdr_features")]
    pub features: u32,
}

impl Ring {
    fn new(attr: Attr<'_>) -> Option<Self> {
        let (words, _) = <[ne::U32; 7]>::read_from_prefix(attr.payload).ok()?;
        let [block_size, blocks, frame_size, frames, retire_timeout, private_size, features] =
            words.map(ne::U32::get);
        Some(Self { block_size, blocks, frame_size, frames, retire_timeout, private_size, features })
    }
}

/// A group of sockets that share packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fanout {
    /// The group's number.
    pub id: u16,
    /// By what rule they share, `PACKET_FANOUT_*`: 0 hash, 1 load balancing, 2 CPU, 3 rollover, 4 random, 5 queue.
    pub kind: u16,
}

/// One instruction of a classic BPF program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "sock_filter")]
pub struct Instruction {
    /// What to do.
    pub code: u16,
    /// How far to jump if true.
    pub jt: u8,
    /// How far to jump if not.
    pub jf: u8,
    /// The operand.
    pub k: u32,
}

impl Instruction {
    fn new([a, b, jt, jf, k @ ..]: [u8; 8]) -> Self {
        Self { code: u16::from_ne_bytes([a, b]), jt, jf, k: u32::from_ne_bytes(k) }
    }
}

/// `struct packet_diag_msg`, 16 bytes.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    kind: u8,
    protocol: ne::U16,
    inode: ne::U32,
    cookie: [ne::U32; 2],
}

/// `struct packet_diag_mclist` up to the address, which has 32 bytes.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct MembershipHead {
    interface: ne::U32,
    count: ne::U32,
    kind: ne::U16,
    address_len: ne::U16,
}

const MEMBERSHIP: usize = size_of::<MembershipHead>() + 32;

/// `AF_PACKET`.
const AF_PACKET: u8 = 17;

/// `PACKET_DIAG_INFO`.
pub const INFO: u16 = 0;
const MCLIST: u16 = 1;
const RX_RING: u16 = 2;
const TX_RING: u16 = 3;
const FANOUT: u16 = 4;
/// `PACKET_DIAG_UID`.
pub const UID: u16 = 5;
/// `PACKET_DIAG_MEMINFO`.
pub const MEMINFO: u16 = 6;
const FILTER: u16 = 7;
