//! `netdiag traceroute`, and the program of that name through a link: a path walked hop by hop.
//!
//! What is printed is printed at once. An interrupt ends it as it ends upstream's, in the middle of a line.

mod args;
mod marks;
mod method;
mod refuse;
mod sockets;
mod target;
mod text;
mod values;

use std::io::{self, Stdout, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use netdiag_echo::{Error, Ident, Numbering, Payload, Privilege, Seq, TcpSockets, Walk, WalkConfig};
use netdiag_text::Exit;

pub(crate) use self::args::Args;
pub(crate) use self::marks::mark_of;
use self::method::{Method, MethodOptions};
pub(crate) use self::refuse::refuse;
pub(crate) use self::target::look_up;
use self::text::Text;
use crate::failure::Failure;
use crate::interruption::{call_failure, output_failure};
use crate::invocation::Invocation;
use crate::ping::Names;
use crate::walk::{Interruption, follow};

/// Runs `traceroute`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    args.elsewhere.enter(call)?;
    let privilege = Privilege::take().map_err(|error| call_failure("capset", &error, call))?;
    let method = args.method(Method::of_program(&call.program));
    if args.options.iter().any(|option| option == "help") {
        // Upstream's word for that there is nothing goes elsewhere.
        match method.options() {
            Some(known) => write!(io::stdout(), "{known}").map_err(|error| output_failure(&error, call))?,
            None => {
                let words = format!("No options for module `{}'", method.name());
                return Err(Failure::new(Exit::Success, words));
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut to = target::resolve(args, call)?;
    let how = check(args, method, to, call)?;
    let through = target::gateways(args, call)?;
    to.set_port(if method.has_ports() { port(args, method) } else { 0 });
    let (headers, size) = sizes(args, method, to);
    let names = (!args.numeric).then(Names::start);
    let mut text = Text::new(io::stdout(), names, (args.extensions, args.back, how.info));
    let header = |text: &mut Text<Stdout>| {
        text.header(&args.host, to, args.max_hops, headers + size)
            .map_err(|error| output_failure(&error, call))
    };
    // Where upstream opens a socket for each probe, it has begun to print by then.
    let opens_late = method.has_ports();
    if opens_late {
        header(&mut text)?;
    }
    let mut sockets = sockets::open((args, method, how), (to, through), size, call)?;
    let ident = sockets.ident(to);
    let ident = ident.ok_or_else(|| call.failure(Exit::CouldNot, "no socket of its family"))?;
    privilege.drop_for_good().map_err(|error| call_failure("capset", &error, call))?;
    if !opens_late {
        header(&mut text)?;
    }
    let walk = Walk::new(config(args, method, to, (headers, size), ident));
    let ended = follow(walk, &mut sockets, |event| text.event(event))
        .and_then(|()| text.end().map_err(Interruption::Output));
    match ended {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Interruption::Output(error)) => Err(output_failure(&error, call)),
        Err(Interruption::Socket(error)) => Err(sockets::failure(&error, call)),
        Err(Interruption::Send(source)) => Err(sockets::failure(&Error::Os { call: "send", source }, call)),
    }
}

/// What can be wrong with the options only beside others.
fn check(args: &Args, method: Method, to: SocketAddr, call: &Invocation) -> Result<MethodOptions, Failure> {
    let wrong = |words: String| match call.linked {
        true => Failure::new(Exit::Misuse, words),
        false => call.failure(Exit::Misuse, words),
    };
    if args.first > args.max_hops {
        return Err(wrong("first hop out of range".to_owned()));
    }
    if args.source.is_some_and(|source| source.is_ipv4() != to.is_ipv4()) {
        return Err(wrong("IP version mismatch in addresses specified".to_owned()));
    }
    if args.gateways.len() > MOST_GATEWAYS {
        return Err(wrong(format!("Too many gateways specified. No more than {MOST_GATEWAYS}")));
    }
    if !args.gateways.is_empty() && to.is_ipv6() {
        return Err(wrong("IP versions mismatch in gateway addresses".to_owned()));
    }
    if args.dccp {
        return Err(wrong("-D: Linux has no DCCP any more".to_owned()));
    }
    if args.as_path {
        return Err(wrong("-A: autonomous systems are not looked up".to_owned()));
    }
    if method == Method::Tcp && args.mark.is_some() {
        return Err(wrong("--fwmark: TCP connections are not marked".to_owned()));
    }
    method.read(&args.options).map_err(wrong)
}

fn port(args: &Args, method: Method) -> u16 {
    args.port.filter(|port| *port > 0).unwrap_or_else(|| method.port())
}

/// Bytes of the headers, and of data behind them.
fn sizes(args: &Args, method: Method, to: SocketAddr) -> (usize, usize) {
    let route = match args.gateways.len() {
        0 => 0,
        gateways => 4 + 4 * (gateways + 1),
    };
    let ip = if to.is_ipv4() { 20 } else { 40 };
    let headers = ip + route + method.header();
    // The packets of connections are the system's.
    let length = args.length.filter(|_| method != Method::Tcp);
    let asked =
        length.or_else(|| args.mtu.then_some(LARGEST)).and_then(|length| usize::try_from(length).ok());
    (headers, asked.map_or_else(|| USUAL - method.header(), |length| length.saturating_sub(headers)))
}

fn config(
    args: &Args,
    method: Method,
    to: SocketAddr,
    (headers, size): (usize, usize),
    ident: Ident,
) -> WalkConfig {
    let numbering = match method {
        Method::Default => Numbering::Ports(1 << 16),
        Method::Protocol(_) => Numbering::Ports(1),
        Method::Udp | Method::UdpLite | Method::Icmp | Method::Tcp => Numbering::Carried,
    };
    let mut config = WalkConfig::new(to, ident, Payload::new(size), numbering);
    config.flow = sockets::flow_label(args, to);
    if method == Method::Icmp {
        config.start = Seq(port(args, method).into());
    }
    (config.first, config.last, config.per_hop) = (args.first, args.max_hops, args.queries);
    config.at_once = args.sim_queries.max(1).into();
    config.send_wait = args.sendwait;
    // A connection is closed before the system begins it again.
    let most = if method == Method::Tcp { TcpSockets::PATIENCE } else { Duration::MAX };
    config.patience.longest = args.wait.longest.min(most);
    (config.patience.here, config.patience.near) = (args.wait.here, args.wait.near);
    if args.sport.is_some() || matches!(method, Method::Protocol(_)) {
        (config.at_once, config.patience.here, config.patience.near) = (1, 0.0, 0.0);
    }
    if args.mtu {
        (config.at_once, config.shrinks) = (1, Some(headers));
    }
    config
}

/// Bytes behind the IP header without a length asked for.
const USUAL: usize = 40;
/// The length that finding the path MTU begins with.
const LARGEST: u32 = 65_000;
const MOST_GATEWAYS: usize = 8;
