//! [`EchoSocket`]: an open ICMP socket of either kind, for either IP version.
//!
//! A datagram socket needs no privilege but belonging to `net.ipv4.ping_group_range`, and the kernel chooses its identifier; a
//! raw one needs `cap_net_raw` and sees everybody's packets until filtered. The rest of the crate cannot tell them apart.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::poll::PollFlags;
use socket2::Socket;

use crate::ancillary::Quoting;
use crate::clock::{StampClock, now};
use crate::departures::Departures;
use crate::engine::{Engine, Input, LocalRefusal};
use crate::error::Error;
use crate::error_queue::ErrorQueue;
use crate::icmp_socket::{Carrier, IcmpSocket, SocketKind};
use crate::inbox::Inbox;
use crate::optional::RefusedOption;
use crate::outbox::{BATCH, Outbox};
use crate::prepare::{KernelTimestamps, Prepared, SocketConfig, prepare};
use crate::privilege::raised;
use crate::probe::{Family, Ident, Probe};

/// Packets received in one system call where no flood is expected.
const ORDINARY_BATCH: usize = 8;

/// An ICMP socket that sends probes and receives what is about them.
#[derive(Debug)]
pub struct EchoSocket {
    socket: Socket,
    kind: SocketKind,
    family: Family,
    ident: Ident,
    flow_label: Option<u32>,
    without: Vec<RefusedOption>,
    clock: StampClock,
    /// `None` if no transmit stamps come.
    departures: Option<Departures>,
    outbox: Outbox,
    inbox: Inbox,
    errors: ErrorQueue,
}

impl EchoSocket {
    /// Makes an open socket ready for probes, with what privilege this thread is permitted in effect just for that.
    ///
    /// # Errors
    /// [`Error::Os`] if the system refuses an option without which something else would be measured.
    pub fn new(opened: IcmpSocket, config: &SocketConfig) -> Result<Self, Error> {
        let prepared = raised(|| prepare(&opened, config))?;
        let IcmpSocket { socket, kind, family, carrier } = opened;
        let Prepared { hears, ident, flow_label, departures, stamped, options_apart, without } = prepared;
        let quoting = match carrier {
            Carrier::Echo => Quoting::Request,
            Carrier::Udp => Quoting::Data(ident),
            Carrier::UdpPorts => Quoting::Ports(ident),
            Carrier::Any => Quoting::Only(ident),
        };
        // At ordinary rates replies come one by one.
        let batch = if config.stamps == KernelTimestamps::Both {
            config.window.clamp(ORDINARY_BATCH, BATCH)
        } else {
            BATCH
        };
        Ok(Self {
            socket,
            kind,
            family,
            ident,
            flow_label,
            without,
            clock: StampClock::new(),
            departures,
            outbox: Outbox::new(carrier),
            inbox: Inbox::new(hears, config.size, stamped, options_apart, batch),
            errors: ErrorQueue::new(family, quoting),
        })
    }

    /// Which kind it became.
    pub const fn kind(&self) -> SocketKind {
        self.kind
    }

    /// Which IP version it speaks.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The identifier its probes have to carry, for their replies to come back to it.
    pub const fn ident(&self) -> Ident {
        self.ident
    }

    /// The IPv6 flow label it has leased.
    pub const fn flow_label(&self) -> Option<u32> {
        self.flow_label
    }

    /// The options it goes without, because the system refused them.
    pub fn refused_options(&self) -> &[RefusedOption] {
        &self.without
    }

    /// Sends probes in as few system calls as possible and tells `engine` the fate of each.
    pub(crate) fn send(&mut self, engine: &mut impl Engine, probes: &[Probe]) {
        let mut rest = probes;
        let mut retried = false;
        while let [first, ..] = rest {
            // A call of its own times a probe where the kernel does not, and tells which number the kernel gave it.
            let apart = self.departures.as_ref().is_none_or(|departures| !departures.are_certain());
            let together = if apart { std::slice::from_ref(first) } else { rest };
            match self.outbox.send(self.socket.as_raw_fd(), engine, together) {
                Ok((count, call)) => {
                    let (sent, unsent) = rest.split_at(count);
                    for probe in sent {
                        self.departures.iter_mut().for_each(|departures| departures.push(*probe, call));
                        engine.handle(now(), Input::Sent(*probe, call));
                    }
                    rest = unsent;
                    retried = false;
                }
                Err(error) => {
                    let (mut refusal, mut has_arrived) = (None, false);
                    self.receive_errors(&mut |input| match input {
                        Input::Refused(refused) => refusal = Some(refused),
                        other => {
                            has_arrived |= matches!(other, Input::Answer(_) | Input::Unnumbered(_));
                            engine.handle(now(), other);
                        }
                    });
                    self.departures.iter_mut().for_each(Departures::failed);
                    // An ICMP error that came in makes the next call fail, once, and perhaps after it was fetched from its
                    // queue; the next may have come in by then. None does so as EPERM: that is a firewall, which may have
                    // rejected the probe with an error.
                    let is_final = refusal.is_some() || error.raw_os_error() == Some(Errno::EPERM as i32);
                    retried = (!retried || has_arrived) && !is_final;
                    if !retried {
                        engine.handle(
                            now(),
                            match refusal {
                                Some(refused) => {
                                    Input::Refused(LocalRefusal { probe: Some(*first), ..refused })
                                }
                                None => Input::SendFailed(*first, error),
                            },
                        );
                        rest = rest.split_at(1).1;
                    }
                }
            }
        }
    }

    /// Hands over a batch of replies if looking for them is cheaper than asking whether to look: who floods finds them there.
    pub(crate) fn look(&mut self, sink: &mut impl FnMut(Input<'_>)) -> bool {
        self.departures.is_none() && self.receive_replies(sink) != Found::Nothing
    }

    /// Hands over a batch of what has arrived, which the system says there is.
    pub(crate) fn receive(&mut self, events: PollFlags, sink: &mut impl FnMut(Input<'_>)) {
        if events.contains(PollFlags::POLLERR) {
            self.receive_errors(sink);
        }
        if events.intersects(PollFlags::POLLIN | PollFlags::POLLERR) {
            self.receive_replies(sink);
        }
    }

    /// Hands over everything that has arrived.
    pub(crate) fn receive_all(&mut self, sink: &mut impl FnMut(Input<'_>)) {
        self.receive_errors(sink);
        for _ in 0..MOST_BATCHES {
            if self.receive_replies(sink) != Found::Something {
                break;
            }
        }
    }

    /// Hands over a batch of what has arrived; tells what there was, if only an error.
    fn receive_replies(&mut self, sink: &mut impl FnMut(Input<'_>)) -> Found {
        let fd = self.socket.as_raw_fd();
        let mut told = false;
        let mut sink = |input: Input<'_>| {
            told = true;
            sink(input);
        };
        // Every ICMP error that comes in fails one call, perhaps after it was fetched from its queue; what fails them all is
        // more than that.
        let mut failure = None;
        for _ in 0..BATCH {
            let Self { inbox, errors, departures, clock, .. } = self;
            // The stamps of a probe are there before its reply is.
            let stamps_first = |clock: &mut StampClock, sink: &mut _| {
                if departures.is_some() {
                    errors.receive(fd, clock, departures.as_mut(), sink);
                }
            };
            match inbox.receive(fd, clock, stamps_first, &mut sink) {
                Ok(count) => {
                    return if told || count > 0 { Found::Something } else { Found::Nothing };
                }
                Err(errno) => failure = Some(errno),
            }
            self.receive_errors(&mut sink);
        }
        failure.into_iter().for_each(|errno| sink(Input::ReceiveFailed(errno.into())));
        Found::Failure
    }

    fn receive_errors(&mut self, sink: &mut impl FnMut(Input<'_>)) {
        self.errors.receive(self.socket.as_raw_fd(), &mut self.clock, self.departures.as_mut(), sink);
    }
}

/// What a look at a socket came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Found {
    Nothing,
    Something,
    Failure,
}

impl AsFd for EchoSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// More replies than a receive buffer holds; what comes faster than it can be read has no end.
const MOST_BATCHES: usize = 1 << 14;
