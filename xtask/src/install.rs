//! Installs what the tests call, on a Debian-like system: `--install` of `cargo xtask test` and `cargo xtask ci`.
//!
//! It asks for nothing: it is root, or `sudo -n` makes it so, or it fails with the command that would have done it.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::geteuid;

use crate::cargo::{finish, spelled};
use crate::programs::{Chore, Program, find, missing, require};

/// Another installation may be under way; it is waited for.
const LOCK: &str = "DPkg::Lock::Timeout=600";

/// Installs the programs that `chore` needs and this machine lacks; without apt-get only if it lacks none.
pub(crate) fn programs(chore: Chore) -> Result<()> {
    let lacking = missing(chore);
    if lacking.is_empty() {
        return Ok(());
    }
    if find("apt-get").is_none() {
        return require(&lacking, "there is no apt-get here: install them as this system does it");
    }
    println!("installing {}", lacking.iter().map(|program| program.name).collect::<Vec<_>>().join(", "));
    privileged(&["apt-get", "-o", LOCK, "update"])?;
    let (alone, whole): (Vec<&Program>, Vec<&Program>) =
        lacking.into_iter().partition(|program| program.alone);
    if !whole.is_empty() {
        let packages: Vec<&str> = whole.iter().map(|program| program.package).collect();
        privileged(&install(&packages))?;
    }
    alone.iter().try_for_each(|program| extract(program))?;
    require(&missing(chore), "they were installed, and are not what the tests need")
}

/// The words that install packages without what they merely recommend, and without a question.
fn install<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", LOCK];
    words.extend(["install", "--yes", "--no-install-recommends"]);
    words.extend(packages);
    words
}

/// Takes one program out of its package.
fn extract(program: &Program) -> Result<()> {
    let directory = tempfile::tempdir().context("cannot make a directory for a package")?;
    let mut download = Command::new("apt-get");
    finish(download.args(["download", program.package]).current_dir(&directory))?;
    let package = std::fs::read_dir(&directory)?.next().context("apt-get downloaded nothing")??.path();
    finish(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(directory.path()))?;
    let from = directory.path().join("usr/bin").join(program.name);
    ensure!(from.exists(), "the package {} has no {}", program.package, program.name);
    let from = from.to_str().context("the directory for temporary files is not UTF-8")?;
    privileged(&["install", "-m", "755", from, &format!("/usr/local/bin/{}", program.name)])
}

/// Runs `words` as root.
fn privileged(words: &[&str]) -> Result<()> {
    let mut command = if geteuid().is_root() {
        Command::new(words[0])
    } else if find("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", words[0]]);
        sudo
    } else {
        bail!("this needs root, and there is no sudo: run `{}` as root", words.join(" "));
    };
    command.args(&words[1..]);
    finish(&mut command).with_context(|| format!("run `{}` yourself, then try again", spelled(&command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_installs_every_package() {
        assert_eq!(
            install(&["nginx-light", "perl"]).join(" "),
            "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install --yes \
             --no-install-recommends nginx-light perl"
        );
    }
}
