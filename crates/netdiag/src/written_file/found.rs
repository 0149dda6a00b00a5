//! What a path leads to, for one who is about to write there.
//!
//! The path is walked by hand, directory by directory, so that nothing on it can be exchanged in between, and so that a link that
//! somebody else has laid in a directory like `/tmp` is not followed, whatever `fs.protected_symlinks` says. Where it ends in a
//! descriptor of this process (`/dev/stdout`), that descriptor is meant, not the file behind it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use nix::libc::PROC_SUPER_MAGIC;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, fstat, fstatfs, open, openat, readlinkat, stat, statat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

/// The end of a path.
#[derive(Debug)]
pub(super) enum Found {
    /// An open file, called by its descriptor.
    Descriptor(OwnedFd),
    /// A name in a directory, and what it is the name of: no directory and no link.
    Name { directory: OwnedFd, name: OsString, file: Option<Stat> },
}

/// Follows a path to its end.
///
/// # Errors
/// As of open(2), and [`io::ErrorKind::PermissionDenied`] for a link that is not to be trusted.
pub(super) fn find(path: &Path) -> io::Result<Found> {
    let mut way = Way { at: open(".", DIRECTORY, Mode::empty())?, ahead: Vec::new(), links: 0 };
    way.lead_over(path.as_os_str())?;
    loop {
        let name = way.ahead.pop().ok_or(Errno::ISDIR)?;
        if let Some(found) = way.step(name)? {
            return Ok(found);
        }
    }
}

/// How far the walk has come.
struct Way {
    at: OwnedFd,
    /// Names still to come, the next one last.
    ahead: Vec<OsString>,
    links: u32,
}

impl Way {
    /// Puts a path before what is still to come.
    fn lead_over(&mut self, path: &OsStr) -> io::Result<()> {
        if path.is_empty() {
            return Err(Errno::NOENT.into());
        }
        let bytes = path.as_bytes();
        if bytes.ends_with(b"/") || bytes.ends_with(b"/.") || bytes == b"." {
            // Only a directory may be called so.
            self.ahead.push(".".into());
        }
        let mut names = Vec::new();
        for component in Path::new(path).components() {
            match component {
                Component::RootDir => self.at = open("/", DIRECTORY, Mode::empty())?,
                Component::CurDir | Component::Prefix(_) => {}
                Component::ParentDir => names.push("..".into()),
                Component::Normal(name) => names.push(name.to_owned()),
            }
        }
        self.ahead.extend(names.into_iter().rev());
        Ok(())
    }

    fn step(&mut self, name: OsString) -> io::Result<Option<Found>> {
        let is_last = self.ahead.is_empty();
        if name == "." || name == ".." {
            self.at = openat(&self.at, &name, DIRECTORY, Mode::empty())?;
            return Ok(None);
        }
        let file = match statat(&self.at, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(file) => Some(file),
            Err(Errno::NOENT) if is_last => None,
            Err(error) => return Err(error.into()),
        };
        match file.map(|file| FileType::from_raw_mode(file.st_mode)) {
            Some(FileType::Symlink) if is_last && self.is_on_procfs()? => {
                self.descriptor(&name).map(Found::Descriptor).map(Some)
            }
            Some(FileType::Symlink) => self.follow(&name, &file.ok_or(Errno::NOENT)?).map(|()| None),
            Some(FileType::Directory) => {
                self.at = openat(&self.at, &name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?;
                Ok(None)
            }
            _ if is_last => {
                let directory = self.at.try_clone()?;
                Ok(Some(Found::Name { directory, name, file }))
            }
            _ => Err(Errno::NOTDIR.into()),
        }
    }

    fn follow(&mut self, name: &OsStr, link: &Stat) -> io::Result<()> {
        let directory = fstat(&self.at)?;
        let for_everybody = Mode::SVTX | Mode::WOTH;
        let is_shared = Mode::from_raw_mode(directory.st_mode).contains(for_everybody);
        if is_shared && link.st_uid != geteuid().as_raw() && link.st_uid != directory.st_uid {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, UNTRUSTED));
        }
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(Errno::LOOP.into());
        }
        let target = readlinkat(&self.at, name, Vec::new())?;
        self.lead_over(OsStr::from_bytes(target.as_bytes()))
    }

    fn is_on_procfs(&self) -> io::Result<bool> {
        Ok(fstatfs(&self.at)?.f_type == PROC_SUPER_MAGIC)
    }

    /// The open file that a link of procfs stands for, with its offset if this process has it open.
    fn descriptor(&self, name: &OsStr) -> io::Result<OwnedFd> {
        let here = fstat(&self.at)?;
        let is_here =
            |path: &str| stat(path).is_ok_and(|own| (own.st_dev, own.st_ino) == (here.st_dev, here.st_ino));
        let number = name.to_str().and_then(|name| name.parse().ok());
        match number.filter(|_| ["/proc/self/fd", "/proc/thread-self/fd"].into_iter().any(is_here)) {
            Some(number) => netdiag_sys::duplicate(number),
            None => {
                Ok(openat(&self.at, name, OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?)
            }
        }
    }
}

/// A directory to go on from: it need not be readable.
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// As many as the kernel follows.
const MOST_LINKS: u32 = 40;

const UNTRUSTED: &str =
    "the path leads through a link of another user in a directory that everybody may write to";
