//! What an endpoint is once it is connected: a stream of bytes, or messages.
//!
//! A `tls:` endpoint is a plain stream here; the handshake is a phase of its own, see [`secure`].

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::connect::{Connector, Opening, unix_stream};
use crate::endpoint::{Endpoint, Host, UnixKind};
use crate::error::{Error, Failed};
use crate::packets::Packets;
use crate::peer::Peer;
use crate::phases::{Phase, Phases};
use crate::stream::{Plain, Stream};
use crate::tls::{TlsClient, TlsReport};

/// A connection of either sort.
#[derive(Debug)]
pub enum Channel {
    /// Bytes in order, their bounds lost.
    Stream(Stream),
    /// Messages.
    Packets(Packets),
}

impl Channel {
    /// Both ends' addresses; `None` for a unix socket, whose name is that of its endpoint.
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        match self {
            Self::Packets(packets) => packets.addresses(),
            Self::Stream(stream) => match stream.plain() {
                Plain::Tcp(stream) => Some((stream.local_addr().ok()?, stream.peer_addr().ok()?)),
                Plain::Unix(_) => None,
            },
        }
    }

    /// Who listens at the other end; `None` where that is no unix socket that is connected to.
    pub fn peer(&self) -> Option<Peer> {
        match self {
            Self::Packets(packets) => packets.peer(),
            Self::Stream(stream) => match stream.plain() {
                Plain::Unix(socket) => Peer::of(socket),
                Plain::Tcp(_) => None,
            },
        }
    }
}

impl Connector {
    /// Connects to whatever `endpoint` is. UDP sends nothing, so it finds nothing out about the peer.
    pub async fn open(&self, endpoint: &Endpoint, deadline: Instant) -> Opening<Channel> {
        let stream = |stream| Channel::Stream(Stream::from(stream));
        match endpoint {
            Endpoint::Tcp(inet) | Endpoint::Tls(inet) => self.tcp(inet, deadline).await.map(stream),
            Endpoint::Udp(inet) => self.udp(inet, deadline).await.map(Channel::Packets),
            Endpoint::Unix(kind, name) => {
                let start = Instant::now();
                let result = match kind {
                    UnixKind::Stream => unix_stream(name).map(|stream| Channel::Stream(stream.into())),
                    UnixKind::Dgram | UnixKind::Seqpacket => Packets::unix(*kind, name).map(Channel::Packets),
                };
                let connect = result.is_ok().then(|| start.elapsed());
                Opening {
                    phases: Phases { connect, ..Phases::default() },
                    attempts: Vec::new(),
                    result: result.map_err(|error| error.during(Phase::Connect)),
                }
            }
        }
    }
}

/// A TLS handshake, how it went and how long it took.
#[derive(Debug)]
pub struct Secured {
    /// The connection within TLS.
    pub result: Result<Stream, Failed>,
    /// What the handshake showed; `None` where it could not be begun, or did not end in time.
    pub report: Option<TlsReport>,
    /// How long it took.
    pub took: Duration,
}

/// Begins TLS on a connection to `host`.
pub async fn secure(tls: &TlsClient, plain: Plain, host: &Host, deadline: Instant) -> Secured {
    let start = Instant::now();
    let shaken = timeout_at(deadline, tls.handshake(plain, host)).await;
    let took = start.elapsed();
    let (result, report) = shaken.unwrap_or_else(|_| (Err(Error::TimedOut(took)), None));
    Secured { result: result.map_err(|error| error.during(Phase::Tls)), report, took }
}
