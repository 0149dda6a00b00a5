//! `netdiag tracepath`, and the program of that name through a link: a path walked with the longest packets that pass.
//!
//! What is printed is printed at once. An interrupt ends it as it ends upstream's, without a summary.

mod args;
mod refuse;
mod text;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use netdiag_echo::{
    EchoSocket, Error, Family, IcmpSocket, Numbering, PathMtuDiscovery, Patience, Payload, SocketConfig,
    SocketOptions, Walk, WalkConfig,
};
use netdiag_text::Exit;

pub(crate) use self::args::Args;
pub(crate) use self::refuse::refuse;
use self::text::Text;
use crate::failure::{Failure, warn};
use crate::interruption::{output_failure, socket_failure};
use crate::invocation::Invocation;
use crate::traceroute::look_up;
use crate::walk::{Interruption, follow};

/// Runs `tracepath`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    args.elsewhere.enter(call)?;
    let to = target(args, call)?;
    let (headers, usual) = if to.is_ipv4() { (28, 65_535) } else { (48, 128_000) };
    let length = args.length.filter(|length| *length > 0).and_then(|length| usize::try_from(length).ok());
    let length = length.unwrap_or(usual);
    if length <= headers {
        let words = format!("pktlen must be within: {headers} < value <= {}", i32::MAX);
        return Err(call.failure(Exit::BadNumber, words));
    }
    // Nothing that is longer can be sent, either.
    let size = length.min(MOST_LENGTH) - headers;
    let socket = open(to, size, call)?;
    let payload = Payload::new(size);
    let walk = WalkConfig {
        last: args.max_hops,
        per_hop: 1,
        at_once: 1,
        repeats: 2,
        patience: Patience { longest: Duration::from_secs(1), here: 0.0, near: 0.0 },
        shrinks: Some(headers),
        ..WalkConfig::new(to, socket.ident(), payload, Numbering::Ports(PORTS))
    };
    let mut text = Text::new(io::stdout(), (args.numeric, args.both), (call.linked, to.is_ipv6()), length);
    let ended = follow(Walk::new(walk), &mut socket.into(), |event| {
        let words = text.event(event)?;
        words.into_iter().for_each(|words| warn(call, words));
        Ok(())
    });
    let summed_up = match ended {
        Ok(()) => text.end(),
        // Upstream says no more than that, and sums up.
        Err(Interruption::Send(_)) if call.linked => text.send_failed().and_then(|()| text.end()),
        Err(Interruption::Send(source)) => {
            return Err(socket_failure(&Error::Os { call: "send", source }, call));
        }
        Err(Interruption::Output(error)) => Err(error),
        Err(Interruption::Socket(error)) => return Err(socket_failure(&error, call)),
    };
    summed_up.map_err(|error| output_failure(&error, call))?;
    Ok(ExitCode::SUCCESS)
}

/// The host as an address, with the first port.
fn target(args: &Args, call: &Invocation) -> Result<SocketAddr, Failure> {
    let asked = args.port.filter(|port| *port > 0);
    // An older notation, which a port of its own leaves alone.
    let (host, port) = match args.host.split_once('/').filter(|_| asked.is_none()) {
        Some((host, port)) => (host, args::port(port).map_err(|bad| call.failure(bad.exit, bad))?),
        None => (args.host.as_str(), asked.unwrap_or(PORT)),
    };
    let wanted = args.family.family().map(|family| match family {
        netdiag_probe::Family::V4 => Family::V4,
        netdiag_probe::Family::V6 => Family::V6,
    });
    let found = look_up(host, wanted.or(call.family));
    let found = found.map_err(|why| call.failure(Exit::CouldNot, format_args!("{host}: {why}")))?;
    let first = found.first().copied();
    let mut to = first
        .ok_or_else(|| call.failure(Exit::CouldNot, format_args!("{host}: no address of it is known")))?;
    to.set_port(port);
    Ok(to)
}

fn open(to: SocketAddr, size: usize, call: &Invocation) -> Result<EchoSocket, Failure> {
    let options = SocketOptions { path_mtu: Some(PathMtuDiscovery::Probe), ..SocketOptions::default() };
    let config = SocketConfig { options, ..SocketConfig::new(size) };
    let opened =
        IcmpSocket::open_udp_ports(Family::of(to)).and_then(|opened| EchoSocket::new(opened, &config));
    opened.map_err(|error| socket_failure(&error, call))
}

/// The first of the ports.
const PORT: u16 = 44_444;
/// How many ports are used in turn.
const PORTS: u32 = 64;
/// More than any packet has room for.
const MOST_LENGTH: usize = 128_000;
