//! [`IcmpSocket`]: opening an ICMP socket, the one step that can need a privilege.
//!
//! Which kind it becomes is the system's choice as much as ours, and shows in nothing but what it can be asked for.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::error::Error;
use crate::privilege::raised;
use crate::probe::Family;

/// An ICMP socket just opened, which is all that can need a privilege.
#[derive(Debug)]
pub struct IcmpSocket {
    pub(crate) socket: Socket,
    pub(crate) kind: SocketKind,
    pub(crate) family: Family,
    pub(crate) carrier: Carrier,
}

/// What carries probes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carrier {
    /// ICMP echo requests.
    Echo,
    /// UDP datagrams, which nobody need answer but by an ICMP error; what they carry tells them apart.
    Udp,
    /// The same, told apart by the port each of them goes to.
    UdpPorts,
    /// Packets of any protocol, nothing of which tells them apart: one is under way at a time.
    Any,
}

impl IcmpSocket {
    /// Marks its packets for routing and filtering (`SO_MARK`), which takes `cap_net_admin` or `cap_net_raw`; where those are
    /// permitted they are in effect just for that.
    ///
    /// # Errors
    /// [`Error::Os`] if that is missing.
    pub fn set_mark(&self, mark: u32) -> Result<(), Error> {
        raised(|| self.socket.set_mark(mark)).map_err(Error::os("setsockopt(SO_MARK)"))
    }

    /// Which kind it became.
    pub const fn kind(&self) -> SocketKind {
        self.kind
    }

    /// Which IP version it speaks.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Opens a datagram socket, or a raw one where those are not allowed or not known, with `cap_net_raw` in effect just for
    /// that where it is permitted.
    ///
    /// # Errors
    /// [`Error::NotPermitted`] if both are refused, [`Error::Unsupported`] if the kernel has neither.
    pub fn open(family: Family) -> Result<Self, Error> {
        let (domain, protocol) = numbers(family);
        let refusal = match Socket::new(domain, Type::DGRAM, Some(protocol)) {
            Ok(socket) => {
                return Ok(Self { socket, kind: SocketKind::Datagram, family, carrier: Carrier::Echo });
            }
            Err(error) => error,
        };
        match Errno::from_raw(refusal.raw_os_error().unwrap_or_default()) {
            Errno::EACCES | Errno::EPROTONOSUPPORT | Errno::EAFNOSUPPORT => {}
            _ => return Err(Error::os("socket")(refusal)),
        }
        Self::open_raw(family)
    }

    /// Opens a UDP socket, which anybody may: probes are datagrams then, and their identifier is the port they come from. Only ICMP
    /// errors about them are heard.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the kernel has no such sockets.
    pub fn open_udp(family: Family) -> Result<Self, Error> {
        let (domain, _) = numbers(family);
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP)).map_err(Error::Unsupported)?;
        Ok(Self { socket, kind: SocketKind::Datagram, family, carrier: Carrier::Udp })
    }

    /// The same for UDP-Lite (RFC 3828).
    ///
    /// # Errors
    /// As [`open_udp`](Self::open_udp): kernels since 2026 have none.
    pub fn open_udplite(family: Family) -> Result<Self, Error> {
        let (domain, _) = numbers(family);
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDPLITE)).map_err(Error::Unsupported)?;
        Ok(Self { socket, kind: SocketKind::Datagram, family, carrier: Carrier::Udp })
    }

    /// The same as [`open_udp`](Self::open_udp) for probes each of which goes to a port of its own. That is their number, which the shortest quote has, and what
    /// answers from it is a reply.
    ///
    /// # Errors
    /// As [`open_udp`](Self::open_udp).
    pub fn open_udp_ports(family: Family) -> Result<Self, Error> {
        Ok(Self { carrier: Carrier::UdpPorts, ..Self::open_udp(family)? })
    }

    /// Opens a raw socket for packets of that IP protocol, which have no header but IP's: there may be only one under way at a time, and
    /// what comes back of the protocol is a reply.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_protocol(family: Family, protocol: u8) -> Result<Self, Error> {
        Self::raw(family, Protocol::from(i32::from(protocol)), Carrier::Any)
    }

    /// Opens a raw socket, where the kernel's choice of identifier will not do.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_raw(family: Family) -> Result<Self, Error> {
        Self::raw(family, numbers(family).1, Carrier::Echo)
    }

    fn raw(family: Family, protocol: Protocol, carrier: Carrier) -> Result<Self, Error> {
        let (domain, _) = numbers(family);
        match raised(|| Socket::new(domain, Type::RAW, Some(protocol))) {
            Ok(socket) => Ok(Self { socket, kind: SocketKind::Raw, family, carrier }),
            Err(refusal) if refusal.kind() == io::ErrorKind::PermissionDenied => {
                Err(Error::NotPermitted(refusal))
            }
            Err(refusal) => Err(Error::Unsupported(refusal)),
        }
    }
}

impl AsFd for IcmpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

const fn numbers(family: Family) -> (Domain, Protocol) {
    match family {
        Family::V4 => (Domain::IPV4, Protocol::ICMPV4),
        Family::V6 => (Domain::IPV6, Protocol::ICMPV6),
    }
}

/// Which kind of socket it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SocketKind {
    /// `SOCK_DGRAM`: the kernel matches replies by identifier, or by port.
    Datagram,
    /// `SOCK_RAW`: a filter of ours does, or nothing, where no number tells [packets of a protocol](IcmpSocket::open_protocol) apart.
    Raw,
}
