//! What can go wrong, by what the caller can do about it.
//!
//! A record that cannot be read is not an error of the dump: it is skipped and counted, see [`Dump::malformed`].
//!
//! [`Dump::malformed`]: crate::Dump::malformed

use std::io;
use std::time::Duration;

use netdiag_text::duration::Short;

/// Why the kernel could not be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A system call on the netlink socket failed; another client may succeed once the cause is gone.
    #[error("{call}")]
    Os {
        /// The call that failed.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel said no to the request itself: change the request or the privileges ([`io::Error::kind`] says which).
    #[error("the kernel refused the request{}", reason(.explanation))]
    Refused {
        /// The error of the answer.
        source: io::Error,
        /// The kernel's own words, where it has any (`NLMSGERR_ATTR_MSG`).
        explanation: Option<Box<str>>,
    },
    /// Nothing came for so long that nothing will; the client must not be used again.
    #[error("no answer from the kernel within {}", Short(*.0))]
    Silent(Duration),
}

impl Error {
    /// Whether this kernel does not know what was asked for: the family or protocol, or
    /// `sock_diag` as a whole, is not built in or not loaded.
    pub fn is_unsupported(&self) -> bool {
        use nix::errno::Errno;

        match self {
            Self::Refused { source, .. } => {
                let errno = source.raw_os_error().map(Errno::from_raw);
                matches!(errno, Some(Errno::ENOENT | Errno::EOPNOTSUPP))
            }
            // What `socket` answers when there is no `sock_diag` at all.
            Self::Os { source, .. } => {
                source.raw_os_error().map(Errno::from_raw) == Some(Errno::EPROTONOSUPPORT)
            }
            Self::Silent(_) => false,
        }
    }

    pub(crate) fn os(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Os { call, source }
    }
}

fn reason(explanation: &Option<Box<str>>) -> String {
    explanation.as_ref().map(|words| format!(" ({words})")).unwrap_or_default()
}

/// A record that cannot be read, and the first field that stands in the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("malformed record: {0}")]
pub struct Malformed(
    /// The field, by its kernel name.
    pub &'static str,
);
