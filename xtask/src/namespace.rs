//! Namespaces for one program: a network of its own with loopback up, and mounts nobody else sees.
//!
//! A namespace is a property of a process, and only a process with one thread may make a user namespace; so this program
//! starts itself anew (`in-namespace`), enters, and becomes the program.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

use crate::loopback;

/// Set to `1` for programs inside; privileged tests refuse to run without.
const MARK: &str = "NETDIAG_NETNS";

const REFUSED: &str = "this user may not make namespaces; run as root (in a container: with CAP_SYS_ADMIN and \
    CAP_NET_ADMIN), or allow it with `sysctl kernel.unprivileged_userns_clone=1` (Debian) or `sysctl \
    kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), and a `user.max_user_namespaces` above 0";

/// A program to run inside.
#[derive(clap::Args)]
pub(crate) struct Args {
    program: OsString,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// This program, whichever file it was started from: cargo may have replaced that file since.
pub(crate) fn this_program() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("xtask");
    command
}

/// `program` in namespaces of its own; add its words as usual.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = this_program();
    command.args(["in-namespace", "--"]).arg(program);
    command
}

/// Enters new namespaces and becomes the program.
pub(crate) fn enter(args: &Args) -> Result<Infallible> {
    isolate()?;
    let error = Command::new(&args.program).args(&args.words).env(MARK, "1").exec();
    Err(error).with_context(|| format!("cannot run {}", args.program.display()))
}

fn isolate() -> Result<()> {
    let (uid, gid) = (geteuid(), getegid());
    let own = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS;
    if uid.is_root() {
        unshare(own).context("unshare").context(REFUSED)?;
    } else {
        unshare(own | CloneFlags::CLONE_NEWUSER).context("unshare").context(REFUSED)?;
        // The kernel takes a group map from an ordinary user only after setgroups is given up.
        for (file, text) in [
            ("setgroups", "deny".to_owned()),
            ("uid_map", format!("0 {uid} 1")),
            ("gid_map", format!("0 {gid} 1")),
        ] {
            fs::write(format!("/proc/self/{file}"), text).with_context(|| format!("/proc/self/{file}"))?;
        }
    }
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>).context(
        "making mounts private; in a chroot, bind the directory onto itself first (`mount --bind DIR DIR`)",
    )?;
    loopback::up().context("bringing loopback up")
}
