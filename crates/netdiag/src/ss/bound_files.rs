//! Whether the path of a unix socket leads to the socket from here.
//!
//! The kernel tells the path as it was given to `bind`, whoever asks: seen from another mount namespace, or once the file is
//! deleted or replaced, it leads elsewhere. Some file systems (btrfs, overlayfs) call a file's device differently here and
//! there, so that a device that differs proves nothing.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use netdiag_sockdiag::unix::Vfs;
use rustix::fs::{major, minor};

/// The file systems mounted here, once that has been asked.
#[derive(Debug, Default)]
pub(crate) struct BoundFiles {
    mounted: OnceCell<Mounted>,
}

/// The devices of a table of mounts, by major and minor number.
type Mounted = BTreeSet<(u32, u32)>;

impl BoundFiles {
    /// Whether `path` leads to `file`; `None` where that cannot be told, as for relative paths.
    pub(crate) fn reachable(&self, path: &[u8], file: Vfs) -> Option<bool> {
        let mounted = self.mounted.get_or_init(|| {
            let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
            table.lines().filter_map(device).collect()
        });
        if !mounted.is_empty() && !mounted.contains(&(file.major(), file.minor())) {
            return Some(false);
        }
        if path.first() != Some(&b'/') {
            return None;
        }
        let found = match fs::metadata(OsStr::from_bytes(path)) {
            Ok(found) => found,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Some(false);
            }
            Err(_) => return None,
        };
        if !found.file_type().is_socket() {
            return Some(false);
        }
        let same_device = (major(found.dev()), minor(found.dev())) == (file.major(), file.minor());
        // The kernel tells the low half of the inode.
        same_device.then(|| found.ino() as u32 == file.inode)
    }
}

/// The device of a line of `mountinfo`, its third word.
fn device(line: &str) -> Option<(u32, u32)> {
    let (major, minor) = line.split(' ').nth(2)?.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_path_leads_to_its_socket_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).into_os_string().into_encoded_bytes();
        let _listeners = ["bound", "other"].map(|name| UnixListener::bind(dir.path().join(name)).unwrap());
        fs::write(dir.path().join("file"), "").unwrap();
        let bound = fs::metadata(dir.path().join("bound")).unwrap();
        let vfs = |major: u32, minor: u32| Vfs { inode: bound.ino() as u32, device: major << 20 | minor };
        let here = vfs(major(bound.dev()), minor(bound.dev()));

        // What the table says of this device does not count in the other rows.
        let mounted = |devices: &[Vfs]| {
            let devices = devices.iter().map(|file| (file.major(), file.minor()));
            BoundFiles { mounted: OnceCell::from(devices.collect::<Mounted>()) }
        };
        let far = vfs(4000, 7);
        #[rustfmt::skip]
        let cases = [
            // mounted, path,                file, reachable
            (here,      path("bound"),       here, Some(true)),
            (here,      path("other"),       here, Some(false)),
            (here,      path("file"),        here, Some(false)),
            (here,      path("gone"),        here, Some(false)),
            (here,      path("file/x"),      here, Some(false)),
            (here,      b"bound".to_vec(),   here, None),
            (far,       path("bound"),       here, Some(false)),
            (far,       path("bound"),       far,  None),
            (far,       path("gone"),        far,  Some(false)),
        ];
        for (devices, path, file, expected) in cases {
            let answer = mounted(&[devices]).reachable(&path, file);
            assert_eq!(answer, expected, "{} {file:?}", path.escape_ascii());
        }
        assert_eq!(mounted(&[]).reachable(&path("bound"), here), Some(true), "without a table");
    }

    #[test]
    fn a_mount_names_its_device() {
        #[rustfmt::skip]
        let cases = [
            ("36 35 98:3 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw", Some((98, 3))),
            ("36 35 98 /mnt1", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(device(line), expected, "{line}");
        }
    }
}
