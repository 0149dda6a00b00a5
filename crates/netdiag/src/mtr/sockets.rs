//! The sockets of all runs of a call: one for each IP version there is a host of.

use std::net::SocketAddr;

use netdiag_echo::{EchoSocket, Error, Family, IcmpSocket, Ident, SocketConfig, Sockets, TcpSockets};
use netdiag_text::strerror;

use super::args::Options;
use super::target::socket_options;
use super::value::Bytes;
use crate::failure::{Failure, warn};
use crate::interruption::socket_failure;
use crate::invocation::Invocation;

/// Opens and prepares them.
pub(super) fn open(
    options: &Options,
    targets: &[SocketAddr],
    window: usize,
    call: &Invocation,
) -> Result<Sockets, Failure> {
    let has = |family: &Family| targets.iter().any(|to| Family::of(*to) == *family);
    let families: Vec<Family> = [Family::V4, Family::V6].into_iter().filter(has).collect();
    if options.tcp {
        let sockets = TcpSockets::new(&families, socket_options(options), true);
        return sockets.map(Sockets::from).map_err(|error| socket_failure(&error, call));
    }
    let mut sockets = Sockets::default();
    for family in families {
        let socket = open_one(options, family, window, call).map_err(|error| socket_failure(&error, call))?;
        match family {
            Family::V4 => sockets.v4 = Some(socket),
            Family::V6 => sockets.v6 = Some(socket),
        }
    }
    Ok(sockets)
}

fn open_one(
    options: &Options,
    family: Family,
    window: usize,
    call: &Invocation,
) -> Result<EchoSocket, Error> {
    let mut wanted = socket_options(options);
    let port = options.localport.filter(|_| options.udp);
    if let (Some(source), Some(port)) = (&mut wanted.source, port) {
        source.set_port(port);
    }
    let config = SocketConfig {
        window,
        extensions: true,
        ident: port.map(Ident),
        options: wanted,
        ..SocketConfig::new(longest(options, family))
    };
    let opened = if options.udp { IcmpSocket::open_udp(family)? } else { IcmpSocket::open(family)? };
    if let Some(mark) = options.mark
        && let Err(Error::Os { source, .. }) = opened.set_mark(mark)
    {
        warn(call, format_args!("failed to set the packet mark: {}", strerror(&source)));
    }
    EchoSocket::new(opened, &config)
}

/// Data bytes of the longest packets.
pub(super) fn longest(options: &Options, family: Family) -> usize {
    let (Bytes::Each(bytes) | Bytes::UpTo(bytes)) = options.psize;
    bytes.saturating_sub(headers(family))
}

/// Data bytes of the shortest, where they differ: as many as make a probe known.
pub(super) fn shortest(options: &Options) -> Option<usize> {
    matches!(options.psize, Bytes::UpTo(_)).then_some(MARK)
}

const fn headers(family: Family) -> usize {
    match family {
        Family::V4 => 20 + 8,
        Family::V6 => 40 + 8,
    }
}

/// What makes a probe known, and keeps its checksum: 16 bytes and two.
const MARK: usize = 18;
