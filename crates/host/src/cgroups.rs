//! Control group ids as paths below the mount of the unified hierarchy, and paths as ids.
//!
//! An id is the inode of the group's directory, so one walk of the tree finds all that can be seen from here. Without that
//! mount, and for groups outside it, an id has no path.

use std::collections::HashMap;
use std::fs::{self, DirEntry, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::fstatfs;

use crate::mounts::mounts;
use netdiag_text::strerror;

/// Why a path is that of no control group.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CgroupError {
    /// It cannot be opened.
    #[error("Failed to get cgroup2 ID: {}", strerror(.0))]
    NotOpened(io::Error),
    /// It leads somewhere else.
    #[error("Failed to get cgroup2 ID: not in a cgroup2 file system")]
    NoCgroup,
    /// It is to be looked for where the unified hierarchy is mounted, and that is nowhere.
    #[error("Failed to find cgroup2 mount")]
    NotMounted,
}

/// The id of the control group at a path; one that begins nowhere in particular is also looked for where the unified hierarchy is
/// mounted.
///
/// # Errors
/// Why there is none.
pub fn cgroup_id(path: &Path) -> Result<u64, CgroupError> {
    let directory = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_relative() => {
            File::open(mount_point().ok_or(CgroupError::NotMounted)?.join(path))
        }
        other => other,
    };
    let directory = directory.map_err(CgroupError::NotOpened)?;
    let filesystem = fstatfs(&directory).map_err(|errno| CgroupError::NotOpened(errno.into()))?;
    if u64::try_from(filesystem.f_type) != Ok(CGROUP2) {
        return Err(CgroupError::NoCgroup);
    }
    // The kernel numbers groups by the inodes of their directories.
    directory.metadata().map(|metadata| metadata.ino()).map_err(CgroupError::NotOpened)
}

/// `CGROUP2_SUPER_MAGIC`.
const CGROUP2: u64 = 0x6367_7270;

/// The unit of systemd that a control group belongs to: the innermost part of its path that is called like one which can have processes
/// of its own. `None` where there is none, as in containers and below other managers.
pub fn systemd_unit(path: &[u8]) -> Option<&[u8]> {
    let mut parts = path.rsplit(|&byte| byte == b'/');
    parts.find(|part| KINDS.iter().any(|kind| part.len() > kind.len() && part.ends_with(kind)))
}

/// Units that processes are put in.
const KINDS: [&[u8]; 5] = [b".service", b".scope", b".socket", b".mount", b".swap"];

/// What control groups are called, once that has been asked.
#[derive(Debug, Default)]
pub struct Cgroups {
    known: Option<HashMap<u64, Box<[u8]>>>,
    /// The group asked for last: that of nearly every socket that follows.
    last: (u64, Box<[u8]>),
}

impl Cgroups {
    /// The path of group `id`, or `unreachable:` and its number.
    #[inline]
    pub fn path(&mut self, id: u64) -> &[u8] {
        if self.last.0 != id || self.last.1.is_empty() {
            self.last = (id, self.look_up(id));
        }
        &self.last.1
    }

    /// The path of group `id`, if it can be reached.
    pub fn known(&mut self, id: u64) -> Option<&[u8]> {
        Some(self.path(id)).filter(|path| path.starts_with(b"/"))
    }

    fn look_up(&mut self, id: u64) -> Box<[u8]> {
        let known =
            self.known.get_or_insert_with(|| mount_point().map(|root| walk(&root)).unwrap_or_default());
        known.get(&id).cloned().unwrap_or_else(|| format!("unreachable:{id:x}").into_bytes().into())
    }
}

impl FromIterator<(u64, Box<[u8]>)> for Cgroups {
    /// Where groups have these paths and no others, and none is looked for.
    fn from_iter<I: IntoIterator<Item = (u64, Box<[u8]>)>>(paths: I) -> Self {
        Self { known: Some(paths.into_iter().collect()), ..Self::default() }
    }
}

/// Where the unified hierarchy is mounted; the first place of several.
fn mount_point() -> Option<PathBuf> {
    mounts().ok()?.into_iter().find(|mount| mount.kind == "cgroup2").map(|mount| mount.point)
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
    fn a_group_is_of_its_innermost_unit() {
        #[rustfmt::skip]
        let cases: [(&str, Option<&str>); 8] = [
            ("/system.slice/api.service",                                            Some("api.service")),
            ("/system.slice/api.service/workers/1",                                  Some("api.service")),
            ("/user.slice/user-1000.slice/user@1000.service/app.slice/app-x\\x2d1.scope", Some("app-x\\x2d1.scope")),
            ("/user.slice/user-1000.slice/session-3.scope",                          Some("session-3.scope")),
            ("/docker/0123456789ab",                                                 None),
            ("/system.slice",                                                        None),
            ("/.service/x",                                                          None),
            ("/",                                                                    None),
        ];
        for (path, unit) in cases {
            assert_eq!(systemd_unit(path.as_bytes()), unit.map(str::as_bytes), "{path}");
        }
    }

    #[test]
    fn what_has_no_path_has_a_number() {
        let mut cgroups = Cgroups::from_iter([(7, b"/x"[..].into())]);
        assert_eq!(cgroups.path(0), b"unreachable:0");
        assert_eq!(cgroups.path(7), b"/x");
        assert_eq!(cgroups.path(7), b"/x");
        assert_eq!(cgroups.path(0x1f), b"unreachable:1f");
    }

    #[test]
    fn a_path_is_a_group_or_not() {
        assert!(matches!(cgroup_id(Path::new("/no such")), Err(CgroupError::NotOpened(_))));
        assert!(matches!(cgroup_id(Path::new("/proc")), Err(CgroupError::NoCgroup)));
        if let Some(root) = mount_point() {
            assert_eq!(cgroup_id(&root).unwrap(), fs::metadata(&root).unwrap().ino());
        }
    }
}
