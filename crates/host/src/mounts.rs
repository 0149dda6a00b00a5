//! The file systems that are mounted here.
//!
//! The table is this process's own, not that of `PROC_ROOT`: its places are to be opened from here. It writes blanks and the like as
//! `\\ooo`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::{fs, io};

/// A mounted file system.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mount {
    /// Its number, by which `statx` names it (`STATX_MNT_ID`).
    pub number: u64,
    /// Its device, by major and minor number.
    pub device: (u32, u32),
    /// Where it is mounted.
    pub point: PathBuf,
    /// What kind of file system it is (`ext4`, `cgroup2`).
    pub kind: String,
}

/// All that is mounted in this process's mount namespace, in the order it was mounted. Lines that cannot be read are left out.
///
/// # Errors
/// That the table (`/proc/self/mountinfo`) cannot be read.
pub fn mounts() -> io::Result<Vec<Mount>> {
    let table = fs::read("/proc/self/mountinfo")?;
    Ok(table.split(|&byte| byte == b'\n').filter_map(mount).collect())
}

/// A line such as `36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw`; how many words stand before the `-` varies.
pub(crate) fn mount(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|&byte| byte == b' ');
    let number = str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let (major, minor) = str::from_utf8(words.nth(1)?).ok()?.split_once(':')?;
    let device = (major.parse().ok()?, minor.parse().ok()?);
    let point = OsString::from_vec(unescaped(words.nth(1)?)).into();
    let kind = words.skip_while(|word| *word != b"-").nth(1)?;
    Some(Mount { number, device, point, kind: String::from_utf8_lossy(kind).into_owned() })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_device_place_and_kind() {
        #[rustfmt::skip]
        let cases = [
            ("36 35 98:3 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw", Some(((98, 3), "/mnt2", "ext3"))),
            ("36 35 0:29 / /sys/fs/cgroup rw shared:9 x:1 - cgroup2 c rw",     Some(((0, 29), "/sys/fs/cgroup", "cgroup2"))),
            ("36 35 0:29 / /with\\040blank\\134 rw - cgroup2 c rw",            Some(((0, 29), "/with blank\\", "cgroup2"))),
            ("36 35 0:29 / /odd\\9 rw - tmpfs - rw",                           Some(((0, 29), "/odd\\9", "tmpfs"))),
            ("x 35 98:3 /mnt1 /mnt2 rw - ext3 x rw",                           None),
            ("36 35 98 /mnt1 /mnt2 rw - ext3 x rw",                            None),
            ("36 35 98:3 /mnt1 /mnt2 rw",                                      None),
            ("",                                                               None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(device, point, kind): (_, &str, &str)| Mount {
                number: 36,
                device,
                point: point.into(),
                kind: kind.to_owned(),
            });
            assert_eq!(mount(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn this_process_has_mounts() {
        assert!(mounts().unwrap().iter().any(|mount| mount.point.as_os_str() == "/"));
    }
}
