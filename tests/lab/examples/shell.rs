//! A program inside the usual path: `cargo xtask lab` runs it, with a shell.
//!
//! The network belongs to this process: when the program given on the command line ends, everything is gone.

#![expect(clippy::print_stderr, reason = "what is said here must not mix with what the program says")]

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::Duration;

use netdiag_lab::{Host, Lab, Path, Plan};

const DELAY: Duration = Duration::from_millis(10);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = env::args_os().skip(1);
    let program = words.next().ok_or("usage: shell PROGRAM [ARGUMENT]...")?;
    let path = Path::new(&Lab::new()?, Plan::delayed(DELAY), Plan::delayed(DELAY))?;
    describe(&path);
    let status = path.client.spawn(Command::new(program).args(words))?.wait()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn describe(path: &Path) {
    eprintln!(
        "client ── router ══ server    ── Ethernet, ══ a wire of {} ms each way for ICMP echo\n\n\
         You are in client. Try:\n  \
         ping -c 3 {v4}          20 ms, two hops\n  \
         ping -c 3 {v6}         the same over IPv6\n  \
         ping -c 1 -t 1 {v4}     the router answers\n  \
         ss -tan                     this host's sockets, and no others\n\n\
         Hosts, and how to run something in each from here:",
        DELAY.as_millis(),
        v4 = Path::SERVER_V4,
        v6 = Path::SERVER_V6,
    );
    describe_host(&path.client, "eth0 10.0.1.1 fd00:1::1");
    describe_host(&path.router, "eth0 10.0.1.254 fd00:1::254, tun0 10.0.2.254 fd00:2::254");
    describe_host(&path.server, "tun0 10.0.2.1 fd00:2::1");
    eprintln!("\nAll of it is gone when this ends.\n");
}

fn describe_host(host: &Host, addresses: &str) {
    eprintln!("  {:<7} {addresses}\n          nsenter --net={} COMMAND", host.name(), host.path().display());
}
