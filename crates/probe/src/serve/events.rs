//! What a server tells while it serves.
//!
//! The one who is told must not block: it is called from where connections are served.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::error::Error;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A connection has ended.
    Connection(Connection<'a>),
    /// An HTTP request was answered; told of only if [`super::Server::tell_requests`] says so.
    Request(Request<'a>),
    /// A socket for datagrams was closed.
    Datagrams(Datagrams<'a>),
    /// No connection can be accepted for now, for want of descriptors or memory.
    AcceptPaused {
        /// The listener.
        listener: &'a Endpoint,
        /// What `accept` said.
        error: &'a io::Error,
    },
    /// Connections are accepted again.
    AcceptResumed {
        /// The listener.
        listener: &'a Endpoint,
        /// How long they were not.
        after: Duration,
    },
    /// There are as many connections as there may be; more wait.
    Full {
        /// The listener.
        listener: &'a Endpoint,
        /// How many there may be.
        connections: usize,
    },
    /// The server was told to stop, and this listener is closed.
    Draining {
        /// The listener.
        listener: &'a Endpoint,
        /// Connections that are still open.
        connections: usize,
    },
}

/// A connection that has ended.
#[derive(Debug)]
pub struct Connection<'a> {
    /// The listener it came to.
    pub listener: &'a Endpoint,
    /// Who it was with.
    pub peer: Peer,
    /// Bytes that came, without those of TLS itself.
    pub received: u64,
    /// Bytes that went, likewise.
    pub sent: u64,
    /// HTTP requests; zero for other services.
    pub requests: u64,
    /// From the acceptance to the end.
    pub took: Duration,
    /// How it ended.
    pub end: &'a ConnectionEnd,
}

/// One HTTP request and what became of it.
#[derive(Debug)]
pub struct Request<'a> {
    /// The listener it came to.
    pub listener: &'a Endpoint,
    /// Who it was from.
    pub peer: Peer,
    /// Its method.
    pub method: &'a str,
    /// Its path and query, as they came.
    pub target: &'a str,
    /// The status it was answered with.
    pub status: u16,
}

/// What came to a socket for datagrams, and went.
#[derive(Debug)]
pub struct Datagrams<'a> {
    /// The listener.
    pub listener: &'a Endpoint,
    /// Datagrams that came.
    pub arrived: u64,
    /// Bytes in them.
    pub received: u64,
    /// Datagrams that were answered.
    pub answered: u64,
    /// Bytes in the answers.
    pub sent: u64,
    /// Datagrams lost on purpose.
    pub dropped: u64,
    /// Datagrams not answered because there was nobody, or no room, to answer to.
    pub unanswered: u64,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Peer {
    /// An address; that of an IPv4 host is an IPv4 address, also on a socket for both.
    Inet(SocketAddr),
    /// A process of this machine (`SO_PEERCRED`).
    Unix {
        /// The process, if it can be seen from here.
        pid: Option<i32>,
        /// Its user.
        uid: u32,
    },
    /// The kernel did not say.
    Unknown,
}

/// How a connection ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionEnd {
    /// The peer closed it, or both did.
    Closed,
    /// The peer broke it off.
    Reset,
    /// The peer took too long.
    TimedOut,
    /// A fault asked for ended it.
    Fault,
    /// It was still open when the time to drain was over.
    Cut,
    /// Something else went wrong: the handshake of TLS, or HTTP that is none.
    Failed(Error),
}

impl ConnectionEnd {
    /// One word, the same in every version.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::TimedOut => "timeout",
            Self::Fault => "fault",
            Self::Cut => "cut",
            Self::Failed(_) => "failed",
        }
    }

    pub(super) fn of(error: &io::Error) -> Self {
        #[cfg(feature = "tls")]
        if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::Failed(Error::Tls(crate::tls::sentences::of_tls(inner)));
        }
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Reset,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Failed(Error::Protocol(error.to_string().into())),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix { pid: Some(pid), uid } => write!(f, "pid:{pid},uid:{uid}"),
            Self::Unix { pid: None, uid } => write!(f, "uid:{uid}"),
            Self::Unknown => f.write_str("?"),
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

/// What has gone over a connection so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) received: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) requests: AtomicU64,
    /// Whether the peer waits for us, so that silence is no fault of its own.
    pub(super) ours: AtomicBool,
    /// Whether an answer is put off because the peer asked for that: silence meanwhile is its own, and its reset ends it.
    #[cfg(feature = "http")]
    pub(super) delayed: AtomicBool,
}

impl Tally {
    /// Changes whenever a byte has moved.
    pub(super) fn progress(&self) -> u64 {
        self.received.load(Relaxed).wrapping_add(self.sent.load(Relaxed))
    }
}
