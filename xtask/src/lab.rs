//! `cargo xtask lab`: a shell inside a small network, with what was just built on its PATH.
//!
//! The network is made by an example of the lab's own, so that the other tasks need not be built with it.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::symlink;

use anyhow::{Context, Result};

use crate::cargo::{build, cargo, finish};
use crate::namespace;

/// Opens a shell in a network of three hosts, with netdiag, ping and ss of this tree on its PATH
///
/// The shell ($SHELL) runs in `client`; a router joins it to `server` over a wire of 10 ms each way. What is where, and how
/// to run something in the other hosts, is printed first. Root makes the network directly, anybody else inside a user
/// namespace. Nothing of this machine's own network is touched, and everything is gone when the shell ends.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask lab\n  cargo xtask lab -- ping -c 3 10.0.2.1\n  \
    cargo xtask lab -- sh -c 'ping -c 1 -t 1 fd00:2::1; ss -tan'")]
pub(crate) struct Args {
    /// Runs this instead of a shell, and ends with it
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let built = build(&mut cargo(&[
        "build",
        "--package=netdiag",
        "--bin=netdiag",
        "--package=netdiag-lab",
        "--example=shell",
    ])?)?;
    let path = |name: &str| {
        let program = built.iter().find(|program| program.name == name);
        Ok::<_, anyhow::Error>(&program.with_context(|| format!("cargo built no {name}"))?.path)
    };
    let links = tempfile::tempdir().context("cannot make a directory for links")?;
    for name in ["netdiag", "ping", "ping4", "ping6", "mtr", "ss", "traceroute", "traceroute6", "tracepath"] {
        symlink(path("netdiag")?, links.path().join(name)).context("cannot link to netdiag")?;
    }
    let inherited = env::var_os("PATH").unwrap_or_default();
    let directories = [links.path().to_owned()].into_iter().chain(env::split_paths(&inherited));
    let mut command = namespace::command(path("shell")?);
    command.env("PATH", env::join_paths(directories)?);
    if args.command.is_empty() {
        // How a person leaves a shell says nothing about the lab.
        command.arg(env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into())).status()?;
        return Ok(());
    }
    finish(command.args(&args.command))
}
