//! Another network namespace: by name, by a process that is in it, or by path.
//!
//! A namespace belongs to a thread, not to a process, so a look into one is made on a thread of its own ([`Namespace::run`]) and one
//! process can look into many. Only the network is another there: files stay those of this system, `/etc/netns/NAME` is not laid over
//! `/etc`, and `/sys` shows the devices of the namespace it was mounted in.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use nix::libc::O_NONBLOCK;
use nix::sched::{CloneFlags, setns};

use crate::proc_root::ProcRoot;

/// A network namespace that is held open: it lives on, and its identity with it, even when nobody is in it any more.
#[derive(Clone, Debug)]
pub struct Namespace {
    shown: Arc<str>,
    file: Arc<File>,
}

/// What tells one network namespace from another for as long as either is held: device and inode of its file.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NamespaceId {
    device: u64,
    inode: u64,
}

/// Why nothing can be done in a namespace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceError {
    /// There is none of this name, or its file cannot be opened.
    #[error("Cannot open network namespace \"{name}\"")]
    NotOpened {
        /// As it was asked for.
        name: Arc<str>,
        /// Why.
        source: io::Error,
    },
    /// It is no network namespace, or the caller may not enter it (that takes `CAP_SYS_ADMIN`).
    #[error("setting the network namespace \"{name}\" failed")]
    NotEntered {
        /// As it was asked for.
        name: Arc<str>,
        /// What the kernel says.
        source: io::Error,
    },
    /// No thread can be had to look into it.
    #[error("cannot start a thread")]
    NoThread(#[source] io::Error),
}

impl Namespace {
    /// Opens the namespace that a word stands for: with a slash in it a path; else a name that `ip netns` lists; else, if it is a
    /// number, the namespace of that process.
    ///
    /// # Errors
    /// [`NamespaceError::NotOpened`]. That a file is no namespace shows only when it is entered.
    pub fn open(word: &OsStr) -> Result<Self, NamespaceError> {
        let shown: Arc<str> = word.to_string_lossy().into();
        let file = find(word).map_err(|source| NamespaceError::NotOpened { name: shown.clone(), source })?;
        Ok(Self { shown, file: file.into() })
    }

    /// The namespace this thread is in.
    ///
    /// # Errors
    /// [`NamespaceError::NotOpened`], where there is no `/proc`.
    pub fn of_this_thread() -> Result<Self, NamespaceError> {
        Self::open(OsStr::new(OURS))
    }

    /// What tells it from others.
    ///
    /// # Errors
    /// That its file tells nothing of itself.
    pub fn id(&self) -> io::Result<NamespaceId> {
        self.file.metadata().map(NamespaceId::from)
    }

    /// Does `work` in this namespace, on a thread of its own which ends with it; threads and programs that it starts are there too.
    ///
    /// # Errors
    /// [`NamespaceError::NotEntered`] or [`NamespaceError::NoThread`]; nothing was done then.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, NamespaceError> {
        let there = || {
            self.enter()?;
            Ok(work())
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().spawn_scoped(scope, there);
            let thread = thread.map_err(NamespaceError::NoThread)?;
            thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// Moves this thread there for good, with all that it opens and starts from now on; other threads stay where they are.
    ///
    /// This is for a program that works in one namespace only and has one thread yet: then signals, credentials and the programs it
    /// turns into are those of the process, which they would not be on a thread beside the first.
    ///
    /// # Errors
    /// [`NamespaceError::NotEntered`].
    pub fn enter(&self) -> Result<(), NamespaceError> {
        if self.is_ours() {
            return Ok(());
        }
        setns(&*self.file, CloneFlags::CLONE_NEWNET).map_err(|errno| NamespaceError::NotEntered {
            name: Arc::clone(&self.shown),
            source: errno.into(),
        })
    }

    /// Whether this thread is there already, so that it takes no privilege to enter.
    fn is_ours(&self) -> bool {
        let ours = fs::metadata(OURS).map(NamespaceId::from);
        self.id().ok().zip(ours.ok()).is_some_and(|(this, ours)| this == ours)
    }
}

impl From<Metadata> for NamespaceId {
    fn from(file: Metadata) -> Self {
        Self { device: file.dev(), inode: file.ino() }
    }
}

fn find(word: &OsStr) -> io::Result<File> {
    if word.as_bytes().contains(&b'/') {
        return open(Path::new(word));
    }
    let mut missing = io::ErrorKind::NotFound.into();
    let named = NAMED.iter().map(|directory| Path::new(directory).join(word));
    for path in named.chain(of_process(word)) {
        match open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing = error,
            opened => return opened,
        }
    }
    Err(missing)
}

/// A path may lead to anything; a pipe nobody writes to must not hold us up.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path)
}

/// Where the namespace of a process is, if this can be the number of one.
fn of_process(word: &OsStr) -> Option<PathBuf> {
    let pid = word.to_str()?;
    let number = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| ProcRoot::of_environment().file(pid).join("ns/net"))
}

/// Where `ip netns` keeps namespaces; the second where `/var/run` is a directory of its own.
const NAMED: [&str; 2] = ["/var/run/netns", "/run/netns"];
/// The namespace of the thread that looks.
const OURS: &str = "/proc/thread-self/ns/net";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_found_by_process_and_by_path() {
        let ours = Namespace::of_this_thread().unwrap().id().unwrap();
        for word in [std::process::id().to_string(), "/proc/self/ns/net".to_owned()] {
            assert_eq!(Namespace::open(OsStr::new(&word)).unwrap().id().unwrap(), ours, "{word}");
        }
        for word in ["", "no such name", "-1", "4294967295", "/no/such/path"] {
            // The directory of names itself opens, and is no namespace.
            let opened =
                find(OsStr::new(word)).is_ok_and(|file| file.metadata().is_ok_and(|it| it.is_file()));
            assert!(!opened, "{word}");
        }
    }

    #[test]
    fn a_pipe_nobody_writes_to_does_not_hold_us_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(Namespace::open(path.as_os_str()).is_ok());
    }

    #[test]
    fn work_is_done_on_a_thread_of_its_own() {
        let ours = Namespace::of_this_thread().unwrap();
        let (thread, id) = ours
            .run(|| (thread::current().id(), Namespace::of_this_thread().unwrap().id().unwrap()))
            .unwrap();
        assert!(thread != thread::current().id());
        assert_eq!(id, ours.id().unwrap(), "it takes no privilege to stay");
    }

    #[test]
    fn what_is_no_namespace_says_so() {
        let null = Namespace::open(OsStr::new("/dev/null")).unwrap();
        let error = null.run(|| ()).unwrap_err();
        assert!(matches!(error, NamespaceError::NotEntered { .. }), "{error:?}");
        assert_eq!(error.to_string(), "setting the network namespace \"/dev/null\" failed");
    }

    #[test]
    #[should_panic = "as it ought to be"]
    fn a_panic_there_is_one_here() {
        let _ = Namespace::of_this_thread().unwrap().run(|| panic!("as it ought to be"));
    }
}
