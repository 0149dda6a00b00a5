//! Building raw IP packets, checksums right.
//!
//! A builder answers `None` when its addresses are of different IP versions or the packet it works from
//! is not what it needs, so a script can pass on whatever there is by `into_iter()`.

use std::net::{IpAddr, SocketAddr};

use pnet::packet::icmp::IcmpTypes;
use pnet::packet::icmpv6::Icmpv6Types;
use pnet::packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
use pnet::packet::ipv4::MutableIpv4Packet;
use pnet::packet::ipv6::MutableIpv6Packet;
use pnet::packet::tcp::{MutableTcpPacket, TcpFlags, TcpPacket};
use pnet::packet::udp::MutableUdpPacket;

use crate::packet;

/// An IP packet with a TTL of 64 around a transport header and its data.
pub fn ip(source: IpAddr, destination: IpAddr, protocol: u8, payload: &[u8]) -> Option<Vec<u8>> {
    let protocol = IpNextHeaderProtocol(protocol);
    let mut bytes = vec![0; if source.is_ipv4() { 20 } else { 40 }];
    bytes.extend_from_slice(payload);
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let length = u16::try_from(bytes.len()).ok()?;
            let mut ip = MutableIpv4Packet::new(&mut bytes)?;
            ip.set_version(4);
            ip.set_header_length(5);
            ip.set_total_length(length);
            ip.set_ttl(TTL);
            ip.set_next_level_protocol(protocol);
            ip.set_source(source.octets().into());
            ip.set_destination(destination.octets().into());
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let mut ip = MutableIpv6Packet::new(&mut bytes)?;
            ip.set_version(6);
            ip.set_payload_length(u16::try_from(payload.len()).ok()?);
            ip.set_hop_limit(TTL);
            ip.set_next_header(protocol);
            ip.set_source(source.octets().into());
            ip.set_destination(destination.octets().into());
        }
        _ => return None,
    }
    packet::fix_checksums(&mut bytes);
    Some(bytes)
}

/// An IPv4 packet without options with these in its header, padded with zeros and otherwise as they are, checksum right.
/// `None` if they do not fit.
pub fn with_options(packet: &[u8], options: &[u8]) -> Option<Vec<u8>> {
    let (header, payload) = packet.split_at_checked(20).filter(|_| packet[0] == 0x45)?;
    let words = options.len().div_ceil(4);
    let mut bytes = header.to_vec();
    bytes.extend_from_slice(options);
    bytes.resize(20 + 4 * words, 0);
    bytes.extend_from_slice(payload);
    let length = u16::try_from(bytes.len()).ok()?;
    let mut ip = MutableIpv4Packet::new(&mut bytes)?;
    ip.set_header_length(u8::try_from(5 + words).ok().filter(|words| *words < 16)?);
    ip.set_total_length(length);
    packet::fix_checksums(&mut bytes);
    Some(bytes)
}

/// An ICMP message of the addresses' IP version; `message` begins with type and code, its checksum is
/// put right.
pub fn icmp(source: IpAddr, destination: IpAddr, message: &[u8]) -> Option<Vec<u8>> {
    let protocol = if source.is_ipv4() { IpNextHeaderProtocols::Icmp } else { IpNextHeaderProtocols::Icmpv6 };
    ip(source, destination, protocol.0, message)
}

/// An echo request.
pub fn echo_request(
    source: IpAddr,
    destination: IpAddr,
    ident: u16,
    seq: u16,
    data: &[u8],
) -> Option<Vec<u8>> {
    let kind = if source.is_ipv4() { IcmpTypes::EchoRequest.0 } else { Icmpv6Types::EchoRequest.0 };
    let mut message = vec![kind, 0, 0, 0];
    message.extend_from_slice(&ident.to_be_bytes());
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(data);
    icmp(source, destination, &message)
}

/// The reply a host gives to an echo request; `None` for every other packet.
pub fn echo_reply(request: &[u8]) -> Option<Vec<u8>> {
    let (source, destination) = packet::addresses(request)?;
    let transport = packet::transport(request).filter(|transport| !transport.fragment)?;
    let mut message = request.get(transport.offset..).filter(|message| message.len() >= 8)?.to_vec();
    message[0] = match (IpNextHeaderProtocol(transport.protocol), message[0]) {
        (IpNextHeaderProtocols::Icmp, 8) => IcmpTypes::EchoReply.0,
        (IpNextHeaderProtocols::Icmpv6, 128) => Icmpv6Types::EchoReply.0,
        _ => return None,
    };
    icmp(destination, source, &message)
}

/// A TCP segment without options, with a window of 65535.
pub fn tcp(
    source: SocketAddr,
    destination: SocketAddr,
    seq: u32,
    ack: u32,
    flags: u8,
    data: &[u8],
) -> Option<Vec<u8>> {
    let mut segment = vec![0; 20];
    segment.extend_from_slice(data);
    let mut tcp = MutableTcpPacket::new(&mut segment)?;
    tcp.set_source(source.port());
    tcp.set_destination(destination.port());
    tcp.set_sequence(seq);
    tcp.set_acknowledgement(ack);
    tcp.set_data_offset(5);
    tcp.set_flags(flags);
    tcp.set_window(u16::MAX);
    ip(source.ip(), destination.ip(), IpNextHeaderProtocols::Tcp.0, &segment)
}

/// What a host says to a SYN that listens at one port alone: SYN and ACK from that, RST from every other. `None` for every other packet.
pub fn handshake(request: &[u8], listens: u16) -> Option<Vec<u8>> {
    let (source, destination) = packet::addresses(request)?;
    let transport = packet::transport(request).filter(|transport| !transport.fragment)?;
    let syn = TcpPacket::new(request.get(transport.offset..)?)?;
    if transport.protocol != IpNextHeaderProtocols::Tcp.0 || syn.get_flags() != TcpFlags::SYN {
        return None;
    }
    let (port, ack) = (syn.get_destination(), syn.get_sequence().wrapping_add(1));
    let (seq, answer) = if port == listens { (ack ^ 0x5555, TcpFlags::SYN) } else { (0, TcpFlags::RST) };
    let (from, to) = (SocketAddr::new(destination, port), SocketAddr::new(source, syn.get_source()));
    tcp(from, to, seq, ack, answer | TcpFlags::ACK, &[])
}

/// A UDP datagram.
pub fn udp(source: SocketAddr, destination: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
    let mut datagram = vec![0; 8];
    datagram.extend_from_slice(data);
    let length = u16::try_from(datagram.len()).ok()?;
    let mut udp = MutableUdpPacket::new(&mut datagram)?;
    udp.set_source(source.port());
    udp.set_destination(destination.port());
    udp.set_length(length);
    ip(source.ip(), destination.ip(), IpNextHeaderProtocols::Udp.0, &datagram)
}

/// An ICMP error from `router` to the sender of `quoted`, which it quotes as far as a router would.
/// `kind` and `code` are those of the IP version; `rest` is the second word of the header.
pub fn icmp_error(router: IpAddr, kind: u8, code: u8, rest: u32, quoted: &[u8]) -> Option<Vec<u8>> {
    let most = if router.is_ipv4() { 576 - 28 } else { 1280 - 48 };
    let mut message = vec![kind, code, 0, 0];
    message.extend_from_slice(&rest.to_be_bytes());
    message.extend_from_slice(&quoted[..quoted.len().min(most)]);
    icmp(router, packet::source(quoted)?, &message)
}

/// "Fragmentation needed" or "packet too big".
pub fn too_big(router: IpAddr, mtu: u32, quoted: &[u8]) -> Option<Vec<u8>> {
    match router {
        IpAddr::V4(_) => icmp_error(router, IcmpTypes::DestinationUnreachable.0, 4, mtu & 0xffff, quoted),
        IpAddr::V6(_) => icmp_error(router, Icmpv6Types::PacketTooBig.0, 0, mtu, quoted),
    }
}

/// "Time to live exceeded in transit".
pub fn time_exceeded(router: IpAddr, quoted: &[u8]) -> Option<Vec<u8>> {
    let kind = if router.is_ipv4() { IcmpTypes::TimeExceeded.0 } else { Icmpv6Types::TimeExceeded.0 };
    icmp_error(router, kind, 0, 0, quoted)
}

/// "Destination unreachable" with the code of the IP version.
pub fn unreachable(router: IpAddr, code: u8, quoted: &[u8]) -> Option<Vec<u8>> {
    let v4 = router.is_ipv4();
    let kind = if v4 { IcmpTypes::DestinationUnreachable.0 } else { Icmpv6Types::DestinationUnreachable.0 };
    icmp_error(router, kind, code, 0, quoted)
}

const TTL: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_mirrors_its_request() {
        for (a, b) in [([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), ([1; 16].into(), [2; 16].into())] {
            let reply = echo_reply(&echo_request(a, b, 7, 9, b"data").unwrap()).unwrap();
            assert_eq!(packet::addresses(&reply), Some((b, a)));
            assert_eq!(packet::payload(&reply).unwrap()[4..], *b"\0\x07\0\x09data");
            assert_eq!(echo_reply(&reply), None);
        }
    }

    #[test]
    fn a_handshake_depends_on_who_listens() {
        for (a, b) in [([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), ([1; 16].into(), [2; 16].into())] {
            let segment =
                |flags| tcp(SocketAddr::new(a, 5), SocketAddr::new(b, 80), u32::MAX, 0, flags, &[]).unwrap();
            let said = |listens| {
                let answer = handshake(&segment(TcpFlags::SYN), listens).unwrap();
                assert_eq!(packet::addresses(&answer), Some((b, a)));
                let answer = TcpPacket::new(packet::payload(&answer).unwrap()).unwrap();
                assert_eq!((answer.get_source(), answer.get_destination()), (80, 5));
                (answer.get_flags(), answer.get_acknowledgement())
            };
            assert_eq!(said(80), (TcpFlags::SYN | TcpFlags::ACK, 0));
            assert_eq!(said(81), (TcpFlags::RST | TcpFlags::ACK, 0));
            assert_eq!(handshake(&segment(TcpFlags::ACK), 80), None);
            assert_eq!(
                handshake(&udp(SocketAddr::new(a, 5), SocketAddr::new(b, 80), &[0; 20]).unwrap(), 80),
                None
            );
        }
    }

    #[test]
    fn an_error_quotes_what_caused_it() {
        for (a, b) in [([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), ([1; 16].into(), [2; 16].into())] {
            let request = echo_request(a, b, 7, 9, &[0; 2000]).unwrap();
            let error = time_exceeded(b, &request).unwrap();
            let quote = &packet::payload(&error).unwrap()[8..];
            assert_eq!(packet::destination(&error), Some(a));
            assert_eq!(error.len(), if a.is_ipv4() { 576 } else { 1280 });
            assert!(request.starts_with(quote));
        }
    }

    #[test]
    fn options_go_between_header_and_payload() {
        let request = echo_request([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), 7, 9, b"data").unwrap();
        let packet = with_options(&request, &[1, 1, 1, 1, 7]).unwrap();
        assert_eq!((packet.len(), packet[0], packet[3]), (request.len() + 8, 0x47, packet.len() as u8));
        assert_eq!(packet[20..28], [1, 1, 1, 1, 7, 0, 0, 0]);
        assert_eq!(packet::payload(&packet), packet::payload(&request));
        assert!(with_options(&request, &[1; 40]).is_some());
        for (packet, options) in [(&packet[..], &[1][..]), (&request, &[1; 41]), (&request[..19], &[])] {
            assert_eq!(with_options(packet, options), None);
        }
    }

    #[test]
    fn versions_do_not_mix() {
        assert_eq!(ip([10, 0, 0, 1].into(), [1; 16].into(), 1, &[]), None);
    }
}
