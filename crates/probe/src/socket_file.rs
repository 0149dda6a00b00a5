//! A unix socket's place in the file system: taken over only from the dead, and removed only if it is still ours.
//!
//! Whether anybody has a socket there is asked by connecting with a datagram socket: whatever lives there, listening or not, full
//! or not, the kernel says something else than "refused", and nobody's queue gets longer.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::connect::{socket_type, unix_address};
use crate::endpoint::{UnixKind, UnixName};
use crate::error::Error;

/// A path that goes when this does, unless somebody else has put something there meanwhile.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// A unix socket bound to `name`, non-blocking, and the file that is its name. With `take_over` a path that nobody has a socket at
/// any more is taken.
///
/// # Errors
/// [`Error::Os`] with the call that failed, above all `EADDRINUSE`.
pub(crate) fn bind(
    kind: UnixKind,
    name: &UnixName,
    take_over: bool,
) -> Result<(Socket, Option<SocketFile>), Error> {
    let socket = Socket::new(Domain::UNIX, socket_type(kind).nonblocking(), None);
    let socket = socket.map_err(|source| Error::os("socket", source))?;
    let address = unix_address(name).map_err(|source| Error::os("bind", source))?;
    let bound = socket.bind(&address).or_else(|error| match name {
        UnixName::Path(path) if take_over && error.kind() == io::ErrorKind::AddrInUse => {
            bind_over(&socket, path, &address, error)
        }
        _ => Err(error),
    });
    bound.map_err(|source| Error::os("bind", source))?;
    let file = match name {
        UnixName::Path(path) => SocketFile::new(path),
        UnixName::Abstract(_) => None,
    };
    Ok((socket, file))
}

/// Removes what is left over and binds. Two that do so at once would each remove what the other has just bound: one at a time.
fn bind_over(socket: &Socket, path: &Path, address: &SockAddr, in_use: io::Error) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Some(_lock) = lock(directory.unwrap_or_else(|| Path::new("."))) else { return Err(in_use) };
    match fs::symlink_metadata(path) {
        Ok(file) if file.file_type().is_socket() && is_left_over(address) => fs::remove_file(path)?,
        // It has gone by itself.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        _ => return Err(in_use),
    }
    socket.bind(address)
}

/// The directory, locked; `None` if somebody else keeps it locked, or it cannot be opened.
fn lock(directory: &Path) -> Option<Flock<File>> {
    let mut file = File::open(directory).ok()?;
    for _ in 0..TRIES {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Some(lock),
            Err((back, Errno::EWOULDBLOCK | Errno::EINTR)) => file = back,
            Err(_) => return None,
        }
        sleep(PAUSE);
    }
    None
}

/// Whether nobody has a socket there any more.
fn is_left_over(address: &SockAddr) -> bool {
    let socket = Socket::new(Domain::UNIX, Type::DGRAM, None);
    let connected = socket.and_then(|socket| socket.connect(address));
    connected.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

impl SocketFile {
    fn new(path: &Path) -> Option<Self> {
        let file = fs::symlink_metadata(path).ok()?;
        Some(Self { path: path.to_owned(), device: file.dev(), inode: file.ino() })
    }

    fn is(&self, file: &Metadata) -> bool {
        file.dev() == self.device && file.ino() == self.inode
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|file| self.is(&file)) {
            // Somebody else may have taken it away just now.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Who has the lock keeps it for microseconds.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(2);

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixListener};

    use super::*;

    fn taken(path: &Path) -> bool {
        bind(UnixKind::Stream, &UnixName::Path(path.to_owned()), true).is_ok()
    }

    #[test]
    fn only_what_nobody_has_is_taken_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        assert!(taken(&path), "a stream's");
        drop(UnixDatagram::bind(&path).unwrap());
        assert!(taken(&path), "a datagram socket's");
        assert!(!path.exists());

        let listener = UnixListener::bind(&path).unwrap();
        assert!(!taken(&path), "one that listens");
        drop(listener);
        fs::remove_file(&path).unwrap();
        let datagrams = UnixDatagram::bind(&path).unwrap();
        assert!(!taken(&path), "a datagram socket");
        drop(datagrams);
        fs::remove_file(&path).unwrap();
        let name = UnixName::Path(path.clone());
        let bound = bind(UnixKind::Stream, &name, false).unwrap();
        assert!(!taken(&path), "one that is bound and does not listen yet");
        bound.0.listen(0).unwrap();
        let _queued = std::os::unix::net::UnixStream::connect(&path).unwrap();
        assert!(!taken(&path), "one whose queue is full");
        drop(bound);
        fs::write(&path, "mine").unwrap();
        assert!(!taken(&path), "a file");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }

    #[test]
    fn a_directory_that_stays_locked_is_not_waited_for_without_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let lock = lock(directory.path()).unwrap();
        let why = bind(UnixKind::Stream, &UnixName::Path(path.clone()), true).unwrap_err();
        assert!(
            matches!(&why, Error::Os { source, .. } if source.kind() == io::ErrorKind::AddrInUse),
            "{why}"
        );
        drop(lock);
        assert!(taken(&path));
    }

    #[test]
    fn what_somebody_else_put_there_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let ours = bind(UnixKind::Stream, &UnixName::Path(path.clone()), false).unwrap();
        fs::remove_file(&path).unwrap();
        let theirs = UnixListener::bind(&path).unwrap();
        drop(ours);
        assert!(path.exists());
        drop(theirs);
    }

    #[test]
    fn of_many_that_start_together_one_gets_the_path() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        for _ in 0..20 {
            drop(UnixListener::bind(&path).unwrap());
            let bound: Vec<_> = std::thread::scope(|scope| {
                let start = || bind(UnixKind::Stream, &UnixName::Path(path.clone()), true);
                let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
                starts.into_iter().filter_map(|start| start.join().unwrap().ok()).collect()
            });
            assert_eq!(bound.len(), 1);
            assert!(path.exists());
            drop(bound);
        }
    }
}
