//! [`EchoSocket`]: an open ICMP socket of either kind, for either IP version.
//!
//! A datagram socket needs no privilege but belonging to `net.ipv4.ping_group_range`, and the kernel chooses its identifier; a
//! raw one needs `cap_net_raw` and sees everybody's packets until filtered. The rest of the crate cannot tell them apart.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{TimestampingFlag, setsockopt, sockopt};
use socket2::Socket;

use crate::clock::{self, StampClock};
use crate::control::Control;
use crate::departures::Departures;
use crate::engine::Input;
use crate::error::Error;
use crate::filter;
use crate::icmp_socket::{IcmpSocket, Kind};
use crate::inbox::Inbox;
use crate::options::Options;
use crate::outbox::Outbox;
use crate::payload::{Payload, random};
use crate::probe::{Family, Ident, Probe};
use crate::wire::Layout;

/// Most packets in one system call; larger batches gain nothing.
pub(crate) const BATCH: usize = 64;

/// Packets received in one system call where no flood is expected.
const ORDINARY_BATCH: usize = 8;

/// How a socket is to be used.
#[derive(Clone, Debug)]
pub struct SocketConfig {
    /// What its probes will carry.
    pub payload: Payload,
    /// Which time stamps the kernel is to take.
    pub stamps: Stamps,
    /// Identifier the probes are to carry; `None` leaves it to the kernel or, on a raw socket, to chance.
    pub ident: Option<Ident>,
    /// How many probes may be under way at once, for which there must be room in the receive buffer.
    pub window: usize,
    /// What else is asked of the socket.
    pub options: Options,
}

/// Which time stamps the kernel takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stamps {
    /// None: times are this process's own.
    None,
    /// Of arrivals.
    Receive,
    /// Of departures too, at the cost of a message per probe: not for floods.
    Both,
}

/// An ICMP socket that sends probes and receives what is about them.
#[derive(Debug)]
pub struct EchoSocket {
    socket: Socket,
    kind: Kind,
    ident: Ident,
    flow_label: Option<u32>,
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
        let flow_label = config.options.apply(&socket, family)?;
        let ident = match kind {
            Kind::Datagram => chosen_ident(&socket, family, config)?,
            Kind::Raw => config.ident.unwrap_or_else(|| Ident(random() as u16)),
        };
        config.options.connect(&socket)?;
        if kind == Kind::Raw {
            let program = filter::replies_to(family, ident);
            socket.attach_filter(&program).map_err(Error::os("setsockopt(SO_ATTACH_FILTER)"))?;
        }
        listen_for_errors(&socket, family)?;
        make_room(&socket, config);
        let departures = ask_for_stamps(&socket, config.stamps)?;
        // A flood does without the options nobody asked for.
        let is_ordinary = config.stamps == Stamps::Both || config.options.ip_option.is_some();
        let options_apart = family == Family::V4 && kind == Kind::Datagram && is_ordinary;
        if options_apart {
            Options::receive_ip_options(&socket)?;
        }
        let layout = match (family, kind) {
            (Family::V4, Kind::Raw) => Layout::Ipv4Raw,
            (Family::V4, Kind::Datagram) => Layout::Ipv4Datagram,
            (Family::V6, _) => Layout::Ipv6,
        };
        // At ordinary rates replies come one by one.
        let batch =
            if config.stamps == Stamps::Both { config.window.clamp(ORDINARY_BATCH, BATCH) } else { BATCH };
        Ok(Self {
            kind,
            ident,
            clock: StampClock::new(),
            departures,
            flow_label,
            outbox: Outbox::new(family, ident, config.payload.clone(), flow_label.unwrap_or_default()),
            inbox: Inbox::new(
                layout,
                ident,
                config.payload.size,
                config.stamps != Stamps::None,
                options_apart,
                batch,
            ),
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

    /// The IPv6 flow label they carry.
    pub const fn flow_label(&self) -> Option<u32> {
        self.flow_label
    }

    /// Sends probes in as few system calls as possible and tells `sink` the fate of each.
    pub(crate) fn send(&mut self, probes: &[Probe], mut sink: impl FnMut(Input<'_>)) {
        let mut rest = probes;
        let mut retried = false;
        while let [first, ..] = rest {
            // Without stamps of the kernel's each probe needs a call of its own, to be timed from just before it.
            let together = if self.departures.is_some() { rest } else { std::slice::from_ref(first) };
            match self.outbox.send(self.socket.as_raw_fd(), together) {
                Ok((count, at)) => {
                    let (sent, unsent) = rest.split_at(count);
                    for probe in sent {
                        self.departures.iter_mut().for_each(|departures| departures.push(probe.seq));
                        sink(Input::Sent(probe.seq, at));
                    }
                    rest = unsent;
                    retried = false;
                }
                Err(error) => {
                    let mut refusal = None;
                    self.receive_errors(&mut |input| match input {
                        Input::Refused(_, error) => refusal = Some(error),
                        other => sink(other),
                    });
                    self.restart_departures();
                    // An ICMP error that came in makes the next call fail, once, and perhaps after it was fetched from its
                    // queue. None does so as EPERM: that is a firewall, which may have rejected the probe with an error.
                    let is_final = refusal.is_some() || error.raw_os_error() == Some(Errno::EPERM as i32);
                    retried = !retried && !is_final;
                    if !retried {
                        sink(match refusal {
                            Some(refusal) => Input::Refused(Some(first.seq), refusal),
                            None => Input::SendFailed(*first, error),
                        });
                        rest = rest.split_at(1).1;
                    }
                }
            }
        }
    }

    /// After a failed send the kernel's count of datagrams is uncertain; see [`Departures`].
    fn restart_departures(&mut self) {
        let stamped = self.departures.is_some() && stamp_transmits(&self.socket).is_ok();
        self.departures = stamped.then(Departures::default);
    }

    /// Hands over what arrives; sleeps for it until `control` is used or `until`.
    pub(crate) fn receive(
        &mut self,
        until: Instant,
        control: &Control,
        mut sink: impl FnMut(Input<'_>),
    ) -> Result<(), Error> {
        // Who floods finds the reply there already: looking is cheaper than asking whether to look.
        if self.departures.is_none() && self.receive_replies(&mut sink) {
            return Ok(());
        }
        let events = self.wait(until, control)?;
        if events.contains(PollFlags::POLLERR) {
            self.receive_errors(&mut sink);
        }
        if events.intersects(PollFlags::POLLIN | PollFlags::POLLERR) {
            self.receive_replies(&mut sink);
        }
        Ok(())
    }

    fn wait(&self, until: Instant, control: &Control) -> Result<PollFlags, Error> {
        let timeout = until.saturating_duration_since(clock::now());
        let mut polled = [
            PollFd::new(self.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(control.woken(), PollFlags::POLLIN),
        ];
        match ppoll(&mut polled, Some(timeout.into()), None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::os("ppoll")(errno)),
        }
        let [socket, control_end] = polled;
        if control_end.any() == Some(true) {
            control.rest();
        }
        Ok(socket.revents().unwrap_or(PollFlags::empty()))
    }

    /// Hands over a batch of what has arrived; tells whether there was anything, if only an error.
    fn receive_replies(&mut self, sink: &mut impl FnMut(Input<'_>)) -> bool {
        let fd = self.socket.as_raw_fd();
        let mut told = false;
        let mut sink = |input: Input<'_>| {
            told = true;
            sink(input);
        };
        // Every ICMP error that comes in fails one call, perhaps after it was fetched from its queue; what fails them all is
        // more than that.
        for _ in 0..BATCH {
            if let Ok(count) = self.inbox.receive(fd, &mut self.clock, &mut sink) {
                return told || count > 0;
            }
            self.receive_errors(&mut sink);
        }
        if let Err(errno) = self.inbox.receive(fd, &mut self.clock, &mut sink) {
            sink(Input::ReceiveFailed(errno.into()));
        }
        true
    }

    fn receive_errors(&mut self, sink: &mut impl FnMut(Input<'_>)) {
        self.inbox.receive_errors(self.socket.as_raw_fd(), &mut self.clock, self.departures.as_ref(), sink);
    }
}

/// Binds a datagram socket, unless that is done, and asks which identifier it got.
fn chosen_ident(socket: &Socket, family: Family, config: &SocketConfig) -> Result<Ident, Error> {
    if config.options.source.is_none() {
        let mut any = unspecified(family);
        any.set_port(config.ident.map_or(0, |ident| ident.0));
        socket.bind(&any.into()).map_err(Error::os("bind"))?;
    }
    let local = socket.local_addr().map_err(Error::os("getsockname"))?;
    Ok(Ident(local.as_socket().map_or(0, |address| address.port())))
}

const fn unspecified(family: Family) -> SocketAddr {
    match family {
        Family::V4 => SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        Family::V6 => SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
    }
}

fn listen_for_errors(socket: &Socket, family: Family) -> Result<(), Error> {
    match family {
        Family::V4 => {
            setsockopt(socket, sockopt::Ipv4RecvErr, &true).map_err(Error::os("setsockopt(IP_RECVERR)"))?;
            setsockopt(socket, sockopt::Ipv4RecvTtl, &true).map_err(Error::os("setsockopt(IP_RECVTTL)"))
        }
        Family::V6 => {
            setsockopt(socket, sockopt::Ipv6RecvErr, &true).map_err(Error::os("setsockopt(IPV6_RECVERR)"))?;
            setsockopt(socket, sockopt::Ipv6RecvHopLimit, &true)
                .map_err(Error::os("setsockopt(IPV6_RECVHOPLIMIT)"))
        }
    }
}

/// Makes room for the replies of a whole window. The kernel charges a packet's bookkeeping too; it doubles what it is asked
/// for, and gives less where the system's limit is lower, which costs replies but is no reason to give up.
fn make_room(socket: &Socket, config: &SocketConfig) {
    let wanted = room(config.payload.size, config.window);
    if setsockopt(socket, sockopt::RcvBufForce, &wanted).is_err() {
        let _ = socket.set_recv_buffer_size(wanted);
    }
}

/// Bytes of receive buffer for so many replies, within what the system's number for it can say.
fn room(size: usize, window: usize) -> usize {
    let charged = size.saturating_add(1024).saturating_mul(window.max(BATCH));
    charged.clamp(64 * 1024, i32::MAX as usize)
}

/// Gives where transmit stamps are to be matched with probes, if any will come.
fn ask_for_stamps(socket: &Socket, stamps: Stamps) -> Result<Option<Departures>, Error> {
    match stamps {
        Stamps::None => return Ok(None),
        Stamps::Both if stamp_transmits(socket).is_ok() => return Ok(Some(Departures::default())),
        Stamps::Receive | Stamps::Both => {}
    }
    setsockopt(socket, sockopt::ReceiveTimestampns, &true)
        .map_err(Error::os("setsockopt(SO_TIMESTAMPNS)"))?;
    Ok(None)
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
