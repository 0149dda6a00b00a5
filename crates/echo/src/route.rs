//! What the routing table says of a destination, asked without sending anything.

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

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
    let mut peer = to;
    peer.set_port(ANY_PORT);
    socket.connect(&peer.into()).map_err(Error::os("connect"))?;
    let local = socket.local_addr().map_err(Error::os("getsockname"))?;
    let mut source = local.as_socket().unwrap_or(to);
    source.set_port(0);
    Ok(source)
}

/// Connecting a UDP socket needs some port; nothing is ever sent to it.
const ANY_PORT: u16 = 1025;
