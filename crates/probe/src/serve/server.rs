//! A server as it was asked for: one service for all its listeners, its faults and its limits.
//!
//! [`Server::run`] is in `run.rs`.

use std::fmt;
use std::ops::RangeInclusive;

#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

use super::events::Event;
use super::faults::Faults;
use super::limits::Limits;
use super::service::Service;

/// What to do with clients, whichever listener they come to.
pub struct Server {
    /// What is served.
    pub service: Service,
    /// What is done wrong, checked beforehand ([`Faults::check`]).
    pub faults: Faults,
    /// What clients get at most.
    pub limits: Limits,
    /// The ports that clients on this host get (`net.ipv4.ip_local_port_range`), where they are known: a datagram that comes from
    /// another port of this host comes from a service, which is not answered. Of other hosts they say nothing.
    pub client_ports: Option<RangeInclusive<u16>>,
    /// For listeners that carry TLS.
    #[cfg(feature = "tls")]
    pub tls: Option<TlsAcceptor>,
    /// Whether to tell of each HTTP request.
    pub tell_requests: bool,
    /// Who is told what happens. It is called where clients are served, and must not wait.
    pub tell: Box<dyn Fn(Event<'_>) + Send + Sync>,
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
