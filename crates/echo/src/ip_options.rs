//! IPv4 options (RFC 791 §3.1): written into probes, read from replies.
//!
//! What comes back was written by every router on the way, so reading never trusts a length: an option that does not fit ends
//! the list.

#![warn(clippy::indexing_slicing)]

use std::net::Ipv4Addr;

/// An option a probe carries; the header has room for 40 bytes of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IpOption {
    /// Record route: nine addresses at the most.
    RecordRoute,
    /// Internet timestamp.
    Timestamp(TimestampKind),
    /// Loose or strict source route through these addresses to the destination, which the kernel puts behind them itself.
    SourceRoute {
        /// Whether the packet may pass no other router.
        strict: bool,
        /// At most nine.
        through: Vec<Ipv4Addr>,
    },
}

/// What an Internet timestamp option records (its flag).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TimestampKind {
    /// Times only.
    Only,
    /// Addresses and times.
    WithAddresses,
    /// Times of these addresses only, four at the most.
    Prespecified(Vec<Ipv4Addr>),
}

impl IpOption {
    /// The option's bytes, `None` if they do not fit.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let bytes = match self {
            Self::RecordRoute => with_slots([NOP, RECORD_ROUTE, 39, 4].to_vec(), 40),
            Self::Timestamp(TimestampKind::Only) => with_slots([TIMESTAMP, 40, 5, 0].to_vec(), 40),
            Self::Timestamp(TimestampKind::WithAddresses) => with_slots([TIMESTAMP, 36, 5, 1].to_vec(), 36),
            Self::Timestamp(TimestampKind::Prespecified(addresses)) => {
                let length = 4 + 8 * addresses.len();
                let mut bytes = vec![TIMESTAMP, u8::try_from(length).ok()?, 5, 3];
                addresses.iter().for_each(|address| {
                    bytes.extend(address.octets());
                    bytes.extend([0; 4]);
                });
                bytes
            }
            Self::SourceRoute { strict, through } => {
                let kind = if *strict { STRICT_ROUTE } else { LOOSE_ROUTE };
                let mut bytes = vec![NOP, kind, u8::try_from(3 + 4 * through.len()).ok()?, 4];
                bytes.extend(through.iter().flat_map(Ipv4Addr::octets));
                bytes
            }
        };
        (bytes.len() <= MOST_BYTES).then_some(bytes)
    }
}

fn with_slots(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(length, 0);
    bytes
}

/// Room for options in an IPv4 header.
const MOST_BYTES: usize = 40;

/// An option of a reply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ReceivedOption {
    /// Record route: the addresses recorded.
    RecordRoute(Vec<Ipv4Addr>),
    /// A source route: the addresses passed.
    SourceRoute {
        /// Whether it was a strict one.
        strict: bool,
        /// The addresses.
        through: Vec<Ipv4Addr>,
    },
    /// Internet timestamp: who and when, milliseconds since midnight UT unless the top bit is set.
    Timestamps {
        /// The entries recorded, with addresses if those were asked for.
        entries: Vec<(Option<Ipv4Addr>, u32)>,
        /// Routers that found no room.
        unrecorded: u8,
    },
    /// A padding byte.
    Nop,
    /// Something else, by its type.
    Unknown(u8),
}

/// Reads the options of a header; what cannot be read ends the list.
pub fn received(bytes: &[u8]) -> Vec<ReceivedOption> {
    let mut options = Vec::new();
    let mut rest = bytes;
    while let Some((&kind, after)) = rest.split_first() {
        match kind {
            END => break,
            NOP => {
                options.push(ReceivedOption::Nop);
                rest = after;
            }
            _ => {
                let length = after.first().map_or(0, |&length| usize::from(length));
                let Some((option, next)) = (length >= 2).then(|| rest.split_at_checked(length)).flatten()
                else {
                    break;
                };
                options.extend(read(kind, option));
                rest = next;
            }
        }
    }
    options
}

fn read(kind: u8, option: &[u8]) -> Option<ReceivedOption> {
    // The pointer counts from one and names the first byte not yet written.
    let pointer = usize::from(*option.get(2)?);
    match kind {
        RECORD_ROUTE | LOOSE_ROUTE | STRICT_ROUTE => {
            let written = option.get(3..pointer.checked_sub(1)?.min(option.len())).unwrap_or_default();
            let addresses = written.chunks_exact(4).filter_map(address).collect();
            Some(if kind == RECORD_ROUTE {
                ReceivedOption::RecordRoute(addresses)
            } else {
                ReceivedOption::SourceRoute { strict: kind == STRICT_ROUTE, through: addresses }
            })
        }
        TIMESTAMP => {
            let flags = *option.get(3)?;
            let with_addresses = flags & 0x0f != 0;
            let written = option.get(4..pointer.checked_sub(1)?.min(option.len())).unwrap_or_default();
            let entries = written
                .chunks_exact(if with_addresses { 8 } else { 4 })
                .filter_map(|entry| {
                    let who = if with_addresses { Some(address(entry)?) } else { None };
                    Some((who, u32::from_be_bytes(*entry.last_chunk()?)))
                })
                .collect();
            Some(ReceivedOption::Timestamps { entries, unrecorded: flags >> 4 })
        }
        unknown => Some(ReceivedOption::Unknown(unknown)),
    }
}

fn address(bytes: &[u8]) -> Option<Ipv4Addr> {
    bytes.first_chunk::<4>().copied().map(Ipv4Addr::from)
}

const END: u8 = 0;
const NOP: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 9, 1, 2);
    const B: Ipv4Addr = Ipv4Addr::new(10, 9, 2, 1);

    #[test]
    fn options_are_laid_out_as_rfc_791_has_them() {
        let route = |strict| IpOption::SourceRoute { strict, through: vec![A, B] };
        #[rustfmt::skip]
        let cases = [
            (IpOption::RecordRoute,                             vec![1, 7, 39, 4],   40),
            (IpOption::Timestamp(TimestampKind::Only),          vec![68, 40, 5, 0],  40),
            (IpOption::Timestamp(TimestampKind::WithAddresses), vec![68, 36, 5, 1],  36),
            (IpOption::Timestamp(TimestampKind::Prespecified(vec![A])), vec![68, 12, 5, 3, 10, 9, 1, 2], 12),
            (route(false),                                      vec![1, 131, 11, 4, 10, 9, 1, 2, 10, 9, 2, 1], 12),
            (route(true),                                       vec![1, 137, 11, 4], 12),
        ];
        for (option, start, length) in cases {
            let bytes = option.encode().unwrap();
            assert_eq!((&bytes[..start.len()], bytes.len()), (&start[..], length), "{option:?}");
        }
        assert_eq!(IpOption::Timestamp(TimestampKind::Prespecified(vec![A; 5])).encode(), None);
    }

    #[test]
    fn what_routers_wrote_is_read_up_to_the_pointer() {
        let route = [1, 7, 11, 8, 10, 9, 1, 2, 0, 0, 0, 0];
        let stamps = [68, 20, 13, 0x21, 10, 9, 1, 2, 0, 0, 1, 0, 10, 9, 2, 1, 0, 0, 0, 0];
        #[rustfmt::skip]
        let cases = [
            (&route[..],           vec![ReceivedOption::Nop, ReceivedOption::RecordRoute(vec![A])]),
            (&stamps,              vec![ReceivedOption::Timestamps { entries: vec![(Some(A), 256)], unrecorded: 2 }]),
            (&[131, 7, 8, 10, 9, 1, 2, 0], vec![ReceivedOption::SourceRoute { strict: false, through: vec![A] }]),
            (&[148, 4, 0, 0, 0],   vec![ReceivedOption::Unknown(148)]),
            (&[7, 40, 4, 1, 2],    vec![]),   // longer than what is left
            (&[7, 1, 4],           vec![]),   // shorter than itself
            (&[7, 3, 0],           vec![]),   // a pointer to nowhere
            (&[7, 7, 255, 10, 9, 1, 2], vec![ReceivedOption::RecordRoute(vec![A])]),  // a pointer beyond the end
        ];
        for (bytes, expected) in cases {
            assert_eq!(received(bytes), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..41)) {
            let _ = received(&bytes);
        }
    }
}
