//! A copy of our program as an administrator may have installed it: set-user-id, set-group-id, or with file capabilities.
//!
//! It lies on a file system that takes these into account, and is run as an ordinary user.

use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, fchown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use netdiag_lab::until;
use rustix::fs::{StatVfsMountFlags, XattrFlags, fsetxattr, statvfs};
use tempfile::TempDir;

use crate::nobody::{NOBODY, must_be_mapped};
use crate::ping_running::PATIENCE;

/// A copy, and what keeps it there.
pub(crate) struct Installed {
    program: File,
    _directory: TempDir,
}

/// The number of a capability (capabilities(7)).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Capability {
    DacOverride = 1,
    NetAdmin = 12,
    NetRaw = 13,
    SysAdmin = 21,
}

impl Installed {
    /// With the bits of `mode`, 04000 for set-user-id and 02000 for set-group-id, and owned by root.
    pub(crate) fn with_mode(mode: u32) -> Self {
        Self::new(|program| program.set_permissions(Permissions::from_mode(mode | 0o755)).unwrap())
    }

    /// Set-user-id and set-group-id, and owned by `user`.
    pub(crate) fn of_user(user: u32) -> Self {
        Self::new(|program| {
            fchown(program, Some(user), Some(user)).unwrap();
            program.set_permissions(Permissions::from_mode(0o6755)).unwrap();
        })
    }

    /// With capabilities permitted, and in effect from the start if `effective`.
    pub(crate) fn with_capabilities(permitted: &[Capability], effective: bool) -> Self {
        let value = file_capabilities(permitted, effective);
        Self::new(|program| fsetxattr(program, "security.capability", &value, XattrFlags::empty()).unwrap())
    }

    fn new(install: impl FnOnce(&File)) -> Self {
        let directory = tempfile::tempdir_in(honouring()).unwrap();
        let path = directory.path().join("netdiag");
        fs::copy(env!("CARGO_BIN_EXE_netdiag"), &path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let program = File::open(&path).unwrap();
        install(&program);
        // What another test has just forked holds it open for writing until it becomes another program.
        let try_it = || Command::new(&path).arg("--version").output().ok();
        until("the copy to be executable", PATIENCE, try_it).unwrap();
        Self { program, _directory: directory }
    }

    /// The program under a name, for a user who may not be able to reach it by its path.
    pub(crate) fn called(&self, name: &str) -> Command {
        must_be_mapped();
        let mut command = Command::new(format!("/proc/self/fd/{}", self.program.as_raw_fd()));
        command.arg0(name).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
        command.current_dir("/").uid(NOBODY).gid(NOBODY);
        command
    }
}

/// A directory whose file system takes set-user-id and file capabilities into account.
fn honouring() -> PathBuf {
    let candidates = [std::env::temp_dir(), PathBuf::from(env!("CARGO_TARGET_TMPDIR"))];
    let honours =
        |path: &PathBuf| statvfs(path).is_ok_and(|system| !system.f_flag.contains(StatVfsMountFlags::NOSUID));
    candidates
        .into_iter()
        .find(honours)
        .expect("neither TMPDIR nor the target directory may be mounted nosuid")
}

/// `struct vfs_cap_data`, revision 2: magic with the effective bit, permitted, inheritable, and both again for capabilities
/// above 31.
fn file_capabilities(permitted: &[Capability], effective: bool) -> Vec<u8> {
    const VFS_CAP_REVISION_2: u32 = 0x0200_0000;
    let permitted = permitted.iter().fold(0, |set, capability| set | 1 << *capability as u32);
    let words = [VFS_CAP_REVISION_2 | u32::from(effective), permitted, 0, 0, 0];
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}
