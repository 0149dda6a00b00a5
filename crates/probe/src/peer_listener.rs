//! Listens for one peer: `nc -l`. Servers for many are elsewhere.
//!
//! A port that was in use a moment ago can be had again at once. So can the path of a unix
//! socket nobody has any more; the one made here is taken away when the listener is dropped.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener};
use tokio::time::{Instant, timeout_at};

use crate::channel::Channel;
use crate::connect::Connector;
use crate::endpoint::{Endpoint, Host, HostPort, UnixKind, UnixName};
use crate::error::Error;
use crate::message_socket::MessageSocket;
use crate::resolve::{Family, listened};
use crate::socket_file::{self, SocketFile};
use crate::stream::Stream;

/// A socket that waits for one peer.
#[derive(Debug)]
pub struct PeerListener {
    socket: Waiting,
    /// Where it can be reached; `None` for a unix socket.
    pub address: Option<SocketAddr>,
    file: Option<SocketFile>,
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

impl Connector {
    /// Listens at `endpoint`, on the interface asked for. Of several addresses the first that can be had is taken; the
    /// wildcard is of both families unless one is chosen.
    ///
    /// # Errors
    /// [`Error::Os`], above all `EADDRINUSE`, and those of looking up a name. TLS is not spoken here.
    pub async fn listen(&self, endpoint: &Endpoint) -> Result<PeerListener, Error> {
        match endpoint {
            Endpoint::Tls(_) => Err(Error::Tls("listening takes a certificate, which this has not".into())),
            Endpoint::Tcp(inet) => self.listen_inet(inet, Type::STREAM).await,
            Endpoint::Udp(inet) => self.listen_inet(inet, Type::DGRAM).await,
            Endpoint::Unix(kind, name) => listen_unix(*kind, name),
        }
    }

    async fn listen_inet(&self, inet: &HostPort, kind: Type) -> Result<PeerListener, Error> {
        let addresses = match (&inet.host, self.source) {
            (Host::Any, Some(source)) => vec![SocketAddr::new(source, inet.port)],
            // A host without IPv6 has a wildcard all the same.
            (Host::Any, None) if self.family.is_none() => {
                [IpAddr::from([0; 16]), [0; 4].into()].map(|any| SocketAddr::new(any, inet.port)).into()
            }
            _ => listened(inet, self.family).await?,
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
                    return Ok(PeerListener { socket, address: address.as_socket(), file: None });
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

fn listen_unix(kind: UnixKind, name: &UnixName) -> Result<PeerListener, Error> {
    let failed = |call| move |source| Error::os(call, source);
    let (socket, file) = socket_file::bind(kind, name, true)?;
    if kind != UnixKind::Dgram {
        socket.listen(1).map_err(failed("listen"))?;
    }
    let waiting = match kind {
        UnixKind::Dgram => UnixDatagram::from_std(socket.into()).map(Waiting::UnixDgram),
        _ => UnixListener::from_std(socket.into())
            .map(|listener| Waiting::Unix { listener, sequenced: kind == UnixKind::Seqpacket }),
    };
    Ok(PeerListener { socket: waiting.map_err(failed("epoll_ctl"))?, address: None, file })
}

impl PeerListener {
    /// Waits for the peer, and listens no longer.
    ///
    /// # Errors
    /// [`Error::TimedOut`], or a call that failed.
    pub async fn accept(self, deadline: Instant) -> Result<Channel, Error> {
        let start = Instant::now();
        match timeout_at(deadline, self.socket.peer(self.file)).await {
            Ok(channel) => channel,
            Err(_) => Err(Error::TimedOut(start.elapsed())),
        }
    }
}

impl Waiting {
    async fn peer(self, file: Option<SocketFile>) -> Result<Channel, Error> {
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
                Ok(Channel::Messages(MessageSocket::of_unix(stream.into(), true)?))
            }
            // The message stays where it is, to be received as every other.
            Self::Udp(socket) => {
                let sender = socket.peek_sender().await.map_err(failed("recvfrom"))?;
                let socket = Socket::from(socket.into_std().map_err(failed("epoll_ctl"))?);
                socket.connect(&sender.into()).map_err(failed("connect"))?;
                Ok(Channel::Messages(MessageSocket::udp(socket)?.only_of_peer()?))
            }
            Self::UnixDgram(socket) => {
                socket.readable().await.map_err(failed("recvfrom"))?;
                let socket = Socket::from(OwnedFd::from(socket.into_std().map_err(failed("epoll_ctl"))?));
                let sender = socket.peek_sender().map_err(failed("recvfrom"))?;
                // Who has no name can be heard, but not answered.
                if sender.is_unnamed() {
                    return Ok(Channel::Messages(
                        MessageSocket::of_unix(socket.into(), false)?.bound_at(file),
                    ));
                }
                socket.connect(&sender).map_err(failed("connect"))?;
                let socket = MessageSocket::of_unix(socket.into(), false)?.only_of_peer()?;
                Ok(Channel::Messages(socket.bound_at(file)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn conversation(near: &Channel, far: &Channel) {
        if let (Channel::Messages(near), Channel::Messages(far)) = (near, far) {
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
                if let Channel::Messages(packets) = &near
                    && !packets.has_end()
                {
                    // A datagram listener knows nobody before the first.
                    packets.send(b"hello").await.unwrap();
                }
                let far = listener.accept(soon).await.unwrap();
                if let Channel::Messages(packets) = &far
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
    fn what_others_sent_before_is_not_the_peers() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        runtime.block_on(async {
            let soon = Instant::now() + Duration::from_secs(10);
            let heard = async |channel: Channel| {
                let Channel::Messages(socket) = channel else { panic!("no stream") };
                let mut message = Vec::new();
                let mut heard = Vec::new();
                for _ in 0..2 {
                    assert!(socket.receive(&mut message).await.unwrap());
                    heard.push(String::from_utf8_lossy(&message).into_owned());
                }
                heard
            };
            let connector = Connector::default();
            let listener = connector.listen(&"udp://127.0.0.1:0".parse().unwrap()).await.unwrap();
            let peers = [0, 1].map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
            for (peer, said) in [(0, "one"), (1, "other"), (0, "two")] {
                peers[peer].send_to(said.as_bytes(), listener.address.unwrap()).unwrap();
            }
            assert_eq!(heard(listener.accept(soon).await.unwrap()).await, ["one", "two"]);

            let name = UnixName::Path(path("s"));
            let listener = connector.listen(&Endpoint::Unix(UnixKind::Dgram, name)).await.unwrap();
            let peers = ["a", "b"].map(|name| std::os::unix::net::UnixDatagram::bind(path(name)).unwrap());
            for (peer, said) in [(0, "one"), (1, "other"), (0, "two")] {
                peers[peer].send_to(said.as_bytes(), path("s")).unwrap();
            }
            let channel = listener.accept(soon).await.unwrap();
            assert!(path("s").exists(), "it can still be sent to");
            assert_eq!(heard(channel).await, ["one", "two"]);
            assert!(!path("s").exists());
        });
    }

    #[test]
    fn a_path_in_use_is_left_alone() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        std::fs::write(&path, "mine").unwrap();
        let endpoint = Endpoint::Unix(UnixKind::Stream, UnixName::Path(path.clone()));
        let refused = runtime.block_on(Connector::default().listen(&endpoint));
        assert!(refused.unwrap_err().to_string().starts_with("bind: "));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }
}
