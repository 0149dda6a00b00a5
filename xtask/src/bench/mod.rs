//! `cargo xtask bench`: our programs beside the installed ones and the bare kernel, as ratios within one run.
//!
//! The programs take turns, so that whatever else the machine does falls on all of them; absolute times say little about
//! another machine, the ratios do. A comparison is one file here; it lists its cases and is named in [`PARTS`].

mod accuracy;
mod checks;
mod load;
mod measure;
mod ping;
mod report;
mod scale;
mod servers;
mod sockets;
mod ss;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cargo::{build, cargo, finish, root};
use crate::namespace;
use crate::programs::{self, Chore};

pub(crate) use measure::{Args as MeasureArgs, run as measure};
pub(crate) use sockets::{Args as HoldSocketsArgs, hold as hold_sockets};

use measure::Measured;

/// Measures netdiag beside the installed ss and ping and the bare kernel, and writes docs/performance.md
///
/// Everything happens in network namespaces made for it. Programs it calls and this machine lacks are named first. A million sockets
/// take some 5 GB of memory while they are there; --scale chooses fewer.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many established TCP sockets there are to list
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(2..))]
    sockets: u32,
    /// How many there are in turn, to see how a listing grows with them
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "10000,100000,1000000",
        value_parser = clap::value_parser!(u32).range(2..))]
    scale: Vec<u32>,
    /// How often each program is measured, after one run that does not count
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measures only this, and writes no page
    #[arg(long, value_name = "PART", value_parser = PARTS.map(|(name, _)| name))]
    only: Option<String>,
}

/// Measures, and describes what came of it.
type Compare = fn(&InsideArgs) -> Result<String>;

/// What is compared, in the order of the page.
const PARTS: [(&str, Compare); 6] = [
    ("ss", ss::compare),
    ("scale", scale::compare),
    ("ping", ping::compare),
    ("accuracy", accuracy::compare),
    ("servers", servers::compare),
    ("checks", checks::compare),
];

/// The same, inside the namespace and with what was built.
#[derive(clap::Args)]
pub(crate) struct InsideArgs {
    #[command(flatten)]
    args: Args,
    #[arg(long)]
    netdiag: PathBuf,
    #[arg(long)]
    bare_dump: PathBuf,
    #[arg(long)]
    bare_flood: PathBuf,
    #[arg(long)]
    pair: PathBuf,
}

/// Where the programs come from, each named in [`InsideArgs`].
const BUILD: [&str; 10] = [
    "build",
    "--release",
    "--package=netdiag",
    "--bin=netdiag",
    "--package=netdiag-sockdiag",
    "--example=bare_dump",
    "--package=netdiag-echo",
    "--example=bare_flood",
    "--package=netdiag-lab",
    "--example=pair",
];

/// Programs that do the same work, ours last.
struct Bench {
    title: String,
    /// What a reader should know besides; may be empty.
    note: &'static str,
    /// Runs that make up one measurement.
    runs: u32,
    rivals: Vec<Rival>,
    ours: Case,
    limits: Limits,
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

/// What ours should keep to whatever the others do.
#[derive(Clone, Copy)]
struct Limits {
    /// Time from start to end, in ms, give or take 1 %.
    wall_ms: Option<f64>,
    /// The same, at most.
    most_ms: Option<f64>,
    /// CPU time, as a share of that.
    core: Option<f64>,
    /// The largest resident set, in MiB.
    peak_mib: Option<f64>,
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
    if args.only.is_none() {
        let lacking = programs::missing(Chore::Bench);
        programs::require(&lacking, "install them as this system does it")?;
    }
    let built = build(&mut cargo(&BUILD)?)?;
    // Theirs were installed, which leaves a file in memory in larger pieces than linking does: it starts sooner.
    let installed = tempfile::tempdir().context("cannot make a directory for the programs")?;
    let mut inside = namespace::command("/proc/self/exe");
    inside.arg("bench-inside").args(args.words());
    for name in ["netdiag", "bare_dump", "bare_flood", "pair"] {
        let program = built.iter().find(|program| program.name == name);
        let program = program.with_context(|| format!("cargo built no {name}"))?;
        let path = installed.path().join(name);
        std::fs::copy(&program.path, &path).with_context(|| format!("cannot copy {name}"))?;
        inside.arg(format!("--{}", name.replace('_', "-"))).arg(path);
    }
    finish(inside.current_dir(root()?))
}

pub(crate) fn run_inside(inside: &InsideArgs) -> Result<()> {
    let only = inside.args.only.as_deref();
    let mut page = report::opening(inside)?;
    for (_, compare) in PARTS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        page.push_str(&compare(inside)?);
    }
    print!("{page}");
    if only.is_some() {
        return Ok(());
    }
    let file = root()?.join("docs/performance.md");
    std::fs::create_dir_all(root()?.join("docs"))?;
    std::fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
    println!("\nwritten to docs/performance.md");
    Ok(())
}

impl Args {
    /// These arguments as typed.
    fn words(&self) -> Vec<String> {
        let scale: Vec<String> = self.scale.iter().map(u32::to_string).collect();
        let mut words = vec![
            format!("--sockets={}", self.sockets),
            format!("--scale={}", scale.join(",")),
            format!("--rounds={}", self.rounds),
        ];
        words.extend(self.only.iter().map(|only| format!("--only={only}")));
        words
    }
}

impl Bench {
    /// Runs the programs in turns.
    fn run(&self, rounds: u32) -> Result<Rounds> {
        println!("measuring {}", self.title);
        let cases: Vec<&Case> = self.rivals.iter().map(|rival| &rival.case).chain([&self.ours]).collect();
        let measure = |case: &&Case| measure::child(&case.program, &case.words, self.runs);
        let round = || cases.iter().map(measure).collect::<Result<_>>();
        round().context("warming up")?;
        Ok(Rounds((0..rounds).map(|_| round()).collect::<Result<_>>()?))
    }

    /// Runs the programs in turns, and describes what came of it.
    fn section(&self, rounds: u32) -> Result<String> {
        Ok(report::section(self, &self.run(rounds)?))
    }
}

impl Case {
    /// `line` is what is typed after the program, its words parted by single spaces.
    fn new(program: impl Into<PathBuf>, line: &'static str) -> Self {
        Self { program: program.into(), words: line.split_terminator(' ').collect() }
    }

    /// The same words for a tool of the program.
    fn of(mut self, tool: &'static str) -> Self {
        self.words.insert(0, tool);
        self
    }

    /// The command line as typed.
    fn name(&self) -> String {
        let program = self.program.file_name().unwrap_or_default().to_string_lossy();
        [&[program.as_ref()], self.words.as_slice()].concat().join(" ")
    }
}

impl Limits {
    const NONE: Self = Self { wall_ms: None, most_ms: None, core: None, peak_mib: None };
}

impl Figures<Option<f64>> {
    const NONE: Self = Self { wall: None, cpu: None, peak_memory: None };

    const fn wall(at_most: f64) -> Self {
        Self { wall: Some(at_most), ..Self::NONE }
    }
}
