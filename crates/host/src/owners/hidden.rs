//! Whether a `proc` file system shows only some of the processes there are.
//!
//! With `hidepid=2` or `4` those of other users are not listed at all, and no call fails. The first process of a namespace is always
//! there, so where it is not shown, others are hidden too; where it is the caller's own, the options of the mount tell.

use std::fs;
use std::os::fd::BorrowedFd;

use caps::{CapSet, Capability};
use rustix::fs::{Dev, fstat, makedev};

/// Whether processes are kept out of the listing of `root`, in which the first process was shown or was not.
pub(super) fn hides(root: BorrowedFd<'_>, first_shown: bool) -> bool {
    if !first_shown {
        return true;
    }
    // Those who may trace all see all.
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_SYS_PTRACE).unwrap_or(false) {
        return false;
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    fstat(root).is_ok_and(|root| mounts.lines().any(|line| hides_processes(line, root.st_dev)))
}

/// Whether a line of `mountinfo` is of the `proc` file system on this device, and processes are hidden there.
fn hides_processes(line: &str, device: Dev) -> bool {
    let number = |line: &str| {
        let (major, minor) = line.split(' ').nth(2)?.split_once(':')?;
        Some(makedev(major.parse().ok()?, minor.parse().ok()?))
    };
    let Some((mount, file_system)) = line.split_once(" - ") else {
        return false;
    };
    let mut words = file_system.split(' ');
    let (Some("proc"), Some(_source), Some(options)) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    number(mount) == Some(device) && options.split(',').any(|option| HIDING.contains(&option))
}

/// By number until Linux 5.7.
const HIDING: [&str; 4] = ["hidepid=2", "hidepid=4", "hidepid=invisible", "hidepid=ptraceable"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_the_mount_tell() {
        #[rustfmt::skip]
        let cases = [
            ("35 25 0:32 / /proc rw,relatime shared:5 - proc proc rw,hidepid=invisible", true),
            ("35 25 0:32 / /proc rw,relatime - proc proc rw,gid=4,hidepid=2",            true),
            ("35 25 0:32 / /proc rw,relatime - proc proc rw,hidepid=ptraceable",         true),
            // Shown, though they keep their files from us.
            ("35 25 0:32 / /proc rw,relatime - proc proc rw,hidepid=noaccess",           false),
            ("35 25 0:32 / /proc rw,relatime - proc proc rw",                            false),
            ("35 25 0:33 / /proc rw,relatime - proc proc rw,hidepid=2",                  false),
            ("35 25 0:32 / /x rw,relatime - tmpfs hidepid=2 rw,hidepid=2",               false),
            ("35 25 0:32 / /proc",                                                       false),
            ("",                                                                         false),
        ];
        for (line, expected) in cases {
            assert_eq!(hides_processes(line, makedev(0, 32)), expected, "{line}");
        }
    }
}
