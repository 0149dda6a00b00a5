//! Servers for tests and diagnoses: echo, discard, chargen and HTTP, on every kind of socket, and wrong on demand.
//!
//! Whoever runs one owns the runtime; it needs its timers and its sockets switched on, and any number of threads.

mod accept;
mod buffer;
mod chargen;
mod connection;
mod datagram;
mod discard;
mod echo;
mod envelope;
mod events;
mod faults;
#[cfg(feature = "http")]
mod http;
mod limits;
mod listener;
mod messages;
#[cfg(feature = "tls")]
mod tls;
mod wire;

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

pub use self::events::{Connection, ConnectionEnd, Datagrams, Event, Peer, Request};
pub use self::faults::{FaultConflict, Faults};
#[cfg(feature = "http")]
pub use self::http::Site;
pub use self::limits::Limits;
pub use self::listener::Listener;
#[cfg(feature = "tls")]
pub use self::tls::Identity;
use crate::endpoint::{Endpoint, UnixKind};

/// What is served.
#[derive(Debug)]
#[non_exhaustive]
pub enum Service {
    /// What comes goes back (RFC 862).
    Echo,
    /// What comes is thrown away (RFC 863).
    Discard,
    /// Text without end; with datagrams, one of it for each that comes (RFC 864).
    Chargen,
    /// HTTP/1.
    #[cfg(feature = "http")]
    Http(Arc<Site>),
}

/// How an endpoint carries data, as far as it matters to services and faults.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// A stream of bytes over TCP, with or without TLS.
    Tcp,
    /// A stream of bytes over anything else.
    Stream,
    /// Connections of messages.
    Messages,
    /// No connections.
    Datagrams,
}

impl Service {
    /// Whether its answers have heads, which faults spare.
    fn is_http(&self) -> bool {
        #[cfg(feature = "http")]
        return matches!(self, Self::Http(_));
        #[cfg(not(feature = "http"))]
        false
    }
}

impl Transport {
    /// That of an endpoint.
    pub fn of(endpoint: &Endpoint) -> Self {
        match endpoint {
            Endpoint::Tcp(_) | Endpoint::Tls(_) => Self::Tcp,
            Endpoint::Udp(_) | Endpoint::Unix(UnixKind::Dgram, _) => Self::Datagrams,
            Endpoint::Unix(UnixKind::Stream, _) => Self::Stream,
            Endpoint::Unix(UnixKind::Seqpacket, _) => Self::Messages,
        }
    }
}

/// What to do with clients, whichever listener they come to.
pub struct Server {
    /// What is served.
    pub service: Service,
    /// What is done wrong, checked beforehand ([`Faults::check`]).
    pub faults: Faults,
    /// What clients get at most.
    pub limits: Limits,
    /// For listeners that carry TLS.
    #[cfg(feature = "tls")]
    pub tls: Option<TlsAcceptor>,
    /// Whether to tell of each HTTP request.
    pub tell_requests: bool,
    /// Who is told what happens. It is called where clients are served, and must not wait.
    pub tell: Box<dyn Fn(Event<'_>) + Send + Sync>,
}

impl Server {
    /// Serves until `stop` is done, then lets connections end for as long as the limits say.
    pub async fn run(self, listeners: Vec<Listener>, stop: impl Future<Output = ()>) {
        let server = Arc::new(self);
        let slots = Arc::new(Semaphore::new(server.limits.connections.min(Semaphore::MAX_PERMITS)));
        let (stopping, stopped) = watch::channel(false);
        let mut serving = JoinSet::new();
        let siblings: Arc<[u16]> = listeners
            .iter()
            .map(|listener| datagram::port(listener.endpoint()))
            .filter(|port| *port != 0)
            .collect();
        for listener in listeners {
            let (server, slots, stopped) = (Arc::clone(&server), Arc::clone(&slots), stopped.clone());
            match listener.socket {
                listener::Bound::Datagrams(socket) => {
                    let siblings = Arc::clone(&siblings);
                    serving.spawn(datagram::serve(server, listener.listening, socket, siblings, stopped));
                }
                socket => {
                    serving.spawn(accept::serve(server, listener.listening, socket, slots, stopped));
                }
            }
        }
        stop.await;
        // Who listens for it may have ended.
        let _ = stopping.send(true);
        while serving.join_next().await.is_some() {}
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("service", &self.service)
            .field("faults", &self.faults)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
