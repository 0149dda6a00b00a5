//! The sockets of a trace, and what is missing where they cannot be had.

use netdiag_echo::{EchoSocket, Error, Family, IcmpSocket, SocketConfig, Sockets};
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::target::{Target, options};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ping::PING_GROUP_HINT;

/// Opens and prepares a socket for each IP version there is a target of.
pub(super) fn open(args: &Args, targets: &[Target], call: &Invocation) -> Result<Sockets, Failure> {
    let mut sockets = Sockets::default();
    for family in [Family::V4, Family::V6] {
        let count = targets.iter().filter(|target| Family::of(target.to) == family).count();
        if count == 0 {
            continue;
        }
        let size = data_len(args, family, call)?;
        let window = usize::from(args.max_ttl.get()).saturating_mul(count);
        let config =
            SocketConfig { window, extensions: true, options: options(args), ..SocketConfig::new(size) };
        let opened = if args.sends_udp() { IcmpSocket::open_udp(family) } else { IcmpSocket::open(family) };
        let socket = opened.and_then(|opened| EchoSocket::new(opened, &config));
        let socket = socket.map_err(|error| failure(&error, call))?;
        match family {
            Family::V4 => sockets.v4 = Some(socket),
            Family::V6 => sockets.v6 = Some(socket),
        }
    }
    Ok(sockets)
}

/// Bytes of data behind the headers of a packet of the length asked for.
pub(super) fn data_len(args: &Args, family: Family, call: &Invocation) -> Result<usize, Failure> {
    let (headers, version) = match family {
        Family::V4 => (20 + 8, 4),
        Family::V6 => (40 + 8, 6),
    };
    let size = usize::try_from(args.size).unwrap_or(usize::MAX);
    let least = headers + MARK;
    if !(least..=LONGEST).contains(&size) {
        let words =
            format!("--size {}: a packet of IPv{version} has {least} to {LONGEST} bytes here", args.size);
        return Err(call.failure(Exit::Misuse, words));
    }
    Ok(size - headers)
}

fn failure(error: &Error, call: &Invocation) -> Failure {
    match error {
        Error::NotPermitted(refusal) => {
            call.failure(Exit::CouldNot, format_args!("socket: {}", strerror(refusal))).hint(PING_GROUP_HINT)
        }
        Error::Unsupported(refusal) => {
            call.failure(Exit::CouldNot, format_args!("socket: {}", strerror(refusal)))
        }
        Error::Os { call: refused, source } => {
            call.failure(Exit::CouldNot, format_args!("{refused}: {}", strerror(source)))
        }
        other => call.failure(Exit::CouldNot, other),
    }
}

/// What makes a probe known, and keeps its checksum: 16 bytes and two.
const MARK: usize = 18;
/// The longest IP packet.
const LONGEST: usize = 65_535;
