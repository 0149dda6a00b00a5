//! What an endpoint is once it is connected: a stream of bytes, or messages.
//!
//! A `tls:` endpoint is a plain stream here; the handshake is a phase of its own, see [`secure`].

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::connect::{ConnectOutcome, Connector, unix_stream};
use crate::endpoint::{Endpoint, Host, UnixKind};
use crate::error::{Error, PhaseError};
use crate::message_socket::MessageSocket;
use crate::peer::Peer;
use crate::phases::{Phase, Phases};
use crate::stream::{PlainStream, Stream};
use crate::tls::{TlsClient, TlsReport};

/// A connection of either sort.
#[derive(Debug)]
pub enum Channel {
    /// Bytes in order, their bounds lost.
    Stream(Stream),
    /// Messages.
    Messages(MessageSocket),
}

impl Channel {
    /// Both ends' addresses; `None` for a unix socket, whose name is that of its endpoint.
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        match self {
            Self::Messages(packets) => packets.addresses(),
            Self::Stream(stream) => match stream.plain() {
                PlainStream::Tcp(stream) => Some((stream.local_addr().ok()?, stream.peer_addr().ok()?)),
                PlainStream::Unix(_) => None,
                #[cfg(any(test, feature = "fuzzing"))]
                PlainStream::Played(_) => None,
            },
        }
    }

    /// Who listens at the other end; `None` where that is no unix socket that is connected to.
    pub fn peer(&self) -> Option<Peer> {
        match self {
            Self::Messages(packets) => packets.peer(),
            Self::Stream(stream) => match stream.plain() {
                PlainStream::Unix(socket) => Peer::of(socket),
                PlainStream::Tcp(_) => None,
                #[cfg(any(test, feature = "fuzzing"))]
                PlainStream::Played(_) => None,
            },
        }
    }
}

impl Connector {
    /// Connects to whatever `endpoint` is. UDP sends nothing, so it finds nothing out about the peer.
    pub async fn open(&self, endpoint: &Endpoint, deadline: Instant) -> ConnectOutcome<Channel> {
        let stream = |stream| Channel::Stream(Stream::from(stream));
        match endpoint {
            Endpoint::Tcp(inet) | Endpoint::Tls(inet) => self.tcp(inet, deadline).await.map(stream),
            Endpoint::Udp(inet) => self.udp(inet, deadline).await.map(Channel::Messages),
            Endpoint::Unix(kind, name) => {
                let start = Instant::now();
                let result = match kind {
                    UnixKind::Stream => unix_stream(name).map(|stream| Channel::Stream(stream.into())),
                    UnixKind::Dgram | UnixKind::Seqpacket => {
                        MessageSocket::unix(*kind, name).map(Channel::Messages)
                    }
                };
                let connect = result.is_ok().then(|| start.elapsed());
                ConnectOutcome {
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
pub struct TlsHandshake {
    /// The connection within TLS.
    pub result: Result<Stream, PhaseError>,
    /// What the handshake showed; `None` where it could not be begun, or did not end in time.
    pub report: Option<TlsReport>,
    /// How long it took.
    pub took: Duration,
}

/// Begins TLS on a connection to `host`.
pub async fn secure(tls: &TlsClient, plain: PlainStream, host: &Host, deadline: Instant) -> TlsHandshake {
    let start = Instant::now();
    let shaken = timeout_at(deadline, tls.handshake(plain, host)).await;
    let took = start.elapsed();
    let (result, report) = shaken.unwrap_or_else(|_| (Err(Error::TimedOut(took)), None));
    TlsHandshake { result: result.map_err(|error| error.during(Phase::Tls)), report, took }
}
