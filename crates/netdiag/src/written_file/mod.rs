//! Files that are written whole or not at all: made sure of first, written at the end.
//!
//! A regular file is replaced in one step by another with its mode and owner; a link to it stays one. Where the file must stay the one
//! it is (it has other names, an access list, an owner we cannot give, something mounted on it), it is overwritten once all of the
//! text is there. What is no regular file, or is called by a descriptor as `/dev/stdout` is, is written as it comes, and never replaced.

mod draft;
mod found;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::rc::Rc;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, fcntl_getfl, fgetxattr, fstat, openat, statat, unlinkat,
};
use rustix::io::Errno;

use self::draft::{Beside, Draft};
use self::found::{Found, find};

/// A file that will be written.
#[derive(Debug)]
pub(crate) struct WrittenFile(To);

#[derive(Debug)]
enum To {
    /// What cannot be replaced.
    Open(File),
    Whole {
        directory: Rc<OwnedFd>,
        name: OsString,
        /// What is there, open for writing.
        old: Option<File>,
        /// Whether it may take the place of a file that was not there at first.
        replaces: bool,
        draft: Draft,
    },
}

/// Which file it will be, whatever path leads there.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Identity {
    /// One that is there, by device and inode.
    Of(u64, u64),
    /// One to be made, by device and inode of its directory, and by name.
    New(u64, u64, OsString),
}

impl Identity {
    /// The file at a path, if there is one.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|file| Self::Of(file.dev(), file.ino()))
    }
}

impl WrittenFile {
    /// Makes sure that the file can be written, and changes nothing of it.
    ///
    /// # Errors
    /// As of open(2), and [`io::ErrorKind::PermissionDenied`] where the path leads through a link that another user has laid in a
    /// directory that everybody may write to.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        Self::new(path, true)
    }

    /// The same for a file that must not be there yet; what is no regular file may be.
    ///
    /// # Errors
    /// As of [`at`](Self::at), and [`io::ErrorKind::AlreadyExists`].
    pub(crate) fn new_at(path: &Path) -> io::Result<Self> {
        Self::new(path, false)
    }

    fn new(path: &Path, may_exist: bool) -> io::Result<Self> {
        let (directory, name, file) = match find(path)? {
            Found::Descriptor(descriptor) => return through(descriptor),
            Found::Name { directory, name, file } => (directory, name, file),
        };
        let directory = Rc::new(directory);
        let Some(file) = file else {
            let draft = Draft::Beside(Beside::of_new(&directory)?);
            return Ok(Self(To::Whole { directory, name, old: None, replaces: may_exist, draft }));
        };
        let is_regular = FileType::from_raw_mode(file.st_mode) == FileType::RegularFile;
        if is_regular && !may_exist {
            return Err(Errno::EXIST.into());
        }
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
        let old = File::from(openat(&*directory, &name, flags, Mode::empty())?);
        if !is_regular {
            return Ok(Self(To::Open(old)));
        }
        let beside = if is_bound(&file, &old) { None } else { Beside::of(&directory, &file).ok() };
        let draft = beside.map_or_else(Draft::apart, Draft::Beside);
        Ok(Self(To::Whole { directory, name, old: Some(old), replaces: true, draft }))
    }

    /// Which file it is; `None` where others may be written to it as well.
    pub(crate) fn identity(&self) -> Option<Identity> {
        let of = |file: Stat| (file.st_dev, file.st_ino);
        match &self.0 {
            To::Open(_) => None,
            To::Whole { old: Some(old), .. } => {
                fstat(old).ok().map(of).map(|(device, inode)| Identity::Of(device, inode))
            }
            To::Whole { directory, name, .. } => {
                let (device, inode) = fstat(&**directory).ok().map(of)?;
                Some(Identity::New(device, inode, name.clone()))
            }
        }
    }

    /// Writes all of a text.
    ///
    /// # Errors
    /// Of writing; what was there is left then, as far as that can be.
    pub(crate) fn write_whole(mut self, text: &[u8]) -> io::Result<Option<Made>> {
        self.write_all(text)?;
        self.finish()
    }

    /// Puts in its place what has been written; dropped without, it leaves what was there. The file that was made, if one was.
    ///
    /// # Errors
    /// As of [`write_whole`](Self::write_whole).
    pub(crate) fn finish(self) -> io::Result<Option<Made>> {
        let To::Whole { directory, name, old, replaces, mut draft } = self.0 else { return Ok(None) };
        if let Draft::Beside(beside) = &mut draft {
            match (beside.rename(&name, replaces), &old) {
                (Ok(()), _) => {
                    let file = beside.file().try_clone()?;
                    return Ok(Some(Made { directory, name, file }));
                }
                // Something is mounted there, or the directory is one where only owners may replace.
                (Err(_), Some(_)) => {}
                (Err(error), None) => return Err(error),
            }
        }
        let mut old = old.ok_or(Errno::NOENT)?;
        draft.copy_to(&mut old).map(|()| None)
    }
}

impl Write for WrittenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            To::Open(file) => file.write(bytes),
            To::Whole { draft, .. } => draft.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            To::Open(file) => file.flush(),
            To::Whole { .. } => Ok(()),
        }
    }
}

/// A file that we have made.
#[derive(Debug)]
pub(crate) struct Made {
    directory: Rc<OwnedFd>,
    name: OsString,
    /// Held open, so that no other file can have its number meanwhile.
    file: File,
}

impl Made {
    /// Removes it, unless its name is another file's by now.
    pub(crate) fn remove(&self) {
        let here = statat(&*self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW);
        let (Ok(here), Ok(made)) = (here, fstat(&self.file)) else { return };
        if (here.st_dev, here.st_ino) == (made.st_dev, made.st_ino) {
            // It may be gone meanwhile.
            let _ = unlinkat(&*self.directory, &self.name, AtFlags::empty());
        }
    }
}

/// A descriptor of this process, if it is open for writing.
fn through(descriptor: OwnedFd) -> io::Result<WrittenFile> {
    let mode = fcntl_getfl(&descriptor)? & OFlags::RWMODE;
    if mode == OFlags::RDONLY || fcntl_getfl(&descriptor)?.contains(OFlags::PATH) {
        return Err(Errno::BADF.into());
    }
    Ok(WrittenFile(To::Open(descriptor.into())))
}

/// Whether a file would lose something by being replaced: other names, an access list.
fn is_bound(file: &Stat, open: &File) -> bool {
    let list = fgetxattr(open.as_fd(), "system.posix_acl_access", &mut [0; 0][..]);
    file.st_nlink > 1 || list.is_ok()
}

#[cfg(test)]
mod tests;
