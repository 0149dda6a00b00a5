//! `netdiag schema`: prints the JSON Schema of what a tool writes, or of the files it reads.
//!
//! `check` is the one that people write: editors complete check files with it. An output's schema describes a whole document (`--format json`); `$defs/Line` is that of one line (`--format jsonl`).

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use netdiag_text::{Exit, strerror};

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::{check, ping, probe, serve, ss, trace, wait};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The tool; check is for check files, check-report for what netdiag check writes
    tool: Tool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tool {
    Ping,
    PingMtu,
    Probe,
    Serve,
    Ss,
    Trace,
    Wait,
    Check,
    CheckReport,
}

/// Prints the schema, indented.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let schema = match args.tool {
        Tool::Ping => ping::schema(),
        Tool::PingMtu => ping::mtu_schema(),
        Tool::Probe => probe::schema(),
        Tool::Serve => serve::schema(),
        Tool::Ss => ss::schema(),
        Tool::Trace => trace::schema(),
        Tool::Wait => wait::schema(),
        Tool::Check => netdiag_check::file::schema(),
        Tool::CheckReport => check::report_schema(),
    };
    match writeln!(io::stdout(), "{:#}", schema.as_value()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error))))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
