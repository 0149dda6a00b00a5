//! `cargo xtask test`: every test there is, the privileged ones inside namespaces of their own.
//!
//! A test target with `test = false` in its manifest is a privileged one: an ordinary `cargo test` must leave it out, and
//! here it is found by that mark, so no list has to be kept.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::busy::Busy;
use crate::cargo::{Built, build, cargo, finish};
use crate::programs::{self, Chore};
use crate::{install, namespace};

/// Runs all tests: unit, data and command line, then the privileged ones in namespaces of their own
///
/// Root enters new network and mount namespaces directly; anybody else through a user namespace, as in `unshare -Urnm`.
/// Programs that the tests call and this machine lacks are named first, and nothing is run; with --filter they are only
/// named, as the tests that are left may need none of them.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Runs only tests whose name contains NAME
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Installs the programs that are missing first (apt-get, by `sudo -n` unless run by root)
    #[arg(long)]
    install: bool,
    /// Keeps every core busy with something else meanwhile
    #[arg(long)]
    busy: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let filter = args.filter.as_deref();
    if args.install {
        install::programs(Chore::Test)?;
    } else if filter.is_none() {
        require_programs()?;
    } else if let lacking @ [_, ..] = programs::missing(Chore::Test).as_slice() {
        eprintln!("{}", programs::listed(lacking));
    }
    // All is built before any of it runs.
    build(&mut cargo(&["test", "--workspace", "--no-run"])?)?;
    let privileged = privileged_programs()?;
    let _busy = args.busy.then(Busy::start).transpose()?;
    let mut ordinary = cargo(&["test", "--workspace", "--no-fail-fast"])?;
    ordinary.env("PATH", programs::path());
    if let Some(filter) = filter {
        ordinary.args(["--", filter]);
    }
    // One of the kinds says nothing about the other.
    let mut failed: Vec<String> =
        finish(&mut ordinary).err().map(|error| format!("{error:#}")).into_iter().collect();
    failed.extend(privileged.into_iter().filter_map(|program| {
        Some(format!("{} ({:#})", program.name, run_privileged(&program, filter).err()?))
    }));
    ensure!(failed.is_empty(), "tests failed: {}", failed.join(", "));
    Ok(())
}

/// Fails unless every program that the tests call is here.
pub(crate) fn require_programs() -> Result<()> {
    programs::require(
        &programs::missing(Chore::Test),
        "`cargo xtask test --install` installs them, and then tests",
    )
}

/// The names of the test targets an ordinary `cargo test` leaves out.
pub(crate) fn privileged_targets() -> Result<Vec<String>> {
    let mut command = cargo(&["metadata", "--no-deps", "--format-version=1"])?;
    let output = command.output().context("cannot run `cargo metadata`")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    left_out(&output.stdout).context("cannot read `cargo metadata`")
}

fn left_out(metadata: &[u8]) -> serde_json::Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        targets: Vec<Target>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
        test: bool,
    }
    let metadata: Metadata = serde_json::from_slice(metadata)?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    Ok(targets.filter(|target| !target.test && target.kind == ["test"]).map(|target| target.name).collect())
}

fn privileged_programs() -> Result<Vec<Built>> {
    // The targets may belong to any package.
    let mut command = cargo(&["test", "--workspace", "--no-run"])?;
    let targets = privileged_targets()?;
    for target in &targets {
        command.args(["--test", target]);
    }
    let mut programs = build(&mut command)?;
    programs.retain(|program| targets.contains(&program.name));
    ensure!(programs.len() == targets.len(), "cargo built {programs:?} for the test targets {targets:?}");
    Ok(programs)
}

fn run_privileged(program: &Built, filter: Option<&str>) -> Result<()> {
    let file = program.path.file_name().unwrap_or_default();
    println!("     Running {} in namespaces of its own ({})", program.name, file.display());
    let mut command = namespace::command(&program.path);
    command.args(filter).current_dir(&program.package);
    command.env("CARGO_MANIFEST_DIR", &program.package).env("PATH", programs::path());
    finish(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privileged_target_is_a_test_left_out_of_cargo_test() {
        let metadata = r#"{"packages":[
            {"targets":[{"name":"netdiag","kind":["bin"],"test":true},
                        {"name":"cli","kind":["test"],"test":true},
                        {"name":"netns","kind":["test"],"test":false}]},
            {"targets":[{"name":"bare","kind":["example"],"test":false}]}]}"#;
        assert_eq!(left_out(metadata.as_bytes()).unwrap(), ["netns"]);
    }
}
