//! `cargo xtask bench`: our programs beside the installed ones and the bare kernel, as ratios within one run.
//!
//! The programs take turns, so that whatever else the machine does falls on all of them; absolute times say little about
//! another machine, the ratios do. A comparison is one file here; it lists its cases and is named in `run_inside`.

mod measure;
mod ping;
mod report;
mod sockets;
mod ss;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cargo::{build, cargo, finish, root};
use crate::namespace;

pub(crate) use measure::{Args as MeasureArgs, run as measure};
pub(crate) use sockets::{Args as HoldSocketsArgs, hold as hold_sockets};

use measure::Measured;

/// Measures netdiag beside the installed ss and ping and a bare kernel dump, and writes docs/performance.md
///
/// Everything happens in a network namespace made for it. Needs the programs it compares with: ss and ping.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many established TCP sockets there are to list
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(2..))]
    sockets: u32,
    /// How often each program is measured, after one run that does not count
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// The same, inside the namespace and with what was built.
#[derive(clap::Args)]
pub(crate) struct InsideArgs {
    #[command(flatten)]
    args: Args,
    #[arg(long)]
    netdiag: PathBuf,
    #[arg(long)]
    bare_dump: PathBuf,
}

/// Programs that do the same work, ours last.
struct Bench {
    title: String,
    rivals: Vec<Rival>,
    ours: Case,
}

/// One command line to measure.
struct Case {
    program: PathBuf,
    words: Vec<&'static str>,
}

/// A program ours is compared with, and what the ratio ours/theirs should not exceed.
struct Rival {
    case: Case,
    at_most: Figures<Option<f64>>,
}

/// What is compared: one value per figure.
#[derive(Clone, Copy)]
struct Figures<T> {
    wall: T,
    cpu: T,
    peak_memory: T,
}

/// What a bench measured: per round, each rival in order, then ours.
struct Rounds(Vec<Vec<Measured>>);

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = cargo(&["build", "--release", "--package=netdiag", "--bin=netdiag"])?;
    command.args(["--package=netdiag-sockdiag", "--example=bare_dump"]);
    let built = build(&mut command)?;
    let path = |name: &str| {
        let program = built.iter().find(|program| program.name == name);
        Ok::<_, anyhow::Error>(&program.with_context(|| format!("cargo built no {name}"))?.path)
    };
    let mut inside = namespace::command("/proc/self/exe");
    inside.args([
        "bench-inside",
        &format!("--sockets={}", args.sockets),
        &format!("--rounds={}", args.rounds),
    ]);
    inside.arg("--netdiag").arg(path("netdiag")?).arg("--bare-dump").arg(path("bare_dump")?);
    finish(inside.current_dir(root()?))
}

pub(crate) fn run_inside(inside: &InsideArgs) -> Result<()> {
    let mut page = report::opening(inside)?;
    for bench in [ss::compare, ping::compare] {
        page.push_str(&bench(inside)?);
    }
    print!("{page}");
    let file = root()?.join("docs/performance.md");
    std::fs::create_dir_all(root()?.join("docs"))?;
    std::fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
    println!("\nwritten to docs/performance.md");
    Ok(())
}

impl Bench {
    /// Runs the programs in turns, and describes what came of it.
    fn run(&self, rounds: u32) -> Result<String> {
        println!("measuring {}", self.title);
        let cases: Vec<&Case> = self.rivals.iter().map(|rival| &rival.case).chain([&self.ours]).collect();
        let round =
            || cases.iter().map(|case| measure::child(&case.program, &case.words)).collect::<Result<_>>();
        round().context("warming up")?;
        let rounds = (0..rounds).map(|_| round()).collect::<Result<_>>()?;
        Ok(report::section(self, &Rounds(rounds)))
    }
}

impl Case {
    fn new(program: impl Into<PathBuf>, words: &[&'static str]) -> Self {
        Self { program: program.into(), words: words.to_vec() }
    }

    /// The command line as typed.
    fn name(&self) -> String {
        let program = self.program.file_name().unwrap_or_default().to_string_lossy();
        [&[program.as_ref()], self.words.as_slice()].concat().join(" ")
    }
}
