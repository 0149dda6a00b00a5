//! Whether the path of a unix socket leads to the socket from here.
//!
//! The kernel tells the path as it was given to `bind`, whoever asks: seen from another mount namespace, or once the file is
//! deleted or replaced, it leads elsewhere. What a path leads to is known by the device of the file system and the file's number
//! there, never by one of them alone. `stat` will not do for the device: some file systems (btrfs, overlayfs) give it another than
//! the kernel knows them by, which the table of mounts has.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

use netdiag_sockdiag::UnixSocket;
use netdiag_sockdiag::unix::Vfs;
use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, statx};
use rustix::io::Errno;

use crate::mounts::mounts;

/// Files that sockets are bound to, as the mounts of this process show them.
#[derive(Debug, Default)]
pub struct BoundFiles {
    mounts: OnceLock<Mounts>,
}

/// The devices of the file systems mounted here, major and minor number, by the number of the mount.
type Mounts = HashMap<u64, Device>;
type Device = (u32, u32);

/// Where a path leads.
#[derive(Clone, Copy, Debug)]
struct Found {
    is_socket: bool,
    /// The low half of its number, which is what the kernel tells of sockets.
    inode: u32,
    /// As `stat` has it.
    shown: Device,
    /// As the kernel knows the file system by, if the table of mounts says.
    known: Option<Device>,
}

impl BoundFiles {
    /// Whether `path`, as a socket was bound to it, leads to `file`; `None` where that cannot be told, as for relative paths.
    pub fn reachable(&self, path: &[u8], file: Vfs) -> Option<bool> {
        let mounts = self.mounts();
        if !mounts.is_empty() && !mounts.values().any(|device| *device == device_of(file)) {
            return Some(false);
        }
        if path.first() != Some(&b'/') {
            return None;
        }
        self.leads_to(Path::new(OsStr::from_bytes(path)), file, true)
    }

    /// Whether a socket is bound to the file that `path` leads to, whatever it was called then; `None` where that cannot be told.
    pub(super) fn is_at(&self, path: &Path, socket: &UnixSocket<'_>) -> Option<bool> {
        let Some(name) = socket.name().filter(|name| !matches!(name, [] | [0, ..])) else {
            return Some(false);
        };
        let name = Path::new(OsStr::from_bytes(name));
        match socket.vfs() {
            Some(file) => self.leads_to(path, file, name == path),
            // Where only names are told, they cannot say that it is the same file.
            None => (name.file_name() != path.file_name() || !path.exists()).then_some(false),
        }
    }

    /// `named` tells that a socket was bound to the file by this path.
    fn leads_to(&self, path: &Path, file: Vfs, named: bool) -> Option<bool> {
        let found = match self.find(path) {
            Ok(found) => found,
            Err(Errno::NOENT | Errno::NOTDIR) => return Some(false),
            Err(_) => return None,
        };
        if !found.is_socket {
            return Some(false);
        }
        if found.inode != file.inode {
            // Where devices are made up, numbers may be, too.
            let made_up = found.known.is_none_or(|known| known != found.shown);
            return (!(named && made_up)).then_some(false);
        }
        match found.known.unwrap_or(found.shown) == device_of(file) {
            true => Some(true),
            false => found.known.map(|_| false),
        }
    }

    fn find(&self, path: &Path) -> Result<Found, Errno> {
        let file = statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS | StatxFlags::MNT_ID)?;
        let told = StatxFlags::from_bits_retain(file.stx_mask);
        let mount = told.contains(StatxFlags::MNT_ID).then_some(file.stx_mnt_id);
        Ok(Found {
            is_socket: FileType::from_raw_mode(file.stx_mode.into()) == FileType::Socket,
            inode: file.stx_ino as u32,
            shown: (file.stx_dev_major, file.stx_dev_minor),
            known: mount.and_then(|mount| self.mounts().get(&mount).copied()),
        })
    }

    fn mounts(&self) -> &Mounts {
        self.mounts.get_or_init(|| {
            let mounts = mounts().unwrap_or_default();
            mounts.into_iter().map(|mount| (mount.number, mount.device)).collect()
        })
    }
}

fn device_of(file: Vfs) -> Device {
    (file.major(), file.minor())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_path_leads_to_its_socket_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).into_os_string().into_encoded_bytes();
        let _listeners = ["bound", "other"].map(|name| UnixListener::bind(dir.path().join(name)).unwrap());
        fs::write(dir.path().join("file"), "").unwrap();
        let files = BoundFiles::default();
        let bound = files.find(&dir.path().join("bound")).unwrap();
        let vfs = |(major, minor): Device| Vfs { inode: bound.inode, device: major << 20 | minor };
        let here = bound.known.unwrap();
        let another = *files.mounts().values().find(|device| **device != here).unwrap();
        let far = (4000, 7);
        let only = |device: Device| BoundFiles { mounts: OnceLock::from(Mounts::from([(u64::MAX, device)])) };
        let ordinary = here == bound.shown;
        #[rustfmt::skip]
        let cases = [
            // mounted,     path,                file,    reachable
            (&files,        path("bound"),       here,    Some(true)),
            (&files,        path("other"),       here,    ordinary.then_some(false)),
            (&files,        path("file"),        here,    Some(false)),
            (&files,        path("gone"),        here,    Some(false)),
            (&files,        path("file/x"),      here,    Some(false)),
            (&files,        b"bound".to_vec(),   here,    None),
            // The number is that of a file on another file system.
            (&files,        path("bound"),       another, Some(false)),
            (&files,        path("bound"),       far,     Some(false)),
            (&only(far),    path("bound"),       here,    Some(false)),
            (&only(far),    path("bound"),       far,     None),
            (&only(far),    path("gone"),        far,     Some(false)),
        ];
        for (files, path, device, expected) in cases {
            let answer = files.reachable(&path, vfs(device));
            assert_eq!(answer, expected, "{} {device:?}", path.escape_ascii());
        }
        let untold = BoundFiles { mounts: OnceLock::from(Mounts::new()) };
        assert_eq!(untold.reachable(&path("bound"), vfs(bound.shown)), Some(true), "without a table");
    }
}
