//! The file capability `cap_net_raw+p` is all an ordinary user needs, and nothing is left of it once probes are on their way.
//!
//! It is permitted only: the program itself must raise it.

use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use netdiag_lab::{Host, Lab, until};
use nix::sys::signal::Signal;
use rustix::fs::{StatVfsMountFlags, XattrFlags, fsetxattr, statvfs};
use tempfile::TempDir;

use crate::guard;
use crate::nobody::{NOBODY, must_be_mapped};
use crate::ping_run::{Run, run};
use crate::ping_running::{PATIENCE, Running};

/// A copy of our program with the file capability, and what keeps it there.
struct Capable {
    program: File,
    _directory: TempDir,
}

impl Capable {
    fn new() -> Self {
        let directory = tempfile::tempdir_in(honouring()).unwrap();
        let path = directory.path().join("netdiag");
        fs::copy(env!("CARGO_BIN_EXE_netdiag"), &path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let program = File::open(&path).unwrap();
        fsetxattr(&program, "security.capability", &file_capability(), XattrFlags::empty()).unwrap();
        // What another test has just forked holds it open for writing until it becomes another program.
        let try_it = || Command::new(&path).arg("--version").output().ok();
        until("the copy to be executable", PATIENCE, try_it).unwrap();
        Self { program, _directory: directory }
    }

    /// The program as `ping`, for a user who may not be able to reach it by its path.
    fn command(&self, words: &str) -> Command {
        must_be_mapped();
        let mut command = Command::new(format!("/proc/self/fd/{}", self.program.as_raw_fd()));
        command.arg0("ping").args(words.split_whitespace()).env_clear().env("LC_ALL", "C");
        command.current_dir("/").uid(NOBODY).gid(NOBODY);
        command
    }

    fn ping(&self, host: &Host, words: &str) -> Run {
        run(host, &mut self.command(words))
    }
}

/// A directory whose file system takes file capabilities into account.
fn honouring() -> PathBuf {
    let candidates = [std::env::temp_dir(), PathBuf::from(env!("CARGO_TARGET_TMPDIR"))];
    let honours =
        |path: &PathBuf| statvfs(path).is_ok_and(|system| !system.f_flag.contains(StatVfsMountFlags::NOSUID));
    candidates
        .into_iter()
        .find(honours)
        .expect("neither TMPDIR nor the target directory may be mounted nosuid")
}

/// `struct vfs_cap_data`, revision 2, for `cap_net_raw+p`: magic without the effective bit, permitted, inheritable, and both
/// again for capabilities above 31.
fn file_capability() -> Vec<u8> {
    const VFS_CAP_REVISION_2: u32 = 0x0200_0000;
    const CAP_NET_RAW: u32 = 13;
    [VFS_CAP_REVISION_2, 1 << CAP_NET_RAW, 0, 0, 0].into_iter().flat_map(u32::to_le_bytes).collect()
}

#[test]
fn the_file_capability_is_enough() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let capable = Capable::new();
    for words in
        ["-c 1 127.0.0.1", "-c 1 ::1", "-c 1 -m 5 127.0.0.1", "-c 1 -I lo 127.0.0.1", "-c 1 -e 0 ::1"]
    {
        let run = capable.ping(&host, words);
        assert_eq!(run.counts(), "1 packets transmitted, 1 received, 0% packet loss", "{words}: {run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{words}");
    }
    // It does not make a user root.
    let run = capable.ping(&host, "-f -c 1 127.0.0.1");
    assert!(run.stderr.starts_with("ping: cannot flood"), "{run}");
}

#[test]
fn no_capability_outlives_the_start() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let running = Running::start(&host, &mut Capable::new().command("-i 0.1 127.0.0.1"));
    running.says("icmp_seq=1 ");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(running.status(set), "0000000000000000", "{set}");
    }
    assert_eq!(running.status("NoNewPrivs"), "1");
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().end, "exit status: 0");
}
