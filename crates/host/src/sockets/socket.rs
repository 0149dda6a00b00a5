//! One socket, whatever family it is of and wherever it was read, as a view of its record.
//!
//! What queues count depends on the socket: bytes of a connection, connections of a listener. What was not told is `None`, which is
//! not 0: a socket that was read from a file has no cookie, and a listener there has no backlog.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use netdiag_sockdiag::filter::Subject;
use netdiag_sockdiag::{
    InetAttrs, InetRequest, InetSocket, NetlinkRequest, NetlinkSocket, PacketRequest, PacketSocket, Query,
    SocketType, State, TipcRequest, TipcSocket, UnixRequest, UnixSocket, VsockRequest, VsockSocket,
    XdpRequest, XdpSocket,
};

use super::proc_line::ProcLine;
use super::table::{Table, UNKNOWN_NETID};

/// One socket.
#[derive(Clone, Copy, Debug)]
pub enum Socket<'a> {
    /// Of an IP family; only these do not say themselves what table they are of.
    Inet(Table, InetSocket<'a>),
    /// With the name of its other end, where that was looked for and has one.
    Unix(UnixSocket<'a>, Option<&'a [u8]>),
    /// A packet socket.
    Packet(PacketSocket<'a>),
    /// A netlink socket.
    Netlink(NetlinkSocket<'a>),
    /// A vsock socket.
    Vsock(VsockSocket<'a>),
    /// A TIPC socket.
    Tipc(TipcSocket<'a>),
    /// An `AF_XDP` socket.
    Xdp(XdpSocket<'a>),
}

impl<'a> Socket<'a> {
    /// Reads a record of a table; `None` if it is not laid out as one.
    pub(crate) fn view(table: Table, record: &'a [u8]) -> Option<Self> {
        match table {
            Table::Netlink => NetlinkRequest::view(record).ok().map(Self::Netlink),
            Table::PacketRaw | Table::PacketDgram => PacketRequest::view(record).ok().map(Self::Packet),
            Table::UnixStream | Table::UnixDgram | Table::UnixSeqpacket => {
                UnixRequest::view(record).ok().map(|socket| Self::Unix(socket, None))
            }
            Table::VsockStream | Table::VsockDgram => VsockRequest::view(record).ok().map(Self::Vsock),
            Table::Tipc => TipcRequest::view(record).ok().map(Self::Tipc),
            Table::Xdp => XdpRequest::view(record).ok().map(Self::Xdp),
            Table::Raw | Table::Udp | Table::Tcp | Table::Dccp | Table::Sctp | Table::Mptcp => {
                InetRequest::view(record).ok().map(|socket| Self::Inet(table, socket))
            }
        }
    }

    /// Appends the record it is a view of.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        match self {
            Self::Inet(_, socket) => socket.write_to(record),
            Self::Unix(socket, _) => socket.write_to(record),
            Self::Packet(socket) => socket.write_to(record),
            Self::Netlink(socket) => socket.write_to(record),
            Self::Vsock(socket) => socket.write_to(record),
            Self::Tipc(socket) => socket.write_to(record),
            Self::Xdp(socket) => socket.write_to(record),
        }
    }

    /// The table it is of; `None` for types of unix and vsock sockets that are in none.
    #[inline]
    pub fn table(&self) -> Option<Table> {
        match self {
            Self::Inet(table, _) => Some(*table),
            Self::Unix(socket, _) => Table::of_unix(socket.kind()),
            Self::Packet(socket) => Some(Table::of_packet(socket.kind())),
            Self::Netlink(_) => Some(Table::Netlink),
            Self::Vsock(socket) => Table::of_vsock(socket.kind()),
            Self::Tipc(_) => Some(Table::Tipc),
            Self::Xdp(_) => Some(Table::Xdp),
        }
    }

    /// What the Netid column calls it.
    #[inline]
    pub fn netid(&self) -> &'static str {
        match self {
            Self::Inet(table, socket) => table.netid_of(socket),
            Self::Tipc(socket) => Table::netid_of_tipc(socket.kind()),
            _ => self.table().map_or(UNKNOWN_NETID, Table::netid),
        }
    }

    /// The socket as filters see it.
    #[inline]
    pub fn subject(&self) -> Subject<'a> {
        let subject = match self {
            Self::Inet(Table::Tcp, socket) => Subject::of_tcp(socket),
            Self::Inet(_, socket) => Subject::from(socket),
            Self::Unix(socket, peer) => Subject::of_unix(socket, *peer),
            Self::Packet(socket) => socket.into(),
            Self::Netlink(socket) => socket.into(),
            Self::Vsock(socket) => socket.into(),
            Self::Tipc(socket) => socket.into(),
            Self::Xdp(socket) => socket.into(),
        };
        Subject { netid: self.netid(), ..subject }
    }

    /// The state it is in; those without states are [`State::CLOSE`].
    pub fn state(&self) -> State {
        match self {
            Self::Inet(_, socket) => socket.state(),
            Self::Unix(socket, _) => socket.state(),
            Self::Vsock(socket) => socket.state(),
            Self::Tipc(socket) => socket.state().unwrap_or(State::UNKNOWN),
            Self::Packet(_) | Self::Netlink(_) | Self::Xdp(_) => State::CLOSE,
        }
    }

    /// Whether it waits for peers: a listener, or a datagram socket that is bound and not connected.
    pub fn is_listening(&self) -> bool {
        match (self.state(), self) {
            (State::LISTEN, _) => true,
            (State::CLOSE, Self::Inet(Table::Udp, socket)) => socket.local_port() != 0,
            (State::CLOSE, Self::Unix(socket, _)) => {
                socket.kind() == SocketType::DGRAM && socket.name().is_some()
            }
            _ => false,
        }
    }

    /// This end of an IP socket.
    pub fn local(&self) -> Option<SocketAddr> {
        self.inet().map(|socket| socket.local())
    }

    /// The other end of an IP socket, if it has one.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.inet().map(|socket| socket.remote()).filter(|remote| remote.port() != 0)
    }

    /// The view, if it is of an IP family.
    pub fn inet(&self) -> Option<InetSocket<'a>> {
        if let Self::Inet(_, socket) = self { Some(*socket) } else { None }
    }

    /// The view, if it is a unix socket.
    pub fn unix(&self) -> Option<UnixSocket<'a>> {
        if let Self::Unix(socket, _) = self { Some(*socket) } else { None }
    }

    /// The inode that `/proc/PID/fd` links name; 0 when no process holds it.
    pub fn inode(&self) -> u32 {
        match self {
            Self::Inet(_, socket) => socket.inode(),
            Self::Unix(socket, _) => socket.inode(),
            Self::Packet(socket) => socket.inode(),
            Self::Netlink(socket) => socket.inode(),
            Self::Vsock(socket) => socket.inode(),
            Self::Tipc(socket) => socket.inode().unwrap_or_default(),
            Self::Xdp(socket) => socket.inode(),
        }
    }

    /// What tells it from every other socket since boot; files do not tell.
    pub fn cookie(&self) -> Option<u64> {
        match self {
            _ if self.is_from_file() => None,
            Self::Inet(_, socket) => Some(socket.cookie()),
            _ => self.subject().cookie,
        }
    }

    /// Who owns it. Of connections nobody holds any more the kernel says 0.
    pub fn uid(&self) -> Option<u32> {
        match self {
            Self::Inet(_, socket) => Some(socket.uid()),
            _ => self.subject().uid,
        }
    }

    /// Bytes not yet read; for a listener, connections not yet accepted.
    pub fn rqueue(&self) -> Option<u32> {
        match self {
            Self::Inet(_, socket) => Some(socket.rqueue()),
            _ => self.subject().rqueue,
        }
    }

    /// Bytes not yet acknowledged; for a listener, how many connections may wait, which files do not tell.
    pub fn wqueue(&self) -> Option<u32> {
        match self {
            _ if self.state() == State::LISTEN && self.is_from_file() => None,
            Self::Inet(_, socket) => Some(socket.wqueue()),
            _ => self.subject().wqueue,
        }
    }

    /// What the kernel knows of an IP socket besides; nothing for others.
    pub fn attrs(&self) -> Option<InetAttrs<'a>> {
        self.inet().map(|socket| InetAttrs::new(socket.attrs))
    }

    /// Whether it was read from a file, where the kernel could not tell by netlink.
    pub fn is_from_file(&self) -> bool {
        let attrs = match self {
            Self::Inet(_, socket) => socket.attrs,
            Self::Unix(socket, _) => socket.attrs,
            Self::Packet(socket) => socket.attrs,
            Self::Netlink(socket) => socket.attrs,
            Self::Vsock(_) | Self::Tipc(_) | Self::Xdp(_) => return false,
        };
        ProcLine::of(attrs).is_some()
    }

    /// Where an IP or a unix socket is, as listings show it: `127.0.0.1:80`, `*:80` for a wildcard of both families, `/run/x`,
    /// `@abstract`; empty for others.
    pub fn place(&self) -> String {
        match self {
            Self::Inet(_, socket) => {
                let local = socket.local();
                let both = local.is_ipv6() && local.ip().is_unspecified() && self.takes(ANY_V4) == Some(true);
                if both { format!("*:{}", local.port()) } else { local.to_string() }
            }
            Self::Unix(socket, _) => match socket.name() {
                Some([0, name @ ..]) => format!("@{}", String::from_utf8_lossy(name).replace('\0', "@")),
                Some(path) => String::from_utf8_lossy(path).into_owned(),
                None => "(unnamed)".to_owned(),
            },
            _ => String::new(),
        }
    }
}

const ANY_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
