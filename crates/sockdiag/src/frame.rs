//! One datagram as the netlink messages it is made of.
//!
//! Lengths come from outside: a message that claims more than the datagram holds, or less than its own header, ends the
//! reading, because nothing after it can be found.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned, native_endian as ne};

/// One message: its header, and where in the datagram its payload and the next message are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Frame {
    pub(crate) kind: u16,
    pub(crate) flags: u16,
    pub(crate) sequence: u32,
    pub(crate) port: u32,
    pub(crate) payload: Range<usize>,
    pub(crate) next: usize,
}

/// Bytes at the end of a datagram that form no message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Remnant;

impl Frame {
    /// The message at `start`; `None` at the end of the datagram.
    #[inline]
    pub(crate) fn at(datagram: &[u8], start: usize) -> Option<Result<Self, Remnant>> {
        let rest = datagram.get(start..).filter(|rest| !rest.is_empty())?;
        Some(Self::first(rest, start).ok_or(Remnant))
    }

    fn first(rest: &[u8], start: usize) -> Option<Self> {
        let (header, _) = Header::ref_from_prefix(rest).ok()?;
        let len = header.length.get() as usize;
        if !(size_of::<Header>()..=rest.len()).contains(&len) {
            return None;
        }
        Some(Self {
            kind: header.kind.get(),
            flags: header.flags.get(),
            sequence: header.sequence.get(),
            port: header.port.get(),
            payload: start + size_of::<Header>()..start + len,
            next: start + len.next_multiple_of(4),
        })
    }
}

/// `struct nlmsghdr`.
#[derive(FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    length: ne::U32,
    kind: ne::U16,
    flags: ne::U16,
    sequence: ne::U32,
    port: ne::U32,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A message with this payload, padded.
    pub(crate) fn message(kind: u16, flags: u16, sequence: u32, port: u32, payload: &[u8]) -> Vec<u8> {
        let len = u32::try_from(16 + payload.len()).unwrap();
        let mut bytes = len.to_ne_bytes().to_vec();
        bytes.extend([kind.to_ne_bytes(), flags.to_ne_bytes()].concat());
        bytes.extend([sequence.to_ne_bytes(), port.to_ne_bytes()].concat());
        bytes.extend_from_slice(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn a_datagram_is_its_messages_then_what_is_left() {
        let two = [message(20, 2, 7, 9, b"abcde"), message(3, 2, 7, 9, &[0; 4])].concat();
        let first = Frame::at(&two, 0).unwrap().unwrap();
        assert_eq!(&two[first.payload], b"abcde");
        let second = Frame::at(&two, first.next).unwrap().unwrap();
        assert_eq!((second.kind, second.payload.len()), (3, 4));
        assert_eq!(Frame::at(&two, second.next), None);
        assert_eq!(Frame::at(&two[..two.len() - 1], first.next), Some(Err(Remnant)));
        assert_eq!(Frame::at(&two, usize::MAX), None);
    }

    #[test]
    fn impossible_lengths_are_remnants() {
        for claimed in [0u32, 1, 15, 25, u32::MAX] {
            let mut bytes = message(20, 0, 1, 1, &[0; 8]);
            bytes[..4].copy_from_slice(&claimed.to_ne_bytes());
            assert_eq!(Frame::at(&bytes, 0), Some(Err(Remnant)), "length {claimed}");
        }
    }
}
