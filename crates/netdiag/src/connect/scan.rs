//! `-z`: whether ports are open, many at once, said in the order they were asked for.
//!
//! A UDP port that is silent may be open, or behind a firewall: that is said, and is no success.

use std::io::{self, Write};
use std::process::ExitCode;

use futures_util::stream::{self, StreamExt};
use netdiag_probe::{Attempt, Client, Endpoint, Error, Exchange, Report};
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::broken::exit;
use super::opening::{connector, deadline};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::scarcity::limit_behind;

/// Tests each of `endpoints`.
pub(super) async fn run(
    args: &Args,
    endpoints: Vec<Endpoint>,
    call: &Invocation,
) -> Result<ExitCode, Failure> {
    let alone = endpoints.len() == 1;
    let client = Client { connector: connector(args), tls: None, patience: args.timeout() };
    let tests = endpoints.into_iter().map(|endpoint| {
        let client = &client;
        async move { (test(client, &endpoint, args).await, endpoint) }
    });
    let mut tests = stream::iter(tests).buffered(AT_ONCE);
    let mut worst = Exit::Success;
    let mut open = false;
    while let Some((found, endpoint)) = tests.next().await {
        // Of several addresses, what became of each.
        let each = found.attempts.iter().filter(|_| (alone || args.verbose) && found.attempts.len() > 1);
        for Attempt { to, error, .. } in each {
            if let Some(error) = error {
                warn(call, format_args!("{endpoint}: {to}: {}", words(error)));
            }
        }
        match &found.result {
            Ok(()) => {
                open = true;
                if !say(&endpoint).map_err(|error| output(&error, call))? {
                    return Ok(ExitCode::SUCCESS);
                }
            }
            Err(failed) => {
                worst = worse(worst, exit(&failed.error));
                if (alone || args.verbose) && found.attempts.len() < 2 {
                    warn(call, format_args!("{endpoint}: {}", words(&failed.error)));
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

/// How long a port was silent is what was asked for.
fn words(error: &Error) -> String {
    match error {
        Error::Silence(_) => "no answer: open, or a firewall drops what is sent".to_owned(),
        other => format!("{other}{}", limit_behind(other)),
    }
}

/// Connects; to a UDP port, which connecting shows nothing of, something empty is sent.
async fn test(client: &Client, endpoint: &Endpoint, args: &Args) -> Report {
    let endpoint = match endpoint {
        // Whether the port is open, not who is behind it.
        Endpoint::Tls(inet) => Endpoint::Tcp(inet.clone()),
        other => other.clone(),
    };
    client.socket(&endpoint, &Exchange::Nothing, deadline(args), &mut |_, _| {}).await
}

/// Far below the usual limit of file descriptors.
const AT_ONCE: usize = 128;
