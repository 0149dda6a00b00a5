//! The socket of a walk, and upstream's words for what it cannot have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netdiag_echo::ip_options::IpOption;
use netdiag_echo::{
    EchoSocket, Error, Family, FlowLabel, IcmpSocket, PathMtuDiscovery, SocketConfig, SocketKind,
    SocketOptions, Sockets, TcpSockets, source_address,
};
use netdiag_text::{Exit, strerror};
use nix::libc;

use super::args::Args;
use super::method::{IcmpKind, Method, MethodOptions};
use crate::failure::Failure;
use crate::interruption::PING_GROUP_HINT;
use crate::invocation::Invocation;

/// Opens them, and finds out whether there is a way to the host.
pub(super) fn open(
    (args, method, how): (&Args, Method, MethodOptions),
    (to, through): (SocketAddr, Vec<Ipv4Addr>),
    size: usize,
    call: &Invocation,
) -> Result<Sockets, Failure> {
    let options = options(args, to, through);
    let opened = open_all((args, method, how.icmp), to, size, &options).and_then(|sockets| {
        // A socket of its own asks for the way: one bound to the same port would be refused.
        let source = options.source.map(|source| SocketAddr::new(source.ip(), 0));
        source_address(
            to,
            &SocketOptions { source, flow_label: None, ip_option: None, ..options.clone() },
            args.mark,
        )?;
        Ok(sockets)
    });
    opened.map_err(|error| failure(&error, call))
}

fn open_all(
    (args, method, kind): (&Args, Method, IcmpKind),
    to: SocketAddr,
    size: usize,
    options: &SocketOptions,
) -> Result<Sockets, Error> {
    let family = Family::of(to);
    if method == Method::Tcp {
        return TcpSockets::new(&[family], options.clone(), args.extensions).map(Sockets::from);
    }
    let opened = open_one(method, kind, family)?;
    args.mark.map_or(Ok(()), |mark| opened.set_mark(mark))?;
    let window = usize::from(args.sim_queries).max(1);
    let options = options.clone();
    let config = SocketConfig { window, extensions: args.extensions, options, ..SocketConfig::new(size) };
    EchoSocket::new(opened, &config).map(Sockets::from)
}

fn open_one(method: Method, kind: IcmpKind, family: Family) -> Result<IcmpSocket, Error> {
    match (method, kind) {
        (Method::Default, _) => IcmpSocket::open_udp_ports(family),
        (Method::Udp, _) => IcmpSocket::open_udp(family),
        (Method::UdpLite, _) => IcmpSocket::open_udplite(family),
        (Method::Protocol(protocol), _) => IcmpSocket::open_protocol(family, protocol),
        (Method::Icmp, IcmpKind::Raw) => IcmpSocket::open_raw(family),
        (Method::Icmp | Method::Tcp, kind) => {
            let opened = IcmpSocket::open(family)?;
            if kind == IcmpKind::Datagram && opened.kind() == SocketKind::Raw {
                let refused = std::io::Error::from_raw_os_error(libc::EACCES);
                return Err(Error::NotPermitted(refused));
            }
            Ok(opened)
        }
    }
}

fn options(args: &Args, to: SocketAddr, through: Vec<Ipv4Addr>) -> SocketOptions {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let is_bound = args.source.is_some() || args.sport.is_some();
    let source = SocketAddr::new(args.source.unwrap_or(any), args.sport.unwrap_or_default());
    let whole = args.dont_fragment || args.mtu;
    SocketOptions {
        source: is_bound.then_some(source),
        device: args.interface.clone(),
        tos: args.tos.map(i32::from),
        path_mtu: Some(if whole { PathMtuDiscovery::Probe } else { PathMtuDiscovery::Dont }),
        dont_route: args.bypass_routing,
        debug: args.debug,
        ip_option: (!through.is_empty()).then_some(IpOption::SourceRoute { strict: false, through }),
        flow_label: flow_label(args, to).map(|label| FlowLabel { label, to }),
        ..SocketOptions::default()
    }
}

/// The flow label asked for, which IPv4 has not.
pub(super) fn flow_label(args: &Args, to: SocketAddr) -> Option<u32> {
    args.flow_label.filter(|label| *label > 0 && to.is_ipv6())
}

/// Upstream ends the line that it may be in the middle of.
pub(super) fn failure(error: &Error, call: &Invocation) -> Failure {
    let (what, why, hint) = match error {
        Error::NotPermitted(refusal) => ("socket", strerror(refusal), Some(PING_GROUP_HINT)),
        Error::Unsupported(refusal) => ("socket", strerror(refusal), None),
        Error::Os { call: refused, source } => {
            let hint =
                (*refused == "connect").then_some("`ip route get ADDRESS` shows what the routing table says");
            (*refused, strerror(source), hint)
        }
        other => return call.failure(Exit::CouldNot, other),
    };
    let words = match call.linked {
        true => {
            let denied = "You do not have enough privileges to use this traceroute method.";
            let is_denied =
                matches!(error, Error::NotPermitted(why) if why.raw_os_error() == Some(libc::EPERM));
            let before = if is_denied { denied } else { "" };
            format!("{before}\n{}: {why}", what.replace('(', " ").replace(')', ""))
        }
        false => format!("{}: {what}: {why}", call.program),
    };
    let failure = Failure::new(Exit::CouldNot, words);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
