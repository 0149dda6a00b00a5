//! The kinds of sockets there are to list, and the families they come in.
//!
//! Only inet tables come in two families; everywhere else a family's tables are its socket types, told apart one by one.

use netdiag_sockdiag::filter::AddressFamily;
use netdiag_sockdiag::{InetSocket, SocketType, inet};

/// A kind of socket, in the order they are listed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Table {
    /// Netlink sockets of all protocols.
    Netlink,
    /// Packet sockets that are given link-layer headers.
    PacketRaw,
    /// Packet sockets that are not.
    PacketDgram,
    /// Unix sockets, connected streams.
    UnixStream,
    /// Unix sockets, datagrams.
    UnixDgram,
    /// Unix sockets, connected datagrams.
    UnixSeqpacket,
    /// Raw IP sockets of all protocols.
    Raw,
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// DCCP, which Linux 6.16 dropped.
    Dccp,
    /// SCTP.
    Sctp,
    /// Between a virtual machine and its host, connected streams.
    VsockStream,
    /// Between a virtual machine and its host, datagrams.
    VsockDgram,
    /// TIPC sockets of all types.
    Tipc,
    /// `AF_XDP`.
    Xdp,
    /// Multipath TCP.
    Mptcp,
}

/// An address family, in the order a table's are listed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are those of socket(2)")]
pub enum Family {
    Inet,
    Inet6,
    Link,
    Unix,
    Netlink,
    Vsock,
    Tipc,
    Xdp,
}

impl Table {
    /// All of them, in order.
    pub const ALL: [Self; 16] = [
        Self::Netlink,
        Self::PacketRaw,
        Self::PacketDgram,
        Self::UnixStream,
        Self::UnixDgram,
        Self::UnixSeqpacket,
        Self::Raw,
        Self::Udp,
        Self::Tcp,
        Self::Dccp,
        Self::Sctp,
        Self::VsockStream,
        Self::VsockDgram,
        Self::Tipc,
        Self::Xdp,
        Self::Mptcp,
    ];

    /// What the Netid column calls it.
    #[inline]
    pub fn netid(self) -> &'static str {
        match self {
            Self::Netlink => "nl",
            Self::PacketRaw => "p_raw",
            Self::PacketDgram => "p_dgr",
            Self::UnixStream => "u_str",
            Self::UnixDgram => "u_dgr",
            Self::UnixSeqpacket => "u_seq",
            Self::Raw => "raw",
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Dccp => "dccp",
            Self::Sctp => "sctp",
            Self::VsockStream => "v_str",
            Self::VsockDgram => "v_dgr",
            Self::Tipc => "tipc",
            Self::Xdp => "xdp",
            Self::Mptcp => "mptcp",
        }
    }

    /// What the Netid column calls one of its inet sockets: a raw socket is called by its protocol, as far as upstream has a
    /// name for it.
    #[inline]
    pub fn netid_of(self, socket: &InetSocket<'_>) -> &'static str {
        if self != Self::Raw {
            return self.netid();
        }
        match socket.protocol() {
            None | Some(0) => "raw",
            Some(inet::TCP) => "tcp",
            Some(inet::UDP) => "udp",
            Some(inet::DCCP) => "dccp",
            Some(inet::SCTP) => "sctp",
            Some(ICMPV6) => "icmp6",
            Some(_) => UNKNOWN_NETID,
        }
    }

    /// What the Netid column calls TIPC sockets of a type.
    pub fn netid_of_tipc(kind: Option<SocketType>) -> &'static str {
        match kind {
            Some(SocketType::STREAM) => "ti_st",
            Some(SocketType::DGRAM) => "ti_dg",
            Some(SocketType::RDM) => "ti_rd",
            Some(SocketType::SEQPACKET) => "ti_sq",
            _ => UNKNOWN_NETID,
        }
    }

    /// The table of Unix sockets of a type.
    pub fn of_unix(kind: SocketType) -> Option<Self> {
        match kind {
            SocketType::STREAM => Some(Self::UnixStream),
            SocketType::DGRAM => Some(Self::UnixDgram),
            SocketType::SEQPACKET => Some(Self::UnixSeqpacket),
            _ => None,
        }
    }

    /// The table of packet sockets of a type; the ancient `SOCK_PACKET` counts as datagrams.
    pub fn of_packet(kind: SocketType) -> Self {
        if kind == SocketType::RAW { Self::PacketRaw } else { Self::PacketDgram }
    }

    /// Whether the kernel runs filter programs on its sockets. Of SCTP it takes them and gives them no heed.
    pub(crate) fn is_filtered(self) -> bool {
        matches!(self, Self::Raw | Self::Udp | Self::Tcp | Self::Dccp | Self::Mptcp)
    }

    /// The table of vsock sockets of a type.
    pub fn of_vsock(kind: SocketType) -> Option<Self> {
        match kind {
            SocketType::STREAM => Some(Self::VsockStream),
            SocketType::DGRAM => Some(Self::VsockDgram),
            _ => None,
        }
    }

    /// The protocol number to ask the kernel for; 0 where the family says it all.
    pub fn protocol(self) -> u16 {
        match self {
            Self::Raw => inet::RAW.into(),
            Self::Udp => inet::UDP.into(),
            Self::Tcp => inet::TCP.into(),
            Self::Dccp => inet::DCCP.into(),
            Self::Sctp => inet::SCTP.into(),
            Self::Mptcp => inet::MPTCP,
            _ => 0,
        }
    }

    /// The families its sockets can be of.
    pub fn families(self) -> &'static [Family] {
        match self {
            Self::Raw | Self::Udp | Self::Tcp | Self::Dccp | Self::Sctp | Self::Mptcp => {
                &[Family::Inet, Family::Inet6]
            }
            Self::PacketRaw | Self::PacketDgram => &[Family::Link],
            Self::UnixStream | Self::UnixDgram | Self::UnixSeqpacket => &[Family::Unix],
            Self::VsockStream | Self::VsockDgram => &[Family::Vsock],
            Self::Netlink => &[Family::Netlink],
            Self::Tipc => &[Family::Tipc],
            Self::Xdp => &[Family::Xdp],
        }
    }
}

impl Family {
    /// All of them, in order.
    pub const ALL: [Self; 8] =
        [Self::Inet, Self::Inet6, Self::Link, Self::Unix, Self::Netlink, Self::Vsock, Self::Tipc, Self::Xdp];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        self.address_family().name().unwrap_or(UNKNOWN_NETID)
    }

    /// The family of addresses, if they are IP addresses.
    pub fn version(self) -> Option<inet::Family> {
        match self {
            Self::Inet => Some(inet::Family::V4),
            Self::Inet6 => Some(inet::Family::V6),
            _ => None,
        }
    }

    /// Its number, as filters have it.
    pub fn address_family(self) -> AddressFamily {
        match self {
            Self::Inet => AddressFamily::INET,
            Self::Inet6 => AddressFamily::INET6,
            Self::Link => AddressFamily::LINK,
            Self::Unix => AddressFamily::UNIX,
            Self::Netlink => AddressFamily::NETLINK,
            Self::Vsock => AddressFamily::VSOCK,
            Self::Tipc => AddressFamily::TIPC,
            Self::Xdp => AddressFamily::XDP,
        }
    }

    /// Whether its sockets know no states but one.
    pub(crate) fn is_stateless(self) -> bool {
        matches!(self, Self::Link | Self::Netlink | Self::Xdp)
    }

    /// Whether its sockets are the two kinds of IP sockets.
    pub fn is_inet(self) -> bool {
        matches!(self, Self::Inet | Self::Inet6)
    }

    /// The kinds of sockets it has.
    pub fn tables(self) -> impl Iterator<Item = Table> + Clone {
        Table::ALL.into_iter().filter(move |table| table.families().contains(&self))
    }
}

/// What the Netid column calls what has no name.
pub const UNKNOWN_NETID: &str = "???";
/// `IPPROTO_ICMPV6`.
const ICMPV6: u8 = 58;
