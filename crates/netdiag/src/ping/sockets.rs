//! Opening ICMP sockets, and saying what is missing when that fails.

use std::os::fd::{AsFd, AsRawFd};

use netdiag_echo::{EchoSocket, Error, Family, IcmpSocket, RefusedOption, SocketKind};
use netdiag_text::{Exit, strerror};
use nix::libc;

use super::args::Args;
use super::superuser::is_root;
use crate::failure::{Failure, warn};
use crate::interruption::{PING_GROUP_HINT, socket_failure};
use crate::invocation::Invocation;

/// One socket for each family that may be wanted, raw ones where the identifier asks for it.
pub(super) fn open(
    args: &Args,
    family: Option<Family>,
    call: &Invocation,
) -> Result<Vec<IcmpSocket>, Failure> {
    let mut sockets = Vec::new();
    let mut refusal = None;
    let open = if args.ident == Some(0) { IcmpSocket::open_raw } else { IcmpSocket::open };
    if args.ident == Some(0) && args.verbose {
        warn(call, "WARNING: ident 0 => forcing raw socket");
    }
    let wanted =
        [Family::V4, Family::V6].into_iter().filter(|wanted| family.is_none_or(|only| only == *wanted));
    for opened in wanted.map(open) {
        match opened {
            Ok(socket) => sockets.push(socket),
            // The first refusal is the one that counts; the second family may still do.
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match refusal {
        Some(error) if sockets.is_empty() => Err(opening_failure(&error, call)),
        _ => Ok(sockets),
    }
}

/// Marks packets if that is asked for; if it is not allowed they go unmarked, and that is said.
pub(super) fn mark(args: &Args, socket: &IcmpSocket, call: &Invocation) {
    let Some(mark) = args.mark else { return };
    if let Err(Error::Os { source, .. }) = socket.set_mark(mark) {
        warn(call, format_args!("WARNING: failed to set mark: {mark}: {}", strerror(&source)));
        warn(call, "=> missing cap_net_admin+p or cap_net_raw+p (since Linux 5.17) capability?");
    }
}

/// What `-v` says of sockets, on standard error as upstream does.
pub(super) fn describe(sockets: &[IcmpSocket], family: Option<Family>, call: &Invocation) {
    let described = |wanted: Family, name: &str| {
        let socket = sockets.iter().find(|socket| socket.family() == wanted)?;
        let kind = match socket.kind() {
            SocketKind::Datagram => "SOCK_DGRAM",
            SocketKind::Raw => "SOCK_RAW",
        };
        Some(format!("{name}.fd: {} (socktype: {kind}), ", socket.as_fd().as_raw_fd()))
    };
    let hints = match family {
        None => "AF_UNSPEC",
        Some(Family::V4) => "AF_INET",
        Some(Family::V6) => "AF_INET6",
    };
    let parts = [described(Family::V4, "sock4"), described(Family::V6, "sock6")];
    let parts: String = parts.into_iter().flatten().collect();
    warn(call, format_args!("{parts}hints.ai_family: {hints}"));
}

/// What `-v` says of options that the system refused and the run goes on without.
pub(super) fn describe_without(socket: &EchoSocket, call: &Invocation) {
    for RefusedOption { option, error, .. } in socket.refused_options() {
        warn(call, format_args!("setsockopt({}): {}: {}", option.name, strerror(error), option.consequence));
    }
}

fn opening_failure(error: &Error, call: &Invocation) -> Failure {
    let program = &call.program;
    match error {
        Error::NotPermitted(refusal) => {
            let lines = format!("socktype: SOCK_RAW\n{program}: socket: {}", strerror(refusal));
            if is_root() {
                return call.failure(Exit::CouldNot, lines).hint(PING_GROUP_HINT);
            }
            let missing = format!("{lines}\n{program}: => missing cap_net_raw+p capability or setuid?");
            call.failure(Exit::CouldNot, missing).hint(PING_GROUP_HINT)
        }
        Error::Unsupported(refusal) => call.failure(
            Exit::CouldNot,
            format_args!("socktype: SOCK_RAW\n{program}: socket: {}", strerror(refusal)),
        ),
        other => socket_failure(other, call),
    }
}

/// Upstream's words for an option the system refused; `device` is the one that was asked for.
pub(super) fn option_failure(
    error: &Error,
    family: Family,
    device: Option<&str>,
    call: &Invocation,
) -> Failure {
    let Error::Os { call: refused, source } = error else { return socket_failure(error, call) };
    let device = device.unwrap_or_default();
    let binding = format!("SO_BINDTODEVICE {device}");
    let what = match *refused {
        "setsockopt(SO_BINDTODEVICE)"
            if family == Family::V6 && source.raw_os_error() == Some(libc::ENODEV) =>
        {
            return call.failure(Exit::CouldNot, format_args!("unknown iface: {device}"));
        }
        "setsockopt(SO_BINDTODEVICE)" => &binding,
        "bind" if family == Family::V6 => "bind icmp socket",
        "setsockopt(IPV6_FLOWLABEL_MGR)" => "can't set flowlabel",
        "setsockopt(IPV6_FLOWINFO_SEND)" => "can't send flowinfo",
        "setsockopt(IP_TTL)" => "cannot set unicast time-to-live",
        "setsockopt(IP_MULTICAST_TTL)" => "cannot set multicast time-to-live",
        "setsockopt(IPV6_UNICAST_HOPS)" => "cannot set unicast hop limit",
        "setsockopt(IPV6_MULTICAST_HOPS)" => "cannot set multicast hop limit",
        "setsockopt(IP_TOS)" | "setsockopt(IPV6_TCLASS)" => "setsockopt",
        "setsockopt(IP_OPTIONS)" => "record route",
        _ => return socket_failure(error, call),
    };
    call.failure(Exit::CouldNot, format_args!("{what}: {}", strerror(source)))
}
