//! Listens for one peer: `nc -l`. Servers for many are elsewhere.
//!
//! A port that was in use a moment ago can be had again at once. A path that exists cannot, and the one made here is taken
//! away when the listener is dropped.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener};
use tokio::time::{Instant, timeout_at};

use crate::channel::Channel;
use crate::connect::{Connector, socket_type, unix_address};
use crate::endpoint::{Endpoint, Host, Inet, UnixKind, UnixName};
use crate::error::Error;
use crate::packets::Packets;
use crate::resolve::{Family, resolve};
use crate::stream::Stream;

/// A socket that waits for one peer.
#[derive(Debug)]
pub struct Listener {
    socket: Waiting,
    /// Where it can be reached; `None` for a unix socket.
    pub address: Option<SocketAddr>,
    _path: Option<Unlinked>,
}

#[derive(Debug)]
enum Waiting {
    Tcp(TcpListener),
    Unix {
        listener: UnixListener,
        sequenced: bool,
    },
    /// The first message makes its sender the peer.
    Udp(UdpSocket),
    UnixDgram(UnixDatagram),
}

/// A path that goes when this does.
#[derive(Debug)]
struct Unlinked(PathBuf);

impl Drop for Unlinked {
    fn drop(&mut self) {
        // Somebody else may have taken it away already.
        let _ = fs::remove_file(&self.0);
    }
}

impl Connector {
    /// Listens at `endpoint`, on the interface asked for. Of several addresses the first that can be had is taken; the
    /// wildcard is of both families unless one is chosen.
    ///
    /// # Errors
    /// [`Error::Os`], above all `EADDRINUSE`, and those of looking up a name. TLS is not spoken here.
    pub async fn listen(&self, endpoint: &Endpoint) -> Result<Listener, Error> {
        match endpoint {
            Endpoint::Tls(_) => Err(Error::Tls("listening takes a certificate, which this has not".into())),
            Endpoint::Tcp(inet) => self.listen_inet(inet, Type::STREAM).await,
            Endpoint::Udp(inet) => self.listen_inet(inet, Type::DGRAM).await,
            Endpoint::Unix(kind, name) => listen_unix(*kind, name),
        }
    }

    async fn listen_inet(&self, inet: &Inet, kind: Type) -> Result<Listener, Error> {
        let addresses = match (&inet.host, self.source) {
            (Host::Any, Some(source)) => vec![SocketAddr::new(source, inet.port)],
            // A host without IPv6 has a wildcard all the same.
            (Host::Any, None) if self.family.is_none() => {
                [IpAddr::from([0; 16]), [0; 4].into()].map(|any| SocketAddr::new(any, inet.port)).into()
            }
            _ => resolve(inet, self.family).await?,
        };
        let mut refusal = Error::NoSuchName { name: inet.host.to_string() };
        for address in addresses {
            match self.bound(address, kind) {
                Ok(socket) => {
                    let address = socket.local_addr().map_err(|source| Error::os("getsockname", source))?;
                    let waiting = match kind {
                        Type::STREAM => TcpListener::from_std(socket.into()).map(Waiting::Tcp),
                        _ => UdpSocket::from_std(socket.into()).map(Waiting::Udp),
                    };
                    let socket = waiting.map_err(|source| Error::os("epoll_ctl", source))?;
                    return Ok(Listener { socket, address: address.as_socket(), _path: None });
                }
                Err((call, source)) => refusal = Error::os(call, source),
            }
        }
        Err(refusal)
    }

    fn bound(&self, address: SocketAddr, kind: Type) -> Result<Socket, (&'static str, io::Error)> {
        let socket = Socket::new(Domain::for_address(address), kind.nonblocking(), None);
        let socket = socket.map_err(|source| ("socket", source))?;
        if address.is_ipv6() {
            let only = self.family == Some(Family::V6);
            socket.set_only_v6(only).map_err(|source| ("setsockopt(IPV6_V6ONLY)", source))?;
        }
        if kind == Type::STREAM {
            socket.set_reuse_address(true).map_err(|source| ("setsockopt(SO_REUSEADDR)", source))?;
        }
        if let Some(interface) = &self.interface {
            let bound = socket.bind_device(Some(interface.as_bytes()));
            bound.map_err(|source| ("setsockopt(SO_BINDTODEVICE)", source))?;
        }
        socket.bind(&address.into()).map_err(|source| ("bind", source))?;
        if kind == Type::STREAM {
            socket.listen(1).map_err(|source| ("listen", source))?;
        }
        Ok(socket)
    }
}

fn listen_unix(kind: UnixKind, name: &UnixName) -> Result<Listener, Error> {
    let failed = |call| move |source| Error::os(call, source);
    let socket =
        Socket::new(Domain::UNIX, socket_type(kind).nonblocking(), None).map_err(failed("socket"))?;
    socket.bind(&unix_address(name).map_err(failed("bind"))?).map_err(failed("bind"))?;
    let path = match name {
        UnixName::Path(path) => Some(Unlinked(path.clone())),
        UnixName::Abstract(_) => None,
    };
    if kind != UnixKind::Dgram {
        socket.listen(1).map_err(failed("listen"))?;
    }
    let waiting = match kind {
        UnixKind::Dgram => UnixDatagram::from_std(socket.into()).map(Waiting::UnixDgram),
        _ => UnixListener::from_std(socket.into())
            .map(|listener| Waiting::Unix { listener, sequenced: kind == UnixKind::Seqpacket }),
    };
    Ok(Listener { socket: waiting.map_err(failed("epoll_ctl"))?, address: None, _path: path })
}

impl Listener {
    /// Waits for the peer, and listens no longer.
    ///
    /// # Errors
    /// [`Error::TimedOut`], or a call that failed.
    pub async fn accept(self, deadline: Instant) -> Result<Channel, Error> {
        let start = Instant::now();
        match timeout_at(deadline, self.socket.peer()).await {
            Ok(channel) => channel,
            Err(_) => Err(Error::TimedOut(start.elapsed())),
        }
    }
}

impl Waiting {
    async fn peer(self) -> Result<Channel, Error> {
        let failed = |call| move |source| Error::of_call(call, source, Duration::ZERO);
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await.map_err(failed("accept"))?;
                Ok(Channel::Stream(Stream::from(stream)))
            }
            Self::Unix { listener, sequenced } => {
                let (stream, _) = listener.accept().await.map_err(failed("accept"))?;
                if !sequenced {
                    return Ok(Channel::Stream(Stream::from(stream)));
                }
                let stream = stream.into_std().map_err(failed("epoll_ctl"))?;
                Ok(Channel::Packets(Packets::of_unix(stream.into(), true)?))
            }
            // The message stays where it is, to be received as every other.
            Self::Udp(socket) => {
                let sender = socket.peek_sender().await.map_err(failed("recvfrom"))?;
                let socket = Socket::from(socket.into_std().map_err(failed("epoll_ctl"))?);
                socket.connect(&sender.into()).map_err(failed("connect"))?;
                Ok(Channel::Packets(Packets::udp(socket)?))
            }
            Self::UnixDgram(socket) => {
                socket.readable().await.map_err(failed("recvfrom"))?;
                let socket = Socket::from(OwnedFd::from(socket.into_std().map_err(failed("epoll_ctl"))?));
                let sender = socket.peek_sender().map_err(failed("recvfrom"))?;
                // Who has no name can be heard, but not answered.
                if !sender.is_unnamed() {
                    socket.connect(&sender).map_err(failed("connect"))?;
                }
                Ok(Channel::Packets(Packets::of_unix(socket.into(), false)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn conversation(near: &Channel, far: &Channel) {
        if let (Channel::Packets(near), Channel::Packets(far)) = (near, far) {
            let mut message = Vec::new();
            for (from, to, said) in [(near, far, "ping"), (far, near, "pong")] {
                from.send(said.as_bytes()).await.unwrap();
                assert!(to.receive(&mut message).await.unwrap());
                assert_eq!(message, said.as_bytes());
            }
            near.end().unwrap();
            assert!(!far.has_end() || !far.receive(&mut message).await.unwrap());
        }
    }

    #[test]
    fn one_peer_of_every_sort_is_heard_and_answered() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let unix = |kind| Endpoint::Unix(kind, UnixName::Path(path.clone()));
        let endpoints = [
            "127.0.0.1:0".parse().unwrap(),
            ":0".parse().unwrap(),
            "udp://[::1]:0".parse().unwrap(),
            unix(UnixKind::Stream),
            unix(UnixKind::Dgram),
            unix(UnixKind::Seqpacket),
        ];
        for endpoint in endpoints {
            runtime.block_on(async {
                let soon = Instant::now() + Duration::from_secs(10);
                let connector = Connector::default();
                let listener = connector.listen(&endpoint).await.unwrap();
                let to = match (&endpoint, listener.address) {
                    (Endpoint::Udp(_), Some(address)) => format!("udp://{address}").parse().unwrap(),
                    (_, Some(address)) => format!("{address}").parse().unwrap(),
                    (unix, None) => unix.clone(),
                };
                let near = connector.open(&to, soon).await.result.unwrap();
                if let Channel::Packets(packets) = &near
                    && !packets.has_end()
                {
                    // A datagram listener knows nobody before the first.
                    packets.send(b"hello").await.unwrap();
                }
                let far = listener.accept(soon).await.unwrap();
                if let Channel::Packets(packets) = &far
                    && !packets.has_end()
                {
                    assert!(packets.receive(&mut Vec::new()).await.unwrap());
                }
                conversation(&near, &far).await;
            });
            assert!(!path.exists(), "{endpoint}");
        }
    }

    #[test]
    fn a_path_in_use_is_left_alone() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        fs::write(&path, "mine").unwrap();
        let endpoint = Endpoint::Unix(UnixKind::Stream, UnixName::Path(path.clone()));
        let refused = runtime.block_on(Connector::default().listen(&endpoint));
        assert!(refused.unwrap_err().to_string().starts_with("bind: "));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
}
