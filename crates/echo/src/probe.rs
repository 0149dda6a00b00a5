//! What goes out and what comes back, as plain data: [`Probe`], [`Answer`], and the numbers that tie them together.
//!
//! A sequence number has 16 bits on the wire and 64 here; only [`Seq::from_wire`] goes from one to the other.

use std::net::{IpAddr, SocketAddr};

use crate::stamp::Arrival;

/// Position of a probe in its run, counted from one and never reused; the low 16 bits are `icmp_seq` on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Seq(pub u64);

impl Seq {
    /// The first probe of a run.
    pub const FIRST: Self = Self(1);

    /// The number as the ICMP header carries it.
    pub const fn to_wire(self) -> u16 {
        self.0 as u16
    }

    /// The newest number not after `newest` whose low bits are `wire`, if there is one.
    pub fn from_wire(wire: u16, newest: Self) -> Option<Self> {
        let behind = newest.to_wire().wrapping_sub(wire);
        newest.0.checked_sub(u64::from(behind)).filter(|&seq| seq > 0).map(Self)
    }

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The mark a run's probes carry in the ICMP identifier field; of datagrams it is the port they come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ident(pub u16);

/// One packet an engine wants sent: an echo request, a datagram, the beginning of a connection, or a packet without a header but IP's. Which
/// of them it becomes is what the sockets are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Probe {
    /// Where to, with the scope of a link-local address; the port is zero for what goes to none.
    pub to: SocketAddr,
    /// Its number in the run.
    pub seq: Seq,
    /// TTL or hop limit of this packet; `None` leaves what the socket has.
    pub hop_limit: Option<u8>,
    /// Bytes of data behind the header of what it is; the beginning of a connection has none.
    pub size: usize,
    /// What routers that share traffic among several ways are to see the same in all packets that shall go one way: over IPv6 the
    /// flow label, which the socket must have [leased](crate::SocketOptions::flow_label), over IPv4 the ICMP checksum, for which two
    /// [bytes of data](crate::wire::FLOW_WORD) are given up, and over TCP the port it comes from
    /// ([`TcpSockets`](crate::TcpSockets)). `None` pins none of them; a datagram has no other than its socket's port.
    pub flow: Option<u32>,
}

impl Probe {
    /// A probe of that size that asks for nothing else.
    pub const fn new(to: SocketAddr, seq: Seq, size: usize) -> Self {
        Self { to, seq, hop_limit: None, size, flow: None }
    }
}

/// One message that is about a probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer<'a> {
    /// Which probe, as far as the message says; none of it is to be trusted.
    pub probe: AnsweredProbe,
    /// Who sent it: the host for a reply, the router or host that gave up for an error.
    pub from: SocketAddr,
    /// When it arrived.
    pub at: Arrival,
    /// What it says.
    pub kind: AnswerKind<'a>,
}

/// What a message says of the probe it is about: a reply by its own header, an error by what it quotes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AnsweredProbe {
    /// The identifier, or what stands for it: the port a datagram came from, [a number](crate::TcpSockets::ident) for connections.
    pub ident: Ident,
    /// The sequence number, 16 bits of it; where each probe goes to [a port of its own](crate::IcmpSocket::open_udp_ports), that port.
    pub seq: u16,
    /// Where the probe went; a reply does not say.
    pub to: Option<SocketAddr>,
}

/// What an [`Answer`] says.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnswerKind<'a> {
    /// An echo reply, or what came back over the protocol that the probe went by.
    Reply {
        /// TTL or hop limit it arrived with; `None` if the kernel did not tell.
        hop_limit: Option<u8>,
        /// The data behind the header of the transport, borrowed from the receive buffer.
        payload: &'a [u8],
        /// Whether the ICMP checksum was right; only IPv4 raw sockets ever see a wrong one.
        intact: bool,
        /// Options of the IPv4 header.
        options: &'a [u8],
    },
    /// Any other ICMP message; it ends the probe unless it [is advice](IcmpError::is_advice).
    Icmp {
        /// What it says.
        error: IcmpError,
        /// The IPv4 header it quotes, options included; empty if the kernel read the message and passed on only its sense.
        quoted: &'a [u8],
        /// The data it quotes of the request, from behind the request's ICMP header as far as it goes; what is left of the run's
        /// secret there tells whether it is about a probe of this run at all.
        data: &'a [u8],
        /// The [extensions](crate::extensions) it has (RFC 4884), as they came; empty without any.
        extensions: &'a [u8],
        /// TTL or hop limit the message arrived with; `None` if the kernel did not tell.
        hop_limit: Option<u8>,
    },
    /// The port itself, to a probe that was the beginning of a connection; the system takes no other answer for one.
    Port(PortState),
}

/// What a TCP port says to who wants a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PortState {
    /// Somebody listens there (SYN and ACK).
    Open,
    /// Nobody does, or nobody is to know (RST).
    Closed,
}

/// An ICMP message other than an echo, as its header has it (RFC 792, RFC 4443).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IcmpError {
    /// Which ICMP the numbers belong to.
    pub family: Family,
    /// `type` field.
    pub kind: u8,
    /// `code` field.
    pub code: u8,
    /// The kernel's `ee_info`: next-hop MTU, pointer, or the redirect's gateway (IPv4, big endian), by type.
    pub info: u32,
}

impl IcmpError {
    /// Whether it is a redirect or source quench (IPv4): the probe it quotes is still under way.
    pub fn is_advice(&self) -> bool {
        self.family == Family::V4 && matches!(self.kind, 4 | 5)
    }

    /// Whether it is that a packet is too large for the next link, and [`info`](Self::info) how large one may be.
    pub const fn is_too_big(&self) -> bool {
        matches!((self.family, self.kind, self.code), (Family::V4, 3, 4) | (Family::V6, 2, _))
    }

    /// Whether it is that nobody listens at the port, which is how a host answers a datagram that has come to it.
    pub const fn is_port_unreachable(&self) -> bool {
        matches!((self.family, self.kind, self.code), (Family::V4, 3, 3) | (Family::V6, 1, 4))
    }
}

/// What an ICMP error quotes, header included, of a packet that may be a probe of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quote<'a> {
    /// Who sent the error.
    pub from: SocketAddr,
    /// Type of service or traffic class, as it was there.
    pub tos: u8,
    /// TTL or hop limit, as it was there.
    pub hop_limit: u8,
    /// The protocol behind the IP header.
    pub protocol: u8,
    /// Where the packet came from, as it was there.
    pub source: IpAddr,
    /// Where it went, as it was there.
    pub to: IpAddr,
    /// What is quoted from the transport header on.
    pub transport: &'a [u8],
    /// The hop limit of the probe, if the sockets know it by its port.
    pub sent_with: Option<u8>,
}

/// An IP version.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Family {
    /// IPv4 and ICMP.
    V4,
    /// IPv6 and ICMPv6.
    V6,
}

impl Family {
    /// The version of an address.
    pub const fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Self::V4,
            SocketAddr::V6(_) => Self::V6,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wire_number_is_the_newest_that_fits() {
        #[rustfmt::skip]
        let cases = [
            // newest, wire,   expected
            (1,        1,      Some(1)),
            (1,        2,      None),          // from the future
            (1,        0,      None),          // zero is not a position
            (65_535,   1,      Some(1)),
            (65_536,   0,      Some(65_536)),
            (65_536,   0xffff, Some(65_535)),  // one behind, across the wrap
            (65_536,   1,      Some(1)),
            (65_537,   1,      Some(65_537)),
            (200_000,  0x0d40, Some(200_000)),
        ];
        for (newest, wire, expected) in cases {
            assert_eq!(Seq::from_wire(wire, Seq(newest)), expected.map(Seq), "newest {newest}, wire {wire}");
        }
    }

    proptest! {
        #[test]
        fn a_number_at_most_65_535_behind_survives_the_wire(newest in 1_u64.., behind in 0_u64..=65_535) {
            prop_assume!(behind < newest);
            let seq = Seq(newest - behind);
            prop_assert_eq!(Seq::from_wire(seq.to_wire(), Seq(newest)), Some(seq));
        }
    }
}
