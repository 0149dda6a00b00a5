//! Our program as an ordinary user starts it.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::LazyLock;

/// The user and group nobody owns anything as.
pub(crate) const NOBODY: u32 = 65_534;

/// The program, to be run without capabilities and groups.
///
/// It is named by an open file: the user may not be able to reach it by its path.
pub(crate) fn netdiag() -> Command {
    static PROGRAM: LazyLock<File> = LazyLock::new(|| File::open(env!("CARGO_BIN_EXE_netdiag")).unwrap());
    let mut command = Command::new(format!("/proc/self/fd/{}", PROGRAM.as_raw_fd()));
    command.arg0("netdiag").current_dir("/").uid(NOBODY).gid(NOBODY);
    command
}
