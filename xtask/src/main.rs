//! The project's chores, one subcommand each; `cargo xtask --help` lists them.
//!
//! Everything is plain Rust around cargo: a chore needs no other program unless it compares us with one. The hidden
//! subcommands are this program calling itself, because a namespace or a resource limit belongs to a process.

#![expect(clippy::print_stdout, reason = "what a chore says is its output")]
#![expect(clippy::print_stderr, reason = "and what went wrong is not")]

mod bench;
mod busy;
mod cargo;
mod ci;
mod features;
mod fuzz;
mod install;
mod lab;
mod loopback;
mod metadata;
mod namespace;
mod package;
mod programs;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The project's chores
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
enum Task {
    Test(test::Args),
    Ci(ci::Args),
    /// Checks the repository's own rules: layering, circles, names, sizes, unfinished work, forgotten tests
    ///
    /// Findings read `FILE:LINE: MESSAGE`.
    Tidy,
    /// Checks that every library and the command can be published: what a package contains, and that it can be made
    Package,
    /// Checks that every library can be had with none, each one and all of its features
    Features,
    Bench(bench::Args),
    Fuzz(fuzz::Args),
    Lab(lab::Args),
    #[command(hide = true)]
    InNamespace(namespace::Args),
    #[command(hide = true)]
    BenchInside(bench::InsideArgs),
    #[command(hide = true)]
    HoldSockets(bench::HoldSocketsArgs),
    #[command(hide = true)]
    Measure(bench::MeasureArgs),
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Test(args) => test::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::Tidy => tidy::run(),
        Task::Package => package::run(),
        Task::Features => features::run(),
        Task::Bench(args) => bench::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Lab(args) => lab::run(&args),
        Task::InNamespace(args) => namespace::enter(&args).map(|never| match never {}),
        Task::BenchInside(args) => bench::run_inside(&args),
        Task::HoldSockets(args) => bench::hold_sockets(&args),
        Task::Measure(args) => bench::measure(&args),
    }
}
