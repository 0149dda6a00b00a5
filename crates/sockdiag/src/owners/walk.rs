//! One walk over the descriptors of all processes.
//!
//! A handful of system calls per process and one per descriptor, and no allocation per descriptor. A process is held by a
//! descriptor of its directory, so that a number that is given anew meanwhile does not mix two processes up.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::collections::HashMap;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::num::NonZero;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, RawDir, getxattr, openat, readlinkat_raw};
use rustix::io::{Errno, read};

use super::index::{Held, Index};
use super::{Known, Scope, Task};

/// Looks at every process under `root`. What cannot be seen is left out; what may not be seen is counted.
pub(super) fn walk(root: &Path, scope: Scope) -> Known {
    let mut walk =
        Walk { scope, root, tasks: Vec::new(), held: Vec::new(), labels: HashMap::new(), withheld: 0 };
    if let Ok(dir) = openat(CWD, root, OPEN_DIRECTORY, Mode::empty()) {
        // What was listed before the listing failed is all there is.
        let _ = numbers(dir.as_fd(), |name, pid| {
            walk.process(dir.as_fd(), name, pid);
            Ok(())
        });
    }
    walk.known()
}

struct Walk<'a> {
    scope: Scope,
    root: &'a Path,
    tasks: Vec<Task>,
    held: Vec<Held>,
    /// Contexts of sockets, numbered from 1.
    labels: HashMap<Box<[u8]>, NonZero<u32>>,
    withheld: u32,
}

impl Walk<'_> {
    fn process(&mut self, root: BorrowedFd<'_>, name: &CStr, pid: u32) {
        // Every step can fail because the process has ended: then it owns nothing.
        let Ok(dir) = openat(root, name, HOLD_DIRECTORY, Mode::empty()) else {
            return;
        };
        if let Err(Errno::ACCESS | Errno::PERM) = self.task(dir.as_fd(), pid, pid) {
            self.withheld += 1;
            return;
        }
        if !self.scope.threads {
            return;
        }
        let Ok(threads) = openat(&dir, c"task", OPEN_DIRECTORY, Mode::empty()) else {
            return;
        };
        // A thread that has ended, or is out of sight, does not hide the others.
        let _ = numbers(threads.as_fd(), |name, tid| {
            if tid != pid
                && let Ok(thread) = openat(&threads, name, HOLD_DIRECTORY, Mode::empty())
            {
                let _ = self.task(thread.as_fd(), pid, tid);
            }
            Ok(())
        });
    }

    fn task(&mut self, dir: BorrowedFd<'_>, pid: u32, tid: u32) -> Result<(), Errno> {
        let files = openat(dir, c"fd", OPEN_DIRECTORY, Mode::empty())?;
        let task = u32::try_from(self.tasks.len()).map_err(|_| Errno::OVERFLOW)?;
        let before = self.held.len();
        let end = numbers(files.as_fd(), |name, fd| {
            let mut link = [0; LINK];
            let len = match readlinkat_raw(&files, name, &mut link) {
                // Closed since it was listed.
                Err(Errno::NOENT) => return Ok(()),
                // The links of a task that has ended since then may not be read, either.
                Err(Errno::ACCESS) if !is_there(dir) => return Err(Errno::NOENT),
                len => len?,
            };
            if let Some(inode) = link.get(..len).and_then(inode) {
                let context = self.label(tid, fd);
                self.held.push(Held { inode, fd, task, context });
            }
            Ok(())
        });
        if self.held.len() > before {
            let context = if self.scope.contexts { context(dir) } else { None };
            self.tasks.push(Task { pid, tid, comm: comm(dir), context });
        }
        end
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

    fn known(self) -> Known {
        let mut contexts: Vec<_> = self.labels.into_iter().collect();
        contexts.sort_unstable_by_key(|&(_, number)| number);
        Known {
            tasks: self.tasks,
            held: Index::new(&self.held),
            contexts: contexts.into_iter().map(|(label, _)| label).collect(),
            withheld: self.withheld,
        }
    }
}

/// Shows every entry of a directory that is named by a number, until `each` fails.
fn numbers(dir: BorrowedFd<'_>, mut each: impl FnMut(&CStr, u32) -> Result<(), Errno>) -> Result<(), Errno> {
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
fn inode(link: &[u8]) -> Option<u32> {
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

/// A label without the NUL or line end behind it.
fn trimmed(label: &[u8]) -> &[u8] {
    let end = label.iter().position(|&byte| byte == 0 || byte == b'\n');
    end.and_then(|end| label.get(..end)).unwrap_or(label)
}

/// The beginning of a small file; nothing if it cannot be read.
fn read_file<'t>(dir: BorrowedFd<'_>, name: &CStr, text: &'t mut [u8; TEXT]) -> &'t [u8] {
    let file = openat(dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let len = file.and_then(|file: OwnedFd| read(&file, &mut text[..])).unwrap_or_default();
    text.get(..len).unwrap_or_default()
}

const OPEN_DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// To find files in it, not to list it.
const HOLD_DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Bytes of directory entries read at once.
const ENTRIES: usize = 32 * 1024;
/// Longer than a link to any socket; longer links are cut off and are none.
const LINK: usize = 32;
/// Bytes of a small file that are looked at.
const TEXT: usize = 1024;

#[cfg(test)]
mod tests {
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
