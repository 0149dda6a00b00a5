//! `cargo xtask ci`: what must hold before a change is taken, cheapest check first.
//!
//! It stops at the first failure. A step that cannot run on this machine says so by name; it is never counted as passed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cargo::{cargo, finish, spelled, succeeds};
use crate::{fuzz, test, tidy};

/// How long the fuzz targets run together: long enough to run every seed, too short to search.
const FUZZ_SMOKE: Duration = Duration::from_secs(30);

pub(crate) fn run() -> Result<()> {
    cargo_step("fmt", &["fmt", "--all", "--check"])?;
    cargo_step("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    // `--all-targets` passes over targets with `test = false`.
    let targets = test::privileged_targets()?;
    let mut words = vec!["clippy", "--workspace"];
    words.extend(targets.iter().flat_map(|target| ["--test", target]));
    words.extend(["--", "-D", "warnings"]);
    cargo_step("clippy of the privileged tests", &words)?;
    let docs = ["doc", "--no-deps", "--workspace", "--document-private-items"];
    step("docs", "RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace --document-private-items", || {
        finish(cargo(&docs)?.env("RUSTDOCFLAGS", "-Dwarnings"))
    })?;
    step("tidy", "cargo xtask tidy", tidy::run)?;
    step("test", "cargo xtask test", || test::run(&test::Args::default()))?;
    if succeeds(&mut cargo(&["deny", "--version"])?) {
        cargo_step("deny", &["deny", "check"])?;
    } else {
        not_run("deny", "cargo-deny is not installed (`cargo install cargo-deny --locked`)");
    }
    match fuzz::unavailable()? {
        None => step("fuzz", "cargo xtask fuzz 30", || fuzz::smoke(FUZZ_SMOKE)),
        Some(reason) => {
            not_run("fuzz", &reason);
            Ok(())
        }
    }
}

fn cargo_step(name: &str, words: &[&str]) -> Result<()> {
    let mut command = cargo(words)?;
    let rerun = spelled(&command);
    step(name, &rerun, || finish(&mut command))
}

fn step(name: &str, rerun: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("ci: {name}: {rerun}");
    let start = Instant::now();
    check().with_context(|| format!("ci stopped at {name}; rerun it with `{rerun}`"))?;
    println!("ci: {name}: passed in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn not_run(name: &str, reason: &str) {
    println!("ci: {name}: NOT RUN: {reason}");
}
