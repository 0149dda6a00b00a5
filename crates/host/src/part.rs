//! A fact, and whether it is all there is to know.
//!
//! Presence may be concluded from any part, absence only from a whole one: that is why [`Part::has`] answers `None` when nothing
//! was found in what was cut short.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use netdiag_sockdiag::Error;
use netdiag_text::{Message, Trusted, message, size, strerror};
use nix::errno::Errno;

use crate::namespace::NamespaceError;

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
    #[error("{}", withheld(*.0))]
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
    /// The kernel could not be asked over netlink, or did not answer to the end.
    #[error("{0}{cause}", cause = cause(.0))]
    NotAnswered(Arc<Error>),
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
    #[error("there are more than {} of them", size::Short(*.0 as f64))]
    TooMany(usize),
}

impl CutShort {
    /// That a call failed: for want of descriptors, threads or memory, or because it was refused.
    pub fn failed(call: &'static str, error: impl Into<io::Error>) -> Self {
        let source = error.into();
        match is_exhaustion(&source) {
            true => Self::Exhausted { call, source: source.into() },
            false => Self::Refused { call, source: source.into() },
        }
    }

    /// That a file could not be opened or read.
    pub fn unreadable(path: impl Into<PathBuf>, error: impl Into<io::Error>) -> Self {
        let source = error.into();
        match is_exhaustion(&source) {
            true => Self::Exhausted { call: "open", source: source.into() },
            false => Self::Unreadable { path: path.into(), source: source.into() },
        }
    }

    /// What it says, paths and what stands in files told apart from our own words.
    pub fn message(&self) -> Message {
        match self {
            Self::Unreadable { path, source } if source.raw_os_error().is_some() => {
                message!("{}: {}", path.display(), Trusted(&strerror(source)))
            }
            Self::Unreadable { path, source } => message!("{}: {}", path.display(), source),
            why => Trusted(&why.to_string()).into(),
        }
    }

    /// What helps where this kept the holders of sockets from being found.
    pub fn owners_remedy(&self) -> &'static str {
        match self {
            Self::Exhausted { .. } => "raise the limit: `ulimit -n 64` is enough",
            Self::Unreadable { .. } => "owners are found in /proc: mount it, or set PROC_ROOT to where it is",
            Self::Hidden(_) => "run it as root, or mount it without hidepid",
            _ => "run it as root, or with cap_sys_ptrace and cap_dac_read_search",
        }
    }

    /// A file that says something else than it ought to.
    pub(crate) fn nonsense(path: PathBuf, text: &str) -> Self {
        let line = text.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(40).collect();
        let error = io::Error::new(io::ErrorKind::InvalidData, format!("{shown:?} cannot be read"));
        Self::unreadable(path, error)
    }
}

fn is_exhaustion(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EMFILE | Errno::ENFILE | Errno::EAGAIN | Errno::ENOMEM | Errno::ENOBUFS))
}

impl From<Error> for CutShort {
    fn from(error: Error) -> Self {
        match error {
            error if error.is_unsupported() => Self::Unsupported,
            Error::Os { call, source } if is_exhaustion(&source) => {
                Self::Exhausted { call, source: source.into() }
            }
            // What the kernel ran out of in the middle of an answer.
            Error::Refused { source, .. } if is_exhaustion(&source) => {
                Self::Exhausted { call: "recv", source: source.into() }
            }
            error => Self::NotAnswered(error.into()),
        }
    }
}

impl From<NamespaceError> for CutShort {
    fn from(error: NamespaceError) -> Self {
        match error {
            NamespaceError::NotOpened { name, source } => Self::unreadable(PathBuf::from(&*name), source),
            NamespaceError::NotEntered { source, .. } => Self::failed("setns", source),
            NamespaceError::NoThread(source) => Self::failed("clone", source),
        }
    }
}

fn withheld(processes: usize) -> String {
    match processes {
        1 => "a process keeps its files from us".to_owned(),
        many => format!("{many} processes keep their files from us"),
    }
}

/// What stands behind an error of netlink.
fn cause(error: &Error) -> String {
    use std::error::Error as _;

    let cause = error.source().and_then(|cause| cause.downcast_ref());
    cause.map(|cause| format!(": {}", strerror(cause))).unwrap_or_default()
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

/// Whether one of them is so, of which each may not be known: `None` where none surely is and one may be.
pub fn any_known(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return answer,
            Some(false) => {}
            None => known = None,
        }
    }
    known
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
    fn what_an_answer_ended_with_says_what_kind_of_end_it_is() {
        let refused =
            |errno: Errno| CutShort::from(Error::Refused { source: errno.into(), explanation: None });
        assert!(matches!(refused(Errno::ENOENT), CutShort::Unsupported));
        assert!(matches!(refused(Errno::ENOMEM), CutShort::Exhausted { .. }));
        let why = refused(Errno::EPERM);
        assert_eq!(why.to_string(), "the kernel refused the request: Operation not permitted");
        let opened = CutShort::from(Error::Os { call: "socket", source: Errno::EMFILE.into() });
        assert!(matches!(opened, CutShort::Exhausted { call: "socket", .. }), "{opened}");
    }

    #[test]
    fn absence_is_concluded_from_a_whole_part_alone() {
        let whole = Part::whole(vec![1]);
        let cut = Part::cut_short(vec![1], CutShort::Interrupted);
        let has = |part: &Part<Vec<i32>>, wanted| part.has(|known| known.contains(&wanted));
        assert_eq!((has(&whole, 1), has(&whole, 2)), (Some(true), Some(false)));
        assert_eq!((has(&cut, 1), has(&cut, 2)), (Some(true), None));
    }

    #[test]
    fn one_that_is_so_is_enough_and_all_must_be_known_not_to_be() {
        let cases = [
            (vec![Some(false), None, Some(true)], Some(true)),
            (vec![Some(false), None], None),
            (vec![Some(false)], Some(false)),
            (vec![], Some(false)),
        ];
        for (answers, expected) in cases {
            assert_eq!(any_known(answers.clone()), expected, "{answers:?}");
        }
    }
}
