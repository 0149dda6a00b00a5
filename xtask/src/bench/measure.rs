//! What one run of one program costs.
//!
//! The kernel keeps these figures as sums and maxima over all children a process has waited for; so each run gets a process
//! of its own (`measure`) to be the only child of.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

use super::Figures;
use crate::namespace::this_program;

/// A program to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    program: OsString,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// The cost of one run.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Measured {
    /// From start to end.
    pub(super) wall_us: i64,
    /// In user space and in the kernel together.
    pub(super) cpu_us: i64,
    /// The largest resident set.
    ///
    /// A process inherits the mark of the one it was started from until its own exceeds it, so this is an upper bound when
    /// it equals [`floor_kib`](Self::floor_kib).
    pub(super) peak_kib: i64,
    /// The mark that was inherited.
    pub(super) floor_kib: i64,
}

impl Measured {
    pub(super) fn figures(&self) -> Figures<f64> {
        Figures {
            wall: self.wall_us as f64,
            cpu: self.cpu_us as f64,
            peak_memory: self.peak_kib as f64,
        }
    }
}

/// Measures one run of `program`; a failing one is an error.
pub(super) fn child(program: &Path, words: &[&str]) -> Result<Measured> {
    let shown = || format!("{} {}", program.display(), words.join(" "));
    let mut command = this_program();
    command
        .args([OsStr::new("measure"), OsStr::new("--"), program.as_os_str()])
        .args(words);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot measure {}", shown()))?;
    ensure!(output.status.success(), "`{}` failed", shown());
    serde_json::from_slice(&output.stdout).with_context(|| format!("measuring {}", shown()))
}

/// Runs the program, its output going to /dev/null, and prints what it cost as JSON.
pub(crate) fn run(args: &Args) -> Result<()> {
    let floor_kib = getrusage(UsageWho::RUSAGE_SELF)?.max_rss();
    let start = Instant::now();
    let status = Command::new(&args.program)
        .args(&args.words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", args.program.display()))?;
    let wall = start.elapsed();
    ensure!(status.success(), "{} failed: {status}", args.program.display());
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let measured = Measured {
        wall_us: i64::try_from(wall.as_micros())?,
        cpu_us: usage.user_time().num_microseconds() + usage.system_time().num_microseconds(),
        peak_kib: usage.max_rss(),
        floor_kib,
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}
