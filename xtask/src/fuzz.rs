//! `cargo xtask fuzz`: runs the fuzz targets, seeded from the captures in tests/data.
//!
//! The targets are a workspace of their own, built by cargo-fuzz with a nightly compiler; the list of targets is
//! cargo-fuzz's. They run in a network of their own: text may have names in it, which nobody outside is to be asked about.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{cargo, finish, prepare, root, spelled, succeeds};
use crate::namespace;

/// `rustup` with these words is the cargo of the nightly toolchain.
const NIGHTLY_CARGO: [&str; 3] = ["run", "nightly", "cargo"];

/// What no input of a few kilobytes may take: ten seconds, or 256 MiB in one piece.
const LIMITS: [&str; 2] = ["-timeout=10", "-malloc_limit_mb=256"];

/// Fuzzes every target for a while, seeded from tests/data
///
/// Needs the nightly toolchain; installs cargo-fuzz if it is missing. What a target finds is kept in fuzz/corpus, what
/// breaks it in fuzz/artifacts. The last lines say how often each target was executed.
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
    run_each(&targets, Duration::from_secs(args.seconds))
}

/// Runs all targets for `total` together.
pub(crate) fn smoke(total: Duration) -> Result<()> {
    let targets = targets()?;
    run_each(&targets, total / u32::try_from(targets.len())?)
}

/// Runs targets one after the other, and says what each came to, even if one of them fails.
fn run_each(targets: &[String], each: Duration) -> Result<()> {
    let mut course = Course::default();
    let outcome = targets.iter().try_for_each(|target| {
        course.0.push((target.clone(), fuzz(target, each)?));
        Ok(())
    });
    print!("{course}");
    outcome
}

/// How often targets were executed so far.
#[derive(Default)]
struct Course(Vec<(String, u64)>);

impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (target, executions) in &self.0 {
            writeln!(f, "fuzz: {target}: {executions} executions")?;
        }
        let total: u64 = self.0.iter().map(|(_, executions)| executions).sum();
        writeln!(f, "fuzz: {total} executions of {} targets", self.0.len())
    }
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

/// Runs one target, and says how often it was executed.
fn fuzz(target: &str, time: Duration) -> Result<u64> {
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
    command.arg("-print_final_stats=1");
    let words = format!("fuzz/{target}.dict");
    if root()?.join(&words).exists() {
        command.arg(format!("-dict={words}"));
    }
    let executions = executions(&mut command)?;
    executions.with_context(|| format!("{target} does not say how often it was executed"))
}

/// Runs a target to its end while it is heard, and says how often it was executed, if it tells.
fn executions(command: &mut Command) -> Result<Option<u64>> {
    let words = spelled(command);
    let run = command.stderr(Stdio::piped()).spawn();
    let mut run = run.with_context(|| format!("cannot run `{words}`"))?;
    let mut told = None;
    for line in BufReader::new(run.stderr.take().context("its words are heard")?).split(b'\n') {
        let line = line.with_context(|| format!("cannot hear `{words}`"))?;
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        told = stated(&line).or(told);
    }
    let status = run.wait()?;
    ensure!(status.success(), "`{words}` failed: {status}");
    Ok(told)
}

/// How many executions a line of libFuzzer's last words states.
fn stated(line: &str) -> Option<u64> {
    line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_what_a_target_says_last() {
        let mut target = Command::new("sh");
        let script =
            "echo '#2 INITED'; echo 'stat::number_of_executed_units: 1234'; echo 'stat::peak_rss_mb: 5'";
        target.args(["-c", &format!("({script}) >&2")]);
        assert_eq!(executions(&mut target).unwrap(), Some(1234));
        let mut silent = Command::new("true");
        assert_eq!(executions(&mut silent).unwrap(), None);
        let mut broken = Command::new("sh");
        broken.args(["-c", "echo 'stat::number_of_executed_units: 7' >&2; exit 77"]);
        assert!(executions(&mut broken).unwrap_err().to_string().contains("77"));
    }

    #[test]
    fn a_course_is_a_line_for_each_target_and_a_sum() {
        let course = Course(vec![("check".to_owned(), 5), ("talk".to_owned(), 7)]);
        let expected =
            "fuzz: check: 5 executions\nfuzz: talk: 7 executions\nfuzz: 12 executions of 2 targets\n";
        assert_eq!(course.to_string(), expected);
    }
}
