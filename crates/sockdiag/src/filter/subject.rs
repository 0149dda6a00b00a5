//! A socket as filters see it, whatever family it is of and wherever it was read.
//!
//! Fields are filled in by whoever read the socket; what is `None` was not told, which is not the same as zero.

use std::net::IpAddr;

use super::address_family::AddressFamily;
use crate::attr::Attr;
use crate::family::inet::{Family, InetSocket};
use crate::{NetlinkSocket, PacketSocket, TcpInfo, TipcSocket, UnixSocket, VsockSocket, XdpSocket};

/// One socket.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The address family.
    pub family: AddressFamily,
    /// The name of its kind, such as `tcp`; empty where nobody asked.
    pub netid: &'a str,
    /// This end.
    pub local: End<'a>,
    /// The other end.
    pub remote: End<'a>,
    /// The interface it is bound to; 0 is none.
    pub interface: u32,
    /// `SO_MARK`.
    pub mark: Option<u32>,
    /// The id of its control group.
    pub cgroup: Option<u64>,
    /// Its owner.
    pub uid: Option<u32>,
    /// Its inode; 0 when no process holds it.
    pub inode: u32,
    /// Its cookie.
    pub cookie: Option<u64>,
    /// Bytes not yet read, or connections not yet accepted.
    pub rqueue: Option<u32>,
    /// Bytes not yet acknowledged, or how many connections may wait.
    pub wqueue: Option<u32>,
    /// Whether its port was asked for (`SOCK_BINDPORT_LOCK`). The kernel tells nobody.
    pub port_asked_for: Option<bool>,
    /// What TCP knows of the connection, if it is one of TCP's and that was asked for.
    pub tcp: Option<TcpInfo<'a>>,
}

/// One end of a socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum End<'a> {
    /// Nothing a filter could name.
    None,
    /// IPv4 or IPv6.
    Inet {
        /// Unspecified when there is none.
        address: IpAddr,
        /// 0 when there is none.
        port: u16,
    },
    /// A unix socket.
    Unix {
        /// As bound: empty if not; abstract names begin with NUL, and `@` in place of NUL does as well.
        name: &'a [u8],
        /// 0 when there is no such end.
        inode: u32,
    },
    /// A packet socket.
    Link {
        /// `ETH_P_*`.
        protocol: u16,
        /// 0 is any.
        interface: u32,
    },
    /// A netlink socket.
    Netlink {
        /// `NETLINK_*`.
        protocol: u8,
        /// 0 is the kernel.
        port: u32,
    },
    /// A vsock socket.
    Vsock {
        /// The context id.
        cid: u32,
        /// The port.
        port: u32,
    },
}

impl End<'_> {
    /// What the port column of a listing shows for it.
    #[inline]
    pub fn port(&self) -> Option<i64> {
        match *self {
            End::None => None,
            End::Inet { port, .. } => Some(port.into()),
            End::Unix { inode, .. } => Some(inode.into()),
            End::Link { interface, .. } => Some(interface.into()),
            // Shown signed: port ids the kernel chose itself are negative.
            End::Netlink { port, .. } => Some((port as i32).into()),
            End::Vsock { port, .. } => Some(port.into()),
        }
    }
}

impl Subject<'_> {
    /// A socket of which nothing is known.
    fn unknown(family: AddressFamily) -> Self {
        Self {
            family,
            netid: "",
            local: End::None,
            remote: End::None,
            interface: 0,
            mark: None,
            cgroup: None,
            uid: None,
            inode: 0,
            cookie: None,
            rqueue: None,
            wqueue: None,
            port_asked_for: None,
            tcp: None,
        }
    }
}

/// All but the [`netid`](Subject::netid) and what TCP knows, which depend on what was asked for: see [`Subject::of_tcp`].
impl<'a> From<&InetSocket<'a>> for Subject<'a> {
    fn from(socket: &InetSocket<'a>) -> Self {
        Self { tcp: None, ..Self::of_tcp(socket) }
    }
}

impl<'a> Subject<'a> {
    /// An inet socket that is one of TCP's, with what TCP knows of it if that was told: to other protocols the same attribute is
    /// something else.
    pub fn of_tcp(socket: &InetSocket<'a>) -> Self {
        let end = |address: std::net::SocketAddr| End::Inet { address: address.ip(), port: address.port() };
        let family = match socket.family() {
            Family::V4 => AddressFamily::INET,
            Family::V6 => AddressFamily::INET6,
        };
        let mut subject = Self {
            local: end(socket.local()),
            remote: end(socket.remote()),
            interface: socket.interface(),
            uid: Some(socket.uid()),
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            rqueue: Some(socket.rqueue()),
            wqueue: Some(socket.wqueue()),
            ..Self::unknown(family)
        };
        for attr in socket.attrs {
            match attr.kind {
                MARK => subject.mark = Attr::u32(attr),
                CGROUP_ID => subject.cgroup = Attr::u64(attr),
                INFO => subject.tcp = Some(TcpInfo::new(attr.payload)),
                _ => {}
            }
        }
        subject
    }
}

/// The other end is known by its inode alone: see [`Subject::of_unix`].
impl<'a> From<&UnixSocket<'a>> for Subject<'a> {
    fn from(socket: &UnixSocket<'a>) -> Self {
        Self::of_unix(socket, None)
    }
}

impl<'a> Subject<'a> {
    /// A unix socket whose other end has this name: the kernel tells only its inode, so somebody has looked it up.
    pub fn of_unix(socket: &UnixSocket<'a>, peer: Option<&'a [u8]>) -> Self {
        let name = socket.name().unwrap_or_default();
        Self {
            local: End::Unix { name, inode: socket.inode() },
            remote: End::Unix { name: peer.unwrap_or_default(), inode: socket.peer().unwrap_or_default() },
            uid: socket.uid(),
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            rqueue: socket.rqueue(),
            wqueue: socket.wqueue(),
            ..Self::unknown(AddressFamily::UNIX)
        }
    }
}

impl<'a> From<&PacketSocket<'a>> for Subject<'a> {
    fn from(socket: &PacketSocket<'a>) -> Self {
        let interface = socket.info().and_then(|info| info.interface()).unwrap_or_default();
        Self {
            local: End::Link { protocol: socket.protocol(), interface },
            interface,
            uid: socket.uid(),
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            rqueue: socket.mem_info().and_then(|info| info.rmem_alloc()),
            ..Self::unknown(AddressFamily::LINK)
        }
    }
}

impl<'a> From<&NetlinkSocket<'a>> for Subject<'a> {
    fn from(socket: &NetlinkSocket<'a>) -> Self {
        let memory = socket.mem_info();
        let protocol = socket.protocol();
        let remote = socket.connected().then(|| End::Netlink { protocol, port: socket.peer_port() });
        Self {
            local: End::Netlink { protocol, port: socket.port() },
            remote: remote.unwrap_or(End::None),
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            rqueue: memory.and_then(|info| info.rmem_alloc()),
            wqueue: memory.and_then(|info| info.wmem_alloc()),
            ..Self::unknown(AddressFamily::NETLINK)
        }
    }
}

impl<'a> From<&VsockSocket<'a>> for Subject<'a> {
    fn from(socket: &VsockSocket<'a>) -> Self {
        Self {
            local: End::Vsock { cid: socket.local_cid(), port: socket.local_port() },
            remote: End::Vsock { cid: socket.remote_cid(), port: socket.remote_port() },
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            ..Self::unknown(AddressFamily::VSOCK)
        }
    }
}

impl<'a> From<&TipcSocket<'a>> for Subject<'a> {
    fn from(socket: &TipcSocket<'a>) -> Self {
        let stats = socket.stats();
        Self {
            uid: socket.uid(),
            inode: socket.inode().unwrap_or_default(),
            cookie: socket.cookie(),
            rqueue: stats.and_then(|stats| stats.rqueue()),
            wqueue: stats.and_then(|stats| stats.wqueue()),
            ..Self::unknown(AddressFamily::TIPC)
        }
    }
}

impl<'a> From<&XdpSocket<'a>> for Subject<'a> {
    fn from(socket: &XdpSocket<'a>) -> Self {
        Self {
            interface: socket.bound().map_or(0, |bound| bound.interface),
            uid: socket.uid(),
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            rqueue: socket.mem_info().and_then(|info| info.rmem_alloc()),
            ..Self::unknown(AddressFamily::XDP)
        }
    }
}

/// `INET_DIAG_INFO`.
const INFO: u16 = 2;
/// `INET_DIAG_MARK`.
const MARK: u16 = 15;
/// `INET_DIAG_CGROUP_ID`.
const CGROUP_ID: u16 = 21;
