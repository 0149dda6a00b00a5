//! [`EchoSocket`]: an open ICMP socket of either kind, for either IP version.
//!
//! A datagram socket needs no privilege but belonging to `net.ipv4.ping_group_range`, and the kernel chooses its identifier; a
//! raw one needs `cap_net_raw` and sees everybody's packets until filtered. The rest of the crate cannot tell them apart.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{TimestampingFlag, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use crate::clock::{self, StampClock};
use crate::control::Control;
use crate::departures::Departures;
use crate::engine::Input;
use crate::error::Error;
use crate::filter;
use crate::inbox::Inbox;
use crate::outbox::Outbox;
use crate::payload::Payload;
use crate::probe::{Family, Ident, Probe};
use crate::wire::Layout;

/// Most packets in one system call; larger batches gain nothing.
pub(crate) const BATCH: usize = 64;

/// An ICMP socket just opened, which is all that can need a privilege.
#[derive(Debug)]
pub struct IcmpSocket {
    socket: Socket,
    kind: Kind,
    family: Family,
}

impl IcmpSocket {
    /// Opens a datagram socket, or a raw one where those are not allowed or not known.
    ///
    /// # Errors
    /// [`Error::NotPermitted`] if both are refused, [`Error::Unsupported`] if the kernel has neither.
    pub fn open(family: Family) -> Result<Self, Error> {
        let (domain, protocol) = match family {
            Family::V4 => (Domain::IPV4, Protocol::ICMPV4),
            Family::V6 => (Domain::IPV6, Protocol::ICMPV6),
        };
        let refusal = match Socket::new(domain, Type::DGRAM, Some(protocol)) {
            Ok(socket) => {
                return Ok(Self { socket, kind: Kind::Datagram, family });
            }
            Err(error) => error,
        };
        match Errno::from_raw(refusal.raw_os_error().unwrap_or_default()) {
            Errno::EACCES | Errno::EPROTONOSUPPORT | Errno::EAFNOSUPPORT => {}
            _ => return Err(Error::os("socket")(refusal)),
        }
        match Socket::new(domain, Type::RAW, Some(protocol)) {
            Ok(socket) => Ok(Self { socket, kind: Kind::Raw, family }),
            Err(refusal) if refusal.kind() == io::ErrorKind::PermissionDenied => {
                Err(Error::NotPermitted(refusal))
            }
            Err(refusal) => Err(Error::Unsupported(refusal)),
        }
    }
}

/// How a socket is to be used.
#[derive(Clone, Copy, Debug)]
pub struct SocketConfig {
    /// What its probes will carry.
    pub payload: Payload,
    /// TTL or hop limit of its probes, unicast and multicast; `None` leaves the system's.
    pub hop_limit: Option<u8>,
    /// Whether the kernel is to tell when each probe left. It costs a message per probe: not for floods.
    pub transmit_stamps: bool,
    /// Identifier if the socket is a raw one; of a datagram socket the kernel chooses it.
    pub raw_ident: Ident,
}

/// Which kind of ICMP socket it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `SOCK_DGRAM`: the kernel matches replies by identifier.
    Datagram,
    /// `SOCK_RAW`: a filter of ours does.
    Raw,
}

/// An ICMP socket that sends probes and receives what is about them.
#[derive(Debug)]
pub struct EchoSocket {
    socket: Socket,
    kind: Kind,
    ident: Ident,
    clock: StampClock,
    /// `None` if no transmit stamps come.
    departures: Option<Departures>,
    outbox: Outbox,
    inbox: Inbox,
}

impl EchoSocket {
    /// Makes an open socket ready for probes.
    ///
    /// # Errors
    /// [`Error::Os`] if the system refuses an option.
    pub fn new(opened: IcmpSocket, config: &SocketConfig) -> Result<Self, Error> {
        let IcmpSocket { socket, kind, family } = opened;
        let ident = match kind {
            Kind::Datagram => chosen_ident(&socket, family)?,
            Kind::Raw => config.raw_ident,
        };
        if kind == Kind::Raw {
            let program = filter::replies_to(family, ident);
            socket.attach_filter(&program).map_err(Error::os("setsockopt(SO_ATTACH_FILTER)"))?;
        }
        configure(&socket, family, config)?;
        let stamped = config.transmit_stamps && stamp_transmits(&socket).is_ok();
        if !stamped {
            setsockopt(&socket, sockopt::ReceiveTimestampns, &true)
                .map_err(Error::os("setsockopt(SO_TIMESTAMPNS)"))?;
        }
        let layout = match (family, kind) {
            (Family::V4, Kind::Raw) => Layout::Ipv4Raw,
            (Family::V4, Kind::Datagram) => Layout::Ipv4Datagram,
            (Family::V6, _) => Layout::Ipv6,
        };
        Ok(Self {
            kind,
            ident,
            clock: StampClock::new(),
            departures: stamped.then(Departures::default),
            outbox: Outbox::new(family, ident, config.payload),
            inbox: Inbox::new(layout, ident, config.payload.size),
            socket,
        })
    }

    /// Which kind it became.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The identifier its probes carry.
    pub const fn ident(&self) -> Ident {
        self.ident
    }

    /// Sends probes in as few system calls as possible and tells `sink` the fate of each.
    pub(crate) fn send(&mut self, probes: &[Probe], mut sink: impl FnMut(Input<'_>)) {
        let mut rest = probes;
        let mut retried = false;
        while let [first, ..] = rest {
            match self.outbox.send(self.socket.as_raw_fd(), rest) {
                Ok((count, at)) => {
                    let (sent, unsent) = rest.split_at(count);
                    for probe in sent {
                        self.departures.iter_mut().for_each(|departures| departures.push(probe.seq));
                        sink(Input::Sent(probe.seq, at));
                    }
                    rest = unsent;
                    retried = false;
                }
                // An ICMP error that came in makes the next call fail, once, and perhaps after it was fetched from its queue.
                Err(_) if !retried => {
                    self.receive_errors(&mut sink);
                    self.restart_departures();
                    retried = true;
                }
                Err(error) => {
                    self.restart_departures();
                    sink(Input::SendFailed(*first, error));
                    rest = rest.split_at(1).1;
                    retried = false;
                }
            }
        }
    }

    /// After a failed send the kernel's count of datagrams is uncertain; see [`Departures`].
    fn restart_departures(&mut self) {
        let stamped = self.departures.is_some() && stamp_transmits(&self.socket).is_ok();
        self.departures = stamped.then(Departures::default);
    }

    /// Sleeps until something arrives, `control` is used, or `until`.
    pub(crate) fn wait(&self, until: Instant, control: &Control) -> Result<(), Error> {
        let timeout = until.saturating_duration_since(clock::now());
        let mut polled = [
            PollFd::new(self.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(control.woken(), PollFlags::POLLIN),
        ];
        match ppoll(&mut polled, Some(timeout.into()), None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::os("ppoll")(errno)),
        }
        if polled.iter().next_back().and_then(PollFd::any) == Some(true) {
            control.rest();
        }
        Ok(())
    }

    /// Takes in what has arrived, without waiting.
    pub(crate) fn receive(&mut self, mut sink: impl FnMut(Input<'_>)) {
        self.receive_errors(&mut sink);
        let fd = self.socket.as_raw_fd();
        if self.inbox.receive(fd, &mut self.clock, &mut sink).is_err() {
            // As in sending: the second try says whether it is more than an ICMP error's echo.
            self.receive_errors(&mut sink);
            if let Err(errno) = self.inbox.receive(fd, &mut self.clock, &mut sink) {
                sink(Input::ReceiveFailed(errno.into()));
            }
        }
    }

    fn receive_errors(&mut self, sink: &mut impl FnMut(Input<'_>)) {
        self.inbox.receive_errors(self.socket.as_raw_fd(), &mut self.clock, self.departures.as_ref(), sink);
    }
}

/// The address the system would send from, asked of the routing table without sending anything.
///
/// # Errors
/// [`Error::Os`] with call `connect` if there is no route or the destination is a broadcast address.
pub fn source_address(to: SocketAddr) -> Result<SocketAddr, Error> {
    let socket = Socket::new(Domain::for_address(to), Type::DGRAM, None).map_err(Error::os("socket"))?;
    let mut peer = to;
    peer.set_port(ANY_UDP_PORT);
    socket.connect(&peer.into()).map_err(Error::os("connect"))?;
    let local = socket.local_addr().map_err(Error::os("getsockname"))?;
    let mut source = local.as_socket().unwrap_or_else(|| unspecified(Family::of(to)));
    source.set_port(0);
    Ok(source)
}

/// Connecting a UDP socket needs some port; nothing is ever sent to it.
const ANY_UDP_PORT: u16 = 1025;

fn chosen_ident(socket: &Socket, family: Family) -> Result<Ident, Error> {
    socket.bind(&unspecified(family).into()).map_err(Error::os("bind"))?;
    let local = socket.local_addr().map_err(Error::os("getsockname"))?;
    Ok(Ident(local.as_socket().map_or(0, |address| address.port())))
}

const fn unspecified(family: Family) -> SocketAddr {
    match family {
        Family::V4 => SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        Family::V6 => SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
    }
}

fn configure(socket: &Socket, family: Family, config: &SocketConfig) -> Result<(), Error> {
    socket
        .set_recv_buffer_size(receive_buffer(config.payload.size))
        .map_err(Error::os("setsockopt(SO_RCVBUF)"))?;
    match family {
        Family::V4 => {
            setsockopt(socket, sockopt::Ipv4RecvErr, &true).map_err(Error::os("setsockopt(IP_RECVERR)"))?;
            setsockopt(socket, sockopt::Ipv4RecvTtl, &true).map_err(Error::os("setsockopt(IP_RECVTTL)"))?;
        }
        Family::V6 => {
            setsockopt(socket, sockopt::Ipv6RecvErr, &true).map_err(Error::os("setsockopt(IPV6_RECVERR)"))?;
            setsockopt(socket, sockopt::Ipv6RecvHopLimit, &true)
                .map_err(Error::os("setsockopt(IPV6_RECVHOPLIMIT)"))?;
        }
    }
    config.hop_limit.map_or(Ok(()), |limit| set_hop_limit(socket, family, limit.into()))
}

/// Asks for stamps both ways, on the interface too where it makes any, and numbers datagrams from zero.
fn stamp_transmits(socket: &Socket) -> nix::Result<()> {
    let wanted = TimestampingFlag::SOF_TIMESTAMPING_SOFTWARE
        | TimestampingFlag::SOF_TIMESTAMPING_RX_SOFTWARE
        | TimestampingFlag::SOF_TIMESTAMPING_TX_SOFTWARE
        | TimestampingFlag::SOF_TIMESTAMPING_RAW_HARDWARE
        | TimestampingFlag::SOF_TIMESTAMPING_RX_HARDWARE
        | TimestampingFlag::SOF_TIMESTAMPING_TX_HARDWARE
        | TimestampingFlag::from_bits_retain(SOF_TIMESTAMPING_OPT_TX_SWHW)
        | TimestampingFlag::SOF_TIMESTAMPING_OPT_TSONLY;
    // The count restarts when numbering is switched on, not when it is on already.
    setsockopt(socket, sockopt::Timestamping, &wanted)?;
    setsockopt(socket, sockopt::Timestamping, &(wanted | TimestampingFlag::SOF_TIMESTAMPING_OPT_ID))
}

/// linux/net_tstamp.h: software and hardware transmit stamps, not only the latter where there are any.
const SOF_TIMESTAMPING_OPT_TX_SWHW: u32 = 1 << 14;

fn set_hop_limit(socket: &Socket, family: Family, limit: u32) -> Result<(), Error> {
    match family {
        Family::V4 => {
            socket.set_multicast_ttl_v4(limit).map_err(Error::os("setsockopt(IP_MULTICAST_TTL)"))?;
            socket.set_ttl_v4(limit).map_err(Error::os("setsockopt(IP_TTL)"))
        }
        Family::V6 => {
            socket.set_multicast_hops_v6(limit).map_err(Error::os("setsockopt(IPV6_MULTICAST_HOPS)"))?;
            socket.set_unicast_hops_v6(limit).map_err(Error::os("setsockopt(IPV6_UNICAST_HOPS)"))
        }
    }
}

/// Room for a batch of replies. The kernel charges a packet's bookkeeping too, and doubles what it is asked for.
const fn receive_buffer(payload: usize) -> usize {
    let charged = (payload + 1024) * BATCH;
    if charged > 64 * 1024 { charged } else { 64 * 1024 }
}
