//! The sockets of a trace, and what is missing where they cannot be had.

use netdiag_echo::{EchoSocket, Family, IcmpSocket, Ident, QuoteListener, SocketConfig, Sockets, TcpSockets};
use netdiag_text::Exit;

use super::args::Args;
use super::resolve::options;
use super::target::Target;
use crate::failure::Failure;
use crate::interruption::socket_failure;
use crate::invocation::Invocation;
use crate::scarcity::raise_descriptors;

/// Opens and prepares what is needed for each IP version there is a target of, and beside it what may be had.
pub(super) fn open(args: &Args, targets: &[Target], call: &Invocation) -> Result<Sockets, Failure> {
    let families: Vec<Family> = [Family::V4, Family::V6]
        .into_iter()
        .filter(|family| targets.iter().any(|target| Family::of(target.to) == *family))
        .collect();
    let mut sockets = open_needed(args, targets, &families, call)?;
    // Who may not hear what routers quote does without it.
    sockets.quotes = families.into_iter().filter_map(|family| QuoteListener::open(family).ok()).collect();
    Ok(sockets)
}

fn open_needed(
    args: &Args,
    targets: &[Target],
    families: &[Family],
    call: &Invocation,
) -> Result<Sockets, Failure> {
    if args.sending.tcp {
        raise_descriptors();
        let sockets = TcpSockets::new(families, options(args), true);
        return Ok(sockets.map_err(|error| socket_failure(&error, call))?.into());
    }
    let mut sockets = Sockets::default();
    for family in families.iter().copied() {
        let count = targets.iter().filter(|target| Family::of(target.to) == family).count();
        let size = data_len(args, family, call)?;
        let size = if args.mtu.mtu { LONGEST } else { size };
        let window = usize::from(args.max_ttl.get()).saturating_mul(count);
        let (port, mut options) = (args.sending.source_port(), options(args));
        options.source.iter_mut().for_each(|source| source.set_port(port.unwrap_or_default()));
        let config = SocketConfig {
            window,
            extensions: true,
            ident: port.map(Ident),
            options,
            ..SocketConfig::new(size)
        };
        let opened = if args.sending.udp { IcmpSocket::open_udp(family) } else { IcmpSocket::open(family) };
        let opened = opened.map_err(|error| socket_failure(&error, call))?;
        mark(args, &opened, call)?;
        let socket = EchoSocket::new(opened, &config).map_err(|error| socket_failure(&error, call))?;
        match family {
            Family::V4 => sockets.v4 = Some(socket),
            Family::V6 => sockets.v6 = Some(socket),
        }
    }
    Ok(sockets)
}

fn mark(args: &Args, socket: &IcmpSocket, call: &Invocation) -> Result<(), Failure> {
    let Some(Err(error)) = args.sending.mark.map(|mark| socket.set_mark(mark)) else { return Ok(()) };
    Err(socket_failure(&error, call).hint(MARK_HINT))
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

const MARK_HINT: &str = "run it as root, or `setcap cap_net_admin,cap_net_raw+p` on the binary";
/// What makes a probe known, and keeps its checksum: 16 bytes and two.
const MARK: usize = 18;
/// The longest IP packet.
const LONGEST: usize = 65_535;
