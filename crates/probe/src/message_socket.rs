//! Conversations in messages: udp, and the unix sockets that keep the bounds of what is sent.
//!
//! Such a socket is connected, so that a refusal reaches us, and only the peer does. Silence means nothing: a message may
//! have been lost, ignored, or dropped by a firewall.

use std::future::ready;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::{UdpSocket, UnixDatagram};
use tokio::time::{Instant, timeout_at};

use crate::connect::{ConnectOutcome, Connector, unix_address, unix_socket};
use crate::endpoint::{HostPort, UnixKind, UnixName};
use crate::error::{Error, PhaseError};
use crate::icmp_error;
use crate::message;
use crate::peer::Peer;
use crate::phases::Phase;
use crate::socket_file::SocketFile;

/// A connected socket that sends and receives whole messages.
#[derive(Debug)]
pub struct MessageSocket {
    kind: Kind,
    /// Whose messages alone are taken, where others' may have been queued before this socket was connected.
    only: Option<SockAddr>,
    /// Where the socket itself is bound, if that is a path of ours.
    _file: Option<SocketFile>,
}

#[derive(Debug)]
enum Kind {
    Udp(UdpSocket),
    /// A unix socket of datagrams, or of sequenced packets, which the calls here do not tell apart.
    Unix {
        socket: UnixDatagram,
        sequenced: bool,
    },
}

impl MessageSocket {
    /// Of a UDP socket that is connected and does not block.
    pub(crate) fn udp(socket: Socket) -> Result<Self, Error> {
        let socket = UdpSocket::from_std(socket.into()).map_err(|source| Error::os("epoll_ctl", source))?;
        Ok(Self::of(Kind::Udp(socket)))
    }

    /// Of a unix socket that is connected and does not block.
    pub(crate) fn of_unix(socket: OwnedFd, sequenced: bool) -> Result<Self, Error> {
        let socket =
            UnixDatagram::from_std(socket.into()).map_err(|source| Error::os("epoll_ctl", source))?;
        if sequenced {
            message::stamp(&socket).map_err(|source| Error::os("setsockopt", source))?;
        }
        Ok(Self::of(Kind::Unix { socket, sequenced }))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, only: None, _file: None }
    }

    /// Takes no messages but the peer's, whoever else may have sent some before it was the peer.
    pub(crate) fn only_of_peer(mut self) -> Result<Self, Error> {
        let peer = match &self.kind {
            Kind::Udp(socket) => SockRef::from(socket).peer_addr(),
            Kind::Unix { socket, .. } => SockRef::from(socket).peer_addr(),
        };
        self.only = Some(peer.map_err(|source| Error::os("getpeername", source))?);
        Ok(self)
    }

    /// Keeps the path at which it can be reached for as long as it is there.
    pub(crate) fn bound_at(self, file: Option<SocketFile>) -> Self {
        Self { _file: file, ..self }
    }

    /// Connects to a unix socket that is not of streams. A datagram socket is given a name of the kernel's choice, or the
    /// peer could not answer.
    ///
    /// # Errors
    /// [`Error::NoSuchSocket`], [`Error::Refused`], [`Error::QueueFull`] and their like.
    pub fn unix(kind: UnixKind, name: &UnixName) -> Result<Self, Error> {
        if kind != UnixKind::Dgram {
            return Self::of_unix(unix_socket(name, Type::SEQPACKET)?.into(), true);
        }
        let address = unix_address(name).map_err(failed("connect"))?;
        let socket = Socket::new(Domain::UNIX, Type::DGRAM.nonblocking(), None).map_err(failed("socket"))?;
        // An address of no length asks for one (`unix(7)`, autobind).
        let unnamed = SockAddr::unix("").map_err(failed("bind"))?;
        socket.bind(&unnamed).map_err(failed("bind"))?;
        socket.connect(&address).map_err(|source| Error::of_unix_call("connect", source))?;
        Self::of_unix(socket.into(), false)
    }

    /// Whether the peer can say that it has ended (`SOCK_SEQPACKET`), and so can we.
    pub fn has_end(&self) -> bool {
        matches!(self.kind, Kind::Unix { sequenced: true, .. })
    }

    /// Is told from now on what routers say of what it sends, temporary troubles included; unix sockets have none.
    pub(crate) fn hear_routers(&self) {
        if let Some((_, peer)) = self.addresses() {
            icmp_error::keep(self, peer.ip(), true);
        }
    }

    /// What a failed call says of the peer, and who said it.
    fn failed(&self, call: &'static str, source: io::Error) -> Error {
        let said =
            self.addresses().and_then(|(_, peer)| Some(Error::of_icmp(icmp_error::kept(self)?, peer.ip())));
        said.unwrap_or_else(|| Error::of_call(call, source, Duration::ZERO))
    }

    /// Sends one message, as soon as there is room for it.
    ///
    /// # Errors
    /// What became of an earlier one, too: [`Error::Refused`] where nobody listens.
    pub async fn send(&self, message: &[u8]) -> Result<(), Error> {
        // A peer that is gone is told by the error alone.
        let attempt = || Ok(send(self.as_raw_fd(), message, MsgFlags::MSG_NOSIGNAL)?);
        self.when(Interest::WRITABLE, attempt).await.map(drop).map_err(|source| self.failed("send", source))
    }

    /// Receives one message of whatever length into `message`; `false` at the end, which only some sockets have.
    ///
    /// # Errors
    /// [`Error::Refused`] where nobody listens, and the like.
    pub async fn receive(&self, message: &mut Vec<u8>) -> Result<bool, Error> {
        // A refusal makes no socket readable.
        let arrival = Interest::READABLE | Interest::ERROR;
        loop {
            let arrived = self.when(arrival, || {
                if let Some(peer) = &self.only {
                    message::skip_others(self, peer)?;
                }
                message::receive(self, message)
            });
            match arrived.await {
                Ok(more) => return Ok(more || !self.has_end()),
                // The kernel has learnt the size of the path; what was too large is lost.
                Err(source) if source.raw_os_error() == Some(Errno::EMSGSIZE as i32) => {
                    _ = icmp_error::kept(self);
                }
                Err(source) => return Err(self.failed("recv", source)),
            }
        }
    }

    async fn when<T>(&self, interest: Interest, attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match &self.kind {
            Kind::Udp(socket) => socket.async_io(interest, attempt).await,
            Kind::Unix { socket, .. } => socket.async_io(interest, attempt).await,
        }
    }

    /// Says that nothing more will be sent, where that can be said.
    ///
    /// # Errors
    /// Those of `shutdown(2)`.
    pub fn end(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Unix { socket, sequenced: true } => {
                socket.shutdown(Shutdown::Write).map_err(failed("shutdown"))
            }
            _ => Ok(()),
        }
    }

    /// Who made the unix socket at the other end listen, where the kernel tells: for sequenced packets only.
    pub fn peer(&self) -> Option<Peer> {
        match &self.kind {
            Kind::Unix { socket, sequenced: true } => Peer::of(socket),
            _ => None,
        }
    }

    /// Both ends' addresses; `None` for a unix socket.
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        match &self.kind {
            Kind::Udp(socket) => Some((socket.local_addr().ok()?, socket.peer_addr().ok()?)),
            Kind::Unix { .. } => None,
        }
    }
}

/// What became of a message that asks for nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UdpReply {
    /// The peer answered: somebody is there.
    Answered,
    /// Nothing: it was taken in silence, or lost on the way.
    Silent,
}

impl MessageSocket {
    /// Sends an empty message and listens until `deadline` for what becomes of it.
    ///
    /// # Errors
    /// [`Error::Refused`] where nobody listens, and the like.
    pub async fn nudge(&self, deadline: Instant) -> Result<UdpReply, Error> {
        self.send(&[]).await?;
        match timeout_at(deadline, self.receive(&mut Vec::new())).await {
            Ok(received) => received.map(|_| UdpReply::Answered),
            Err(_) => Ok(UdpReply::Silent),
        }
    }
}

impl AsFd for MessageSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Udp(socket) => socket.as_fd(),
            Kind::Unix { socket, .. } => socket.as_fd(),
        }
    }
}

impl AsRawFd for MessageSocket {
    fn as_raw_fd(&self) -> RawFd {
        match &self.kind {
            Kind::Udp(socket) => socket.as_raw_fd(),
            Kind::Unix { socket, .. } => socket.as_raw_fd(),
        }
    }
}

impl Connector {
    /// Connects a UDP socket to the first address of `inet` there is a way to; nothing is sent.
    pub async fn udp(&self, inet: &HostPort, deadline: Instant) -> ConnectOutcome<MessageSocket> {
        self.each(inet, deadline, |to, _| ready(self.udp_packets(to))).await
    }

    fn udp_packets(&self, to: SocketAddr) -> Result<MessageSocket, PhaseError> {
        let socket = self.udp_socket(to).map_err(|error| error.during(Phase::Open))?;
        let connected = socket.connect(&to.into()).map_err(failed("connect"));
        connected.map_err(|error| error.during(Phase::Connect))?;
        MessageSocket::udp(socket).map_err(|error| error.during(Phase::Open))
    }

    fn udp_socket(&self, to: SocketAddr) -> Result<Socket, Error> {
        let socket = Socket::new(Domain::for_address(to), Type::DGRAM.nonblocking(), None);
        let socket = socket.map_err(|source| Error::os("socket", source))?;
        self.bind(SockRef::from(&socket), to)?;
        Ok(socket)
    }
}

fn failed(call: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::of_call(call, source, Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket as StdUdp;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram as StdUnix};

    use super::*;
    use crate::endpoint::Host;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let bounded = async { tokio::time::timeout(Duration::from_secs(10), future).await };
        runtime.block_on(bounded).expect("it is answered")
    }

    fn loopback(port: u16) -> HostPort {
        HostPort { host: Host::Ip([127, 0, 0, 1].into(), None), port }
    }

    #[test]
    fn a_message_arrives_whole_however_long() {
        let peer = StdUdp::bind("127.0.0.1:0").unwrap();
        let inet = loopback(peer.local_addr().unwrap().port());
        block_on(async {
            let soon = Instant::now() + Duration::from_secs(10);
            let packets = Connector::default().udp(&inet, soon).await.result.unwrap();
            let mut message = Vec::new();
            for length in [1, 0, 60_000] {
                packets.send(&vec![7; length]).await.unwrap();
                let mut room = vec![0; 65_536];
                let (got, from) = peer.recv_from(&mut room).unwrap();
                peer.send_to(&room[..got], from).unwrap();
                assert!(packets.receive(&mut message).await.unwrap());
                assert_eq!(message, vec![7; length]);
            }
        });
    }

    #[test]
    fn a_closed_port_refuses() {
        let port = StdUdp::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        block_on(async {
            let soon = Instant::now() + Duration::from_secs(10);
            let packets = Connector::default().udp(&loopback(port), soon).await.result.unwrap();
            packets.send(b"?").await.unwrap();
            assert_eq!(packets.receive(&mut Vec::new()).await.unwrap_err().kind(), "refused");
        });
    }

    #[test]
    fn a_unix_peer_can_answer() {
        let name = format!("netdiag-packets-{}", std::process::id()).into_bytes();
        let peer = StdUnix::bind_addr(&UnixAddr::from_abstract_name(&name).unwrap()).unwrap();
        block_on(async {
            let packets = MessageSocket::unix(UnixKind::Dgram, &UnixName::Abstract(name)).unwrap();
            packets.send(b"ping").await.unwrap();
            let mut room = [0; 8];
            let (got, from) = peer.recv_from(&mut room).unwrap();
            peer.send_to_addr(&room[..got], &from).unwrap();
            let mut message = Vec::new();
            assert!(packets.receive(&mut message).await.unwrap());
            assert_eq!(message, b"ping");
        });
    }
}
