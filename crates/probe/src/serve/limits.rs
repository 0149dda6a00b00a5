//! What one server gives its clients at most.

use std::time::Duration;

/// Bounds that keep clients from using the server up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Connections at a time, of all listeners together; more of them wait in the kernel's queue.
    pub connections: usize,
    /// How long a connection may stay without a byte either way; it is cut off after at most half as long again.
    /// Without end if absent.
    pub idle: Option<Duration>,
    /// How long a client may take for the TLS handshake, and for the head of each HTTP request.
    pub head: Duration,
    /// Bytes of an HTTP request's body.
    pub body: u64,
    /// How long connections may take to end after the server was told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            idle: None,
            head: Duration::from_secs(10),
            body: 16 << 20,
            drain: Duration::from_secs(10),
        }
    }
}
