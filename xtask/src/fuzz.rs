//! `cargo xtask fuzz`: runs the fuzz targets, seeded from the captures in tests/data.
//!
//! The targets are a workspace of their own, built by cargo-fuzz with a nightly compiler; the list of targets is
//! cargo-fuzz's. They run in a network of their own: text may have names in it, which nobody outside is to be asked about.

use std::fmt;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{cargo, finish, prepare, root, succeeds};
use crate::namespace;

/// `rustup` with these words is the cargo of the nightly toolchain.
const NIGHTLY_CARGO: [&str; 3] = ["run", "nightly", "cargo"];

/// What no input of a few kilobytes may take: ten seconds, or 256 MiB in one piece.
const LIMITS: [&str; 2] = ["-timeout=10", "-malloc_limit_mb=256"];

/// Fuzzes every target for a while, seeded from tests/data
///
/// Needs the nightly toolchain; installs cargo-fuzz if it is missing. What a target finds is kept in fuzz/corpus, what
/// breaks it in fuzz/artifacts.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Runs this target only
    target: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    install()?;
    if let Some(why) = unavailable()? {
        bail!("{why}");
    }
    let mut targets = targets()?;
    if let Some(target) = &args.target {
        ensure!(targets.contains(target), "no fuzz target {target}; there are: {}", targets.join(", "));
        targets = vec![target.clone()];
    }
    targets.iter().try_for_each(|target| fuzz(target, Duration::from_secs(args.seconds)))
}

/// Runs all targets for `total` together.
pub(crate) fn smoke(total: Duration) -> Result<()> {
    let targets = targets()?;
    let each = total / u32::try_from(targets.len())?;
    targets.iter().try_for_each(|target| fuzz(target, each))
}

/// Installs cargo-fuzz where there is a nightly toolchain to use it with, and it is missing.
pub(crate) fn install() -> Result<()> {
    if matches!(unavailable()?, Some(Unavailable::CargoFuzz)) {
        finish(&mut cargo(&["install", "cargo-fuzz", "--locked"])?)?;
    }
    Ok(())
}

/// Why fuzzing cannot run here.
pub(crate) enum Unavailable {
    /// There is no nightly toolchain, which is nobody's duty to have.
    Nightly,
    /// The toolchain is there, cargo-fuzz is not.
    CargoFuzz,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nightly => "fuzzing needs the nightly toolchain: `rustup toolchain install nightly`",
            Self::CargoFuzz => "cargo-fuzz is not installed (`cargo install cargo-fuzz --locked`)",
        })
    }
}

/// Why fuzzing cannot run here without installing something, if so.
pub(crate) fn unavailable() -> Result<Option<Unavailable>> {
    Ok(if !has_nightly()? {
        Some(Unavailable::Nightly)
    } else if !has_cargo_fuzz()? {
        Some(Unavailable::CargoFuzz)
    } else {
        None
    })
}

fn fuzz(target: &str, time: Duration) -> Result<()> {
    // What cargo has to fetch, it cannot fetch from within.
    finish(&mut nightly(&["fuzz", "build", "--fuzz-dir", "fuzz", target])?)?;
    let corpus = format!("fuzz/corpus/{target}");
    let mut command = namespace::command("rustup");
    command.args(NIGHTLY_CARGO).args(["fuzz", "run", "--fuzz-dir", "fuzz", target, &corpus]);
    prepare(&mut command)?;
    std::fs::create_dir_all(root()?.join(&corpus))?;
    // Those made for a target are small, which makes it quick; the captures are for all others.
    let own = format!("tests/data/{target}s");
    command.arg(if root()?.join(&own).exists() { &own } else { "tests/data" });
    command.args(["--", &format!("-max_total_time={}", time.as_secs().max(1))]).args(LIMITS);
    let words = format!("fuzz/{target}.dict");
    if root()?.join(&words).exists() {
        command.arg(format!("-dict={words}"));
    }
    finish(&mut command)
}

fn targets() -> Result<Vec<String>> {
    let mut command = nightly(&["fuzz", "list", "--fuzz-dir", "fuzz"])?;
    let output = command.output().context("cannot run `cargo fuzz list`")?;
    if !output.status.success() {
        bail!("`cargo fuzz list` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let targets: Vec<String> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
    ensure!(!targets.is_empty(), "fuzz/Cargo.toml has no targets");
    Ok(targets)
}

fn has_nightly() -> Result<bool> {
    Ok(succeeds(&mut nightly(&["--version"])?))
}

fn has_cargo_fuzz() -> Result<bool> {
    Ok(succeeds(&mut nightly(&["fuzz", "--version"])?))
}

/// `cargo WORDS` of the nightly toolchain; the outer cargo has chosen another one for its children.
fn nightly(words: &[&str]) -> Result<Command> {
    let mut command = Command::new("rustup");
    command.args(NIGHTLY_CARGO).args(words);
    prepare(&mut command)?;
    Ok(command)
}
