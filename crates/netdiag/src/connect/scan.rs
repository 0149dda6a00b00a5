//! `-z`: whether ports are open, many at once, said in the order they were asked for.
//!
//! A UDP port that is silent may be open, or behind a firewall: that is said, and is no success.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use netdiag_probe::{Channel, Connector, Endpoint, Error, UdpReply};
use netdiag_text::{Exit, strerror};
use tokio::time::Instant;

use super::args::Args;
use super::{connector, exit};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;

/// Tests each of `endpoints`.
pub(super) async fn run(
    args: &Args,
    endpoints: Vec<Endpoint>,
    call: &Invocation,
) -> Result<ExitCode, Failure> {
    let alone = endpoints.len() == 1;
    let connector = connector(args);
    let tests = endpoints.into_iter().map(|endpoint| {
        let connector = &connector;
        async move { (test(connector, &endpoint, args).await, endpoint) }
    });
    let mut tests = stream::iter(tests).buffered(AT_ONCE);
    let mut worst = Exit::Success;
    let mut open = false;
    while let Some((found, endpoint)) = tests.next().await {
        match found {
            Ok(UdpReply::Answered) => {
                open = true;
                if !say(&endpoint).map_err(|error| output(&error, call))? {
                    return Ok(ExitCode::SUCCESS);
                }
            }
            Ok(UdpReply::Silent) => {
                worst = worse(worst, Exit::CouldNot);
                if alone || args.verbose {
                    warn(call, format_args!("{endpoint}: no answer: open, or a firewall drops what is sent"));
                }
            }
            Err(error) => {
                worst = worse(worst, exit(&error));
                if alone || args.verbose {
                    warn(call, format_args!("{endpoint}: {error}"));
                }
            }
        }
    }
    Ok(call.code(if open { Exit::Success } else { worst }))
}

/// Time that was up says least of a port, a refusal most.
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: &Exit| {
        [Exit::Success, Exit::Unexpected, Exit::CouldNot].iter().position(|known| known == exit)
    };
    if rank(&other).is_none_or(|other| rank(&one).is_some_and(|one| one < other)) { other } else { one }
}

/// Whether anybody reads it yet.
fn say(endpoint: &Endpoint) -> io::Result<bool> {
    match writeln!(io::stdout(), "{endpoint} open") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

fn output(error: &io::Error, call: &Invocation) -> Failure {
    call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(error)))
}

async fn test(connector: &Connector, endpoint: &Endpoint, args: &Args) -> Result<UdpReply, Error> {
    let start = Instant::now();
    let deadline = super::deadline(args);
    let opened = connector.open(endpoint, deadline).await.result.map_err(|failed| failed.error)?;
    match (endpoint, opened) {
        (Endpoint::Udp(_), Channel::Messages(packets)) => {
            packets.nudge(start + args.wait.unwrap_or(DATAGRAM_PATIENCE)).await
        }
        _ => Ok(UdpReply::Answered),
    }
}

/// How long a port that says nothing is listened to.
const DATAGRAM_PATIENCE: Duration = Duration::from_secs(1);

/// Far below the usual limit of file descriptors.
const AT_ONCE: usize = 128;
