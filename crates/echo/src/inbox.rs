//! What comes in: replies in batches, errors from the socket's error queue, each with the kernel's stamp.

use std::array;
use std::io::IoSliceMut;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::RawFd;
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, recvmsg};
use nix::sys::time::TimeSpec;

use crate::clock::{Reading, StampClock};
use crate::departures::Departures;
use crate::engine::{Input, LocalError};
use crate::probe::{Answer, AnswerKind, Family, IcmpError, Ident};
use crate::socket::BATCH;
use crate::stamp::{Departure, Stamp};
use crate::wire::{self, Body, HEADER_LEN, Layout};

/// Receive buffers, and what is needed to read what lands in them.
#[derive(Debug)]
pub(crate) struct Inbox {
    layout: Layout,
    ident: Ident,
    /// Whether the kernel stamps what arrives.
    stamped: bool,
    /// Whether some packets come with more control messages than others: IPv4 options.
    uneven: bool,
    buffers: Vec<Box<[u8]>>,
    headers: MultiHeaders<SockaddrStorage>,
    error_control: Vec<u8>,
}

impl Inbox {
    pub(crate) fn new(
        layout: Layout,
        ident: Ident,
        payload: usize,
        stamped: bool,
        uneven: bool,
        batch: usize,
    ) -> Self {
        let length = payload + HEADER_LEN + HEADROOM;
        // Large payloads get small batches, so that memory stays bounded.
        let count = (BUFFER_BYTES / length).clamp(1, batch);
        Self {
            layout,
            ident,
            stamped,
            uneven,
            buffers: vec![vec![0; length].into_boxed_slice(); count],
            headers: headers(count),
            // An error's own packet may have options, and what does not fit takes the error with it.
            error_control: cmsg_space!(
                [TimeSpec; 3],
                libc::c_int,
                [u8; 40],
                libc::sock_extended_err,
                libc::sockaddr_in6
            ),
        }
    }

    /// Hands over what has arrived, a batch at the most, without waiting; gives how many packets that were.
    pub(crate) fn receive(
        &mut self,
        fd: RawFd,
        clock: &mut StampClock,
        sink: &mut impl FnMut(Input<'_>),
    ) -> nix::Result<usize> {
        let mut received = 0;
        let mut slices: [_; BATCH] = array::from_fn(|_| [IoSliceMut::new(&mut [])]);
        let count = self.buffers.len();
        for (slice, buffer) in slices.iter_mut().zip(&mut self.buffers) {
            *slice = [IoSliceMut::new(buffer)];
        }
        let mut control_short = false;
        match recvmmsg(fd, &mut self.headers, slices.iter_mut().take(count), MsgFlags::MSG_DONTWAIT, None) {
            Ok(messages) => {
                let reading = clock.read();
                for message in messages {
                    received += 1;
                    let control = Control::of(message.cmsgs().into_iter().flatten());
                    control_short |= self.stamped && control.software.is_none();
                    let from = message.address.as_ref().and_then(socket_addr);
                    let packet = message.iovs().next().unwrap_or_default();
                    let answer = from.and_then(|from| {
                        control.reply(self.layout, self.ident, from, packet, clock, &reading)
                    });
                    if let Some(answer) = answer {
                        sink(Input::Answer(answer));
                    }
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
        if control_short || (self.uneven && received > 0) {
            // Each call leaves the room it used as the room there is, and a packet that came before the kernel had begun to
            // stamp, or without options, used less than the next will; renewed headers have it all again.
            self.headers = headers(count);
        }
        Ok(received)
    }

    /// Hands over everything in the error queue: ICMP errors and transmit stamps.
    pub(crate) fn receive_errors(
        &mut self,
        fd: RawFd,
        clock: &mut StampClock,
        departures: Option<&Departures>,
        sink: &mut impl FnMut(Input<'_>),
    ) {
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        while let Some(buffer) = self.buffers.first_mut() {
            let mut slices = [IoSliceMut::new(buffer)];
            let control = Some(self.error_control.as_mut_slice());
            let Ok(message) = recvmsg::<SockaddrStorage>(fd, &mut slices, control, flags) else {
                break;
            };
            let reading = clock.read();
            let control = Control::of(message.cmsgs().into_iter().flatten());
            if control.is_transmit_stamp() {
                departures
                    .and_then(|departures| control.departure(departures, clock, &reading))
                    .map(&mut *sink);
                continue;
            }
            let quoted = message.iovs().next().unwrap_or_default();
            if let Some(input) = control.queued_error(self.layout, self.ident, quoted, clock, &reading) {
                sink(input);
            }
        }
    }
}

/// Longest IP header, and a surplus by which a reply that grew on the way is noticed.
const HEADROOM: usize = 60 + 512;
const BUFFER_BYTES: usize = 256 * 1024;

fn headers(count: usize) -> MultiHeaders<SockaddrStorage> {
    MultiHeaders::preallocate(count, Some(cmsg_space!([TimeSpec; 3], libc::c_int, [u8; 40])))
}

/// The control messages of one packet.
#[derive(Debug, Default)]
pub(crate) struct Control {
    /// The kernel's stamp, time since the epoch.
    software: Option<Duration>,
    /// The interface's stamp, time since an epoch of its own.
    hardware: Option<Duration>,
    hop_limit: Option<u8>,
    /// IPv4 options, where the IP header is not delivered.
    pub(crate) options: Vec<u8>,
    error: Option<(libc::sock_extended_err, Option<SocketAddr>)>,
}

impl Control {
    pub(crate) fn of(items: impl IntoIterator<Item = ControlMessageOwned>) -> Self {
        let mut control = Self::default();
        for item in items {
            match item {
                ControlMessageOwned::ScmTimestampns(stamp) => control.software = known(stamp),
                ControlMessageOwned::ScmTimestampsns(stamps) => {
                    (control.software, control.hardware) = (known(stamps.system), known(stamps.hw_raw));
                }
                ControlMessageOwned::Ipv4Ttl(limit) | ControlMessageOwned::Ipv6HopLimit(limit) => {
                    control.hop_limit = u8::try_from(limit).ok();
                }
                ControlMessageOwned::Ipv4RecvErr(error, offender) => {
                    let address =
                        |from: libc::sockaddr_in| Ipv4Addr::from(from.sin_addr.s_addr.to_ne_bytes());
                    control.error = Some((error, offender.map(|from| (address(from), 0).into())));
                }
                ControlMessageOwned::Ipv6RecvErr(error, offender) => {
                    let address = |from: libc::sockaddr_in6| {
                        SocketAddrV6::new(Ipv6Addr::from(from.sin6_addr.s6_addr), 0, 0, from.sin6_scope_id)
                    };
                    control.error = Some((error, offender.map(|from| address(from).into())));
                }
                ControlMessageOwned::Unknown(other) if is_ip_options(&other.cmsg_header) => {
                    control.options = other.data_bytes;
                }
                _ => {}
            }
        }
        control
    }

    /// The reply or advice in a packet, if it is one to this socket's probes.
    pub(crate) fn reply<'a>(
        &'a self,
        layout: Layout,
        ident: Ident,
        from: SocketAddr,
        packet: &'a [u8],
        clock: &StampClock,
        reading: &Reading,
    ) -> Option<Answer<'a>> {
        let decoded = wire::decode(layout, packet).ok()??;
        if decoded.ident != ident {
            return None;
        }
        let kind = match decoded.body {
            Body::Reply { payload, intact } => AnswerKind::Reply {
                hop_limit: decoded.hop_limit.or(self.hop_limit),
                payload,
                intact,
                options: if decoded.options.is_empty() { &self.options } else { decoded.options },
            },
            Body::Icmp { error, quoted } => AnswerKind::Icmp { error, quoted },
        };
        Some(Answer { from, arrival: self.arrival(clock, reading), seq: decoded.seq, kind })
    }

    fn arrival(&self, clock: &StampClock, reading: &Reading) -> Stamp {
        clock.stamp(reading, self.software, self.hardware)
    }

    pub(crate) fn is_transmit_stamp(&self) -> bool {
        self.error.is_some_and(|(error, _)| error.ee_origin == libc::SO_EE_ORIGIN_TIMESTAMPING)
    }

    pub(crate) fn departure(
        &self,
        departures: &Departures,
        clock: &StampClock,
        reading: &Reading,
    ) -> Option<Input<'static>> {
        let (error, _) = self.error?;
        let seq = departures.seq_of(error.ee_data)?;
        let software = clock.stamp(reading, self.software, None).kernel.map(Departure::Software);
        Some(Input::Left(seq, software.or_else(|| self.hardware.map(Departure::Hardware))?))
    }

    pub(crate) fn queued_error(
        &self,
        layout: Layout,
        ident: Ident,
        quoted: &[u8],
        clock: &StampClock,
        reading: &Reading,
    ) -> Option<Input<'static>> {
        let (error, offender) = self.error?;
        let family = if layout == Layout::Ipv6 { Family::V6 } else { Family::V4 };
        match error.ee_origin {
            libc::SO_EE_ORIGIN_LOCAL => {
                let error = LocalError { errno: error.ee_errno.cast_signed(), info: error.ee_info };
                Some(Input::Refused(None, error))
            }
            libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6 => {
                let (quoted, seq) = wire::decode_quoted(family, quoted).ok()??;
                let icmp =
                    IcmpError { family, kind: error.ee_type, code: error.ee_code, info: error.ee_info };
                let arrival = self.arrival(clock, reading);
                let kind = AnswerKind::Icmp { error: icmp, quoted: &[] };
                let answer = Answer { from: offender?, arrival, seq, kind };
                (quoted == ident).then_some(Input::Answer(answer))
            }
            _ => None,
        }
    }
}

fn is_ip_options(header: &libc::cmsghdr) -> bool {
    (header.cmsg_level, header.cmsg_type) == (libc::IPPROTO_IP, libc::IP_RETOPTS)
}

/// A stamp the kernel left empty is absent, and so is one from before its epoch or with no number of nanoseconds in it.
fn known(stamp: TimeSpec) -> Option<Duration> {
    let seconds = u64::try_from(stamp.tv_sec()).ok()?;
    let nanos = u32::try_from(stamp.tv_nsec()).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(seconds, nanos)).filter(|stamp| !stamp.is_zero())
}

fn socket_addr(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some((v4.ip(), 0).into());
    }
    address.as_sockaddr_in6().map(|v6| SocketAddrV6::new(v6.ip(), 0, 0, v6.scope_id()).into())
}

#[cfg(test)]
mod tests;
