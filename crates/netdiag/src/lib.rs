//! The `netdiag` command: finds out which tool was called for, and turns a failure into words and an exit status.
//!
//! Called through a link named `ping`, `ping4`, `ping6` or `ss` the binary *is* that program; see `invocation.rs`. This is a
//! library only because fuzz targets cannot link a binary: they reach the filter language and the formats through
//! `fuzzing`, and nobody else is promised anything.

mod check;
mod claim;
mod connect;
mod decimal;
mod distribution;
#[cfg(test)]
mod documented;
mod failure;
mod family_args;
mod format;
mod getopt;
mod invocation;
mod json;
mod listening;
mod netns;
mod ping;
mod place;
mod printf;
mod probe;
mod reverse;
mod runtime;
mod schema;
mod serve;
mod ss;
mod table;
mod timespan;
mod tls_args;
mod wait;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::{Invocation, Tool};
#[doc(hidden)]
pub use crate::ss::fuzzing;

/// Network diagnostics: ping hosts, list sockets, probe, connect and serve, check the network
#[derive(Parser)]
#[command(name = "netdiag", version, infer_long_args = true, args_override_self = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The tools. Only the grammar of the one called for is built, so what their help begins with is said here too.
#[derive(Subcommand)]
#[command(defer = true)]
enum Command {
    /// Send ICMP echo requests to a host and report what comes back
    Ping(Box<ping::Args>),
    /// List sockets
    Ss(ss::Args),
    /// Probe sockets, HTTP and name servers, each phase timed
    Probe(Box<probe::Args>),
    /// Connect standard input and output to a socket
    Connect(connect::Args),
    /// Serve echo, discard, chargen or HTTP, rightly or wrongly on demand
    Serve(Box<serve::Args>),
    /// Check that the network is as a file says
    Check(Box<check::Args>),
    /// Wait until servers are up, then perhaps run a command
    Wait(Box<wait::Args>),
    /// Print the JSON Schema of a tool's output, or of check files
    Schema(schema::Args),
}

/// What the binary does, from the words it was called with to its exit status.
pub fn main() -> ExitCode {
    let call = Invocation::of_this_process();
    match dispatch(&call) {
        Ok(status) => status,
        Err(failure) => failure.report(&call),
    }
}

fn dispatch(call: &Invocation) -> Result<ExitCode, Failure> {
    match Cli::try_parse_from(&call.words) {
        Ok(Cli { command: Command::Ping(args) }) => ping::run(&args, call),
        Ok(Cli { command: Command::Ss(args) }) => ss::run(args, call),
        Ok(Cli { command: Command::Probe(args) }) => probe::run(&args, call),
        Ok(Cli { command: Command::Connect(args) }) => connect::run(&args, call),
        Ok(Cli { command: Command::Serve(args) }) => serve::run(&args, call),
        Ok(Cli { command: Command::Check(args) }) => check::run(&args, call),
        Ok(Cli { command: Command::Wait(args) }) => wait::run(&args, call),
        Ok(Cli { command: Command::Schema(args) }) => schema::run(&args, call),
        Err(error) => match call.tool {
            Some(Tool::Ping) => ping::refuse(&error, call),
            Some(Tool::Ss) => ss::refuse(&error, call),
            None => Err(refuse(&error, call)),
        },
    }
}

fn refuse(error: &clap::Error, call: &Invocation) -> Failure {
    if !error.use_stderr() {
        error.exit();
    }
    let words = error.to_string();
    match words.strip_prefix("error: ") {
        Some(complaint) => call.failure(Exit::Misuse, complaint.trim_end()),
        None => Failure::new(Exit::Misuse, words.trim_end()),
    }
}
