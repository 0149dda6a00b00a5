//! Netlink sockets: the request (`netlink_diag_req`) and the view of an answer (`netlink_diag_msg`).
//!
//! A port id is usually the process's own number, but nothing makes it so. The kernel lists a socket that is bound to groups
//! twice: where its port is, and where its groups are.

use netlink_packet_core::Emitable;
use netlink_packet_sock_diag::constants::AF_NETLINK;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, native_endian as ne};

use crate::attr::{Attr, Attrs};
use crate::error::Malformed;
use crate::mem_info::MemInfo;
use crate::query::Query;
use crate::socket_type::SocketType;

/// Memory use.
pub const SHOW_MEMINFO: u32 = 0x01;
/// The groups it listens to.
pub const SHOW_GROUPS: u32 = 0x02;
/// Its flags (since Linux 4.7).
pub const SHOW_FLAGS: u32 = 0x08;

/// Asks for all netlink sockets of all protocols.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "netlink_diag_req")]
pub struct NetlinkRequest {
    /// What to tell of each, a sum of `SHOW_*`.
    #[doc(alias = "ndiag_show")]
    pub show: u32,
}

impl Emitable for NetlinkRequest {
    fn buffer_len(&self) -> usize {
        size_of::<super::ByShow>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(super::ByShow::new(AF_NETLINK, ALL, self.show).as_bytes());
    }
}

impl Query for NetlinkRequest {
    type Socket<'a> = NetlinkSocket<'a>;

    fn view(record: &[u8]) -> Result<NetlinkSocket<'_>, Malformed> {
        let (header, attrs) = Header::ref_from_prefix(record).map_err(|_| Malformed("netlink_diag_msg"))?;
        match header.family {
            AF_NETLINK => Ok(NetlinkSocket { header, attrs: Attrs::new(attrs) }),
            _ => Err(Malformed("ndiag_family")),
        }
    }
}

/// One netlink socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "netlink_diag_msg")]
pub struct NetlinkSocket<'a> {
    header: &'a Header,
    /// What was asked for beside the header (`NETLINK_DIAG_*`).
    pub attrs: Attrs<'a>,
}

impl<'a> NetlinkSocket<'a> {
    /// Raw or datagram, which mean the same here.
    #[doc(alias = "ndiag_type")]
    pub fn kind(&self) -> SocketType {
        SocketType(self.header.kind)
    }

    /// Which part of the kernel it talks to (`NETLINK_ROUTE` is 0).
    #[doc(alias = "ndiag_protocol")]
    pub fn protocol(&self) -> u8 {
        self.header.protocol
    }

    /// Whether it has a fixed peer, see [`peer_port`](Self::peer_port).
    #[doc(alias = "ndiag_state")]
    pub fn connected(&self) -> bool {
        self.header.state == CONNECTED
    }

    /// Its port id; 0 is the kernel's end.
    #[doc(alias = "ndiag_portid")]
    pub fn port(&self) -> u32 {
        self.header.port.get()
    }

    /// The port id it sends to unless told otherwise.
    #[doc(alias = "ndiag_dst_portid")]
    pub fn peer_port(&self) -> u32 {
        self.header.peer_port.get()
    }

    /// The group it sends to unless told otherwise.
    #[doc(alias = "ndiag_dst_group")]
    pub fn peer_group(&self) -> u32 {
        self.header.peer_group.get()
    }

    /// The inode `/proc/PID/fd` links name; 0 for the kernel's end.
    #[doc(alias = "ndiag_ino")]
    pub fn inode(&self) -> u32 {
        self.header.inode.get()
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "ndiag_cookie")]
    pub fn cookie(&self) -> u64 {
        super::cookie(self.header.cookie)
    }

    /// Memory use.
    #[doc(alias = "NETLINK_DIAG_MEMINFO")]
    pub fn mem_info(&self) -> Option<MemInfo<'a>> {
        self.attrs.find(MEMINFO).map(|attr| MemInfo::new(attr.payload))
    }

    /// The groups it listens to; `None` when it never joined any.
    #[doc(alias = "NETLINK_DIAG_GROUPS")]
    pub fn groups(&self) -> Option<Groups<'a>> {
        self.attrs.find(GROUPS).map(|attr| Groups(attr.payload))
    }

    /// A sum of `NDIAG_FLAG_*`: 0x01 a dump is running, 0x02 packet info, 0x04 broadcast errors, 0x08 no `ENOBUFS`, 0x10
    /// listens to all namespaces, 0x20 capped acknowledgements.
    #[doc(alias = "NETLINK_DIAG_FLAGS")]
    pub fn flags(&self) -> Option<u32> {
        self.attrs.find(FLAGS).and_then(Attr::u32)
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
    /// See [`NetlinkSocket::protocol`].
    pub protocol: u8,
    /// See [`NetlinkSocket::port`].
    pub port: u32,
    /// See [`NetlinkSocket::inode`].
    pub inode: u32,
    /// See [`NetlinkSocket::cookie`].
    pub cookie: u64,
}

impl Head {
    /// Appends it to a record: a socket without a fixed peer.
    pub fn write_to(self, record: &mut Vec<u8>) {
        let Self { protocol, port, inode, cookie } = self;
        let header = Header {
            family: AF_NETLINK,
            kind: 0,
            protocol,
            state: 0,
            port: port.into(),
            peer_port: 0.into(),
            peer_group: 0.into(),
            inode: inode.into(),
            cookie: super::halves(cookie),
        };
        record.extend_from_slice(header.as_bytes());
    }
}

/// Multicast groups, as the kernel keeps them: a bit each, in machine words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Groups<'a>(&'a [u8]);

impl<'a> Groups<'a> {
    /// The numbers of the groups, counted from 1.
    pub fn numbers(self) -> impl Iterator<Item = u32> + 'a {
        (0u32..).zip(self.words()).flat_map(|(index, word)| {
            let first = index * usize::BITS + 1;
            (0..usize::BITS).filter(move |bit| word >> bit & 1 != 0).map(move |bit| first + bit)
        })
    }

    /// Groups 1 to 32, which once were all: bit 0 is group 1.
    pub fn low(self) -> u32 {
        self.words().next().map_or(0, |word| word as u32)
    }

    fn words(self) -> impl Iterator<Item = usize> + 'a {
        let (words, _) = self.0.as_chunks();
        words.iter().map(|word| usize::from_ne_bytes(*word))
    }
}

/// `struct netlink_diag_msg`, 28 bytes.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    kind: u8,
    protocol: u8,
    state: u8,
    port: ne::U32,
    peer_port: ne::U32,
    peer_group: ne::U32,
    inode: ne::U32,
    cookie: [ne::U32; 2],
}

/// `NDIAG_PROTO_ALL`.
const ALL: u8 = 255;
/// `NETLINK_CONNECTED`.
const CONNECTED: u8 = 1;

/// `NETLINK_DIAG_MEMINFO`.
pub const MEMINFO: u16 = 0;
/// `NETLINK_DIAG_GROUPS`.
pub const GROUPS: u16 = 1;
const FLAGS: u16 = 4;
