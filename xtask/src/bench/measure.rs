//! What one run of one program costs.
//!
//! The kernel adds up the CPU time of all children a process has waited for, so each run gets a process of its own
//! (`measure`) to be the only child of. The largest resident set of a child would begin with its parent's; therefore the
//! program is stopped on its way out and asked for its own. A program too short to be caught like that is run many times over
//! instead, which gives its time but not its memory.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::cargo::finish;

/// A program to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs it that often, one after the other, and gives the mean.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
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
    /// The largest resident set; unknown of a mean over runs, or of one that ended at once.
    pub(super) peak_kib: Option<i64>,
}

/// What is compared: one value per figure.
#[derive(Clone, Copy)]
pub(super) struct Figures<T> {
    pub(super) wall: T,
    pub(super) cpu: T,
    pub(super) peak_memory: T,
}

impl Measured {
    pub(super) fn figures(&self) -> Figures<Option<f64>> {
        Figures {
            wall: Some(self.wall_us as f64),
            cpu: Some(self.cpu_us as f64),
            peak_memory: self.peak_kib.map(|kib| kib as f64),
        }
    }
}

impl Figures<Option<f64>> {
    pub(super) const NONE: Self = Self { wall: None, cpu: None, peak_memory: None };

    pub(super) const fn wall(at_most: f64) -> Self {
        Self { wall: Some(at_most), ..Self::NONE }
    }
}

/// Runs the program, its output going to /dev/null, and prints what it cost as JSON.
pub(crate) fn run(args: &Args) -> Result<()> {
    let name = args.program.display();
    let mut command = Command::new(&args.program);
    command.args(&args.words).stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let peak_kib = if args.runs == 1 {
        let child = command.spawn().with_context(|| format!("cannot run {name}"))?;
        let child = Pid::from_raw(child.id().cast_signed());
        follow(child).with_context(|| format!("following {name}"))?
    } else {
        for _ in 0..args.runs {
            finish(&mut command)?;
        }
        None
    };
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu_us = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let runs = i64::from(args.runs);
    let measured =
        Measured { wall_us: i64::try_from(wall.as_micros())? / runs, cpu_us: cpu_us / runs, peak_kib };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// Waits for the child's successful end, and gives its largest resident set in KiB; `None` if it could not be asked, because it
/// ended at once or nobody may follow it.
fn follow(child: Pid) -> Result<Option<i64>> {
    match ptrace::seize(child, ptrace::Options::PTRACE_O_TRACEEXIT) {
        Ok(()) | Err(Errno::EPERM | Errno::ESRCH) => {}
        Err(errno) => return Err(errno).context("ptrace"),
    }
    let mut peak_kib = None;
    loop {
        match waitpid(child, None)? {
            WaitStatus::PtraceEvent(_, _, event) => {
                if event == ptrace::Event::PTRACE_EVENT_EXIT as i32 {
                    peak_kib = Some(largest_resident_set(child)?);
                }
                ptrace::cont(child, None)?;
            }
            WaitStatus::Stopped(_, signal) => ptrace::cont(child, signal)?,
            WaitStatus::Exited(_, 0) => return Ok(peak_kib),
            end => bail!("it failed: {end:?}"),
        }
    }
}

fn largest_resident_set(process: Pid) -> Result<i64> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix(" kB"));
    line.with_context(|| format!("{path} has no VmHWM"))?.trim().parse().context("VmHWM")
}
