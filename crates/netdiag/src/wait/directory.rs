//! The directory of a unix socket's path, watched so that a path that comes or goes is noticed at once.
//!
//! It only says when to look: whoever has bound a path does not listen there yet, and who dies leaves it behind.

use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;

use crate::runtime;

/// A directory, and the name in it that matters.
pub(super) struct Directory {
    events: AsyncFd<OwnedFd>,
    name: OsString,
}

impl Directory {
    /// The one `path` is in, to be watched from now on.
    ///
    /// # Errors
    /// Of inotify: there is no such directory yet, or no watch left for this user.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let changes = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE | WatchFlags::MOVED_FROM;
        let flags = changes | WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR;
        inotify::add_watch(&events, directory.unwrap_or_else(|| Path::new(".")), flags)?;
        Ok(Self { events: runtime::readable(events)?, name })
    }

    /// Waits until something has happened to the name; `false` if nothing more will be told.
    pub(super) async fn changed(&self) -> bool {
        loop {
            let Ok(mut ready) = self.events.readable().await else { return false };
            match self.told() {
                Ok(Some(watched)) => return watched,
                Ok(None) => {}
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(_) => return false,
            }
        }
    }

    /// Reads what has happened, as much as comes at once.
    fn told(&self) -> Result<Option<bool>, Errno> {
        let mut room = [MaybeUninit::uninit(); ROOM];
        let mut reader = inotify::Reader::new(self.events.get_ref(), &mut room);
        let mut matters = false;
        loop {
            let event = reader.next()?;
            if event.events().intersects(GONE) {
                return Ok(Some(false));
            }
            matters |= event.file_name().is_some_and(|name| name.to_bytes() == self.name.as_bytes());
            matters |= event.events().contains(ReadFlags::QUEUE_OVERFLOW);
            if reader.is_buffer_empty() {
                return Ok(matters.then_some(true));
            }
        }
    }
}

/// The directory is no longer the one that was named.
const GONE: ReadFlags = ReadFlags::IGNORED.union(ReadFlags::DELETE_SELF).union(ReadFlags::MOVE_SELF);

/// Enough for an event with the longest name there is (`inotify(7)`), and many with shorter ones.
const ROOM: usize = 4096;

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn changed(directory: &Directory) -> Option<bool> {
        timeout(Duration::from_secs(10), directory.changed()).await.ok()
    }

    #[test]
    fn only_the_name_and_the_directorys_end_matter() {
        let place = tempfile::tempdir().unwrap();
        let (at, path) = (place.path().join("d"), place.path().join("d/s"));
        assert!(Directory::of(&path).is_err(), "there is no directory yet");
        fs::create_dir(&at).unwrap();
        let done = runtime::run(1, async {
            let directory = Directory::of(&path).unwrap();
            (0..200).for_each(|n| drop(File::create(at.join(format!("{n}"))).unwrap()));
            let none = timeout(Duration::from_millis(1), directory.changed()).await;
            assert!(none.is_err(), "others' names are nothing to us");
            File::create(&path).unwrap();
            assert_eq!(changed(&directory).await, Some(true));
            fs::remove_dir_all(&at).unwrap();
            while changed(&directory).await.expect("the end is told") {}
        });
        done.unwrap();
    }
}
