//! How the sockets of a listener carry data.
//!
//! TLS makes no difference: it lies within.

use crate::endpoint::{Endpoint, UnixKind};

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
