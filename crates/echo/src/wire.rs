//! ICMP messages as bytes: probes out, answers in.
//!
//! What arrives depends on the socket: IPv4 raw sockets deliver the IP header, datagram and IPv6 sockets do not. [`decode`]
//! takes the layout as an argument and never guesses.

#![warn(clippy::indexing_slicing)]

use std::net::SocketAddr;
use std::ops::Range;

use pnet::packet::icmp::echo_request::{EchoRequestPacket, MutableEchoRequestPacket};
use pnet::packet::icmp::{IcmpCode, IcmpType, IcmpTypes};
use pnet::packet::icmpv6::Icmpv6Types;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::util::checksum;
use pnet::packet::{MutablePacket, Packet};

use crate::payload::MARK_LEN;
use crate::probe::{Family, IcmpError, Ident, Probe, Seq};

/// Bytes of an ICMP header.
pub const HEADER_LEN: usize = 8;

/// The bytes of an IPv4 probe's data that make its checksum what its [flow](Probe::flow) asks for; data that end before them
/// cannot.
pub const FLOW_WORD: Range<usize> = MARK_LEN..MARK_LEN + 2;

/// What a socket puts in front of the ICMP message, and which ICMP it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// An IPv4 raw socket: IP header first, checksum not verified by the kernel.
    Ipv4Raw,
    /// An IPv4 datagram ping socket.
    Ipv4Datagram,
    /// Either kind of ICMPv6 socket.
    Ipv6,
}

/// One decoded message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message<'a> {
    /// Identifier, the message's own or that of the request it quotes.
    pub ident: Ident,
    /// Sequence number, likewise.
    pub seq: u16,
    /// Where the request it quotes went.
    pub to: Option<SocketAddr>,
    /// TTL of the packet, where the layout has an IP header.
    pub hop_limit: Option<u8>,
    /// Options of the IP header, where the layout has one.
    pub options: &'a [u8],
    /// What it is.
    pub body: MessageBody<'a>,
}

/// What a [`Message`] is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MessageBody<'a> {
    /// An echo reply.
    Reply {
        /// The data after the header.
        payload: &'a [u8],
        /// Whether the checksum is right, as far as it is ours to check.
        intact: bool,
    },
    /// A message that quotes a request and that the kernel keeps from error queues: a redirect, a source quench, or that the
    /// request's fragments did not all arrive in time.
    Icmp {
        /// What it says.
        error: IcmpError,
        /// The IPv4 header it quotes, options included.
        quoted: &'a [u8],
        /// The data it quotes of the request.
        data: &'a [u8],
    },
}

/// Why bytes are not a message; the name says which part is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The packet ends inside its IP header, or the header's own length is impossible.
    #[error("IP header cut short")]
    IpHeader,
    /// The message ends inside its ICMP header.
    #[error("ICMP header cut short")]
    IcmpHeader,
    /// The request quoted in an ICMP message is not there or not a request.
    #[error("quoted request cut short")]
    Quote,
}

/// Writes the header of an echo request over the first eight bytes of `packet`, checksum included where it is ours to make.
///
/// The kernel makes the ICMPv6 checksum, because that covers addresses only it knows.
pub fn write_request(ident: Ident, probe: &Probe, packet: &mut [u8]) {
    let family = Family::of(probe.to);
    let Some(mut request) = MutableEchoRequestPacket::new(packet) else {
        return;
    };
    request.set_icmp_type(match family {
        Family::V4 => IcmpTypes::EchoRequest,
        Family::V6 => IcmpType(Icmpv6Types::EchoRequest.0),
    });
    request.set_icmp_code(IcmpCode(0));
    request.set_identifier(ident.0);
    request.set_sequence_number(probe.seq.to_wire());
    request.set_checksum(0);
    if family == Family::V6 {
        return;
    }
    if let Some(flow) = probe.flow {
        // With the checksum in place and nothing here, what the sum lacks is what belongs here.
        request.set_checksum(flow as u16);
        if let Some(word) = request.payload_mut().get_mut(FLOW_WORD) {
            word.fill(0);
        }
        let missing = checksum(request.packet(), usize::MAX);
        if let Some(word) = request.payload_mut().get_mut(FLOW_WORD) {
            return word.copy_from_slice(&missing.to_be_bytes());
        }
    }
    let sum = checksum(request.packet(), CHECKSUM_WORD);
    request.set_checksum(sum);
}

/// The Internet checksum (RFC 1071) of bytes, all of them or all but one 16-bit word.
pub(crate) fn internet_checksum(bytes: &[u8], without: Option<usize>) -> u16 {
    checksum(bytes, without.unwrap_or(usize::MAX))
}

/// Makes the checksum of an ICMPv6 request with these data depend on `flow` alone, by two [bytes of them](FLOW_WORD): the kernel
/// makes the sum itself, so what it sums up has to be alike.
pub(crate) fn level(ident: Ident, seq: Seq, data: &mut [u8], flow: u16) {
    let Some(word) = data.get_mut(FLOW_WORD) else { return };
    word.fill(0);
    let ([a, b], [c, d]) = (ident.0.to_be_bytes(), seq.to_wire().to_be_bytes());
    let rest = u32::from(!checksum(&[a, b, c, d], usize::MAX)) + u32::from(!checksum(data, usize::MAX));
    // In ones' complement: what, added to the rest, makes the flow.
    let mut missing = u32::from(flow) + (0xffff - rest % 0xffff);
    missing = (missing & 0xffff) + (missing >> 16);
    if let Some(word) = data.get_mut(FLOW_WORD) {
        word.copy_from_slice(&(missing as u16).to_be_bytes());
    }
}

/// Reads what a socket of that layout delivered; `None` is a sound message that is none of ours, such as a request.
///
/// # Errors
/// The part that is cut short.
pub fn decode(layout: Layout, packet: &[u8]) -> Result<Option<Message<'_>>, Malformed> {
    let (hop_limit, options, icmp) = match layout {
        Layout::Ipv4Raw => {
            let (hop_limit, options, icmp) = split_ip_header(packet)?;
            (Some(hop_limit), options, icmp)
        }
        Layout::Ipv4Datagram | Layout::Ipv6 => (None, &[][..], packet),
    };
    let header = EchoRequestPacket::new(icmp).ok_or(Malformed::IcmpHeader)?;
    let (ident, seq) = (Ident(header.get_identifier()), header.get_sequence_number());
    let kind = header.get_icmp_type().0;
    let reply = match layout {
        Layout::Ipv6 => Icmpv6Types::EchoReply.0,
        Layout::Ipv4Raw | Layout::Ipv4Datagram => IcmpTypes::EchoReply.0,
    };
    if kind == reply {
        let payload = icmp.get(HEADER_LEN..).ok_or(Malformed::IcmpHeader)?;
        let intact = layout != Layout::Ipv4Raw || checksum(icmp, CHECKSUM_WORD) == header.get_checksum();
        let body = MessageBody::Reply { payload, intact };
        return Ok(Some(Message { ident, seq, to: None, hop_limit, options, body }));
    }
    // The other sockets have the kernel read what is not a reply.
    if layout != Layout::Ipv4Raw {
        return Ok(None);
    }
    let quoting = decode_quoting(icmp, &header)?;
    Ok(quoting.map(|quoting| {
        let Quoting { ident, seq, to, body } = quoting;
        Message { ident, seq, to: Some(to), hop_limit, options, body }
    }))
}

/// An ICMP message about a request.
struct Quoting<'a> {
    ident: Ident,
    seq: u16,
    to: SocketAddr,
    body: MessageBody<'a>,
}

/// Reads an ICMP message that only raw sockets get to see, and which request it is about.
fn decode_quoting<'a>(
    icmp: &'a [u8],
    header: &EchoRequestPacket<'_>,
) -> Result<Option<Quoting<'a>>, Malformed> {
    let (kind, code) = (header.get_icmp_type(), header.get_icmp_code().0);
    let is_unqueued = match kind {
        IcmpTypes::RedirectMessage | IcmpTypes::SourceQuench => true,
        IcmpTypes::TimeExceeded => code == FRAGMENT_REASSEMBLY,
        _ => false,
    };
    if !is_unqueued {
        return Ok(None);
    }
    let quote = icmp.get(HEADER_LEN..).ok_or(Malformed::IcmpHeader)?;
    let (_, _, request) = split_ip_header(quote).map_err(|_| Malformed::Quote)?;
    let Some((ident, seq)) = decode_quoted(Family::V4, request)? else {
        return Ok(None);
    };
    if !begins_icmp(quote) || checksum(icmp, CHECKSUM_WORD) != header.get_checksum() {
        return Ok(None);
    }
    let info = u32::from(header.get_identifier()) << 16 | u32::from(header.get_sequence_number());
    let error = IcmpError { family: Family::V4, kind: kind.0, code, info };
    let quoted = quote.get(..quote.len() - request.len()).ok_or(Malformed::Quote)?;
    let to = Ipv4Packet::new(quote).ok_or(Malformed::Quote)?.get_destination();
    let to = SocketAddr::from((to.octets(), 0));
    Ok(Some(Quoting {
        ident,
        seq,
        to,
        body: MessageBody::Icmp { error, quoted, data: quoted_data(request) },
    }))
}

/// Whether an ICMP header follows the IPv4 header: neither another protocol's nor the middle of a message.
fn begins_icmp(packet: &[u8]) -> bool {
    Ipv4Packet::new(packet).is_some_and(|header| {
        header.get_next_level_protocol() == IpNextHeaderProtocols::Icmp && header.get_fragment_offset() == 0
    })
}

/// Reads the echo request an ICMP error quotes; `None` if it quotes something else.
///
/// # Errors
/// [`Malformed::Quote`] if the quote ends before the sequence number.
pub fn decode_quoted(family: Family, request: &[u8]) -> Result<Option<(Ident, u16)>, Malformed> {
    let header = EchoRequestPacket::new(request).ok_or(Malformed::Quote)?;
    let expected = match family {
        Family::V4 => IcmpTypes::EchoRequest.0,
        Family::V6 => Icmpv6Types::EchoRequest.0,
    };
    let is_request = header.get_icmp_type().0 == expected;
    Ok(is_request.then(|| (Ident(header.get_identifier()), header.get_sequence_number())))
}

/// The data of the echo request an ICMP error quotes, as far as they are quoted.
pub fn quoted_data(request: &[u8]) -> &[u8] {
    request.get(HEADER_LEN..).unwrap_or_default()
}

/// TTL, options and what follows the header.
fn split_ip_header(packet: &[u8]) -> Result<(u8, &[u8], &[u8]), Malformed> {
    let header = Ipv4Packet::new(packet).ok_or(Malformed::IpHeader)?;
    let length = usize::from(header.get_header_length()) * 4;
    let options = packet.get(Ipv4Packet::minimum_packet_size()..length).ok_or(Malformed::IpHeader)?;
    let rest = packet.get(length..).ok_or(Malformed::IpHeader)?;
    Ok((header.get_ttl(), options, rest))
}

/// The code of a time exceeded message that tells of a packet whose fragments did not all arrive (RFC 792).
const FRAGMENT_REASSEMBLY: u8 = 1;
/// Where the checksum stands in an ICMP message, in 16-bit words.
const CHECKSUM_WORD: usize = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn probe(family: Family) -> Probe {
        let to = if family == Family::V4 { "192.0.2.1:0" } else { "[2001:db8::1]:0" };
        Probe::new(to.parse().unwrap(), Seq(0x1_0007), 56)
    }

    fn request(family: Family) -> Vec<u8> {
        let mut packet: Vec<u8> = (0..64).collect();
        write_request(Ident(0x1234), &probe(family), &mut packet);
        packet
    }

    fn reply(family: Family) -> Vec<u8> {
        let mut packet = request(family);
        packet[0] = if family == Family::V4 { 0 } else { 129 };
        if family == Family::V4 {
            let sum = checksum(&packet, CHECKSUM_WORD);
            packet[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    fn with_ip_header(ttl: u8, words: u8, icmp: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; usize::from(words) * 4];
        packet[0] = 0x40 | words;
        packet[8] = ttl;
        packet[9] = 1;
        packet[16..20].copy_from_slice(&[192, 0, 2, 1]);
        packet.extend_from_slice(icmp);
        packet
    }

    #[test]
    fn a_request_is_laid_out_as_rfc_792_has_it() {
        let packet = request(Family::V4);
        assert_eq!(packet[..2], [8, 0]);
        assert_eq!(packet[4..8], [0x12, 0x34, 0, 7]);
        assert_eq!(checksum(&packet, 40), 0, "sums to zero with its checksum");
        assert_eq!(request(Family::V6)[..8], [128, 0, 0, 0, 0x12, 0x34, 0, 7]);
    }

    #[test]
    fn probes_of_one_flow_have_one_checksum_whatever_else_is_in_them() {
        for flow in [0, 1, 0x8000, 0xbeef, 0xffff] {
            for seq in [1, 2, 255, 0xffff, 0x1_0000] {
                let mut packet: Vec<u8> = (0..64_u8).map(|byte| byte.wrapping_mul(seq as u8)).collect();
                let data = packet[HEADER_LEN..].to_vec();
                let probe = Probe { seq: Seq(seq), flow: Some(flow), ..probe(Family::V4) };
                write_request(Ident(7), &probe, &mut packet);
                assert_eq!(packet[2..4], (flow as u16).to_be_bytes(), "flow {flow}, seq {seq}");
                assert!([0, 0xffff].contains(&checksum(&packet, usize::MAX)), "flow {flow}, seq {seq}");
                assert_eq!(packet[HEADER_LEN..][..FLOW_WORD.start], data[..FLOW_WORD.start]);
                assert_eq!(packet[HEADER_LEN..][FLOW_WORD.end..], data[FLOW_WORD.end..]);
            }
        }
        // Too short to be made to fit.
        let mut packet = vec![1; HEADER_LEN + FLOW_WORD.start];
        write_request(Ident(7), &Probe { flow: Some(1), ..probe(Family::V4) }, &mut packet);
        assert_eq!(checksum(&packet, usize::MAX), 0);
    }

    #[test]
    fn requests_whose_checksum_the_kernel_makes_are_leveled_to_one_sum() {
        for flow in [0, 1, 0x8000, 0xbeef, 0xffff] {
            let sums = [1, 2, 255, 0xffff, 0x1_0001].map(|seq| {
                let mut packet: Vec<u8> = (0..90_u8).map(|byte| byte.wrapping_mul(seq as u8)).collect();
                level(Ident(0xfedc), Seq(seq), &mut packet[HEADER_LEN..], flow);
                let probe = Probe { seq: Seq(seq), ..probe(Family::V6) };
                write_request(Ident(0xfedc), &probe, &mut packet);
                checksum(&packet, CHECKSUM_WORD) % 0xffff
            });
            assert_eq!(sums, [sums[0]; 5], "flow {flow}");
        }
        let mut short = [1; 17];
        level(Ident(7), Seq(1), &mut short, 1);
        assert_eq!(short, [1; 17]);
    }

    #[test]
    fn a_reply_is_read_through_every_layout() {
        let (v4, v6) = (reply(Family::V4), reply(Family::V6));
        let raw = with_ip_header(57, 15, &v4);
        #[rustfmt::skip]
        let cases = [
            (Layout::Ipv4Raw,      &raw, Some(57)),
            (Layout::Ipv4Datagram, &v4,  None),
            (Layout::Ipv6,         &v6,  None),
        ];
        for (layout, packet, hop_limit) in cases {
            let options: &[u8] = if layout == Layout::Ipv4Raw { &[0; 40] } else { &[] };
            let body = MessageBody::Reply { payload: &v4[8..], intact: true };
            let expected = Message { ident: Ident(0x1234), seq: 7, to: None, hop_limit, options, body };
            assert_eq!(decode(layout, packet), Ok(Some(expected)), "{layout:?}");
        }
    }

    #[test]
    fn only_the_socket_that_must_checks_the_checksum() {
        let mut damaged = reply(Family::V4);
        damaged[20] ^= 1;
        let intact = |layout, packet: &[u8]| match decode(layout, packet).unwrap().unwrap().body {
            MessageBody::Reply { intact, .. } => intact,
            MessageBody::Icmp { .. } => unreachable!("it is a reply"),
        };
        assert!(!intact(Layout::Ipv4Raw, &with_ip_header(1, 5, &damaged)));
        assert!(intact(Layout::Ipv4Datagram, &damaged));
    }

    /// As a raw socket delivers it.
    fn quoting(kind: u8, code: u8, word: u32, quoted: &[u8]) -> Vec<u8> {
        let mut message = vec![kind, code, 0, 0];
        message.extend(word.to_be_bytes());
        message.extend(quoted);
        let sum = checksum(&message, CHECKSUM_WORD);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        with_ip_header(64, 5, &message)
    }

    #[test]
    fn what_reaches_no_error_queue_is_read_from_the_packet() {
        let probe = with_ip_header(63, 5, &request(Family::V4));
        let told = |kind, code, info| Some(IcmpError { family: Family::V4, kind, code, info });
        #[rustfmt::skip]
        let cases = [
            (4,  0, 0,           told(4, 0, 0)),
            (5,  1, 0x0a09_0103, told(5, 1, 0x0a09_0103)),
            (11, 1, 0,           told(11, 1, 0)),
            (11, 0, 0,           None),  // comes by the error queue
            (3,  1, 0,           None),
        ];
        for (kind, code, word, expected) in cases {
            let packet = quoting(kind, code, word, &probe);
            let message = expected.map(|error| Message {
                ident: Ident(0x1234),
                seq: 7,
                to: Some("192.0.2.1:0".parse().unwrap()),
                hop_limit: Some(64),
                options: &[],
                body: MessageBody::Icmp { error, quoted: &probe[..20], data: &probe[28..] },
            });
            assert_eq!(decode(Layout::Ipv4Raw, &packet), Ok(message), "{kind}/{code}");
            assert_eq!(decode(Layout::Ipv4Datagram, &packet[20..]), Ok(None), "{kind}/{code}");
        }
        assert_eq!(decode(Layout::Ipv4Raw, &quoting(5, 1, 0, &probe)[..50]), Err(Malformed::Quote));
    }

    #[test]
    fn a_quote_of_anything_but_a_request_or_a_damaged_one_says_nothing() {
        let probe = with_ip_header(63, 5, &request(Family::V4));
        let changed = |at: usize, byte| {
            let mut quoted = probe.clone();
            quoted[at] = byte;
            quoting(11, 1, 0, &quoted)
        };
        let mut damaged = quoting(11, 1, 0, &probe);
        damaged[40] ^= 1;
        #[rustfmt::skip]
        let cases = [
            ("a datagram of UDP", changed(9, 17)),
            ("a later fragment",  changed(7, 1)),
            ("a reply",           changed(20, 0)),
            ("a wrong checksum",  damaged),
        ];
        for (what, packet) in cases {
            assert_eq!(decode(Layout::Ipv4Raw, &packet), Ok(None), "{what}");
        }
    }

    #[test]
    fn what_is_not_ours_is_no_error_and_what_is_cut_short_is() {
        let v4 = reply(Family::V4);
        #[rustfmt::skip]
        let cases = [
            (Layout::Ipv4Datagram, request(Family::V4),           Ok(None)),
            (Layout::Ipv6,         request(Family::V6),           Ok(None)),
            (Layout::Ipv6,         [137; 40].to_vec(),            Ok(None)),
            (Layout::Ipv4Datagram, v4[..7].to_vec(),              Err(Malformed::IcmpHeader)),
            (Layout::Ipv4Raw,      v4[..7].to_vec(),              Err(Malformed::IpHeader)),
            (Layout::Ipv4Raw,      with_ip_header(1, 5, &v4[..7]), Err(Malformed::IcmpHeader)),
            (Layout::Ipv4Raw,      [0x44; 40].to_vec(),           Err(Malformed::IpHeader)),  // IHL of 16 bytes
            (Layout::Ipv4Raw,      [0x4f; 40].to_vec(),           Err(Malformed::IpHeader)),  // IHL beyond the packet
        ];
        for (layout, packet, expected) in cases {
            assert_eq!(decode(layout, &packet), expected, "{layout:?} {packet:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(packet in proptest::collection::vec(any::<u8>(), 0..100)) {
            for layout in [Layout::Ipv4Raw, Layout::Ipv4Datagram, Layout::Ipv6] {
                let _ = decode(layout, &packet);
            }
            let _ = decode_quoted(Family::V4, &packet);
        }
    }
}
