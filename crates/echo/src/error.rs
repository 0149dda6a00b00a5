//! What can go wrong with a socket, by what the caller can do about it.

use std::io;

/// Why an [`EchoSocket`](crate::EchoSocket) could not be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither kind of ICMP socket may be opened: `net.ipv4.ping_group_range` does not include the caller's group, and
    /// `cap_net_raw` is missing. The source is what the raw socket answered.
    #[error("socket")]
    NotPermitted(#[source] io::Error),
    /// This kernel has no such sockets, for example because IPv6 is off.
    #[error("socket")]
    Unsupported(#[source] io::Error),
    /// A system call failed; `call` names it with its option.
    #[error("{call}")]
    Os {
        /// The call, as its man page is called.
        call: &'static str,
        /// What it answered.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn os<E: Into<io::Error>>(call: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Os { call, source: source.into() }
    }
}
