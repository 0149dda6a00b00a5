//! `cargo xtask ci`: what must hold before a change is taken, cheapest check first.
//!
//! It stops at the first failure. A step that cannot run on this machine is never counted as passed: the summary names it, and
//! where `CI` is `true` it is a failure, unless the step is optional.

use std::env;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::cargo::{cargo, finish, spelled, succeeds};
use crate::fuzz::{self, Unavailable};
use crate::programs::Chore;
use crate::{features, install, package, test, tidy};

/// How long the fuzz targets run together: long enough to run every seed, too short to search.
const FUZZ_SMOKE: Duration = Duration::from_secs(30);

/// Runs every check, cheapest first: fmt, clippy, docs, tidy, sets of features, all tests, packages, licences, a short fuzz run
///
/// Stops at the first failure with the command that repeats it. The last lines say what passed and what this machine could
/// not run; with CI=true in the environment the latter is a failure too, but for the steps that are called optional.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Installs what is missing first: programs (apt-get, by `sudo -n` unless run by root), cargo-deny, cargo-fuzz
    #[arg(long)]
    install: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.install {
        install::programs(Chore::Test)?;
        install_tools();
    } else {
        test::require_programs()?;
    }
    let mut summary = Summary::default();
    let outcome = steps(&mut summary);
    print!("{}", summary.text());
    outcome?;
    summary.judge(env::var_os("CI").is_some_and(|value| value == "true"))
}

fn steps(ci: &mut Summary) -> Result<()> {
    ci.cargo("fmt", &["fmt", "--all", "--check"])?;
    ci.cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    // `--all-targets` passes over targets with `test = false`.
    let targets = test::privileged_targets()?;
    let mut words = vec!["clippy", "--workspace"];
    words.extend(targets.iter().flat_map(|target| ["--test", target]));
    words.extend(["--", "-D", "warnings"]);
    ci.cargo("clippy of the privileged tests", &words)?;
    let docs = ["doc", "--no-deps", "--workspace", "--document-private-items"];
    ci.step(
        "docs",
        "RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace --document-private-items",
        || finish(cargo(&docs)?.env("RUSTDOCFLAGS", "-Dwarnings")),
    )?;
    ci.step("tidy", "cargo xtask tidy", tidy::run)?;
    ci.step("features", "cargo xtask features", features::run)?;
    ci.step("test", "cargo xtask test", || test::run(&test::Args::default()))?;
    ci.step("package", "cargo xtask package", package::run)?;
    deny(ci)?;
    match fuzz::unavailable()? {
        None => ci.step("fuzz", "cargo xtask fuzz 30", || fuzz::smoke(FUZZ_SMOKE)),
        Some(why) => {
            ci.not_run("fuzz", &why.to_string(), matches!(why, Unavailable::Nightly));
            Ok(())
        }
    }
}

/// What the dependencies are held to, and what is known against them. The latter is fetched, and not from everywhere.
fn deny(ci: &mut Summary) -> Result<()> {
    if !has_deny()? {
        ci.not_run("deny", "cargo-deny is not installed (`cargo install cargo-deny --locked`)", true);
        return Ok(());
    }
    ci.cargo("deny", &["deny", "--log-level=error", "check", "bans", "licenses", "sources"])?;
    if succeeds(&mut cargo(&["deny", "fetch", "db"])?) {
        return ci.cargo("advisories", &["deny", "check", "advisories"]);
    }
    ci.not_run("advisories", "`cargo deny fetch db` cannot reach the advisory database", true);
    Ok(())
}

fn has_deny() -> Result<bool> {
    Ok(succeeds(&mut cargo(&["deny", "--version"])?))
}

/// Installs cargo's own tools. Without them there is a step that did not run, and the summary judges that.
fn install_tools() {
    let deny = || {
        // Optimised, building it takes longer than all it does here.
        let words = ["install", "cargo-deny", "--locked", "--debug"];
        if has_deny()? { Ok(()) } else { finish(&mut cargo(&words)?) }
    };
    for error in [fuzz::install(), deny()].into_iter().filter_map(Result::err) {
        eprintln!("ci: {error:#}");
    }
}

/// What became of each step so far.
#[derive(Default)]
struct Summary(Vec<Line>);

struct Line {
    step: String,
    outcome: Outcome,
}

enum Outcome {
    Passed(Duration),
    NotRun { reason: String, optional: bool },
}

impl Summary {
    fn cargo(&mut self, name: &str, words: &[&str]) -> Result<()> {
        let mut command = cargo(words)?;
        let rerun = spelled(&command);
        self.step(name, &rerun, || finish(&mut command))
    }

    fn step(&mut self, name: &str, rerun: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("ci: {name}: {rerun}");
        let start = Instant::now();
        check().with_context(|| format!("ci stopped at {name}; rerun it with `{rerun}`"))?;
        self.0.push(Line { step: name.to_owned(), outcome: Outcome::Passed(start.elapsed()) });
        Ok(())
    }

    fn not_run(&mut self, name: &str, reason: &str, optional: bool) {
        let outcome = Outcome::NotRun { reason: reason.to_owned(), optional };
        self.0.push(Line { step: name.to_owned(), outcome });
    }

    fn text(&self) -> String {
        let line = |Line { step, outcome }: &Line| match outcome {
            Outcome::Passed(time) => format!("ci: {step}: passed in {:.1} s\n", time.as_secs_f64()),
            Outcome::NotRun { reason, optional } => {
                let optional = if *optional { " (optional)" } else { "" };
                format!("ci: {step}: NOT RUN{optional}: {reason}\n")
            }
        };
        self.0.iter().map(line).collect()
    }

    /// On a CI machine a step that is needed and did not run is a failure.
    fn judge(&self, on_ci: bool) -> Result<()> {
        let needed = |line: &&Line| matches!(line.outcome, Outcome::NotRun { optional: false, .. });
        let missed: Vec<&str> = self.0.iter().filter(needed).map(|line| line.step.as_str()).collect();
        ensure!(!on_ci || missed.is_empty(), "CI=true, and these did not run: {}", missed.join(", "));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_is_a_line_and_on_ci_a_failure() {
        let mut summary = Summary::default();
        summary.step("fmt", "cargo fmt", || Ok(())).unwrap();
        summary.not_run("deny", "it is not here", true);
        assert_eq!(
            summary.text(),
            "ci: fmt: passed in 0.0 s\nci: deny: NOT RUN (optional): it is not here\n"
        );
        summary.judge(true).unwrap();
        summary.not_run("fuzz", "nor is this", false);
        assert!(summary.text().ends_with("ci: fuzz: NOT RUN: nor is this\n"));
        summary.judge(false).unwrap();
        assert!(summary.judge(true).unwrap_err().to_string().ends_with("did not run: fuzz"));
    }

    #[test]
    fn a_failure_names_the_step_and_the_command() {
        let mut summary = Summary::default();
        let error = summary.step("tidy", "cargo xtask tidy", || anyhow::bail!("untidy")).unwrap_err();
        assert_eq!(format!("{error:#}"), "ci stopped at tidy; rerun it with `cargo xtask tidy`: untidy");
        assert_eq!(summary.text(), "");
    }
}
