//! Why nothing can be listened to, in words, with what helps: for whoever serves, and whoever waits for one peer.

use std::io;

use netdiag_probe::{Endpoint, Error};
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::scarcity::{limit_behind, ran_out};

/// An address that cannot be had is a mistake of the command line, but for what this system does not let us do.
pub(crate) fn no_listener(endpoint: &Endpoint, error: &Error, call: &Invocation) -> Failure {
    let kind = match error {
        Error::Os { source, .. } => Some(source.kind()),
        _ => None,
    };
    let limit = limit_behind(error);
    let failure = |exit| call.failure(exit, format_args!("{endpoint}: {error}{limit}"));
    match (kind, endpoint) {
        (Some(io::ErrorKind::PermissionDenied), Endpoint::Unix(..)) => failure(Exit::CouldNot),
        (Some(io::ErrorKind::PermissionDenied), _) => failure(Exit::CouldNot).hint(
            "ports below net.ipv4.ip_unprivileged_port_start need cap_net_bind_service; port 0 lets the kernel choose one",
        ),
        (Some(io::ErrorKind::AddrInUse), Endpoint::Unix(..)) => {
            failure(Exit::Misuse).hint("somebody listens there, or it is no socket; `netdiag ss -xlp` says who")
        }
        (Some(io::ErrorKind::AddrInUse), _) => {
            failure(Exit::Misuse).hint("`netdiag ss -tulnp` says who has it; port 0 lets the kernel choose another")
        }
        (Some(io::ErrorKind::AddrNotAvailable), _) => failure(Exit::Misuse).hint("this machine has no such address"),
        _ if ran_out(error) => failure(Exit::CouldNot),
        _ => failure(Exit::Misuse),
    }
}
