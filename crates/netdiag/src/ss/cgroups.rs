//! Control group ids as paths below the mount of the unified hierarchy.
//!
//! An id is the inode of the group's directory, so one walk of the tree finds all that can be seen from here. Without that
//! mount, and for groups outside it, an id has no path; upstream complains for every socket then.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What control groups are called, once that has been asked.
#[derive(Debug, Default)]
pub(crate) struct Cgroups {
    known: Option<HashMap<u64, Box<[u8]>>>,
    /// The group asked for last: that of nearly every socket that follows.
    last: (u64, Box<[u8]>),
}

impl Cgroups {
    /// Where no group has a path, and none is looked for.
    pub(crate) fn none() -> Self {
        Self { known: Some(HashMap::new()), ..Self::default() }
    }

    /// The path of group `id`, or `unreachable:` and its number.
    #[inline]
    pub(crate) fn path(&mut self, id: u64) -> &[u8] {
        if self.last.0 != id || self.last.1.is_empty() {
            self.last = (id, self.look_up(id));
        }
        &self.last.1
    }

    /// The path of group `id`, if it can be reached.
    pub(crate) fn known(&mut self, id: u64) -> Option<&[u8]> {
        Some(self.path(id)).filter(|path| path.starts_with(b"/"))
    }

    fn look_up(&mut self, id: u64) -> Box<[u8]> {
        let known = self.known.get_or_insert_with(|| {
            let mounts = fs::read("/proc/mounts").unwrap_or_default();
            mount_point(&mounts).map(|root| walk(&root)).unwrap_or_default()
        });
        known.get(&id).cloned().unwrap_or_else(|| format!("unreachable:{id:x}").into_bytes().into())
    }
}

/// Where the first `cgroup2` of a mount table is mounted.
fn mount_point(mounts: &[u8]) -> Option<PathBuf> {
    mounts.split(|&byte| byte == b'\n').find_map(|line| {
        let mut words = line.split(|&byte| byte == b' ');
        let (_, point, kind) = (words.next()?, words.next()?, words.next()?);
        (kind == b"cgroup2").then(|| OsString::from_vec(unescaped(point)).into())
    })
}

/// The mount table writes blanks and the like as `\ooo`.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&byte, more)) = rest.split_first() {
        let code = more.first_chunk::<3>().filter(|_| byte == b'\\');
        let code = code.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &more[3..] } else { more };
    }
    bytes
}

/// Paths of all directories below `root` by inode; those that cannot be read are left out.
fn walk(root: &Path) -> HashMap<u64, Box<[u8]>> {
    let mut paths = HashMap::new();
    if let Ok(metadata) = fs::metadata(root) {
        paths.insert(metadata.ino(), b"/"[..].into());
    }
    let mut rest = vec![(root.to_owned(), Vec::new())];
    while let Some((directory, path)) = rest.pop() {
        for child in fs::read_dir(&directory).into_iter().flatten().flatten().filter(is_directory) {
            let mut path = path.clone();
            path.push(b'/');
            path.extend(child.file_name().as_bytes());
            paths.insert(child.ino(), path.as_slice().into());
            rest.push((child.path(), path));
        }
    }
    paths
}

fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_unified_mount_counts() {
        #[rustfmt::skip]
        let cases = [
            ("",                                                                       None),
            ("cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n",                              None),
            ("none /a b cgroup2\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\nx /y cgroup2", Some("/sys/fs/cgroup")),
            ("c /with\\040blank\\134 cgroup2 rw",                                      Some("/with blank\\")),
            ("c /odd\\9 cgroup2 rw",                                                   Some("/odd\\9")),
        ];
        for (table, expected) in cases {
            assert_eq!(mount_point(table.as_bytes()), expected.map(PathBuf::from), "{table}");
        }
    }

    #[test]
    fn a_walk_names_directories_by_inode() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b\x1bc")).unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let mut paths: Vec<_> = walk(root.path()).into_values().collect();
        paths.sort();
        assert_eq!(paths, [&b"/"[..], b"/a", b"/a/b\x1bc"].map(Box::from));
        let ino = fs::metadata(root.path().join("a")).unwrap().ino();
        assert_eq!(*walk(root.path())[&ino], *b"/a");
    }

    #[test]
    fn what_has_no_path_has_a_number() {
        let mut cgroups = Cgroups { known: Some([(7, b"/x"[..].into())].into()), ..Cgroups::default() };
        assert_eq!(cgroups.path(0), b"unreachable:0");
        assert_eq!(cgroups.path(7), b"/x");
        assert_eq!(cgroups.path(7), b"/x");
        assert_eq!(cgroups.path(0x1f), b"unreachable:1f");
    }
}
