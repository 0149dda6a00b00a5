//! `netdiag connect`: standard input to a socket, and the socket to standard output.
//!
//! Both directions live on their own: the end of our input is told to the peer, whose answer is still read to its end.

mod args;
mod listen;
mod packets;
mod scan;
mod stream;
mod traffic;
mod words;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use netdiag_probe::{Attempt, Channel, Connector, Endpoint, Error, Stream, secure};
use netdiag_text::duration::Millis;
use netdiag_text::{Exit, strerror};
use nix::sys::signal::Signal;
use tokio::time::Instant;

pub(crate) use self::args::Args;
use self::traffic::Ended;
use self::words::Destination;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::signals::{Signals, heeded};
use crate::{place, runtime};

/// Runs `connect`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let to = words::destination(args).map_err(|wrong| place::misplaced(&wrong, call))?;
    if let Some(name) = to.name().filter(|_| args.numeric) {
        return Err(call.failure(Exit::Misuse, format_args!("{name}: -n takes an address, no name")));
    }
    args.elsewhere.enter(call)?;
    let unheard = |error| call.failure(Exit::CouldNot, format_args!("signals: {}", strerror(&error)));
    // Before there is another thread; who only connects ends as any program does.
    let ends = args.listen.then_some([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    let signals = Signals::block(heeded(ends.into_iter().flatten())).map_err(unheard)?;
    let done = runtime::run(async {
        match to {
            Destination::Socket(endpoint) if args.listen => {
                let signals = signals.arriving().map_err(unheard)?;
                tokio::select! {
                    ended = listen::run(args, &endpoint, call) => ended,
                    // What was listened at is removed on the way out.
                    signal = signals.next() => Ok(call.code(Exit::Signal(signal.map_err(unheard)? as u8))),
                }
            }
            Destination::Socket(endpoint) if !args.test => converse(args, &endpoint, call).await,
            to => scan::run(args, to.endpoints(), call).await,
        }
    });
    done.map_err(|error| call.failure(Exit::CouldNot, format_args!("event loop: {}", strerror(&error))))?
}

async fn converse(args: &Args, endpoint: &Endpoint, call: &Invocation) -> Result<ExitCode, Failure> {
    let deadline = deadline(args);
    let opening = connector(args).open(endpoint, deadline).await;
    say_attempts(args, endpoint, &opening.attempts, call);
    let channel = opening.result.map_err(|failed| failure(endpoint, &failed.error, call))?;
    let channel = match (endpoint, channel) {
        (Endpoint::Tls(inet), Channel::Stream(Stream::Plain(plain))) => {
            let tls = args.tls.client(call)?;
            let secured = secure(&tls, plain, &inet.host, deadline).await;
            Channel::Stream(secured.result.map_err(|failed| failure(endpoint, &failed.error, call))?)
        }
        (_, channel) => channel,
    };
    relay(args, endpoint, channel, call).await
}

/// Carries everything both ways until both ends have ended.
async fn relay(
    args: &Args,
    endpoint: &Endpoint,
    channel: Channel,
    call: &Invocation,
) -> Result<ExitCode, Failure> {
    let ended = match channel {
        Channel::Stream(stream) => stream::relay(stream, args).await,
        Channel::Messages(packets) => packets::relay(&packets, args).await,
    };
    match ended {
        Ended::Whole => Ok(ExitCode::SUCCESS),
        Ended::Idle(time) => Err(failure(endpoint, &Error::TimedOut(time), call)
            .hint("-w bounds silence, too; leave it out to wait")),
        Ended::Peer(error) => Err(failure(endpoint, &error, call)),
        Ended::Input(error) => {
            Err(call.failure(Exit::CouldNot, format_args!("standard input: {}", strerror(&error))))
        }
        Ended::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Ended::Output(error) => {
            Err(call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error))))
        }
    }
}

fn connector(args: &Args) -> Connector {
    Connector {
        family: args.family.family(),
        source: args.source,
        source_port: args.source_port.filter(|_| !args.listen).unwrap_or_default(),
        interface: args.interface.clone(),
        race: true,
    }
}

fn deadline(args: &Args) -> Instant {
    Instant::now() + args.wait.unwrap_or(UNBOUNDED)
}

/// Longer than any kernel tries to connect.
const UNBOUNDED: Duration = Duration::from_secs(365 * 24 * 3600);

/// A name can have several addresses: which of them failed, and which did not.
fn say_attempts(args: &Args, endpoint: &Endpoint, attempts: &[Attempt], call: &Invocation) {
    for Attempt { to, error, took } in attempts {
        match error {
            // The only one, or the last, is the failure itself.
            Some(error) if args.verbose || attempts.len() > 1 => warn(call, format_args!("{to}: {error}")),
            None if args.verbose => {
                warn(call, format_args!("{endpoint}: connected to {to} in {} ms", Millis(*took)));
            }
            _ => {}
        }
    }
}

fn failure(endpoint: &Endpoint, error: &Error, call: &Invocation) -> Failure {
    call.failure(exit(error), format_args!("{endpoint}: {error}"))
}

/// Tells refused from timed out, and both from what says nothing of the peer.
fn exit(error: &Error) -> Exit {
    match error {
        Error::TimedOut(_) => Exit::TimedOut,
        error if error.is_ours() => Exit::CouldNot,
        _ => Exit::Unexpected,
    }
}
