//! What can be asked of an ICMP socket before it is used, and how the system is asked.

use std::io;
use std::net::SocketAddr;

use netdiag_sys::set_option;
use nix::libc;
use nix::sys::socket::{setsockopt, sockopt};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::Socket;

use crate::error::Error;
use crate::ip_options::IpOption;
use crate::optional::{self, Wishes};
use crate::probe::Family;

/// Options of a socket; the default leaves everything to the system.
#[derive(Clone, Debug, Default)]
pub struct SocketOptions {
    /// Send from this address.
    pub source: Option<SocketAddr>,
    /// Send and receive through this interface or VRF only.
    pub device: Option<String>,
    /// Send to this address only, and hear only it (`connect`).
    pub peer: Option<SocketAddr>,
    /// TTL or hop limit, unicast and multicast.
    pub hop_limit: Option<u8>,
    /// Type of service (IPv4) or traffic class (IPv6).
    pub tos: Option<i32>,
    /// What to do about the path MTU.
    pub path_mtu: Option<PathMtuDiscovery>,
    /// Allow broadcast destinations.
    pub broadcast: bool,
    /// Keep multicast probes from coming back.
    pub no_multicast_loop: bool,
    /// Only hosts on a link of this machine (`SO_DONTROUTE`).
    pub dont_route: bool,
    /// `SO_DEBUG`, if the system lets it be set.
    pub debug: bool,
    /// Bytes of send buffer, if the system lets it be set.
    pub send_buffer: Option<usize>,
    /// Options in the IPv4 header.
    pub ip_option: Option<IpOption>,
    /// IPv6 flow label; zero has the kernel choose one.
    pub flow_label: Option<FlowLabel>,
}

/// `IP_MTU_DISCOVER`, `IPV6_MTU_DISCOVER`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PathMtuDiscovery {
    /// Fragment as needed.
    Dont,
    /// Fragment to the path MTU.
    Want,
    /// Never fragment; refuse what exceeds the path MTU.
    Do,
    /// Never fragment, and ignore the path MTU.
    Probe,
}

/// A flow label and the destination it is leased for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FlowLabel {
    /// 20 bits; zero is the kernel's choice.
    pub label: u32,
    /// The destination.
    pub to: SocketAddr,
}

impl SocketOptions {
    /// Asks for all of them but the peer; gives the flow label in use.
    pub(crate) fn apply(
        &self,
        wishes: &mut Wishes<'_>,
        socket: &Socket,
        family: Family,
    ) -> Result<Option<u32>, Error> {
        if let Some(device) = &self.device {
            socket.bind_device(Some(device.as_bytes())).map_err(Error::os("setsockopt(SO_BINDTODEVICE)"))?;
        }
        self.apply_flags(socket, family)?;
        self.apply_wishes(wishes);
        match family {
            Family::V4 => self.apply_v4(socket)?,
            Family::V6 => self.apply_v6(socket)?,
        }
        if let Some(source) = self.source {
            socket.bind(&source.into()).map_err(Error::os("bind"))?;
        }
        self.flow_label.map(|flow| lease(socket, flow)).transpose()
    }

    /// Connects to the peer, if there is one; a datagram socket must be bound by then.
    pub(crate) fn connect(&self, socket: &Socket) -> Result<(), Error> {
        self.peer.map_or(Ok(()), |peer| socket.connect(&peer.into()).map_err(Error::os("connect")))
    }

    fn apply_flags(&self, socket: &Socket, family: Family) -> Result<(), Error> {
        if self.broadcast {
            socket.set_broadcast(true).map_err(Error::os("setsockopt(SO_BROADCAST)"))?;
        }
        if self.dont_route {
            setsockopt(socket, sockopt::DontRoute, &true).map_err(Error::os("setsockopt(SO_DONTROUTE)"))?;
        }
        match family {
            Family::V4 if self.no_multicast_loop => {
                socket.set_multicast_loop_v4(false).map_err(Error::os("setsockopt(IP_MULTICAST_LOOP)"))
            }
            Family::V6 if self.no_multicast_loop => {
                socket.set_multicast_loop_v6(false).map_err(Error::os("setsockopt(IPV6_MULTICAST_LOOP)"))
            }
            _ => Ok(()),
        }
    }

    fn apply_wishes(&self, wishes: &mut Wishes<'_>) {
        if self.debug {
            wishes.ask(optional::DEBUG, YES);
        }
        if let Some(bytes) = self.send_buffer {
            wishes.ask(optional::SNDBUF, libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX));
        }
    }

    fn apply_v4(&self, socket: &Socket) -> Result<(), Error> {
        if let Some(tos) = self.tos {
            set_option(socket, libc::IPPROTO_IP, libc::IP_TOS, &mut tos.to_ne_bytes())
                .map_err(Error::os("setsockopt(IP_TOS)"))?;
        }
        if let Some(limit) = self.hop_limit {
            socket.set_multicast_ttl_v4(limit.into()).map_err(Error::os("setsockopt(IP_MULTICAST_TTL)"))?;
            socket.set_ttl_v4(limit.into()).map_err(Error::os("setsockopt(IP_TTL)"))?;
        }
        if let Some(discovery) = self.path_mtu {
            set_ip_mtu_discover(socket, discovery.into())
                .map_err(io::Error::from)
                .map_err(Error::os("setsockopt(IP_MTU_DISCOVER)"))?;
        }
        if let Some(option) = &self.ip_option {
            let mut bytes = option
                .encode()
                .ok_or_else(|| too_many_options(io::Error::from_raw_os_error(libc::EINVAL)))?;
            set_option(socket, libc::IPPROTO_IP, libc::IP_OPTIONS, &mut bytes).map_err(too_many_options)?;
        }
        Ok(())
    }

    fn apply_v6(&self, socket: &Socket) -> Result<(), Error> {
        if let Some(class) = self.tos {
            set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, &mut class.to_ne_bytes())
                .map_err(Error::os("setsockopt(IPV6_TCLASS)"))?;
        }
        if let Some(limit) = self.hop_limit {
            socket
                .set_multicast_hops_v6(limit.into())
                .map_err(Error::os("setsockopt(IPV6_MULTICAST_HOPS)"))?;
            socket.set_unicast_hops_v6(limit.into()).map_err(Error::os("setsockopt(IPV6_UNICAST_HOPS)"))?;
        }
        if let Some(discovery) = self.path_mtu {
            set_ipv6_mtu_discover(socket, discovery.into())
                .map_err(io::Error::from)
                .map_err(Error::os("setsockopt(IPV6_MTU_DISCOVER)"))?;
        }
        Ok(())
    }
}

fn too_many_options(source: io::Error) -> Error {
    Error::os("setsockopt(IP_OPTIONS)")(source)
}

/// Leases a flow label for a destination and has probes carry it (linux/in6.h, `in6_flowlabel_req`).
fn lease(socket: &Socket, flow: FlowLabel) -> Result<u32, Error> {
    let SocketAddr::V6(to) = flow.to else { return Ok(0) };
    let mut request = Vec::with_capacity(32);
    request.extend(to.ip().octets());
    request.extend(flow.label.to_be_bytes());
    // Shared, because the kernel keeps a label for seconds after its socket: the next run is to have it, too.
    request.extend([ACTION_GET, SHARE_ANY]);
    request.extend(FLAG_CREATE.to_ne_bytes());
    // Expiry and linger, the kernel's own; padding.
    request.extend([0; 8]);
    set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_FLOWLABEL_MGR, &mut request)
        .map_err(Error::os("setsockopt(IPV6_FLOWLABEL_MGR)"))?;
    set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_FLOWINFO_SEND, &mut YES.to_ne_bytes())
        .map_err(Error::os("setsockopt(IPV6_FLOWINFO_SEND)"))?;
    let label = request.get(16..20).and_then(<[u8]>::first_chunk).copied().map(u32::from_be_bytes);
    Ok(label.unwrap_or_default() & LABEL_BITS)
}

impl From<PathMtuDiscovery> for Ipv4PathMtuDiscovery {
    fn from(discovery: PathMtuDiscovery) -> Self {
        match discovery {
            PathMtuDiscovery::Dont => Self::DONT,
            PathMtuDiscovery::Want => Self::WANT,
            PathMtuDiscovery::Do => Self::DO,
            PathMtuDiscovery::Probe => Self::PROBE,
        }
    }
}

impl From<PathMtuDiscovery> for Ipv6PathMtuDiscovery {
    fn from(discovery: PathMtuDiscovery) -> Self {
        match discovery {
            PathMtuDiscovery::Dont => Self::DONT,
            PathMtuDiscovery::Want => Self::WANT,
            PathMtuDiscovery::Do => Self::DO,
            PathMtuDiscovery::Probe => Self::PROBE,
        }
    }
}

const YES: libc::c_int = 1;
const LABEL_BITS: u32 = 0xf_ffff;
/// `IPV6_FL_A_GET`, `IPV6_FL_S_ANY`, `IPV6_FL_F_CREATE`.
const ACTION_GET: u8 = 0;
const SHARE_ANY: u8 = 255;
const FLAG_CREATE: u16 = 1;
