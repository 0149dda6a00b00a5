//! The sockets that one process holds.
//!
//! A handful of system calls per process and one per descriptor, and no allocation per descriptor. A process is held by a
//! descriptor of its directory, so that a number that is given anew meanwhile does not mix two processes up.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::collections::{BTreeSet, HashMap};
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::num::NonZero;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, RawDir, SeekFrom, getxattr, openat, readlinkat_raw, seek, statat};
use rustix::io::{Errno, read};

use super::index::Held;
use super::known::{OwnerScope, Task};

/// Looks at processes, one after the other.
pub(super) struct Looker<'a> {
    scope: OwnerScope,
    root: &'a Path,
    /// Contexts of sockets, numbered from 1.
    labels: HashMap<Box<[u8]>, NonZero<u32>>,
    /// Processes whose files could not be looked at for want of permission.
    pub(super) withheld: BTreeSet<u32>,
    found: Found,
}

/// What a process holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those of its tasks that hold something.
    pub(super) tasks: Vec<Task>,
    /// By what, its task being one of these.
    pub(super) held: Vec<Held>,
}

impl<'a> Looker<'a> {
    pub(super) fn new(root: &'a Path, scope: OwnerScope) -> Self {
        Self { scope, root, labels: HashMap::new(), withheld: BTreeSet::new(), found: Found::default() }
    }

    /// Looks at the process in `dir`, of whose descriptors only some are wanted.
    ///
    /// # Errors
    /// For want of descriptors or memory, which the next process would want for, too. Every step can also fail because the process has
    /// ended: then it owns nothing.
    pub(super) fn process(&mut self, dir: &OwnedFd, pid: u32, fds: Range<u32>) -> Result<Found, Errno> {
        self.found = Found::default();
        let process = Name { pid, tid: pid, of: dir.as_fd() };
        let all = fds.start == 0;
        let found = match self.task(dir.as_fd(), pid, process, fds) {
            Err(Errno::ACCESS | Errno::PERM) => {
                self.withheld.insert(pid);
                return Ok(Found::default());
            }
            found => unless_gone(found)?,
        };
        if self.scope.threads {
            self.threads(dir, pid)?;
        } else if found == Some(0) && all && has_threads(dir.as_fd(), c"task") {
            // The first thread may have ended and left the files to the others.
            self.any_thread(dir, process)?;
        }
        Ok(std::mem::take(&mut self.found))
    }

    /// Looks at every thread but the first. One that has ended, or is out of sight, does not hide the others.
    fn threads(&mut self, dir: &OwnedFd, pid: u32) -> Result<(), Errno> {
        each_thread(dir, |thread, tid| match tid == pid {
            true => Ok(()),
            false => unless_gone(self.task(thread, tid, Name { pid, tid, of: thread }, ALL)).map(drop),
        })
    }

    /// Looks at the threads until one has files: the others have the same, unless they have taken leave of each other.
    fn any_thread(&mut self, dir: &OwnedFd, process: Name<'_>) -> Result<(), Errno> {
        let mut found = false;
        each_thread(dir, |thread, tid| {
            if !found {
                found = unless_gone(self.task(thread, tid, process, ALL))?.is_some_and(|files| files > 0);
            }
            Ok(())
        })
    }

    /// Takes note of the sockets of the task of this number, in `dir`; tells how many descriptors it has.
    fn task(
        &mut self,
        dir: BorrowedFd<'_>,
        number: u32,
        name: Name<'_>,
        fds: Range<u32>,
    ) -> Result<usize, Errno> {
        let files = openat(dir, c"fd", OPEN_DIRECTORY, Mode::empty())?;
        if fds.start > 0 {
            seek(&files, SeekFrom::Start(u64::from(fds.start) + DOTS))?;
        }
        let task = u32::try_from(self.found.tasks.len()).map_err(|_| Errno::OVERFLOW)?;
        let before = self.found.held.len();
        let mut count = 0;
        let end = numbers(files.as_fd(), |entry, fd| {
            count += 1;
            if !fds.contains(&fd) {
                // The kernel lists them in order.
                return if fd >= fds.end { Err(END) } else { Ok(()) };
            }
            let mut link = [0; LINK];
            let len = match readlinkat_raw(&files, entry, &mut link) {
                // Closed since it was listed.
                Err(Errno::NOENT) => return Ok(()),
                // The links of a task that has ended since then may not be read, either.
                Err(Errno::ACCESS) if !is_there(dir) => return Err(Errno::NOENT),
                len => len?,
            };
            if let Some(inode) = link.get(..len).and_then(inode) {
                let context = self.label(number, fd);
                self.found.held.push(Held { inode, fd, task, context });
            }
            Ok(())
        });
        if self.found.held.len() > before {
            let context = if self.scope.contexts { context(dir) } else { None };
            let cgroup = if self.scope.cgroups { cgroup(dir) } else { None };
            let (pid, tid, comm) = (name.pid, name.tid, comm(name.of));
            self.found.tasks.push(Task { pid, tid, comm, context, cgroup });
        }
        match end {
            Ok(()) | Err(END) => Ok(count),
            Err(errno) => Err(errno),
        }
    }

    fn label(&mut self, tid: u32, fd: u32) -> Option<NonZero<u32>> {
        if !self.scope.socket_contexts {
            return None;
        }
        let mut text = [0; TEXT];
        let path = self.root.join(format!("{tid}/fd/{fd}"));
        let len = getxattr(&path, c"security.selinux", &mut text).ok()?;
        let label = trimmed(text.get(..len)?);
        if let Some(&known) = self.labels.get(label) {
            return Some(known);
        }
        let number = u32::try_from(self.labels.len() + 1).ok().and_then(NonZero::new)?;
        self.labels.insert(label.into(), number);
        Some(number)
    }

    /// What the numbers of contexts stand for.
    pub(super) fn contexts(self) -> Vec<Box<[u8]>> {
        let mut contexts: Vec<_> = self.labels.into_iter().collect();
        contexts.sort_unstable_by_key(|&(_, number)| number);
        contexts.into_iter().map(|(label, _)| label).collect()
    }
}

/// Whether a process has more than one thread, by its directory of threads.
pub(super) fn has_threads(dir: BorrowedFd<'_>, threads: impl rustix::path::Arg) -> bool {
    statat(dir, threads, AtFlags::empty()).is_ok_and(|task| task.st_nlink != ALONE)
}

/// Whom the sockets of a task are told to belong to.
#[derive(Clone, Copy)]
struct Name<'d> {
    pid: u32,
    tid: u32,
    /// The directory of whoever gives it its name.
    of: BorrowedFd<'d>,
}

/// What was found, nothing where a process has ended or keeps it from us; an error is for want of descriptors or memory.
pub(super) fn unless_gone<T>(found: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(errno @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => Err(errno),
        Err(_) => Ok(None),
    }
}

/// Shows every thread of the process in `dir` and its number, until `each` fails.
fn each_thread(
    dir: &OwnedFd,
    mut each: impl FnMut(BorrowedFd<'_>, u32) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let Some(threads) = unless_gone(openat(dir, c"task", OPEN_DIRECTORY, Mode::empty()))? else {
        return Ok(());
    };
    let listed = numbers(threads.as_fd(), |name, tid| {
        match unless_gone(openat(&threads, name, HOLD_DIRECTORY, Mode::empty()))? {
            Some(thread) => each(thread.as_fd(), tid),
            None => Ok(()),
        }
    });
    unless_gone(listed).map(|_| ())
}

/// Shows every entry of a directory that is named by a number, until `each` fails.
pub(super) fn numbers(
    dir: BorrowedFd<'_>,
    mut each: impl FnMut(&CStr, u32) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let mut room = [MaybeUninit::uninit(); ENTRIES];
    let mut entries = RawDir::new(dir, &mut room);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        if let Some(number) = number(entry.file_name().to_bytes()) {
            each(entry.file_name(), number)?;
        }
    }
    Ok(())
}

/// A number without sign; names like `.` and `self` are none.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|&digit| digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// What a descriptor of a socket links to: `socket:[INODE]`.
pub(super) fn inode(link: &[u8]) -> Option<u32> {
    number(link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?)
}

/// A task's name: in its `stat` file, up to the last parenthesis, because a name can contain some.
fn comm(task: BorrowedFd<'_>) -> Box<[u8]> {
    let mut text = [0; TEXT];
    let stat = read_file(task, c"stat", &mut text);
    let name = || {
        let start = stat.iter().position(|&byte| byte == b'(')? + 1;
        let end = stat.iter().rposition(|&byte| byte == b')')?;
        stat.get(start..end)
    };
    name().unwrap_or_default().into()
}

/// Whether the task has not ended: its `stat` is for everybody.
fn is_there(task: BorrowedFd<'_>) -> bool {
    !read_file(task, c"stat", &mut [0; TEXT]).is_empty()
}

fn context(task: BorrowedFd<'_>) -> Option<Box<[u8]>> {
    let mut text = [0; TEXT];
    let context = trimmed(read_file(task, c"attr/current", &mut text));
    (!context.is_empty()).then(|| context.into())
}

/// The group that a service manager sees: where there are several hierarchies it has one of its own.
fn cgroup(task: BorrowedFd<'_>) -> Option<Box<[u8]>> {
    let mut text = vec![0; GROUPS];
    let lines = read_file(task, c"cgroup", &mut text).split(|&byte| byte == b'\n');
    let path = |hierarchy: &[u8]| {
        let mut paths = lines.clone().filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            line.get(colon + 1..)?.strip_prefix(hierarchy)?.strip_prefix(b":")
        });
        paths.next().map(Box::from)
    };
    path(b"name=systemd").or_else(|| path(b""))
}

/// A label without the NUL or line end behind it.
pub(super) fn trimmed(label: &[u8]) -> &[u8] {
    let end = label.iter().position(|&byte| byte == 0 || byte == b'\n');
    end.and_then(|end| label.get(..end)).unwrap_or(label)
}

/// The beginning of a small file; nothing if it cannot be read.
fn read_file<'t>(dir: BorrowedFd<'_>, name: &CStr, text: &'t mut [u8]) -> &'t [u8] {
    let file = openat(dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let len = file.and_then(|file: OwnedFd| read(&file, &mut *text)).unwrap_or_default();
    text.get(..len).unwrap_or_default()
}

pub(super) const OPEN_DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// To find files in it, not to list it.
pub(super) const HOLD_DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// All descriptors.
pub(super) const ALL: Range<u32> = 0..u32::MAX;
/// What a directory of descriptors lists before them.
const DOTS: u64 = 2;
/// Stands for the end of what is wanted of a directory; no call answers so.
const END: Errno = Errno::CANCELED;
/// Links to the directory of threads that the kernel tells of where there is one.
const ALONE: u64 = 3;
/// Bytes of directory entries read at once.
const ENTRIES: usize = 32 * 1024;
/// Longer than a link to any socket; longer links are cut off and are none.
const LINK: usize = 32;
/// Bytes of a small file that are looked at.
const TEXT: usize = 1024;
/// Bytes of the list of a process's control groups that are looked at: paths are no longer than a page.
const GROUPS: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use rustix::fs::CWD;

    use super::*;

    #[test]
    fn a_process_that_has_ended_keeps_nothing_from_us() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let dir = openat(CWD, format!("/proc/{}", child.id()), HOLD_DIRECTORY, Mode::empty()).unwrap();
        assert!(is_there(dir.as_fd()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_there(dir.as_fd()));
    }

    #[test]
    fn only_numbers_are_numbers() {
        #[rustfmt::skip]
        let cases: [(&str, Option<u32>); 9] = [
            ("0", Some(0)), ("007", Some(7)), ("4294967295", Some(u32::MAX)), ("4294967296", None), ("", None),
            ("-1", None), ("+1", None), ("1a", None), ("self", None),
        ];
        for (digits, expected) in cases {
            assert_eq!(number(digits.as_bytes()), expected, "{digits}");
            assert_eq!(inode(format!("socket:[{digits}]").as_bytes()), expected, "{digits}");
        }
        for link in ["socket:[12", "pipe:[12]", "/tmp/socket:[12]", "socket:[12]x", ""] {
            assert_eq!(inode(link.as_bytes()), None, "{link}");
        }
    }
}
