//! Another network namespace to work in: by name, by the process that is in it, or by path.
//!
//! Only the network changes, for this thread, those it starts and the programs it runs. Files stay those of this system: `/etc/netns/NAME` is not laid over `/etc`, and control groups
//! remain visible.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use netdiag_text::{Exit, strerror};
use nix::libc::O_NONBLOCK;
use nix::sched::{CloneFlags, setns};
use nix::unistd::{geteuid, getuid};

use crate::failure::Failure;
use crate::invocation::{Invocation, Tool};

/// Where a tool works that has no option of its own for it.
#[derive(clap::Args, Debug)]
pub(crate) struct Elsewhere {
    /// Work in another network namespace
    #[arg(long, value_name = "NAME|PID|PATH")]
    netns: Option<OsString>,
}

impl Elsewhere {
    /// Goes there, if anywhere.
    pub(crate) fn enter(&self, call: &Invocation) -> Result<(), Failure> {
        self.netns
            .as_deref()
            .map_or(Ok(()), |name| enter(name, call).map_err(|failure| failure.with_exit(Exit::Misuse)))
    }
}

/// Moves this thread, and what it opens from now on, into the namespace.
pub(crate) fn enter(name: &OsStr, call: &Invocation) -> Result<(), Failure> {
    let shown = name.to_string_lossy();
    if getuid() != geteuid() {
        let words = format!("set-user-id programs enter no network namespace for their callers: \"{shown}\"");
        return Err(failure(call, words).hint("run it as the user who may enter it"));
    }
    let file = open(name).map_err(|error| {
        let words = format!("Cannot open network namespace \"{shown}\": {}", strerror(&error));
        failure(call, words)
            .hint("give a name that `ip netns` lists, a process id, or a path with a slash in it")
    })?;
    setns(file, CloneFlags::CLONE_NEWNET).map_err(|errno| {
        let words = format!(
            "setting the network namespace \"{shown}\" failed: {}",
            strerror(&io::Error::from(errno))
        );
        match errno {
            nix::Error::EPERM => {
                failure(call, words).hint("entering a namespace takes CAP_SYS_ADMIN: run it as root")
            }
            _ => failure(call, words),
        }
    })
}

fn open(name: &OsStr) -> io::Result<File> {
    // A path may lead to anything; a pipe nobody writes to must not hold us up.
    let open = |path: &Path| OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path);
    if name.as_bytes().contains(&b'/') {
        return open(Path::new(name));
    }
    match open(&Path::new(NAMED).join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match of_process(name) {
            Some(path) => open(&path),
            None => Err(error),
        },
        opened => opened,
    }
}

/// Where the namespace of a process is, if this can be the number of one.
fn of_process(name: &OsStr) -> Option<PathBuf> {
    let pid = name.to_str()?;
    let number = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| Path::new("/proc").join(pid).join("ns/net"))
}

/// The words of upstream's `ss` have no prefix.
fn failure(call: &Invocation, words: String) -> Failure {
    if call.linked && call.tool == Some(Tool::Ss) {
        Failure::new(Exit::CouldNot, words)
    } else {
        call.failure(Exit::CouldNot, words)
    }
}

/// Where `ip netns` keeps namespaces.
const NAMED: &str = "/var/run/netns";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_found_by_process_and_by_path() {
        let ours = std::fs::metadata("/proc/self/ns/net").unwrap();
        let same = |name: &str| {
            use std::os::unix::fs::MetadataExt;
            open(OsStr::new(name)).unwrap().metadata().unwrap().ino() == ours.ino()
        };
        assert!(same(&std::process::id().to_string()));
        assert!(same("/proc/self/ns/net"));
        for name in ["", "no such name", "-1", "4294967295", "/no/such/path"] {
            // The directory of names itself opens, and is no namespace.
            let opened =
                open(OsStr::new(name)).is_ok_and(|file| file.metadata().is_ok_and(|it| it.is_file()));
            assert!(!opened, "{name}");
        }
    }

    #[test]
    fn a_pipe_nobody_writes_to_does_not_hold_us_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(open(path.as_os_str()).is_ok());
    }
}
