//! IPv4 and IPv6 sockets: the request (`inet_diag_req_v2`) and the view of an answer (`inet_diag_msg`).
//!
//! A v6 socket that talks to a v4 peer has family 6 and mapped addresses; nothing here unmaps them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6};
use netlink_packet_sock_diag::inet::{InetRequest, SocketId, StateFlags};
use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, big_endian as be, native_endian as ne,
};

use crate::Extensions;
use crate::attr::{Attr, Attrs};
use crate::error::Malformed;
use crate::query::Query;
use crate::state::{State, States};

/// `IPPROTO_TCP`.
pub const TCP: u8 = 6;
/// `IPPROTO_UDP`.
pub const UDP: u8 = 17;
/// `IPPROTO_DCCP`; Linux 6.16 dropped it.
pub const DCCP: u8 = 33;
/// `IPPROTO_SCTP`.
pub const SCTP: u8 = 132;
/// `IPPROTO_RAW`, which here stands for raw sockets of any protocol; each tells its own, see [`InetSocket::protocol`].
pub const RAW: u8 = 255;

/// `IPPROTO_MPTCP`: nine bits where the request has eight, so it goes into [`Filtered::protocol`](crate::Filtered). A kernel
/// that does not know the attribute sees a question for TCP.
pub const MPTCP: u16 = 262;

/// Which of the two address families; the kernel dumps one at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// `AF_INET`.
    V4,
    /// `AF_INET6`.
    V6,
}

/// Asks for all sockets of a protocol that are in one of `states`; `extensions` become attributes of the answers.
pub fn request(family: Family, protocol: u8, states: States, extensions: Extensions) -> InetRequest {
    let (family, socket_id) = match family {
        Family::V4 => (AF_INET, SocketId::new_v4()),
        Family::V6 => (AF_INET6, SocketId::new_v6()),
    };
    InetRequest {
        family,
        protocol,
        extensions,
        // Upstream names only the states up to 11, and the bits beyond mean something too.
        states: StateFlags::from_bits_retain(states.0),
        socket_id,
    }
}

/// Asks after the connection between two addresses, for [`Client::lookup`](crate::Client::lookup). Both are of one family;
/// a scope is taken from the local one.
pub fn request_of(protocol: u8, local: SocketAddr, peer: SocketAddr, extensions: Extensions) -> InetRequest {
    let family = if local.is_ipv4() { Family::V4 } else { Family::V6 };
    let mut request = request(family, protocol, States::ALL, extensions);
    request.socket_id = SocketId {
        source_port: local.port(),
        destination_port: peer.port(),
        source_address: local.ip(),
        destination_address: peer.ip(),
        interface_id: if let SocketAddr::V6(local) = local { local.scope_id() } else { 0 },
        // Whichever socket it is.
        cookie: [0xff; 8],
    };
    request
}

impl Query for InetRequest {
    type Socket<'a> = InetSocket<'a>;

    #[inline]
    fn view(record: &[u8]) -> Result<InetSocket<'_>, Malformed> {
        let (header, attrs) = Header::ref_from_prefix(record).map_err(|_| Malformed("inet_diag_msg"))?;
        match header.family {
            AF_INET | AF_INET6 => Ok(InetSocket { header, attrs: Attrs::new(attrs) }),
            _ => Err(Malformed("idiag_family")),
        }
    }
}

/// One IPv4 or IPv6 socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "inet_diag_msg")]
pub struct InetSocket<'a> {
    header: &'a Header,
    /// What the kernel added: requested extensions and what it always sends (`INET_DIAG_*`).
    pub attrs: Attrs<'a>,
}

impl<'a> InetSocket<'a> {
    /// Whether addresses are of four or of sixteen bytes.
    #[doc(alias = "idiag_family")]
    pub fn family(&self) -> Family {
        if self.header.family == AF_INET { Family::V4 } else { Family::V6 }
    }

    /// The state at the time of the dump.
    #[doc(alias = "idiag_state")]
    pub fn state(&self) -> State {
        State(self.header.state)
    }

    /// Which timer runs: 1 retransmit, 2 keepalive, 3 `TIME-WAIT`, 4 zero-window probe, 5 delayed ACK; 0 none.
    #[doc(alias = "idiag_timer")]
    pub fn timer(&self) -> u8 {
        self.header.timer
    }

    /// How often that timer has fired without an answer.
    #[doc(alias = "idiag_retrans")]
    pub fn retransmits(&self) -> u8 {
        self.header.retransmits
    }

    /// When that timer fires next, in milliseconds from the dump.
    #[doc(alias = "idiag_expires")]
    pub fn expires(&self) -> u32 {
        self.header.expires.get()
    }

    /// Bytes not yet read; for a listener, connections not yet accepted.
    #[doc(alias = "idiag_rqueue")]
    pub fn rqueue(&self) -> u32 {
        self.header.rqueue.get()
    }

    /// Bytes not yet acknowledged (UDP: not yet sent); for a listener, how many connections may wait.
    #[doc(alias = "idiag_wqueue")]
    pub fn wqueue(&self) -> u32 {
        self.header.wqueue.get()
    }

    /// Who owns it; 0 also where nobody does (`TIME-WAIT`, `SYN-RECV`).
    #[doc(alias = "idiag_uid")]
    pub fn uid(&self) -> u32 {
        self.header.uid.get()
    }

    /// The inode `/proc/PID/fd` links name; 0 when no process holds it.
    #[doc(alias = "idiag_inode")]
    pub fn inode(&self) -> u32 {
        self.header.inode.get()
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "idiag_cookie")]
    pub fn cookie(&self) -> u64 {
        super::cookie(self.header.cookie)
    }

    /// The interface it is bound to, by index; 0 when to none.
    #[doc(alias = "idiag_if")]
    pub fn interface(&self) -> u32 {
        self.header.interface.get()
    }

    /// This end. The scope of a link-local address is not part of it, see [`interface`](Self::interface).
    pub fn local(&self) -> SocketAddr {
        self.end(&self.header.source, self.header.source_port)
    }

    /// The other end; unspecified address and port 0 when there is none.
    pub fn remote(&self) -> SocketAddr {
        self.end(&self.header.destination, self.header.destination_port)
    }

    /// This end's address as sent: an IPv4 address is the first four bytes.
    #[doc(alias = "idiag_src")]
    pub fn local_bytes(&self) -> &'a [u8; 16] {
        &self.header.source
    }

    /// This end's port.
    #[doc(alias = "idiag_sport")]
    pub fn local_port(&self) -> u16 {
        self.header.source_port.get()
    }

    /// The other end's address as sent: an IPv4 address is the first four bytes.
    #[doc(alias = "idiag_dst")]
    pub fn remote_bytes(&self) -> &'a [u8; 16] {
        &self.header.destination
    }

    /// The other end's port.
    #[doc(alias = "idiag_dport")]
    pub fn remote_port(&self) -> u16 {
        self.header.destination_port.get()
    }

    /// Whether a v6 socket keeps out v4 peers; sent only for v6 sockets that listen or are closed.
    #[doc(alias = "INET_DIAG_SKV6ONLY")]
    pub fn v6only(&self) -> Option<bool> {
        self.attrs.find(SKV6ONLY).and_then(Attr::u8).map(|only| only != 0)
    }

    /// Which halves are shut down: bit 0 receiving, bit 1 sending; `None` for minisockets.
    #[doc(alias = "INET_DIAG_SHUTDOWN")]
    pub fn shutdown(&self) -> Option<u8> {
        self.attrs.find(SHUTDOWN).and_then(Attr::u8)
    }

    /// The IP protocol: of raw sockets, and in notifications of every kind.
    #[doc(alias = "INET_DIAG_PROTOCOL")]
    pub fn protocol(&self) -> Option<u8> {
        self.attrs.find(PROTOCOL).and_then(Attr::u8)
    }

    /// Appends the record this is a view of, as the kernel sent it.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        record.extend_from_slice(self.header.as_bytes());
        record.extend_from_slice(self.attrs.bytes());
    }

    /// The request (`inet_diag_req_v2`) that means this socket and no other: its cookie is part of it.
    pub(crate) fn identity(&self, protocol: u8) -> [u8; REQUEST] {
        let mut request = [0; REQUEST];
        // Raw sockets are of one protocol to the request and of their own besides, in what is padding for all others.
        let own = if protocol == RAW { self.protocol().unwrap_or_default() } else { 0 };
        request[..4].copy_from_slice(&[self.header.family, protocol, 0, own]);
        request[8..].copy_from_slice(&self.header.as_bytes()[4..52]);
        request
    }

    fn end(&self, address: &[u8; 16], port: be::U16) -> SocketAddr {
        let &[a, b, c, d, ..] = address;
        match self.family() {
            Family::V4 => (Ipv4Addr::new(a, b, c, d), port.get()).into(),
            Family::V6 => (Ipv6Addr::from(*address), port.get()).into(),
        }
    }
}

/// What a record begins with, for those who write one as the kernel would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// This end, which says of which family the record is.
    pub local: SocketAddr,
    /// The other end, of the same family.
    pub remote: SocketAddr,
    /// See [`InetSocket::state`].
    pub state: State,
    /// See [`InetSocket::timer`].
    pub timer: u8,
    /// See [`InetSocket::retransmits`].
    pub retransmits: u8,
    /// See [`InetSocket::expires`].
    pub expires: u32,
    /// See [`InetSocket::interface`].
    pub interface: u32,
    /// See [`InetSocket::rqueue`].
    pub rqueue: u32,
    /// See [`InetSocket::wqueue`].
    pub wqueue: u32,
    /// See [`InetSocket::uid`].
    pub uid: u32,
    /// See [`InetSocket::inode`].
    pub inode: u32,
    /// See [`InetSocket::cookie`].
    pub cookie: u64,
}

impl Head {
    /// That of a socket of which nothing else is known: all else is 0.
    pub fn new(local: SocketAddr, state: State) -> Self {
        let nowhere: IpAddr = if local.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
        Self {
            local,
            remote: (nowhere, 0).into(),
            state,
            timer: 0,
            retransmits: 0,
            expires: 0,
            interface: 0,
            rqueue: 0,
            wqueue: 0,
            uid: 0,
            inode: 0,
            cookie: 0,
        }
    }

    /// Appends it to a record.
    pub fn write_to(self, record: &mut Vec<u8>) {
        let header = Header {
            family: if self.local.is_ipv4() { AF_INET } else { AF_INET6 },
            state: self.state.0,
            timer: self.timer,
            retransmits: self.retransmits,
            source_port: self.local.port().into(),
            destination_port: self.remote.port().into(),
            source: octets(self.local.ip()),
            destination: octets(self.remote.ip()),
            interface: self.interface.into(),
            cookie: super::halves(self.cookie),
            expires: self.expires.into(),
            rqueue: self.rqueue.into(),
            wqueue: self.wqueue.into(),
            uid: self.uid.into(),
            inode: self.inode.into(),
        };
        record.extend_from_slice(header.as_bytes());
    }
}

/// An address as sent: an IPv4 address is the first four bytes.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// `struct inet_diag_msg`, 72 bytes.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    state: u8,
    timer: u8,
    retransmits: u8,
    source_port: be::U16,
    destination_port: be::U16,
    source: [u8; 16],
    destination: [u8; 16],
    interface: ne::U32,
    cookie: [ne::U32; 2],
    expires: ne::U32,
    rqueue: ne::U32,
    wqueue: ne::U32,
    uid: ne::U32,
    inode: ne::U32,
}

/// Bytes of an `inet_diag_req_v2`: family, protocol, extensions, padding, states, then an `inet_diag_sockid`.
const REQUEST: usize = 56;
const SHUTDOWN: u16 = 8;
const PROTOCOL: u16 = 10;
/// `INET_DIAG_LOCALS`.
pub const LOCALS: u16 = 12;
/// `INET_DIAG_SKV6ONLY`.
pub const SKV6ONLY: u16 = 11;
