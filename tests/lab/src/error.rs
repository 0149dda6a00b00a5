//! What can go wrong while a lab is built.
//!
//! [`Error::NotPermitted`] is never a reason to skip a test: it says how to run it. So that it does in a
//! test that unwraps, `Debug` gives words as well.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why the lab could not do what it was asked.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The process may not make network namespaces.
    #[error("making network namespaces takes root or a user namespace: run `cargo xtask test`")]
    NotPermitted(#[source] io::Error),
    /// TUN devices cannot be had, so there are no wires and no scripted hosts.
    #[error("opening a TUN device: /dev/net/tun must exist and be writable by this user (mode 0666)")]
    NoTun(#[source] io::Error),
    /// The kernel refused a system call.
    #[error("{call}")]
    Os {
        /// The call, with what it was about.
        call: String,
        /// What the kernel answered.
        source: io::Error,
    },
    /// The kernel refused a request about links, addresses, routes or neighbours.
    #[error("{request}")]
    Netlink {
        /// The request, with its host.
        request: String,
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

/// The error and all its causes.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error {
    pub(crate) fn os(call: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Os { call: call.into(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unwrapped_error_says_what_to_do_and_why() {
        let error = Error::NotPermitted(io::Error::from_raw_os_error(1));
        assert!(format!("{error:?}").contains("`cargo xtask test`: Operation not permitted"));
    }
}
