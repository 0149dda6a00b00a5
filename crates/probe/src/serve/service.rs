//! What a server does with what its clients send.
//!
//! How it is carried is no matter here: every service but HTTP is served on every kind of socket.

#[cfg(feature = "http")]
use std::sync::Arc;

#[cfg(feature = "http")]
use super::http::Site;

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

impl Service {
    /// Whether its answers have heads, which faults spare.
    pub(super) fn is_http(&self) -> bool {
        #[cfg(feature = "http")]
        return matches!(self, Self::Http(_));
        #[cfg(not(feature = "http"))]
        false
    }
}
