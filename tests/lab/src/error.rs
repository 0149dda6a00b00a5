//! What can go wrong while a lab is built.
//!
//! [`Error::NotPermitted`] is never a reason to skip a test: it says how to run it.

use std::io;
use std::time::Duration;

/// Why the lab could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The process may not make network namespaces.
    #[error("making network namespaces takes root or a user namespace: run `cargo xtask test`")]
    NotPermitted(#[source] io::Error),
    /// TUN devices cannot be had, so there are no wires and no scripted hosts.
    #[error("opening a TUN device: /dev/net/tun must exist and be writable by this user (mode 0666)")]
    NoTun(#[source] io::Error),
    /// The kernel refused a system call.
    #[error("{call}: {source}")]
    Os {
        /// The call, with what it was about.
        call: String,
        /// What the kernel answered.
        source: io::Error,
    },
    /// The kernel refused a change of links, addresses, routes or neighbours.
    #[error("{change}: {source}")]
    Netlink {
        /// The change, with its host.
        change: String,
        /// What the kernel answered.
        source: rtnetlink::Error,
    },
    /// Not an address, or not one with a prefix length where that is needed.
    #[error("`{0}` is not an address of the expected form")]
    Address(String),
    /// A condition did not come true in time.
    #[error("still waiting for {what} after {limit:?}")]
    TimedOut {
        /// The condition.
        what: String,
        /// How long it was waited for.
        limit: Duration,
    },
}

impl Error {
    pub(crate) fn os(call: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Os {
            call: call.into(),
            source,
        }
    }
}
