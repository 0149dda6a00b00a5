//! Opening ICMP sockets with just the privilege that takes, and saying what is missing when it fails.

use netdiag_echo::{Error, Family, IcmpSocket};

use super::privilege::{self, Privilege};
use crate::failure::{Failure, strerror};
use crate::invocation::Invocation;

/// One socket for each family that may be wanted; all privileges are gone afterwards.
pub(super) fn open(family: Option<Family>, call: &Invocation) -> Result<Vec<(Family, IcmpSocket)>, Failure> {
    let privilege = Privilege::raise();
    let mut sockets = Vec::new();
    let mut refusal = None;
    for wanted in [Family::V4, Family::V6] {
        if family.is_some_and(|only| only != wanted) {
            continue;
        }
        match IcmpSocket::open(wanted) {
            Ok(socket) => sockets.push((wanted, socket)),
            // The first refusal is the one that counts; the second family may still do.
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    privilege
        .drop_for_good()
        .map_err(|error| call.failure(2, format_args!("capset: {}", strerror(&error))))?;
    match refusal {
        Some(error) if sockets.is_empty() => Err(socket_failure(&error, call)),
        _ => Ok(sockets),
    }
}

fn socket_failure(error: &Error, call: &Invocation) -> Failure {
    let program = &call.program;
    match error {
        Error::NotPermitted(refusal) => {
            let lines = format!("socktype: SOCK_RAW\n{program}: socket: {}", strerror(refusal));
            if privilege::is_effective_root() {
                return call.failure(2, lines).hint(PING_GROUP_HINT);
            }
            let missing = format!("{lines}\n{program}: => missing cap_net_raw+p capability or setuid?");
            call.failure(2, missing).hint(PING_GROUP_HINT)
        }
        Error::Unsupported(refusal) => {
            call.failure(2, format_args!("socktype: SOCK_RAW\n{program}: socket: {}", strerror(refusal)))
        }
        other => option_failure(other, call),
    }
}

const PING_GROUP_HINT: &str = "any one of these helps: `sysctl -w net.ipv4.ping_group_range='0 2147483647'`, \
     `setcap cap_net_raw+p` on this program, or running it as root with cap_net_raw";

/// Upstream's words for an option the system refused.
pub(super) fn option_failure(error: &Error, call: &Invocation) -> Failure {
    let Error::Os { call: refused, source } = error else {
        return call.failure(2, error);
    };
    let what = match *refused {
        "setsockopt(IP_TTL)" => "cannot set unicast time-to-live",
        "setsockopt(IP_MULTICAST_TTL)" => "cannot set multicast time-to-live",
        "setsockopt(IPV6_UNICAST_HOPS)" => "cannot set unicast hop limit",
        "setsockopt(IPV6_MULTICAST_HOPS)" => "cannot set multicast hop limit",
        other => other,
    };
    call.failure(2, format_args!("{what}: {}", strerror(source)))
}
