//! Preparing an opened socket for probes: identifier, filter, room, and what else is asked of the system.
//!
//! An option a run can do without never ends it: it steps down, and the socket tells what it goes without.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;

use nix::libc::c_int;
use nix::sys::socket::{MsgFlags, TimestampingFlag, recv, setsockopt, sockopt};
use socket2::Socket;

use crate::departures::Departures;
use crate::error::Error;
use crate::filter;
use crate::icmp_socket::{Carrier, IcmpSocket, SocketKind};
use crate::inbox::Hears;
use crate::optional::{self, RefusedOption, Wishes};
use crate::options::SocketOptions;
use crate::outbox::BATCH;
use crate::payload::random;
use crate::probe::{Family, Ident};
use crate::wire::Layout;

/// How a socket is to be used.
#[derive(Clone, Debug)]
pub struct SocketConfig {
    /// The most data any of its probes will carry, in bytes.
    pub size: usize,
    /// Which time stamps the kernel is to take.
    pub stamps: KernelTimestamps,
    /// Identifier the probes are to carry; `None` leaves it to the kernel or, on a raw socket, to chance.
    pub ident: Option<Ident>,
    /// Whether [extensions](crate::extensions) of ICMP errors are wanted.
    pub extensions: bool,
    /// How many probes may be under way at once, for which there must be room in the receive buffer.
    pub window: usize,
    /// What else is asked of the socket.
    pub options: SocketOptions,
}

impl SocketConfig {
    /// For probes one by one, of `size` bytes at most, timed as well as can be.
    pub fn new(size: usize) -> Self {
        Self {
            size,
            stamps: KernelTimestamps::Both,
            ident: None,
            extensions: false,
            window: 1,
            options: SocketOptions::default(),
        }
    }
}

/// Which time stamps the kernel takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KernelTimestamps {
    /// None: times are this process's own.
    None,
    /// Of arrivals.
    Receive,
    /// Of departures too, at the cost of two messages per probe: not for floods.
    Both,
}

/// What a prepared socket came to.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) hears: Hears,
    pub(crate) ident: Ident,
    pub(crate) flow_label: Option<u32>,
    /// `None` if no transmit stamps come.
    pub(crate) departures: Option<Departures>,
    /// Whether arrivals are stamped.
    pub(crate) stamped: bool,
    /// Whether IPv4 options come apart from the packet.
    pub(crate) options_apart: bool,
    pub(crate) without: Vec<RefusedOption>,
}

/// Asks for all of it.
pub(crate) fn prepare(opened: &IcmpSocket, config: &SocketConfig) -> Result<Prepared, Error> {
    let IcmpSocket { socket, kind, family, carrier } = opened;
    let (kind, family, carrier) = (*kind, *family, *carrier);
    let mut wishes = Wishes::of(socket);
    // Of other packets the kernel knows whose they are, as it does of datagrams.
    let is_ours_to_choose = kind == SocketKind::Raw && carrier == Carrier::Echo;
    let chosen = is_ours_to_choose.then(|| config.ident.unwrap_or_else(|| Ident(random() as u16)));
    if let Some(ident) = chosen {
        hear_only(&mut wishes, socket, family, ident);
    }
    let flow_label = config.options.apply(&mut wishes, socket, family)?;
    let ident = chosen.map_or_else(|| kernels_ident(socket, family, config), Ok)?;
    config.options.connect(socket)?;
    listen_for_errors(&mut wishes, family, config.extensions);
    make_room(&mut wishes, socket, config);
    let (stamped, departures) = ask_for_stamps(&mut wishes, socket, config.stamps);
    // A flood does without the options nobody asked for.
    let is_ordinary = config.stamps == KernelTimestamps::Both || config.options.ip_option.is_some();
    let options_apart = family == Family::V4
        && kind == SocketKind::Datagram
        && carrier == Carrier::Echo
        && is_ordinary
        && wishes.ask(optional::RETOPTS, 1);
    let layout = match (family, kind) {
        (Family::V4, SocketKind::Raw) => Layout::Ipv4Raw,
        (Family::V4, SocketKind::Datagram) => Layout::Ipv4Datagram,
        (Family::V6, _) => Layout::Ipv6,
    };
    let hears = match carrier {
        Carrier::Echo => Hears::Icmp(layout),
        Carrier::Udp => Hears::Nothing,
        Carrier::UdpPorts | Carrier::Any => Hears::Datagrams(ident),
    };
    Ok(Prepared { hears, ident, flow_label, departures, stamped, options_apart, without: wishes.refused() })
}

/// Keeps other programs' packets away from a raw socket, those too that came since it was opened: a queue full of them has no
/// room for a reply.
fn hear_only(wishes: &mut Wishes<'_>, socket: &Socket, family: Family, ident: Ident) {
    if !wishes.note(optional::ATTACH_FILTER, socket.attach_filter(&filter::replies_to(family, ident))) {
        return;
    }
    let flags = MsgFlags::MSG_DONTWAIT;
    (0..MOST_BEFORE).take_while(|_| recv(socket.as_raw_fd(), &mut [0], flags).is_ok()).count();
}

/// Binds a datagram socket, unless that is done, and asks which identifier it got.
fn kernels_ident(socket: &Socket, family: Family, config: &SocketConfig) -> Result<Ident, Error> {
    if config.options.source.is_none() {
        let mut any = unspecified(family);
        any.set_port(config.ident.map_or(0, |ident| ident.0));
        socket.bind(&any.into()).map_err(Error::os("bind"))?;
    }
    let local = socket.local_addr().map_err(Error::os("getsockname"))?;
    Ok(Ident(local.as_socket().map_or(0, |address| address.port())))
}

pub(crate) const fn unspecified(family: Family) -> SocketAddr {
    match family {
        Family::V4 => SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        Family::V6 => SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
    }
}

pub(crate) fn listen_for_errors(wishes: &mut Wishes<'_>, family: Family, extensions: bool) {
    let (wished, extended) = match family {
        Family::V4 => ([optional::RECVERR, optional::RECVTTL], optional::RECVERR_RFC4884),
        Family::V6 => ([optional::IPV6_RECVERR, optional::RECVHOPLIMIT], optional::IPV6_RECVERR_RFC4884),
    };
    for option in wished.into_iter().chain(extensions.then_some(extended)) {
        wishes.ask(option, 1);
    }
}

/// Makes room for the replies of a whole window. The kernel charges a packet's bookkeeping too; it doubles what it is asked
/// for, and gives less where the system's limit is lower, which costs replies but is no reason to give up.
fn make_room(wishes: &mut Wishes<'_>, socket: &Socket, config: &SocketConfig) {
    let wanted = room(config.size, config.window);
    if setsockopt(socket, sockopt::RcvBufForce, &wanted).is_err() {
        wishes.ask(optional::RCVBUF, c_int::try_from(wanted).unwrap_or(c_int::MAX));
    }
}

/// Bytes of receive buffer for so many replies, within what the system's number for it can say.
fn room(size: usize, window: usize) -> usize {
    let charged = size.saturating_add(1024).saturating_mul(window.max(BATCH));
    charged.clamp(64 * 1024, i32::MAX as usize)
}

/// Tells whether arrivals will be stamped, and where transmit stamps are to be matched with probes, if any will come.
fn ask_for_stamps(
    wishes: &mut Wishes<'_>,
    socket: &Socket,
    stamps: KernelTimestamps,
) -> (bool, Option<Departures>) {
    match stamps {
        KernelTimestamps::None => return (false, None),
        KernelTimestamps::Both if wishes.note(optional::TIMESTAMPING, stamp_transmits(socket)) => {
            return (true, Some(Departures::default()));
        }
        KernelTimestamps::Receive | KernelTimestamps::Both => {}
    }
    let stamped = wishes.ask(optional::TIMESTAMPNS, 1) || wishes.ask(optional::TIMESTAMP, 1);
    (stamped, None)
}

/// Asks for stamps both ways, and numbers datagrams from zero.
fn stamp_transmits(socket: &Socket) -> std::io::Result<()> {
    let wanted = TimestampingFlag::SOF_TIMESTAMPING_SOFTWARE
        | TimestampingFlag::SOF_TIMESTAMPING_RX_SOFTWARE
        | TimestampingFlag::SOF_TIMESTAMPING_TX_SOFTWARE
        | TimestampingFlag::from_bits_retain(SOF_TIMESTAMPING_TX_SCHED)
        | TimestampingFlag::SOF_TIMESTAMPING_OPT_TSONLY
        | TimestampingFlag::SOF_TIMESTAMPING_OPT_ID;
    Ok(setsockopt(socket, sockopt::Timestamping, &wanted)?)
}

/// More packets than a receive buffer holds.
const MOST_BEFORE: usize = 1 << 16;

/// linux/net_tstamp.h: when a packet is handed to its device's queue.
const SOF_TIMESTAMPING_TX_SCHED: u32 = 1 << 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_asked_for_in_numbers_the_system_has() {
        #[rustfmt::skip]
        let cases = [
            // size,     window,     bytes
            (56,         1,          69_120),
            (0,          1,          65_536),
            (40_000,     65_536,     i32::MAX as usize),
            (65_507,     usize::MAX, i32::MAX as usize),
        ];
        for (size, window, bytes) in cases {
            assert_eq!(room(size, window), bytes, "{size} bytes, {window} of them");
        }
    }
}
