//! `-l`: waits for one peer, then carries everything both ways as if it had been connected to.

use std::process::ExitCode;

use netdiag_probe::{Endpoint, Error};
use netdiag_text::Exit;

use super::args::Args;
use super::broken::failure;
use super::opening::{connector, deadline};
use super::relay::relay;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::listening::no_listener;

/// Listens at `endpoint`.
pub(super) async fn run(args: &Args, endpoint: &Endpoint, call: &Invocation) -> Result<ExitCode, Failure> {
    if matches!(endpoint, Endpoint::Tls(_)) {
        return Err(call
            .failure(Exit::Misuse, format_args!("{endpoint}: -l has no certificate to show"))
            .hint("`netdiag serve --tls` has one"));
    }
    let listener = connector(args).listen(endpoint).await;
    let listener = listener.map_err(|error| no_listener(endpoint, &error, call))?;
    if let Some(address) = listener.address {
        let chosen = matches!(endpoint, Endpoint::Tcp(inet) | Endpoint::Udp(inet) if inet.port == 0);
        if chosen || args.verbose {
            warn(call, format_args!("listening on {address}"));
        }
    }
    let channel = listener.accept(deadline(args)).await;
    let channel = channel.map_err(|error| match error {
        Error::TimedOut(_) => call.failure(Exit::TimedOut, format_args!("{endpoint}: nobody came: {error}")),
        error => failure(endpoint, &error, call),
    })?;
    if let Some((_, peer)) = channel.addresses().filter(|_| args.verbose) {
        warn(call, format_args!("{endpoint}: connection from {peer}"));
    }
    relay(args, endpoint, channel, call).await
}
