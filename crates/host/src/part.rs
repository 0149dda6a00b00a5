//! A fact, and whether it is all there is to know.
//!
//! Presence may be concluded from any part, absence only from a whole one: that is why [`Part::has`] answers `None` when nothing
//! was found in what was cut short.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use netdiag_sockdiag::Error;
use netdiag_text::strerror;
use nix::errno::Errno;

use crate::NamespaceError;

/// What was learnt of one thing, and why there may be more.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// As much as was learnt.
    pub known: T,
    /// Why this is not, or may not be, all; nothing if it is whole.
    pub cut_short: Option<CutShort>,
}

/// Why a part is not whole.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CutShort {
    /// The table changed under every dump of it (`NLM_F_DUMP_INTR`).
    #[error("the kernel interrupted the listing every time")]
    Interrupted,
    /// That many processes keep their descriptors from the caller.
    #[error("{0} processes keep their files from us")]
    Withheld(usize),
    /// The place where processes are shown shows none of other users (`hidepid`), or none at all.
    #[error("{} does not show the processes of others", .0.display())]
    Hidden(PathBuf),
    /// Descriptors, threads or memory ran out during a call (`EMFILE`, `ENFILE`, `EAGAIN`, `ENOMEM`, `ENOBUFS`).
    #[error("{call}: {}", strerror(.source))]
    Exhausted {
        /// The system call.
        call: &'static str,
        /// What it answered.
        source: Arc<io::Error>,
    },
    /// This kernel does not tell of such things.
    #[error("this kernel cannot list them")]
    Unsupported,
    /// The kernel refused, or broke off.
    #[error("{call}: {}", strerror(.source))]
    Refused {
        /// The system call or request.
        call: &'static str,
        /// What it answered.
        source: Arc<io::Error>,
    },
    /// The kernel has not answered for so long that nothing will come any more.
    #[error("no answer from the kernel within {} s", .0.as_secs())]
    Silent(Duration),
    /// A file cannot be read.
    #[error("{}: {}", path.display(), strerror(.source))]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// That many records could not be understood.
    #[error("{0} records cannot be read")]
    Malformed(u64),
    /// There are more of them than are kept: that many bytes.
    #[error("there are more than {} MiB of them", .0 >> 20)]
    TooMany(usize),
}

impl CutShort {
    /// That a call failed: for want of descriptors, threads or memory, or because it was refused.
    pub fn failed(call: &'static str, error: impl Into<io::Error>) -> Self {
        use Errno::{EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM};

        let source = error.into();
        let errno = source.raw_os_error().map(Errno::from_raw);
        let exhausted = matches!(errno, Some(EMFILE | ENFILE | EAGAIN | ENOMEM | ENOBUFS));
        let source = Arc::new(source);
        if exhausted { Self::Exhausted { call, source } } else { Self::Refused { call, source } }
    }

    /// A file that cannot be read.
    pub fn unreadable(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Unreadable { path: path.into(), source: Arc::new(source) }
    }

    /// A file that says something else than it ought to.
    pub(crate) fn nonsense(path: PathBuf, text: &str) -> Self {
        let line = text.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(40).collect();
        Self::unreadable(
            path,
            io::Error::new(io::ErrorKind::InvalidData, format!("{shown:?} cannot be read")),
        )
    }
}

impl From<Error> for CutShort {
    fn from(error: Error) -> Self {
        let unsupported = error.is_unsupported();
        match error {
            _ if unsupported => Self::Unsupported,
            Error::Os { call, source } => Self::failed(call, source),
            Error::Refused { source, .. } => Self::failed("netlink", source),
            Error::Silent(patience) => Self::Silent(patience),
            error => Self::failed("netlink", io::Error::other(error)),
        }
    }
}

impl From<NamespaceError> for CutShort {
    fn from(error: NamespaceError) -> Self {
        match error {
            NamespaceError::NotOpened { source, .. } => Self::failed("open", source),
            NamespaceError::NotEntered { source, .. } => Self::failed("setns", source),
            NamespaceError::NoThread(source) => Self::failed("clone", source),
        }
    }
}

/// The system's words of an error, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or_else(|| text.clone(), |(words, _)| words.to_owned())
}

impl<T> Part<T> {
    /// All there is.
    pub fn whole(known: T) -> Self {
        Self { known, cut_short: None }
    }

    /// Some of what there is, or none of it.
    pub fn cut_short(known: T, why: CutShort) -> Self {
        Self { known, cut_short: Some(why) }
    }

    /// Whether absence may be concluded from it.
    pub fn is_whole(&self) -> bool {
        self.cut_short.is_none()
    }

    /// Whether such a thing is there; `None` if none was found in a part that is not whole.
    pub fn has(&self, found: impl FnOnce(&T) -> bool) -> Option<bool> {
        match found(&self.known) {
            true => Some(true),
            false => self.is_whole().then_some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_for_want_of_something_or_a_refusal() {
        #[rustfmt::skip]
        let cases = [
            (Errno::EMFILE, true),
            (Errno::ENOBUFS, true),
            (Errno::EACCES, false),
            (Errno::ENOENT, false),
        ];
        for (errno, exhausted) in cases {
            let cut = CutShort::failed("open", errno);
            assert_eq!(matches!(cut, CutShort::Exhausted { .. }), exhausted, "{cut}");
            assert!(cut.to_string().starts_with("open: "), "{cut}");
        }
    }

    #[test]
    fn absence_is_concluded_from_a_whole_part_alone() {
        let whole = Part::whole(vec![1]);
        let cut = Part::cut_short(vec![1], CutShort::Interrupted);
        let has = |part: &Part<Vec<i32>>, wanted| part.has(|known| known.contains(&wanted));
        assert_eq!((has(&whole, 1), has(&whole, 2)), (Some(true), Some(false)));
        assert_eq!((has(&cut, 1), has(&cut, 2)), (Some(true), None));
    }
}
