//! Reading and mending raw IP packets, as TUN devices carry them.
//!
//! IPv6 extension headers other than a fragment header are not looked behind.

use std::net::IpAddr;

use pnet::packet::icmp::{self, IcmpPacket, IcmpTypes};
use pnet::packet::icmpv6::{self, Icmpv6Packet, Icmpv6Types};
use pnet::packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
use pnet::packet::ipv4::{self, Ipv4Flags, Ipv4Packet, MutableIpv4Packet};
use pnet::packet::ipv6::{FragmentPacket, Ipv6Packet};
use pnet::packet::tcp::{self, TcpPacket};
use pnet::packet::udp::{self, UdpPacket};

/// What an IP packet carries, and where it begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transport {
    /// The IP protocol number.
    pub protocol: u8,
    /// Offset of the transport header, or of the data in a later fragment.
    pub offset: usize,
    /// Whether this is any part of a fragmented packet.
    pub fragment: bool,
    /// Whether this is the beginning, so that there is a transport header.
    pub first: bool,
}

/// Every packet: for [`Plan::only`](crate::Plan::only).
pub fn any(_packet: &[u8]) -> bool {
    true
}

/// An ICMP echo request or reply, or a fragment of ICMP whose type cannot be seen.
pub fn is_echo(packet: &[u8]) -> bool {
    let Some(transport) = transport(packet) else {
        return false;
    };
    let Some(kind) = packet.get(transport.offset) else {
        return false;
    };
    let types = match IpNextHeaderProtocol(transport.protocol) {
        IpNextHeaderProtocols::Icmp => [IcmpTypes::EchoRequest.0, IcmpTypes::EchoReply.0],
        IpNextHeaderProtocols::Icmpv6 => [Icmpv6Types::EchoRequest.0, Icmpv6Types::EchoReply.0],
        _ => return false,
    };
    !transport.first || types.contains(kind)
}

/// Who sent the packet; `None` if it is no IP packet.
pub fn source(packet: &[u8]) -> Option<IpAddr> {
    Some(addresses(packet)?.0)
}

/// Whom the packet is for; `None` if it is no IP packet.
pub fn destination(packet: &[u8]) -> Option<IpAddr> {
    Some(addresses(packet)?.1)
}

/// What the packet carries; `None` if it is no whole IP packet.
pub fn transport(packet: &[u8]) -> Option<Transport> {
    match version(packet)? {
        4 => {
            let ip = Ipv4Packet::new(packet)?;
            let offset = usize::from(ip.get_header_length()) * 4;
            let (at, more) = (ip.get_fragment_offset(), ip.get_flags() & Ipv4Flags::MoreFragments != 0);
            let protocol = ip.get_next_level_protocol().0;
            Some(Transport { protocol, offset, fragment: more || at > 0, first: at == 0 })
        }
        6 => {
            let protocol = Ipv6Packet::new(packet)?.get_next_header();
            if protocol != IpNextHeaderProtocols::Ipv6Frag {
                return Some(Transport { protocol: protocol.0, offset: 40, fragment: false, first: true });
            }
            let header = FragmentPacket::new(&packet[40..])?;
            let first = header.get_fragment_offset() == 0;
            Some(Transport { protocol: header.get_next_header().0, offset: 48, fragment: true, first })
        }
        _ => None,
    }
}

/// The transport part of a packet, header included.
pub fn payload(packet: &[u8]) -> Option<&[u8]> {
    packet.get(transport(packet)?.offset..)
}

/// Whether a router may fragment the packet: IPv4 without DF.
pub fn may_be_fragmented(packet: &[u8]) -> bool {
    let ip = Ipv4Packet::new(packet).filter(|_| version(packet) == Some(4));
    ip.is_some_and(|ip| ip.get_flags() & Ipv4Flags::DontFragment == 0)
}

/// Has the packet come from another address, or go to another, of the same IP version; all its checksums are right afterwards.
pub fn readdress(packet: &mut [u8], source: Option<IpAddr>, destination: Option<IpAddr>) {
    let at = if version(packet) == Some(4) { [12, 16] } else { [8, 24] };
    for (address, at) in [source, destination].into_iter().zip(at) {
        let octets = match address {
            Some(IpAddr::V4(address)) if version(packet) == Some(4) => address.octets().to_vec(),
            Some(IpAddr::V6(address)) if version(packet) == Some(6) => address.octets().to_vec(),
            _ => continue,
        };
        if let Some(field) = packet.get_mut(at..at + octets.len()) {
            field.copy_from_slice(&octets);
        }
    }
    fix_checksums(packet);
}

/// Gives the packet another type of service or traffic class.
pub fn mark(packet: &mut [u8], tos: u8) {
    match (version(packet), packet) {
        (Some(4), [_, field, ..]) => *field = tos,
        (Some(6), [first, second, ..]) => {
            *first = 0x60 | tos >> 4;
            *second = *second & 0xf | tos << 4;
        }
        _ => {}
    }
}

/// Makes the IPv4 header checksum and the ICMP, TCP or UDP checksum right. That of a fragment stays: the
/// rest of what it covers is elsewhere.
pub fn fix_checksums(packet: &mut [u8]) {
    if version(packet) == Some(4)
        && let Some(mut ip) = MutableIpv4Packet::new(packet)
    {
        let checksum = ipv4::checksum(&ip.to_immutable());
        ip.set_checksum(checksum);
    }
    if let Some((offset, checksum)) = transport_checksum(packet) {
        packet[offset..offset + 2].copy_from_slice(&checksum.to_be_bytes());
    }
}

/// Makes the ICMP, TCP or UDP checksum wrong.
pub fn break_checksum(packet: &mut [u8]) {
    if let Some((offset, checksum)) = transport_checksum(packet) {
        packet[offset..offset + 2].copy_from_slice(&(checksum ^ 0x5555).to_be_bytes());
    }
}

/// Where the checksum of the transport header is, and what it should be.
fn transport_checksum(packet: &[u8]) -> Option<(usize, u16)> {
    let transport = transport(packet).filter(|transport| !transport.fragment)?;
    let payload = packet.get(transport.offset..)?;
    let addresses = addresses(packet)?;
    let (field, checksum) = match (IpNextHeaderProtocol(transport.protocol), addresses) {
        (IpNextHeaderProtocols::Icmp, (IpAddr::V4(_), _)) => (2, icmp::checksum(&IcmpPacket::new(payload)?)),
        (IpNextHeaderProtocols::Icmpv6, (IpAddr::V6(from), IpAddr::V6(to))) => {
            (2, icmpv6::checksum(&Icmpv6Packet::new(payload)?, &from.octets().into(), &to.octets().into()))
        }
        (IpNextHeaderProtocols::Tcp, (IpAddr::V4(from), IpAddr::V4(to))) => {
            (16, tcp::ipv4_checksum(&TcpPacket::new(payload)?, &from.octets().into(), &to.octets().into()))
        }
        (IpNextHeaderProtocols::Tcp, (IpAddr::V6(from), IpAddr::V6(to))) => {
            (16, tcp::ipv6_checksum(&TcpPacket::new(payload)?, &from.octets().into(), &to.octets().into()))
        }
        (IpNextHeaderProtocols::Udp, (IpAddr::V4(from), IpAddr::V4(to))) => {
            (6, udp::ipv4_checksum(&UdpPacket::new(payload)?, &from.octets().into(), &to.octets().into()))
        }
        (IpNextHeaderProtocols::Udp, (IpAddr::V6(from), IpAddr::V6(to))) => {
            (6, udp::ipv6_checksum(&UdpPacket::new(payload)?, &from.octets().into(), &to.octets().into()))
        }
        _ => return None,
    };
    Some((transport.offset + field, checksum))
}

/// Source and destination. pnet's own address types (without its `std` feature) go no further than here.
pub(crate) fn addresses(packet: &[u8]) -> Option<(IpAddr, IpAddr)> {
    match version(packet)? {
        4 => {
            let ip = Ipv4Packet::new(packet)?;
            Some((ip.get_source().octets().into(), ip.get_destination().octets().into()))
        }
        6 => {
            let ip = Ipv6Packet::new(packet)?;
            Some((ip.get_source().octets().into(), ip.get_destination().octets().into()))
        }
        _ => None,
    }
}

fn version(packet: &[u8]) -> Option<u8> {
    Some(packet.first()? >> 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge;

    #[test]
    fn echo_is_told_from_everything_else() {
        let v4 = |kind| forge::icmp([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), &[kind, 0, 0, 0, 0, 1, 0, 1]);
        let v6 = |kind| forge::icmp([1; 16].into(), [2; 16].into(), &[kind, 0, 0, 0, 0, 1, 0, 1]);
        let later_fragment = |mut packet: Vec<u8>| {
            packet[7] = 1;
            packet
        };
        #[rustfmt::skip]
        let cases = [
            (v4(8).unwrap(),                 true),
            (v4(0).unwrap(),                 true),
            (v4(3).unwrap(),                 false),
            (later_fragment(v4(3).unwrap()), true),
            (v6(128).unwrap(),               true),
            (v6(129).unwrap(),               true),
            (v6(135).unwrap(),               false),
            (vec![],                         false),
            (vec![0x45],                     false),
            (vec![0x60; 40],                 false),
        ];
        for (packet, expected) in cases {
            assert_eq!(is_echo(&packet), expected, "{packet:x?}");
        }
    }

    #[test]
    fn a_broken_checksum_can_be_mended() {
        for (from, to) in [([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), ([1; 16].into(), [2; 16].into())] {
            for protocol in [1, 6, 17, 58] {
                let good = forge::ip(from, to, protocol, &[7; 24]).unwrap();
                let mut packet = good.clone();
                break_checksum(&mut packet);
                let carried =
                    matches!((from, protocol), (_, 6 | 17) | (IpAddr::V4(_), 1) | (IpAddr::V6(_), 58));
                assert_eq!(packet != good, carried, "protocol {protocol} from {from}");
                fix_checksums(&mut packet);
                assert_eq!(packet, good, "protocol {protocol} from {from}");
            }
        }
    }

    #[test]
    fn no_prefix_of_a_packet_makes_a_reader_panic() {
        for protocol in [1, 6, 17, 44, 58] {
            for ends in [([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), ([1; 16].into(), [2; 16].into())] {
                let packet = forge::ip(ends.0, ends.1, protocol, &[7; 24]).unwrap();
                for length in 0..packet.len() {
                    let mut cut = packet[..length].to_vec();
                    fix_checksums(&mut cut);
                    break_checksum(&mut cut);
                    is_echo(&cut);
                    may_be_fragmented(&cut);
                    forge::echo_reply(&cut);
                }
            }
        }
    }
}
