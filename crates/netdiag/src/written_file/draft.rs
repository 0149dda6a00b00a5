//! What will be in a file, while the file itself is left alone.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::process;
use std::rc::Rc;

use rustix::fs::{
    AtFlags, FallocateFlags, Gid, Mode, OFlags, RenameFlags, Stat, Uid, fallocate, fchmod, fchown, openat,
    renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use tempfile::SpooledTempFile;

/// The text to be.
#[derive(Debug)]
pub(super) enum Draft {
    /// In the same directory, to take the file's place in one step.
    Beside(Beside),
    /// Elsewhere, to be copied: the file has to stay the one it is, or nothing may be made beside it.
    Apart(SpooledTempFile),
}

impl Draft {
    pub(super) fn apart() -> Self {
        Self::Apart(SpooledTempFile::new(IN_MEMORY))
    }

    /// Copies it over a file, from its beginning.
    pub(super) fn copy_to(&mut self, file: &mut File) -> io::Result<()> {
        match self {
            Self::Beside(beside) => copy(&mut beside.file, file),
            Self::Apart(text) => copy(text, file),
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(beside) => beside.file.write(bytes),
            Self::Apart(text) => text.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file of our own beside the one to be; it goes with this value.
#[derive(Debug)]
pub(super) struct Beside {
    directory: Rc<OwnedFd>,
    name: OsString,
    file: File,
    /// Whether it still has its own name.
    is_here: bool,
}

impl Beside {
    /// Made for a file that is not there yet, with the mode that new files have.
    pub(super) fn of_new(directory: &Rc<OwnedFd>) -> io::Result<Self> {
        Self::new(directory, Mode::from_raw_mode(0o666))
    }

    /// Made to replace `file`, with its mode and owner.
    pub(super) fn of(directory: &Rc<OwnedFd>, file: &Stat) -> io::Result<Self> {
        let beside = Self::new(directory, Mode::RUSR | Mode::WUSR)?;
        let (user, group) = (Uid::from_raw(file.st_uid), Gid::from_raw(file.st_gid));
        let made = rustix::fs::fstat(&beside.file)?;
        if (made.st_uid, made.st_gid) != (file.st_uid, file.st_gid) {
            fchown(&beside.file, Some(user), Some(group))?;
        }
        fchmod(&beside.file, Mode::from_raw_mode(file.st_mode & 0o7777))?;
        Ok(beside)
    }

    fn new(directory: &Rc<OwnedFd>, mode: Mode) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let names =
            (0..ATTEMPTS).map(|attempt| OsString::from(format!(".netdiag-{}-{attempt}", process::id())));
        for name in names {
            match openat(&**directory, &name, flags, mode) {
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
                Ok(file) => {
                    return Ok(Self {
                        directory: Rc::clone(directory),
                        name,
                        file: file.into(),
                        is_here: true,
                    });
                }
            }
        }
        Err(Errno::EXIST.into())
    }

    /// Gives it the name; unless `replacing`, only if nothing has it.
    pub(super) fn rename(&mut self, name: &OsString, replacing: bool) -> io::Result<()> {
        let (from, to) = (&*self.directory, &*self.directory);
        let renamed = match replacing {
            true => renameat(from, &self.name, to, name),
            false => match renameat_with(from, &self.name, to, name, RenameFlags::NOREPLACE) {
                // Not every file system knows how to.
                Err(Errno::INVAL | Errno::NOSYS) => match statat(to, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => renameat(from, &self.name, to, name),
                    _ => Err(Errno::EXIST),
                },
                renamed => renamed,
            },
        };
        renamed?;
        self.is_here = false;
        Ok(())
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if self.is_here {
            // It may be gone already.
            let _ = unlinkat(&*self.directory, &self.name, AtFlags::empty());
        }
    }
}

fn copy(text: &mut (impl Read + Seek), file: &mut File) -> io::Result<()> {
    let length = text.seek(SeekFrom::End(0))?;
    text.rewind()?;
    if length > 0 {
        // Room first: a full disk is to leave what was there. Not every file system knows how to make it.
        let room = fallocate(&*file, FallocateFlags::KEEP_SIZE, 0, length);
        if let Err(full @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) = room {
            return Err(full.into());
        }
    }
    file.rewind()?;
    io::copy(text, file)?;
    file.set_len(length)
}

/// Bytes of a text that is kept apart in memory; a longer one goes to a file without a name.
const IN_MEMORY: usize = 16 << 20;

/// Names to try for a file of our own.
const ATTEMPTS: u32 = 1000;
