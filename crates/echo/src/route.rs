//! What the routing table says of a destination, asked without sending anything.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use rustix::net::sockopt::{ip_mtu, ipv6_mtu};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::error::Error;
use crate::optional::Wishes;
use crate::options::SocketOptions;
use crate::privilege::raised;
use crate::probe::Family;

/// The address the system would send from, asked with what privilege this thread is permitted in effect just for that: a device or
/// a mark may take it.
///
/// # Errors
/// [`Error::Os`] with call `connect` if there is no route (`ENETUNREACH`, `EHOSTUNREACH`, `EINVAL` for a black hole), or if the
/// route is prohibited or the destination a broadcast address (`EACCES`); with another call if an option is refused.
pub fn source_address(
    to: SocketAddr,
    options: &SocketOptions,
    mark: Option<u32>,
) -> Result<SocketAddr, Error> {
    let route = KernelRoute::new(to, options, mark)?;
    let local = route.socket.local_addr().map_err(Error::os("getsockname"))?;
    let mut source = local.as_socket().unwrap_or(to);
    source.set_port(0);
    Ok(source)
}

/// The kernel's route to a destination, to be asked about it now and later.
#[derive(Debug)]
pub struct KernelRoute {
    /// Connected, which sends nothing.
    socket: Socket,
    peer: SockAddr,
}

impl KernelRoute {
    /// The route that packets with these options take, asked for as by [`source_address`].
    ///
    /// # Errors
    /// As there.
    pub fn new(to: SocketAddr, options: &SocketOptions, mark: Option<u32>) -> Result<Self, Error> {
        let socket = prepared(to, options, mark)?;
        let mut peer = to;
        peer.set_port(ANY_PORT);
        let route = Self { socket, peer: peer.into() };
        route.socket.connect(&route.peer).map_err(Error::os("connect"))?;
        Ok(route)
    }

    /// Bytes of the largest packet that the kernel takes to get through now, by its device, its routes, and what routers told it of
    /// this destination (`IP_MTU`, `IPV6_MTU`).
    ///
    /// # Errors
    /// [`Error::Os`] if there is no route any more.
    pub fn mtu(&self) -> Result<u32, Error> {
        // What was learnt since is another route to the kernel.
        self.socket.connect(&self.peer).map_err(Error::os("connect"))?;
        match Family::of(self.peer.as_socket().unwrap_or(UNSPECIFIED)) {
            Family::V4 => {
                ip_mtu(&self.socket).map_err(io::Error::from).map_err(Error::os("getsockopt(IP_MTU)"))
            }
            Family::V6 => {
                ipv6_mtu(&self.socket).map_err(io::Error::from).map_err(Error::os("getsockopt(IPV6_MTU)"))
            }
        }
    }
}

/// A UDP socket with the options that decide about the route.
fn prepared(to: SocketAddr, options: &SocketOptions, mark: Option<u32>) -> Result<Socket, Error> {
    let socket = Socket::new(Domain::for_address(to), Type::DGRAM, None).map_err(Error::os("socket"))?;
    let asked = SocketOptions {
        source: options.source,
        device: options.device.clone(),
        tos: options.tos,
        broadcast: options.broadcast,
        ..SocketOptions::default()
    };
    raised(|| {
        if let Some(mark) = mark {
            // Whether the mark can be set at all is the ICMP socket's business.
            let _ = socket.set_mark(mark);
        }
        asked.apply(&mut Wishes::of(&socket), &socket, Family::of(to))
    })?;
    Ok(socket)
}

const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Connecting a UDP socket needs some port; nothing is ever sent to it.
const ANY_PORT: u16 = 1025;
