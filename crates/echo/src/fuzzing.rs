//! Reads bytes as if the kernel had delivered them to a run: what fuzz targets call, and nobody else.
//!
//! The packet is all of the bytes, so that captures are seeds as they are. What the kernel says beside it, and what the clocks
//! read, is taken from the same bytes, the last one first.

use std::net::SocketAddr;
use std::time::Duration;

use nix::libc;
use nix::sys::socket::{ControlMessageOwned, Timestamps};
use nix::sys::time::{TimeSpec, TimeVal};

use crate::ancillary::{Ancillary, Quoting};
use crate::clock::{StampClock, now};
use crate::departures::Departures;
use crate::engine::{Engine, Input, Step};
use crate::payload::{MARK_LEN, Payload};
use crate::ping::{Ping, PingConfig, PingEvent};
use crate::probe::{Family, Ident, Seq};
use crate::stamp::SendCall;
use crate::wire::{self, Layout};

/// Has runs of one probe, from its departure on, live through what `packet` makes of three arrivals: one whose probe carries a
/// [secret](SECRET), and one whose probe has no room for it.
///
/// # Panics
/// If a round trip took longer than the run lived, or if something counted, or an error was believed, that the secret is not in, or that is not as long as
/// what was sent where there was none.
pub fn arrival(layout: Layout, packet: &[u8]) {
    for size in [56, 8] {
        lived_through(layout, packet, &Payload { size, secret: Some(SECRET), pattern: Vec::new() });
    }
}

fn lived_through(layout: Layout, packet: &[u8], payload: &Payload) {
    let mut said = Said(packet);
    let (start, ident) = (now(), ident(layout, packet));
    let (mut clock, mut lived) = (StampClock::reading(start, WALL), Duration::ZERO);
    let from = SocketAddr::from(([192, 0, 2, 1], 0));
    let mut ping = Ping::new(PingConfig::new(from, ident, payload.clone()), start);
    let Step::Send(probe) = ping.poll(start) else { return };
    let call = SendCall { began: start, returned: start };
    ping.handle(start, Input::Sent(probe, call));
    let mut departures = Departures::default();
    departures.push(probe, call);
    for _ in 0..3 {
        lived += said.duration();
        let at = start + lived;
        let reading = clock.read_as(at, said.wall(lived));
        let told = said.ancillary();
        let error = if told.is_transmit_stamp() {
            told.departed(&mut departures, &clock, &reading)
        } else {
            let family = if layout == Layout::Ipv6 { Family::V6 } else { Family::V4 };
            told.queued_error((family, Quoting::Request), Some(from), packet, &clock, &reading)
        };
        let reply = told.answer(layout, from, packet, &clock, &reading).map(Input::Answer);
        [error, reply].into_iter().flatten().for_each(|input| ping.handle(at, input));
    }
    while let Step::Report(event) = ping.poll(start + lived) {
        if let PingEvent::Icmp { authenticated: true, .. } = event {
            assert!(
                payload.is_secret() && may_count(packet, payload),
                "{packet:?} is no error about the probe"
            );
        }
        if let PingEvent::Reply(reply) = event {
            assert!(reply.rtt <= lived, "{:?} by {:?} in {lived:?}", reply.rtt, reply.clock);
            assert!(packet.len() >= reply.size, "{} bytes of {}", reply.size, packet.len());
        }
    }
    let counted = ping.statistics();
    if counted.received + counted.duplicates + counted.rtts.count() > 0 {
        assert!(may_count(packet, payload), "{packet:?} answers a probe of {} bytes", payload.size);
    }
}

/// Whether there is anything in the packet that may be taken for an answer.
fn may_count(packet: &[u8], payload: &Payload) -> bool {
    if !payload.is_secret() {
        return packet.len() >= wire::HEADER_LEN + payload.size;
    }
    let mut mark = [0; MARK_LEN];
    Payload { size: MARK_LEN, ..payload.clone() }.write(Seq::FIRST, &mut mark);
    packet.windows(MARK_LEN).any(|bytes| bytes == mark)
}

/// The identifier in the packet, so that it is not passed over as somebody else's.
fn ident(layout: Layout, packet: &[u8]) -> Ident {
    let family = if layout == Layout::Ipv6 { Family::V6 } else { Family::V4 };
    let message = wire::decode(layout, packet).ok().flatten().map(|message| message.ident);
    let quoted = || wire::decode_quoted(family, packet).ok().flatten().map(|(ident, _)| ident);
    message.or_else(quoted).unwrap_or(Ident(0))
}

/// What is still to be taken from the end of the bytes; zeros when they are used up.
struct Said<'a>(&'a [u8]);

impl Said<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let Some((rest, bytes)) = self.0.split_last_chunk() else {
            self.0 = &[];
            return [0; N];
        };
        self.0 = rest;
        *bytes
    }

    fn byte(&mut self) -> u8 {
        let [byte] = self.bytes();
        byte
    }

    fn u32(&mut self) -> u32 {
        u32::from_ne_bytes(self.bytes())
    }

    /// Up to a quarter of a minute.
    fn duration(&mut self) -> Duration {
        Duration::from_nanos((self.u32() >> 2).into()) * 16
    }

    /// What the wall clock reads that long after the start, if it was stepped by up to half an hour.
    fn wall(&mut self, lived: Duration) -> Duration {
        let step = Duration::from_micros(u64::from(self.u32() >> 1));
        if self.byte().is_multiple_of(2) { WALL + lived + step } else { (WALL + lived).saturating_sub(step) }
    }

    /// A time near the run's, or any.
    fn stamp(&mut self) -> TimeSpec {
        match self.byte() % 4 {
            0 => TimeSpec::new(0, 0),
            1 => TimeSpec::new(i64::from_ne_bytes(self.bytes()), i64::from_ne_bytes(self.bytes())),
            2 => TimeSpec::from(WALL + self.duration()),
            _ => TimeSpec::from(self.duration()),
        }
    }

    fn ancillary(&mut self) -> Ancillary {
        let items: Vec<_> = (0..self.byte() % 5).map(|_| self.item()).collect();
        let mut told = Ancillary::of(items);
        let length = self.byte() % 41;
        told.options = (0..length).map(|_| self.byte()).collect();
        told
    }

    fn item(&mut self) -> ControlMessageOwned {
        match self.byte() % 7 {
            0 => ControlMessageOwned::ScmTimestampns(self.stamp()),
            6 => {
                ControlMessageOwned::ScmTimestamp(TimeVal::new(i64::from(self.u32()), i64::from(self.u32())))
            }
            1 => {
                let (system, hw_trans, hw_raw) = (self.stamp(), self.stamp(), self.stamp());
                ControlMessageOwned::ScmTimestampsns(Timestamps { system, hw_trans, hw_raw })
            }
            2 => ControlMessageOwned::Ipv4Ttl(self.u32().cast_signed()),
            3 => ControlMessageOwned::Ipv6HopLimit(self.u32().cast_signed()),
            4 => ControlMessageOwned::Ipv4RecvErr(self.error(), self.sender().then(|| self.offender_v4())),
            _ => ControlMessageOwned::Ipv6RecvErr(self.error(), self.sender().then(|| self.offender_v6())),
        }
    }

    fn error(&mut self) -> libc::sock_extended_err {
        libc::sock_extended_err {
            ee_errno: self.u32(),
            // Those there are, and some there are not.
            ee_origin: self.byte() % 8,
            ee_type: self.byte(),
            ee_code: self.byte(),
            ee_pad: 0,
            // The stages of a packet's way out among them.
            ee_info: if self.byte().is_multiple_of(2) { u32::from(self.byte() % 4) } else { self.u32() },
            ee_data: u32::from(self.byte() % 4),
        }
    }

    /// Whether the kernel knows who sent the error.
    fn sender(&mut self) -> bool {
        !self.byte().is_multiple_of(4)
    }

    fn offender_v4(&mut self) -> libc::sockaddr_in {
        libc::sockaddr_in {
            sin_family: libc::AF_INET as libc::sa_family_t,
            sin_port: 0,
            sin_addr: libc::in_addr { s_addr: self.u32() },
            sin_zero: [0; 8],
        }
    }

    fn offender_v6(&mut self) -> libc::sockaddr_in6 {
        libc::sockaddr_in6 {
            sin6_family: libc::AF_INET6 as libc::sa_family_t,
            sin6_port: 0,
            sin6_flowinfo: 0,
            sin6_addr: libc::in6_addr { s6_addr: self.bytes() },
            sin6_scope_id: self.u32(),
        }
    }
}

/// The secret that a packet has to have in it, followed by the number 1 in eight bytes, to count.
pub const SECRET: u64 = 0x7365_6372_6574_2121;

/// What the wall clock reads at the start.
const WALL: Duration = Duration::from_secs(1_700_000_000);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_arrival_is_lived_through(packet in proptest::collection::vec(any::<u8>(), 0..300), which in 0..3_usize) {
            arrival([Layout::Ipv4Raw, Layout::Ipv4Datagram, Layout::Ipv6][which], &packet);
        }

        /// The reply to the probe, so that every stamp counts.
        #[test]
        fn no_stamp_makes_a_round_trip_longer_than_the_run(said in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mark = [SECRET, 1].map(u64::to_be_bytes).concat();
            let reply = [&[0, 0, 0, 0, 0x12, 0x34, 0, 1], &mark[..], &said[..]].concat();
            arrival(Layout::Ipv4Datagram, &reply);
        }
    }
}
