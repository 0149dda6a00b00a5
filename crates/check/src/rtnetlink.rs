//! Asks the kernel about routes, interfaces and their addresses.
//!
//! The kernel answers within our own calls, in microseconds, so this neither waits nor needs a thread of its own. Nothing comes from
//! /sys, which shows the interfaces of whichever network namespace it was mounted in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage, State, Stats64};
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteType, RouteVia};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_ROUTE;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

/// The way to a destination.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Path {
    /// The interface packets leave by, by index and name.
    pub(crate) interface: Option<(u32, String)>,
    /// The next hop; `None` on the same link.
    pub(crate) gateway: Option<IpAddr>,
    /// The address packets are sent from.
    pub(crate) source: Option<IpAddr>,
}

/// An interface.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interface {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// Whether somebody turned it on (`IFF_UP`) and it works: its operational state is not down.
    pub(crate) up: bool,
    /// Whether the device has a carrier.
    pub(crate) carrier: Option<bool>,
    /// Bytes of IP packet.
    pub(crate) mtu: Option<u32>,
    /// The link-layer address.
    pub(crate) address: Vec<u8>,
    pub(crate) stats: Option<Stats64>,
}

/// The way the kernel would send a packet to `to`, from `from` if given.
///
/// # Errors
/// What the kernel says there is no way: `ENETUNREACH`, `EHOSTUNREACH`, `EACCES`, `EINVAL` of a black hole; or that it cannot be asked.
pub(crate) fn path(to: SocketAddr, from: Option<IpAddr>) -> io::Result<Path> {
    let mut message = RouteMessage::default();
    let (family, bits) = if to.is_ipv4() { (AddressFamily::Inet, 32) } else { (AddressFamily::Inet6, 128) };
    message.header.address_family = family;
    message.header.destination_prefix_length = bits;
    message.attributes.push(RouteAttribute::Destination(to.ip().into()));
    if let Some(from) = from {
        message.header.source_prefix_length = bits;
        message.attributes.push(RouteAttribute::Source(from.into()));
    }
    if let SocketAddr::V6(to) = to
        && to.scope_id() != 0
    {
        message.attributes.push(RouteAttribute::Oif(to.scope_id()));
    }
    let answers = ask(RouteNetlinkMessage::GetRoute(message), false)?;
    let route = answers.into_iter().find_map(|answer| match answer {
        RouteNetlinkMessage::NewRoute(route) => Some(route),
        _ => None,
    });
    let route = route.ok_or_else(|| io::Error::other("the kernel told no route"))?;
    // IPv6 answers with such a route where IPv4 refuses.
    let nowhere = match route.header.kind {
        RouteType::BlackHole => Some(nix::errno::Errno::EINVAL),
        RouteType::Unreachable => Some(nix::errno::Errno::EHOSTUNREACH),
        RouteType::Prohibit => Some(nix::errno::Errno::EACCES),
        _ => None,
    };
    match nowhere {
        Some(errno) => Err(errno.into()),
        None => read_path(&route),
    }
}

fn read_path(route: &RouteMessage) -> io::Result<Path> {
    let mut path = Path::default();
    for attribute in &route.attributes {
        match attribute {
            RouteAttribute::Oif(index) => {
                let name = interfaces()?.into_iter().find(|interface| interface.index == *index);
                path.interface = Some((*index, name.map(|interface| interface.name).unwrap_or_default()));
            }
            RouteAttribute::Gateway(address) => path.gateway = ip(address),
            RouteAttribute::Via(RouteVia::Inet(address)) => path.gateway = Some((*address).into()),
            RouteAttribute::Via(RouteVia::Inet6(address)) => path.gateway = Some((*address).into()),
            RouteAttribute::PrefSource(address) => path.source = ip(address),
            _ => {}
        }
    }
    Ok(path)
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}

/// All interfaces of this network namespace.
///
/// # Errors
/// That the kernel cannot be asked.
pub(crate) fn interfaces() -> io::Result<Vec<Interface>> {
    let answers = ask(RouteNetlinkMessage::GetLink(LinkMessage::default()), true)?;
    let links = answers.into_iter().filter_map(|answer| match answer {
        RouteNetlinkMessage::NewLink(link) => Some(interface(link)),
        _ => None,
    });
    Ok(links.collect())
}

fn interface(link: LinkMessage) -> Interface {
    let mut interface = Interface { index: link.header.index, ..Interface::default() };
    let mut state = State::Unknown;
    for attribute in link.attributes {
        match attribute {
            LinkAttribute::IfName(name) => interface.name = name,
            LinkAttribute::Mtu(mtu) => interface.mtu = Some(mtu),
            LinkAttribute::Carrier(carrier) => interface.carrier = Some(carrier != 0),
            LinkAttribute::OperState(told) => state = told,
            LinkAttribute::Address(address) => interface.address = address,
            LinkAttribute::Stats64(stats) => interface.stats = Some(stats),
            _ => {}
        }
    }
    // Loopback and tunnels never tell a state.
    interface.up = link.header.flags.contains(LinkFlags::Up) && matches!(state, State::Up | State::Unknown);
    interface
}

/// The addresses of the interface with this index, and how many bits of each are the network's.
///
/// # Errors
/// That the kernel cannot be asked.
pub(crate) fn addresses(index: u32) -> io::Result<Vec<(IpAddr, u8)>> {
    let answers = ask(RouteNetlinkMessage::GetAddress(AddressMessage::default()), true)?;
    let addresses = answers.into_iter().filter_map(|answer| match answer {
        RouteNetlinkMessage::NewAddress(message) if message.header.index == index => {
            let find =
                |wanted: fn(&AddressAttribute) -> Option<IpAddr>| message.attributes.iter().find_map(wanted);
            // Of a link between two ends, the plain address is the other end's.
            let own = find(|attribute| match attribute {
                AddressAttribute::Local(address) => Some(*address),
                _ => None,
            });
            let address = own.or_else(|| {
                find(|attribute| match attribute {
                    AddressAttribute::Address(address) => Some(*address),
                    _ => None,
                })
            });
            Some((address?, message.header.prefix_len))
        }
        _ => None,
    });
    Ok(addresses.collect())
}

/// Sends one request and reads its answers.
fn ask(request: RouteNetlinkMessage, dump: bool) -> io::Result<Vec<RouteNetlinkMessage>> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    let port = socket.bind_auto()?.port_number();
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::milliseconds(PATIENCE.as_millis() as i64))?;
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | if dump { NLM_F_DUMP } else { 0 };
    header.sequence_number = SEQUENCE;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    socket.send(&bytes, 0)?;
    let mut answers = Vec::new();
    loop {
        let (datagram, sender) = socket.recv_from_full()?;
        // Anybody may write to this port.
        if sender.port_number() == KERNEL && take(&datagram, port, dump, &mut answers)? {
            return Ok(answers);
        }
    }
}

/// Reads the messages of a datagram, and whether there will be no more.
fn take(datagram: &[u8], port: u32, dump: bool, answers: &mut Vec<RouteNetlinkMessage>) -> io::Result<bool> {
    let mut rest = datagram;
    while !rest.is_empty() {
        let damaged = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
            .map_err(|error| damaged(format!("the kernel's answer cannot be read: {error}")))?;
        let length = (message.header.length as usize).next_multiple_of(ALIGNMENT);
        rest = rest.get(length.max(ALIGNMENT)..).unwrap_or_default();
        if message.header.sequence_number != SEQUENCE || message.header.port_number != port {
            continue;
        }
        match message.payload {
            NetlinkPayload::Done(_) => return Ok(true),
            NetlinkPayload::Error(error) if error.code.is_some() => return Err(error.to_io()),
            NetlinkPayload::Error(_) => return Ok(true),
            NetlinkPayload::InnerMessage(answer) => {
                answers.push(answer);
                if !dump {
                    return Ok(true);
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

/// Each request has a socket of its own.
const SEQUENCE: u32 = 1;
/// The port the kernel sends from.
const KERNEL: u32 = 0;
const ALIGNMENT: usize = 4;
/// The kernel answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_where_it_always_is() {
        let lo = interfaces().unwrap().into_iter().find(|interface| interface.name == "lo").unwrap();
        assert!(lo.mtu > Some(0) && lo.stats.is_some(), "{lo:?}");
        if lo.up {
            let path = path("127.0.0.1:0".parse().unwrap(), None).unwrap();
            assert_eq!(path.interface, Some((lo.index, "lo".to_owned())));
            assert_eq!((path.gateway, path.source), (None, Some([127, 0, 0, 1].into())));
            assert!(addresses(lo.index).unwrap().contains(&([127, 0, 0, 1].into(), 8)));
        }
    }

    #[test]
    fn damage_is_no_answer() {
        let mut answers = Vec::new();
        assert!(take(&[1, 2, 3], 1, false, &mut answers).is_err());
        assert!(!take(&[], 1, false, &mut answers).unwrap());
        let foreign =
            [16u32.to_ne_bytes(), 3u32.to_ne_bytes(), 99u32.to_ne_bytes(), 1u32.to_ne_bytes()].concat();
        assert!(!take(&foreign, 1, true, &mut answers).unwrap() && answers.is_empty());
    }
}
