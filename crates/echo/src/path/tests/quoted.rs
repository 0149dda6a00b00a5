//! What routers quote of a probe's header, held against what was sent.

use std::net::IpAddr;

use super::*;
use crate::probe::Quote;
use crate::wire::{HEADER_LEN, internet_checksum, write_request};

const SOURCE: [u8; 4] = [10, 0, 0, 1];
const TOS: u8 = 0xb8;

fn source() -> IpAddr {
    SOURCE.into()
}

/// The probe as it left, from its transport header on.
fn left(trace: &Trace, kind: ProbeKind, probe: &Probe) -> Vec<u8> {
    let mut packet = vec![0; HEADER_LEN + probe.size];
    trace.fill(probe, &mut packet[HEADER_LEN..]);
    let [port, from] =
        [probe.to.port().to_be_bytes(), if kind == ProbeKind::Udp { IDENT.0 } else { 50_001 }.to_be_bytes()];
    match kind {
        ProbeKind::Echo => write_request(IDENT, probe, &mut packet),
        ProbeKind::Udp => {
            let length = (packet.len() as u16).to_be_bytes();
            packet[..6].copy_from_slice(&[from, port, length].concat());
            summed(&mut packet, 17, 6);
        }
        ProbeKind::Tcp => {
            packet.truncate(20);
            packet
                .copy_from_slice(&[&from[..], &port, &[0, 0, 0, 77, 0, 0, 0, 0, 0x50, 2], &[0; 6]].concat());
            summed(&mut packet, 6, 16);
        }
    }
    packet
}

/// Makes the checksum of a segment of that protocol right, which is at that place (RFC 768, RFC 9293).
fn summed(segment: &mut [u8], protocol: u8, at: usize) {
    let to: [u8; 4] = if let IpAddr::V4(to) = target().ip() { to.octets() } else { panic!("no IPv4") };
    let length = (segment.len() as u16).to_be_bytes();
    let sum = internet_checksum(&[&SOURCE[..], &to, &[0, protocol], &length, segment].concat(), None);
    segment[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

/// What is thought of a quote, and whether it came before the answer or after it.
fn judged(kind: ProbeKind, is_first: bool, change: impl Fn(&mut Quote<'_>, &mut Vec<u8>)) -> Option<Quoted> {
    let to = (target().ip(), if kind == ProbeKind::Echo { 0 } else { 80 }).into();
    let start = crate::now();
    let mut trace =
        Trace::new(TraceConfig { to, kind, source: Some(source()), tos: TOS, ..config(1) }, start);
    let Step::Send(probe) = trace.poll(start) else { panic!("nothing is sent") };
    trace.handle(start, Input::Sent(probe, SendCall { began: start, returned: start }));
    let mut transport = left(&trace, kind, &probe);
    let (from, to) = (router(1), target().ip());
    let protocol = match kind {
        ProbeKind::Echo => 1,
        ProbeKind::Udp => 17,
        ProbeKind::Tcp => 6,
    };
    let mut quote = Quote {
        from,
        tos: TOS,
        hop_limit: 1,
        protocol,
        source: source(),
        to,
        transport: &[],
        sent_with: None,
    };
    quote.sent_with = (kind == ProbeKind::Tcp).then_some(1);
    change(&mut quote, &mut transport);
    let quote = Quote { transport: &transport, ..quote };
    let error = IcmpError { family: Family::V4, kind: 11, code: 0, info: 0 };
    let said = AnswerKind::Icmp { error, quoted: &[], data: &[], extensions: &[], hop_limit: None };
    let about = AnsweredProbe { ident: IDENT, seq: probe.seq.to_wire(), to: Some(target()) };
    let answer = Answer { probe: about, from, at: Arrival { user: start, kernel: None }, kind: said };
    if is_first {
        trace.handle(start, Input::Quoted(quote));
        trace.handle(start, Input::Answer(answer));
    } else {
        trace.handle(start, Input::Answer(answer));
        trace.handle(start, Input::Quoted(quote));
    }
    trace.hops()[0].responders[0].quoted
}

const KINDS: [ProbeKind; 3] = [ProbeKind::Echo, ProbeKind::Udp, ProbeKind::Tcp];

fn as_sent() -> Quoted {
    Quoted {
        tos: TOS,
        sent_tos: TOS,
        hop_limit: 1,
        source: None,
        destination: None,
        has_other_checksum: false,
    }
}

#[test]
fn what_nobody_changed_is_as_it_was_sent_whenever_it_is_heard() {
    for kind in KINDS {
        for is_first in [true, false] {
            assert_eq!(judged(kind, is_first, |_, _| {}), Some(as_sent()), "{kind:?}");
        }
        let marked = judged(kind, true, |quote, _| (quote.tos, quote.hop_limit) = (0x02, 9));
        assert_eq!(marked, Some(Quoted { tos: 2, hop_limit: 9, ..as_sent() }), "{kind:?}");
    }
}

#[test]
fn translated_addresses_and_ports_are_told() {
    let other: IpAddr = [192, 0, 2, 77].into();
    for kind in KINDS {
        let quoted = judged(kind, true, |quote, _| quote.source = other).unwrap();
        assert_eq!((quoted.source, quoted.destination), (Some((other, 0).into()), None), "{kind:?}");
        let quoted = judged(kind, true, |quote, _| quote.to = other).unwrap();
        assert_eq!((quoted.source, quoted.destination), (None, Some((other, 0).into())), "{kind:?}");
        assert!(quoted.is_translated(), "{kind:?}");
    }
    let quoted =
        judged(ProbeKind::Udp, true, |_, datagram| datagram[..2].copy_from_slice(&[0x99; 2])).unwrap();
    assert_eq!(quoted.source, Some((source(), 0x9999).into()));
    let quoted = judged(ProbeKind::Tcp, true, |_, syn| syn[2..4].copy_from_slice(&[0x99; 2])).unwrap();
    assert_eq!(quoted.destination, Some((target().ip(), 0x9999).into()));
}

#[test]
fn a_checksum_of_another_packet_is_that_of_a_translated_one() {
    for (kind, at) in [(ProbeKind::Echo, 2), (ProbeKind::Udp, 6), (ProbeKind::Tcp, 16)] {
        let quoted = judged(kind, true, |_, packet| packet[at] ^= 0x40).unwrap();
        assert_eq!(quoted, Quoted { has_other_checksum: true, ..as_sent() }, "{kind:?}");
    }
    // What the device of a virtual machine had no need to complete, and what was never made.
    for (kind, at, protocol, length) in [(ProbeKind::Udp, 6, 17, 108), (ProbeKind::Tcp, 16, 6, 20)] {
        let words = [0x0a00, 0x0001, 198 << 8 | 51, 100 << 8 | 1, protocol, length];
        let sum: u32 = words.iter().sum();
        let partial = ((sum & 0xffff) + (sum >> 16)) as u16;
        let quoted =
            judged(kind, true, |_, packet| packet[at..at + 2].copy_from_slice(&partial.to_be_bytes()));
        assert_eq!(quoted, Some(as_sent()), "{kind:?}");
    }
    assert_eq!(judged(ProbeKind::Udp, true, |_, datagram| datagram[6..8].fill(0)), Some(as_sent()));
    // Cut off before it, or before all that it covers.
    for length in [16, 17, 19] {
        let quoted = judged(ProbeKind::Tcp, true, |_, syn| (syn[16] ^= 1, syn.truncate(length)).1);
        assert_eq!(quoted, Some(as_sent()), "{length}");
    }
}

#[test]
fn what_is_of_another_run_is_nobodys_at_any_length() {
    for kind in [ProbeKind::Echo, ProbeKind::Udp] {
        let other_secret = judged(kind, true, |_, packet| packet[8] ^= 1);
        assert_eq!(other_secret, None, "{kind:?}");
        let other_protocol = judged(kind, true, |quote, _| quote.protocol = 6);
        assert_eq!(other_protocol, None, "{kind:?}");
        for length in 0..64 {
            // It may be ours, and nothing panics.
            let quoted = judged(kind, true, |_, packet| packet.truncate(length));
            assert!(quoted.is_none_or(|quoted| quoted == as_sent()), "{kind:?}, {length} bytes: {quoted:?}");
        }
    }
    let unknown_port = judged(ProbeKind::Tcp, true, |quote, _| quote.sent_with = None);
    assert_eq!(unknown_port, None);
    let far = judged(ProbeKind::Tcp, true, |quote, _| quote.sent_with = Some(255));
    assert_eq!(far, None);
}
