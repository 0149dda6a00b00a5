//! Our program as an ordinary user starts it.
//!
//! Becoming another user takes root outside: a user namespace made by somebody else maps one id only, and a test fails there.

use std::fs::{self, File};
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
    must_be_mapped();
    static PROGRAM: LazyLock<File> = LazyLock::new(|| File::open(env!("CARGO_BIN_EXE_netdiag")).unwrap());
    let mut command = Command::new(format!("/proc/self/fd/{}", PROGRAM.as_raw_fd()));
    command.arg0("netdiag").current_dir("/").uid(NOBODY).gid(NOBODY);
    command
}

/// Fails where this process cannot become that user, and says why.
pub(crate) fn must_be_mapped() {
    for table in ["/proc/self/uid_map", "/proc/self/gid_map"] {
        let map = fs::read_to_string(table).unwrap();
        let ranges =
            map.lines().map(|line| line.split_whitespace().map(|number| number.parse().unwrap()).collect());
        let mapped = ranges
            .into_iter()
            .any(|range: Vec<u32>| (range[0]..range[0].saturating_add(range[2])).contains(&NOBODY));
        assert!(
            mapped,
            "this test becomes user {NOBODY}, whom {table} does not have: run `cargo xtask test` as root"
        );
    }
}
