//! From where, until when, and what is said of each address that was tried.
//!
//! `-w` bounds one connection, not the program: silence later is bounded by it anew.

use std::time::Duration;

use netdiag_probe::{Attempt, Connector, Endpoint};
use netdiag_text::duration::Short;
use tokio::time::Instant;

use super::args::Args;
use crate::failure::warn;
use crate::invocation::Invocation;

pub(super) fn connector(args: &Args) -> Connector {
    Connector {
        family: args.family.family(),
        source: args.source,
        source_port: args.source_port.filter(|_| !args.listen).unwrap_or_default(),
        interface: args.interface.clone(),
        race: true,
    }
}

pub(super) fn deadline(args: &Args) -> Instant {
    Instant::now() + args.timeout().unwrap_or(UNBOUNDED)
}

/// Longer than any kernel tries to connect.
const UNBOUNDED: Duration = Duration::from_secs(365 * 24 * 3600);

/// A name can have several addresses: which of them failed, and which did not.
pub(super) fn say_attempts(args: &Args, endpoint: &Endpoint, attempts: &[Attempt], call: &Invocation) {
    for Attempt { to, error, took } in attempts {
        match error {
            // The only one, or the last, is the failure itself.
            Some(error) if args.verbose || attempts.len() > 1 => warn(call, format_args!("{to}: {error}")),
            None if args.verbose => {
                warn(call, format_args!("{endpoint}: connected to {to} in {}", Short(*took)));
            }
            _ => {}
        }
    }
}
