//! A socket as filters see it, whatever family it is of and wherever it was read.
//!
//! Fields are filled in by whoever read the socket; what is `None` was not told, which is not the same as zero.

use std::net::IpAddr;

use super::expr::AddressFamily;
use crate::attr::Attr;
use crate::family::inet::{Family, InetSocket};

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
}

/// One end of a socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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

/// All but the [`netid`](Subject::netid), which depends on what was asked for.
impl<'a> From<&InetSocket<'a>> for Subject<'a> {
    fn from(socket: &InetSocket<'a>) -> Self {
        let end = |address: std::net::SocketAddr| End::Inet { address: address.ip(), port: address.port() };
        let mut subject = Self {
            family: match socket.family() {
                Family::V4 => AddressFamily::INET,
                Family::V6 => AddressFamily::INET6,
            },
            netid: "",
            local: end(socket.local()),
            remote: end(socket.remote()),
            interface: socket.interface(),
            mark: None,
            cgroup: None,
            uid: Some(socket.uid()),
            inode: socket.inode(),
            cookie: Some(socket.cookie()),
            rqueue: Some(socket.rqueue()),
            wqueue: Some(socket.wqueue()),
            port_asked_for: None,
        };
        for attr in socket.attrs {
            match attr.kind {
                MARK => subject.mark = Attr::u32(attr),
                CGROUP_ID => subject.cgroup = Attr::u64(attr),
                _ => {}
            }
        }
        subject
    }
}

/// `INET_DIAG_MARK`.
const MARK: u16 = 15;
/// `INET_DIAG_CGROUP_ID`.
const CGROUP_ID: u16 = 21;
