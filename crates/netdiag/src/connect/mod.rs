//! `netdiag connect`: standard input to a socket, and the socket to standard output.
//!
//! Both directions live on their own: the end of our input is told to the peer, whose answer is still read to its end.

mod args;
mod broken;
mod listen;
mod opening;
mod other_addresses;
mod packets;
mod relay;
mod scan;
mod stream;
mod traffic;
mod words;

use std::process::ExitCode;

use netdiag_probe::{Channel, Endpoint, Stream, secure};
use netdiag_text::Exit;
use nix::sys::signal::Signal;

pub(crate) use self::args::Args;
use self::broken::failure;
use self::opening::{connector, deadline, say_attempts};
use self::relay::relay;
use self::words::Destination;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::scarcity::{FailedCall, no_loop};
use crate::signals::{Signals, heeded};
use crate::{place, runtime};

/// Runs `connect`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let to = words::destination(args).map_err(|wrong| place::misplaced(&wrong, call))?;
    if let Some(name) = to.name().filter(|_| args.numeric) {
        return Err(call.failure(Exit::Misuse, format_args!("{name}: -n takes an address, no name")));
    }
    args.elsewhere.enter(call)?;
    let broken = no_loop(call);
    // Before there is another thread; who only connects ends as any program does.
    let ends = args.listen.then_some([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    let signals = Signals::block(heeded(ends.into_iter().flatten()));
    let signals = signals.map_err(FailedCall::of("pthread_sigmask")).map_err(&broken)?;
    // A name is looked up, standard input read and standard output written.
    let done = runtime::run(3, async {
        match to {
            Destination::Socket(endpoint) if args.listen => {
                let signals = signals.arriving().map_err(&broken)?;
                tokio::select! {
                    ended = listen::run(args, &endpoint, call) => ended,
                    // What was listened at is removed on the way out.
                    signal = signals.next() => Ok(call.code(Exit::Signal(signal.map_err(&broken)? as u8))),
                }
            }
            Destination::Socket(endpoint) if !args.test => converse(args, &endpoint, call).await,
            to => scan::run(args, to.endpoints(), call).await,
        }
    });
    done.map_err(&broken)?
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
