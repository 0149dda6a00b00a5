//! Quotes of probes that were heard beside the answers they are in, held against what was sent.

use std::iter;
use std::net::{IpAddr, SocketAddr};

use super::config::{ProbeKind, TraceConfig};
use super::quoted::Quoted;
use super::{Trace, own_ports};
use crate::engine::Engine;
use crate::payload::{self, Payload};
use crate::probe::{Family, Probe, Quote, Seq};
use crate::wire::{self, internet_checksum};

impl Trace {
    /// Takes in what somebody quotes of a probe, if it is one of this run.
    pub(super) fn overheard(&mut self, quote: &Quote<'_>) {
        let seq = match self.config.kind {
            ProbeKind::Tcp => None,
            ProbeKind::Echo => self.quoted_request(quote),
            ProbeKind::Udp => self.quoted_datagram(quote),
        };
        let by_number = seq.map(|seq| self.rounds.place(seq).distance);
        let by_port = quote.sent_with.filter(|_| self.config.kind == ProbeKind::Tcp && quote.protocol == TCP);
        let Some(distance) = by_number.or(by_port) else { return };
        let known = self.config.source.map(|source| self.compare(source, seq, quote));
        let place = distance.checked_sub(self.config.first).map(usize::from);
        let hop = place.and_then(|place| self.hops.get_mut(place));
        hop.zip(known).into_iter().for_each(|(hop, quoted)| hop.quote(quote.from, quoted));
    }

    fn quoted_request(&mut self, quote: &Quote<'_>) -> Option<Seq> {
        let family = Family::of(self.config.to);
        let is_icmp = quote.protocol == if family == Family::V4 { ICMP } else { ICMPV6 };
        let (ident, wire) = wire::decode_quoted(family, quote.transport).ok()?.filter(|_| is_icmp)?;
        let (seq, _) = self.window.by_wire(wire)?;
        self.is_ours(seq, ident == self.config.ident, quote).then_some(seq)
    }

    fn quoted_datagram(&mut self, quote: &Quote<'_>) -> Option<Seq> {
        let [s0, s1, d0, d1] = *quote.transport.first_chunk::<4>().filter(|_| quote.protocol == UDP)?;
        let told = Payload::seq_in(quote.transport.get(wire::HEADER_LEN..)?).filter(|seq| *seq >= Seq::FIRST);
        let seq = match told {
            Some(seq) => self.window.by_wire(seq.to_wire())?.0,
            None => self.went_to(u16::from_be_bytes([d0, d1]))?.0,
        };
        self.is_ours(seq, u16::from_be_bytes([s0, s1]) == self.config.ident.0, quote).then_some(seq)
    }

    /// Whether what is quoted is that probe: it has the secret, or its own address and identifier and nothing that contradicts.
    fn is_ours(&self, seq: Seq, has_ident: bool, quote: &Quote<'_>) -> bool {
        let data = quote.transport.get(wire::HEADER_LEN..).unwrap_or_default();
        let sent = &self.config.payload;
        sent.proves(seq, data)
            || (has_ident
                && quote.to == self.config.to.ip()
                && sent.quoted(seq, data) != payload::Quoted::Foreign)
    }

    fn compare(&self, source: IpAddr, seq: Option<Seq>, quote: &Quote<'_>) -> Quoted {
        let TraceConfig { to, kind, ident, tos, .. } = self.config;
        let ports = quote.transport.first_chunk::<4>().filter(|_| kind != ProbeKind::Echo);
        let [from_port, to_port] =
            ports.map_or([0; 2], |[s0, s1, d0, d1]| [[*s0, *s1], [*d0, *d1]].map(u16::from_be_bytes));
        // A port of its own, or of a hop, is no other.
        let sent_from = if kind == ProbeKind::Udp { ident.0 } else { from_port };
        let sent_to =
            if seq.is_some_and(|seq| own_ports::port(seq) == to_port) { to_port } else { to.port() };
        let differs = |sent: (IpAddr, u16), quoted: (IpAddr, u16)| {
            (sent != quoted).then(|| SocketAddr::new(quoted.0, if sent.1 == quoted.1 { 0 } else { quoted.1 }))
        };
        let to_port = if kind == ProbeKind::Echo { sent_to } else { to_port };
        Quoted {
            tos: quote.tos,
            sent_tos: tos,
            hop_limit: quote.hop_limit,
            source: differs((source, sent_from), (quote.source, from_port)),
            destination: differs((to.ip(), sent_to), (quote.to, to_port)),
            has_other_checksum: self.has_other_checksum(source, seq, quote),
        }
    }

    /// Whether the checksum quoted is not that of what was sent.
    fn has_other_checksum(&self, source: IpAddr, seq: Option<Seq>, quote: &Quote<'_>) -> bool {
        let at = if self.config.kind == ProbeKind::Tcp {
            16
        } else if self.config.kind == ProbeKind::Udp {
            6
        } else {
            2
        };
        let Some(quoted) = quote.transport.get(at..).and_then(<[u8]>::first_chunk).copied() else {
            return false;
        };
        let quoted = u16::from_be_bytes(quoted);
        match (self.config.kind, seq) {
            (ProbeKind::Echo, Some(seq)) => {
                let flow = self.config.flow_of(self.rounds.place(seq).round, self.config.first);
                flow.is_some_and(|flow| quoted != flow as u16)
            }
            (ProbeKind::Udp, Some(seq)) => {
                let mut datagram: Vec<u8> = quote.transport.iter().take(wire::HEADER_LEN).copied().collect();
                datagram.resize(wire::HEADER_LEN + self.config.size(self.rounds.place(seq).round), 0);
                let data = datagram.get_mut(wire::HEADER_LEN..).unwrap_or_default();
                self.fill(&Probe::new(self.config.to, seq, data.len()), data);
                // A datagram without one has none to compare.
                quoted != 0 && !self.is_sum(quoted, (source, UDP), &mut datagram, at)
            }
            (ProbeKind::Tcp, _) => {
                let length = quote.transport.get(12).map(|words| usize::from(words >> 4) * 4);
                let header = length.and_then(|length| quote.transport.get(..length));
                // What is not quoted cannot be summed up.
                header.is_some_and(|header| {
                    header.len() > at + 1 && !self.is_sum(quoted, (source, TCP), &mut header.to_vec(), at)
                })
            }
            (ProbeKind::Echo | ProbeKind::Udp, None) => false,
        }
    }

    /// Whether it is the checksum of that segment as sent, or the one this host leaves to its device to complete (of the addresses alone),
    /// which a virtual device never does.
    fn is_sum(&self, quoted: u16, (source, protocol): (IpAddr, u8), segment: &mut [u8], at: usize) -> bool {
        let length = u32::try_from(segment.len()).unwrap_or(u32::MAX);
        segment.iter_mut().skip(at).take(2).for_each(|byte| *byte = 0);
        let mut summed: Vec<u8> = Vec::with_capacity(40 + segment.len());
        for address in [source, self.config.to.ip()] {
            match address {
                IpAddr::V4(v4) => summed.extend(v4.octets()),
                IpAddr::V6(v6) => summed.extend(v6.octets()),
            }
        }
        summed.extend(length.to_be_bytes());
        summed.extend(iter::repeat_n(0, 3).chain([protocol]));
        let of_addresses = !internet_checksum(&summed, None);
        summed.extend(&*segment);
        let whole = internet_checksum(&summed, None);
        quoted == of_addresses || quoted == whole || (whole == 0 && quoted == 0xffff)
    }
}

// IANA's protocol numbers.
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
