//! What the kernel says beside a packet: [`Ancillary`], the control messages of one receive, and what they make of its bytes.
//!
//! Nothing here does I/O, so that a test or a fuzz target may say what the kernel said.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nix::libc;
use nix::sys::socket::{ControlMessageOwned, SockaddrStorage};
use nix::sys::time::{TimeSpec, TimeVal};

use crate::clock::{Reading, StampClock};
use crate::departures::Departures;
use crate::engine::{Input, LocalError, LocalRefusal};
use crate::extensions;
use crate::payload::Payload;
use crate::probe::{Answer, AnswerKind, AnsweredProbe, Family, IcmpError, Ident, Seq};
use crate::stamp::{Arrival, Departure};
use crate::wire::{self, Layout, MessageBody};

/// The control messages of one packet.
#[derive(Debug, Default)]
pub(crate) struct Ancillary {
    /// The kernel's stamp, time since the epoch.
    stamp: Option<Duration>,
    hop_limit: Option<u8>,
    /// IPv4 options, where the IP header is not delivered.
    pub(crate) options: Vec<u8>,
    error: Option<(libc::sock_extended_err, Option<SocketAddr>)>,
}

/// What the errors of a queue have of the probes they are about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Quoting {
    /// Echo requests from their ICMP header on.
    Request,
    /// The data of datagrams, as far as routers quote them, of the socket with that identifier.
    Data(Ident),
    /// Datagrams of the socket with that identifier, which are known by the ports they went to.
    Ports(Ident),
    /// Packets of the socket with that identifier, of which one is under way at a time.
    Only(Ident),
    /// One probe from its TCP header on: the socket has sent no other.
    Known(Ident, Seq),
}

impl Quoting {
    /// Which probe it is, if that is quoted, and what is quoted of its data.
    fn probe(
        self,
        family: Family,
        to: Option<SocketAddr>,
        quoted: &[u8],
    ) -> Option<(Ident, Option<u16>, &[u8])> {
        match self {
            Self::Request => {
                let (ident, seq) = wire::decode_quoted(family, quoted).ok()??;
                Some((ident, Some(seq), wire::quoted_data(quoted)))
            }
            Self::Data(ident) => match Payload::seq_in(quoted).filter(|seq| *seq >= Seq::FIRST) {
                Some(seq) => Some((ident, Some(seq.to_wire()), quoted)),
                // Who quotes too little may fill it up.
                None if quoted.iter().all(|byte| *byte == 0) => Some((ident, None, &[])),
                None => Some((ident, None, quoted)),
            },
            Self::Ports(ident) => Some((ident, Some(to?.port()), quoted)),
            Self::Only(ident) => Some((ident, Some(0), quoted)),
            Self::Known(ident, seq) => Some((ident, Some(seq.to_wire()), &[])),
        }
    }

    /// Bytes of the quoted packet that the kernel does not pass on, if it has no options.
    const fn skipped(self, family: Family) -> usize {
        let ip = match family {
            Family::V4 => 20,
            Family::V6 => 40,
        };
        ip + if matches!(self, Self::Data(_) | Self::Ports(_)) { UDP_HEADER } else { 0 }
    }
}

impl Ancillary {
    pub(crate) fn of(items: impl IntoIterator<Item = ControlMessageOwned>) -> Self {
        let mut told = Self::default();
        for item in items {
            match item {
                ControlMessageOwned::ScmTimestamp(stamp) => told.stamp = known(nanos(stamp)),
                ControlMessageOwned::ScmTimestampns(stamp) => told.stamp = known(stamp),
                ControlMessageOwned::ScmTimestampsns(stamps) => told.stamp = known(stamps.system),
                ControlMessageOwned::Ipv4Ttl(limit) | ControlMessageOwned::Ipv6HopLimit(limit) => {
                    told.hop_limit = u8::try_from(limit).ok();
                }
                ControlMessageOwned::Ipv4RecvErr(error, offender) => {
                    let address =
                        |from: libc::sockaddr_in| Ipv4Addr::from(from.sin_addr.s_addr.to_ne_bytes());
                    told.error = Some((error, offender.map(|from| (address(from), 0).into())));
                }
                ControlMessageOwned::Ipv6RecvErr(error, offender) => {
                    let address = |from: libc::sockaddr_in6| {
                        SocketAddrV6::new(Ipv6Addr::from(from.sin6_addr.s6_addr), 0, 0, from.sin6_scope_id)
                    };
                    told.error = Some((error, offender.map(|from| address(from).into())));
                }
                ControlMessageOwned::Unknown(other) if is_ip_options(&other.cmsg_header) => {
                    told.options = other.data_bytes;
                }
                _ => {}
            }
        }
        told
    }

    pub(crate) const fn is_stamped(&self) -> bool {
        self.stamp.is_some()
    }

    /// The reply or advice in a packet, if it is one to an echo request.
    pub(crate) fn answer<'a>(
        &'a self,
        layout: Layout,
        from: SocketAddr,
        packet: &'a [u8],
        clock: &StampClock,
        reading: &Reading,
    ) -> Option<Answer<'a>> {
        let decoded = wire::decode(layout, packet).ok()??;
        let hop_limit = decoded.hop_limit.or(self.hop_limit);
        let kind = match decoded.body {
            MessageBody::Reply { payload, intact } => AnswerKind::Reply {
                hop_limit,
                payload,
                intact,
                options: if decoded.options.is_empty() { &self.options } else { decoded.options },
            },
            MessageBody::Icmp { error, quoted, data } => {
                AnswerKind::Icmp { error, quoted, data, extensions: &[], hop_limit }
            }
        };
        let probe = AnsweredProbe { ident: decoded.ident, seq: decoded.seq, to: decoded.to };
        Some(Answer { probe, from, at: self.arrival(clock, reading), kind })
    }

    /// The reply to a datagram, which comes from the port that went to.
    pub(crate) fn datagram<'a>(
        &'a self,
        ident: Ident,
        from: SocketAddr,
        payload: &'a [u8],
        clock: &StampClock,
        reading: &Reading,
    ) -> Answer<'a> {
        let probe = AnsweredProbe { ident, seq: from.port(), to: None };
        let kind =
            AnswerKind::Reply { hop_limit: self.hop_limit, payload, intact: true, options: &self.options };
        Answer { probe, from, at: self.arrival(clock, reading), kind }
    }

    fn arrival(&self, clock: &StampClock, reading: &Reading) -> Arrival {
        Arrival { user: reading.now, kernel: self.stamp.and_then(|stamp| clock.place(reading, stamp)) }
    }

    pub(crate) fn is_transmit_stamp(&self) -> bool {
        self.error.is_some_and(|(error, _)| error.ee_origin == libc::SO_EE_ORIGIN_TIMESTAMPING)
    }

    /// How far one of the probes has come, if this is a transmit stamp that can be placed.
    pub(crate) fn departed(
        &self,
        departures: &mut Departures,
        clock: &StampClock,
        reading: &Reading,
    ) -> Option<Input<'static>> {
        let (error, _) = self.error?;
        let at = clock.place(reading, self.stamp?)?;
        let (departure, queued) = match error.ee_info {
            SCM_TSTAMP_SCHED => (Departure::Queued(at), Some(at)),
            SCM_TSTAMP_SND => (Departure::Left(at), None),
            _ => return None,
        };
        Some(Input::Departed(departures.probe(error.ee_data, queued)?, departure))
    }

    /// The error of an error queue: from the network, about a request `to` there, or from this host.
    pub(crate) fn queued_error<'a>(
        &self,
        (family, quoting): (Family, Quoting),
        to: Option<SocketAddr>,
        quoted: &'a [u8],
        clock: &StampClock,
        reading: &Reading,
    ) -> Option<Input<'a>> {
        let (error, offender) = self.error?;
        match error.ee_origin {
            libc::SO_EE_ORIGIN_LOCAL => {
                let error = LocalError { errno: error.ee_errno.cast_signed(), info: error.ee_info };
                Some(Input::Refused(LocalRefusal { probe: None, to, error }))
            }
            libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6 => {
                let (ident, seq, data) = quoting.probe(family, to, quoted)?;
                let icmp =
                    IcmpError { family, kind: error.ee_type, code: error.ee_code, info: error.ee_info };
                let kind = AnswerKind::Icmp {
                    error: icmp,
                    quoted: &[],
                    data,
                    extensions: extensions::queued(quoted, error.ee_data, quoting.skipped(family)),
                    hop_limit: self.hop_limit,
                };
                let probe = AnsweredProbe { ident, seq: seq.unwrap_or_default(), to };
                let answer = Answer { probe, from: offender?, at: self.arrival(clock, reading), kind };
                Some(if seq.is_some() { Input::Answer(answer) } else { Input::Unnumbered(answer) })
            }
            _ => None,
        }
    }
}

/// The address a packet came from, or that one of an error queue was sent to; the ports of ICMP are zero.
pub(crate) fn socket_addr(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some((v4.ip(), v4.port()).into());
    }
    address.as_sockaddr_in6().map(|v6| SocketAddrV6::new(v6.ip(), v6.port(), 0, v6.scope_id()).into())
}

fn is_ip_options(header: &libc::cmsghdr) -> bool {
    (header.cmsg_level, header.cmsg_type) == (libc::IPPROTO_IP, libc::IP_RETOPTS)
}

fn nanos(stamp: TimeVal) -> TimeSpec {
    TimeSpec::new(stamp.tv_sec(), stamp.tv_usec().saturating_mul(1000))
}

/// A stamp the kernel left empty is absent, and so is one from before its epoch or with no number of nanoseconds in it.
fn known(stamp: TimeSpec) -> Option<Duration> {
    let seconds = u64::try_from(stamp.tv_sec()).ok()?;
    let nanos = u32::try_from(stamp.tv_nsec()).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(seconds, nanos)).filter(|stamp| !stamp.is_zero())
}

const UDP_HEADER: usize = 8;
/// linux/errqueue.h: the driver has the packet; it is on its way to the device's queue.
const SCM_TSTAMP_SND: u32 = 0;
const SCM_TSTAMP_SCHED: u32 = 1;

#[cfg(test)]
#[path = "ancillary_tests.rs"]
mod tests;
