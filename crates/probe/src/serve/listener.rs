//! Sockets that wait for clients, bound and listening.
//!
//! `*` is one socket for both families where the system has IPv6; `[::]` is IPv6 alone, so that `0.0.0.0` can stand beside it.

use std::net::SocketAddr;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener};

use super::envelope::DatagramSocket;
use super::transport::Transport;
use crate::endpoint::{Endpoint, Host, HostPort, UnixKind, UnixName};
use crate::error::Error;
use crate::resolve::{Family, listened};
use crate::socket_file::{self, SocketFile};

/// A socket that waits for clients.
#[derive(Debug)]
pub struct Listener {
    /// It was to listen to both families, but this system has no IPv6.
    pub lacks_ipv6: bool,
    pub(super) listening: Listening,
    pub(super) socket: Bound,
}

/// What is known of a listener besides its socket.
#[derive(Debug)]
pub(super) struct Listening {
    /// Where it listens, with the port the kernel chose.
    pub(super) endpoint: Endpoint,
    pub(super) tls: bool,
    /// Removes the file of a unix socket when the last user of it is gone.
    _file: Option<SocketFile>,
}

/// The socket itself.
#[derive(Debug)]
pub(super) enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener),
    /// Connections of messages, whose listener is like one of streams.
    Seqpacket(UnixListener),
    /// No connections at all.
    Datagrams(DatagramSocket),
}

impl Listener {
    /// Listens at every address `endpoint` has: a host name may have several. With `tls`, whatever carries bytes carries TLS.
    ///
    /// # Errors
    /// [`Error::Os`] with the call that failed: the address is in use, or not this machine's; those of [`resolve`](crate::resolve()).
    pub async fn bind(
        endpoint: &Endpoint,
        family: Option<Family>,
        backlog: u32,
        tls: bool,
    ) -> Result<Vec<Self>, Error> {
        let inet = match endpoint {
            Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet) => inet,
            Endpoint::Unix(kind, name) => return Ok(vec![Self::unix(*kind, name, backlog, tls)?]),
        };
        let bind = |address| Self::inet(endpoint, inet, address, backlog, tls);
        if inet.host == Host::Any && family.is_none() {
            return Ok(vec![Self::of_both(inet.port, bind)?]);
        }
        listened(inet, family).await?.into_iter().map(bind).collect()
    }

    /// One socket for both families, or for IPv4 where there is no IPv6 at all.
    fn of_both(port: u16, bind: impl Fn(SocketAddr) -> Result<Self, Error>) -> Result<Self, Error> {
        match bind(([0; 16], port).into()) {
            Err(error) if lacks_ipv6(&error) => {
                let listener = bind(([0; 4], port).into())?;
                Ok(Self { lacks_ipv6: true, ..listener })
            }
            bound => bound,
        }
    }

    /// Where it listens, as it can be typed again.
    pub fn endpoint(&self) -> &Endpoint {
        &self.listening.endpoint
    }

    /// What kind of socket it is.
    pub fn transport(&self) -> Transport {
        Transport::of(&self.listening.endpoint)
    }

    fn inet(
        endpoint: &Endpoint,
        inet: &HostPort,
        address: SocketAddr,
        backlog: u32,
        tls: bool,
    ) -> Result<Self, Error> {
        let datagrams = matches!(endpoint, Endpoint::Udp(_));
        let socket = if datagrams { udp_socket(address)? } else { tcp_socket(address)? };
        if address.is_ipv6() {
            let only = socket.set_only_v6(inet.host != Host::Any);
            only.map_err(|source| Error::os("setsockopt(IPV6_V6ONLY)", source))?;
        }
        socket.bind(&address.into()).map_err(|source| Error::os("bind", source))?;
        if !datagrams {
            listen(&socket, backlog)?;
        }
        let bound = socket.local_addr().map_err(|source| Error::os("getsockname", source))?;
        let inet = HostPort {
            port: bound.as_socket().map_or(0, |address| address.port()),
            host: host(inet, address),
        };
        let endpoint = match endpoint {
            Endpoint::Udp(_) => Endpoint::Udp(inet),
            Endpoint::Tls(_) => Endpoint::Tls(inet),
            _ if tls => Endpoint::Tls(inet),
            _ => Endpoint::Tcp(inet),
        };
        let tls = matches!(endpoint, Endpoint::Tls(_));
        let socket = match datagrams {
            true => {
                UdpSocket::from_std(socket.into()).map(|socket| Bound::Datagrams(DatagramSocket::Udp(socket)))
            }
            false => TcpListener::from_std(socket.into()).map(Bound::Tcp),
        };
        let socket = socket.map_err(|source| Error::os("epoll_ctl", source))?;
        Ok(Self { lacks_ipv6: false, listening: Listening { endpoint, tls, _file: None }, socket })
    }

    fn unix(kind: UnixKind, name: &UnixName, backlog: u32, tls: bool) -> Result<Self, Error> {
        let (socket, file) = socket_file::bind(kind, name, true)?;
        if kind != UnixKind::Dgram {
            listen(&socket, backlog)?;
        }
        let socket = match kind {
            UnixKind::Stream => UnixListener::from_std(socket.into()).map(Bound::Unix),
            UnixKind::Seqpacket => UnixListener::from_std(socket.into()).map(Bound::Seqpacket),
            UnixKind::Dgram => UnixDatagram::from_std(socket.into())
                .map(|socket| Bound::Datagrams(DatagramSocket::Unix(socket))),
        };
        let socket = socket.map_err(|source| Error::os("epoll_ctl", source))?;
        let tls = tls && kind == UnixKind::Stream;
        let endpoint = Endpoint::Unix(kind, name.clone());
        Ok(Self { lacks_ipv6: false, listening: Listening { endpoint, tls, _file: file }, socket })
    }
}

fn listen(socket: &Socket, backlog: u32) -> Result<(), Error> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    socket.listen(backlog).map_err(|source| Error::os("listen", source))
}

fn tcp_socket(address: SocketAddr) -> Result<Socket, Error> {
    let kind = Type::STREAM.nonblocking();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP));
    let socket = socket.map_err(|source| Error::os("socket", source))?;
    // A restart need not wait for connections of before. For datagrams it would let somebody else take them away.
    let reused = socket.set_reuse_address(true);
    reused.map_err(|source| Error::os("setsockopt(SO_REUSEADDR)", source))?;
    // Connections inherit it.
    let prompt = socket.set_tcp_nodelay(true);
    prompt.map_err(|source| Error::os("setsockopt(TCP_NODELAY)", source))?;
    Ok(socket)
}

/// At the wildcard it tells the address a question went to, of which this machine may have several: the answer has to come from
/// that.
fn udp_socket(address: SocketAddr) -> Result<Socket, Error> {
    let kind = Type::DGRAM.nonblocking();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::UDP));
    let socket = socket.map_err(|source| Error::os("socket", source))?;
    if address.ip().is_unspecified() {
        let told = match address {
            SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4PacketInfo, &true),
            SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true),
        };
        told.map_err(|errno| Error::os("setsockopt(IP_PKTINFO)", errno))?;
    }
    Ok(socket)
}

/// The host that was bound, as it was typed where that was an address.
fn host(inet: &HostPort, address: SocketAddr) -> Host {
    match &inet.host {
        Host::Any if address.is_ipv6() => Host::Any,
        Host::Any | Host::Name(_) => Host::Ip(address.ip(), None),
        Host::Ip(..) => inet.host.clone(),
    }
}

fn lacks_ipv6(error: &Error) -> bool {
    let Error::Os { source, .. } = error else {
        return false;
    };
    let errno = source.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_ipv6_there_is_ipv4_and_that_is_told() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let inet = HostPort { host: Host::Any, port: 0 };
        let endpoint = Endpoint::Tcp(inet.clone());
        #[rustfmt::skip]
        let cases = [
            // what becomes of IPv6,    is told
            (None,                      false),
            (Some(Errno::EAFNOSUPPORT), true),
            (Some(Errno::EADDRNOTAVAIL), true),
        ];
        for (errno, told) in cases {
            let listener = Listener::of_both(0, |address| match errno {
                Some(errno) if address.is_ipv6() => Err(Error::os("socket", errno)),
                _ => Listener::inet(&endpoint, &inet, SocketAddr::new([127, 0, 0, 1].into(), 0), 1, false),
            });
            assert_eq!(listener.unwrap().lacks_ipv6, told, "{errno:?}");
        }
        let taken = Listener::of_both(0, |_| Err(Error::os("bind", Errno::EADDRINUSE)));
        assert!(taken.unwrap_err().to_string().starts_with("bind: "));
    }
}
