//! [`QuoteListener`]: a raw socket that hears ICMP errors, for what they quote of the IP header of a probe.
//!
//! It answers nothing: error queues tell what became of a probe, and to anybody. They leave out the header that routers change on
//! the way, and that only who may open a raw socket gets to see.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::socket::{SockaddrStorage, recvfrom};

use crate::ancillary::socket_addr;
use crate::error::Error;
use crate::filter;
use crate::icmp_socket::IcmpSocket;
use crate::probe::{Family, Quote};

/// A raw ICMP socket that is only listened to.
#[derive(Debug)]
pub struct QuoteListener {
    socket: IcmpSocket,
    family: Family,
    buffer: Box<[u8]>,
}

impl QuoteListener {
    /// Opens one, with `cap_net_raw` in effect just for that where it is permitted.
    ///
    /// # Errors
    /// [`Error::NotPermitted`] without it, [`Error::Unsupported`] or [`Error::Os`] if the kernel has no such sockets or filters.
    pub fn open(family: Family) -> Result<Self, Error> {
        let opened = IcmpSocket::open_raw(family)?;
        opened
            .socket
            .attach_filter(&filter::errors(family))
            .map_err(Error::os("setsockopt(SO_ATTACH_FILTER)"))?;
        opened.socket.set_nonblocking(true).map_err(Error::os("fcntl"))?;
        Ok(Self { socket: opened, family, buffer: vec![0; LONGEST].into() })
    }

    /// Hands over what has arrived.
    pub(crate) fn receive_all(&mut self, sink: &mut impl FnMut(Quote<'_>)) {
        for _ in 0..MOST {
            let Ok((length, from)) =
                recvfrom::<SockaddrStorage>(self.socket.as_fd().as_raw_fd(), &mut self.buffer)
            else {
                return;
            };
            let packet = self.buffer.get(..length).unwrap_or(&self.buffer);
            let quote = from.as_ref().and_then(socket_addr).and_then(|from| read(self.family, from, packet));
            quote.map(&mut *sink);
        }
    }
}

/// The packet quoted in an ICMP error; `None` if it is not one, or ends before that.
pub(crate) fn read(family: Family, from: SocketAddr, packet: &[u8]) -> Option<Quote<'_>> {
    let message = match family {
        Family::V4 => packet.get(header_length(packet)?..)?,
        Family::V6 => packet,
    };
    let quoted = message.get(ICMP_HEADER..)?;
    Some(match family {
        Family::V4 => {
            let header = quoted.first_chunk::<20>()?;
            let [_, tos, _, _, _, _, _, _, hop_limit, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] =
                *header;
            let transport = quoted.get(header_length(quoted)?..)?;
            let (source, to) = (Ipv4Addr::new(s0, s1, s2, s3).into(), Ipv4Addr::new(d0, d1, d2, d3).into());
            Quote { from, tos, hop_limit, protocol, source, to, transport, sent_with: None }
        }
        Family::V6 => {
            let (header, transport) = quoted.split_first_chunk::<40>()?;
            let [first, second, _, _, _, _, protocol, hop_limit, ..] = *header;
            let address = |at: usize| Some(Ipv6Addr::from(*header.get(at..)?.first_chunk::<16>()?).into());
            let (tos, source, to) = (first << 4 | second >> 4, address(8)?, address(24)?);
            Quote { from, tos, hop_limit, protocol, source, to, transport, sent_with: None }
        }
    })
}

fn header_length(packet: &[u8]) -> Option<usize> {
    let first = packet.first()?;
    (first >> 4 == 4).then(|| usize::from(first & 0xf) * 4).filter(|length| *length >= 20)
}

const ICMP_HEADER: usize = 8;
/// More than the headers of both packets, with all options.
const LONGEST: usize = 512;
/// More than a receive buffer holds; what comes faster than it can be read has no end.
const MOST: usize = 1 << 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_read_behind_any_options() {
        let from = ([192, 0, 2, 1], 0).into();
        let mut inner = vec![0x46, 0xb8, 0, 0, 0, 0, 0, 0, 7, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1];
        inner.extend([9; 8]);
        let mut packet = vec![0; 24 + 8];
        packet[0] = 0x46;
        packet.extend(&inner);
        let quote = read(Family::V4, from, &packet).unwrap();
        let expected = Quote {
            from,
            tos: 0xb8,
            hop_limit: 7,
            protocol: 17,
            source: [10, 0, 0, 1].into(),
            to: [10, 0, 0, 2].into(),
            transport: &[9; 8],
            sent_with: None,
        };
        assert_eq!(quote, expected);
        let mut inner = vec![0x6b, 0x80, 0, 0, 0, 0, 58, 3];
        inner.extend([0xfd; 16]);
        inner.extend([0xfe; 16]);
        inner.push(5);
        let packet = [vec![0; 8], inner].concat();
        let quote = read(Family::V6, from, &packet).unwrap();
        let (source, to) = ([0xfd; 16].into(), [0xfe; 16].into());
        assert_eq!(
            quote,
            Quote { tos: 0xb8, hop_limit: 3, protocol: 58, source, to, transport: &[5], ..expected }
        );
    }

    #[test]
    fn no_prefix_is_taken_for_a_quote_it_does_not_have() {
        let from = ([192, 0, 2, 1], 0).into();
        let packet = [vec![0x45; 20], vec![0; 8], vec![0x45; 20], vec![1; 8]].concat();
        for length in 0..packet.len() {
            let quote = read(Family::V4, from, &packet[..length]);
            assert_eq!(quote.map(|quote| quote.transport.len()), length.checked_sub(48), "{length} bytes");
            assert_eq!(read(Family::V6, from, &packet[..length]).is_some(), length >= 48, "{length} bytes");
        }
        assert_eq!(read(Family::V4, from, &[0x44; 60]), None);
    }
}
