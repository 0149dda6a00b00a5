//! What routers add to ICMP errors (RFC 4884): the labels a packet carried (RFC 4950), the interface it came in by (RFC 5837).
//!
//! All of it is a router's word. What is malformed ends the reading, and what was read before it stands.

#![warn(clippy::indexing_slicing)]

use std::net::IpAddr;
use std::str;

use crate::wire::internet_checksum;

/// Why extensions, or one of their objects, cannot be read; the name says which part is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedExtension {
    /// They end inside their header.
    #[error("extension header cut short")]
    Header,
    /// They are of another version than 2.
    #[error("unknown version of extensions")]
    Version,
    /// Their checksum is wrong.
    #[error("checksum of extensions wrong")]
    Checksum,
    /// An object ends inside its header, is shorter than that, or longer than what there is.
    #[error("length of an extension object impossible")]
    Length,
    /// A stack of labels is not a number of whole labels, or has none.
    #[error("label stack cut short")]
    Labels,
    /// Interface information ends before what it says it has, or has an address of no known kind, or a name of no possible
    /// length.
    #[error("interface information cut short")]
    Interface,
}

/// One extension object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Object<'a> {
    /// The MPLS labels the packet arrived with, outermost first.
    Labels(LabelStack<'a>),
    /// An interface the packet had to do with.
    Interface(InterfaceInformation<'a>),
    /// Something else.
    Other {
        /// `Class-Num`.
        class: u8,
        /// `C-Type`.
        kind: u8,
        /// What follows the object's header.
        data: &'a [u8],
    },
}

/// MPLS labels, four bytes each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LabelStack<'a>(&'a [u8]);

/// One MPLS label (RFC 3032).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Label {
    /// 20 bits.
    pub label: u32,
    /// Three bits, once called experimental.
    pub traffic_class: u8,
    /// Whether it is the bottom of its stack.
    pub is_bottom: bool,
    /// The label's own time to live.
    pub ttl: u8,
}

/// What a router tells of one of its interfaces; what it does not tell is `None`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InterfaceInformation<'a> {
    /// What the interface had to do with the packet.
    pub role: InterfaceRole,
    /// `ifIndex`.
    pub index: Option<u32>,
    /// Its address.
    pub address: Option<IpAddr>,
    /// Its name, without the zeros it is filled up with; text from outside.
    pub name: Option<&'a str>,
    /// Its MTU in bytes.
    pub mtu: Option<u32>,
}

/// What an interface had to do with a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InterfaceRole {
    /// The packet came in by it.
    Incoming,
    /// It is the part of that the packet came in by.
    IncomingPart,
    /// The packet would have gone out by it.
    Outgoing,
    /// It is the next hop's.
    NextHop,
}

impl LabelStack<'_> {
    /// The labels, outermost first.
    pub fn iter(&self) -> impl Iterator<Item = Label> {
        self.0.chunks_exact(4).map(|bytes| {
            let word = bytes.iter().fold(0, |word: u32, byte| word << 8 | u32::from(*byte));
            Label {
                label: word >> 12,
                traffic_class: (word >> 9 & 7) as u8,
                is_bottom: word >> 8 & 1 == 1,
                ttl: word as u8,
            }
        })
    }
}

/// The objects of an extension structure, of which the header is the first part.
///
/// # Errors
/// The part of the header that is at fault. What is wrong with an object is told in its place, and is the last thing told.
pub fn objects(structure: &[u8]) -> Result<Objects<'_>, MalformedExtension> {
    let (header, rest) = structure.split_first_chunk::<HEADER_LEN>().ok_or(MalformedExtension::Header)?;
    let [version, _, sum @ ..] = header;
    if version >> 4 != VERSION {
        return Err(MalformedExtension::Version);
    }
    // Zero says that there is none.
    if *sum != [0, 0] && internet_checksum(structure, None) != 0 {
        return Err(MalformedExtension::Checksum);
    }
    Ok(Objects(rest))
}

/// Extension objects in their order.
#[derive(Clone, Debug)]
pub struct Objects<'a>(&'a [u8]);

impl<'a> Iterator for Objects<'a> {
    type Item = Result<Object<'a>, MalformedExtension>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let object = self.split().ok_or(MalformedExtension::Length);
        let told = object.and_then(|(class, kind, data)| match (class, kind) {
            MPLS_INCOMING_STACK => labels(data).map(Object::Labels),
            (INTERFACE_INFORMATION, kind) => interface(kind, data).map(Object::Interface),
            (class, kind) => Ok(Object::Other { class, kind, data }),
        });
        if told.is_err() {
            self.0 = &[];
        }
        Some(told)
    }
}

impl<'a> Objects<'a> {
    /// The same without reading what is in them: class, kind and data of each.
    pub fn unread(mut self) -> impl Iterator<Item = (u8, u8, &'a [u8])> {
        std::iter::from_fn(move || self.split())
    }

    /// Takes off the next object: its class, its kind and its data.
    fn split(&mut self) -> Option<(u8, u8, &'a [u8])> {
        let [high, low, class, kind] = *self.0.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (object, rest) = self.0.split_at_checked(length)?;
        let data = object.get(HEADER_LEN..)?;
        self.0 = rest;
        Some((class, kind, data))
    }
}

fn labels(data: &[u8]) -> Result<LabelStack<'_>, MalformedExtension> {
    let is_whole = !data.is_empty() && data.len().is_multiple_of(4);
    is_whole.then_some(LabelStack(data)).ok_or(MalformedExtension::Labels)
}

fn interface(kind: u8, data: &[u8]) -> Result<InterfaceInformation<'_>, MalformedExtension> {
    let mut rest = data;
    let mut told = InterfaceInformation {
        role: match kind >> 6 {
            0 => InterfaceRole::Incoming,
            1 => InterfaceRole::IncomingPart,
            2 => InterfaceRole::Outgoing,
            _ => InterfaceRole::NextHop,
        },
        index: None,
        address: None,
        name: None,
        mtu: None,
    };
    let read = (|| {
        if kind & HAS_INDEX != 0 {
            told.index = Some(u32::from_be_bytes(take(&mut rest)?));
        }
        if kind & HAS_ADDRESS != 0 {
            told.address = Some(address(&mut rest)?);
        }
        if kind & HAS_NAME != 0 {
            told.name = name(&mut rest)?;
        }
        if kind & HAS_MTU != 0 {
            told.mtu = Some(u32::from_be_bytes(take(&mut rest)?));
        }
        Some(())
    })();
    read.map(|()| told).ok_or(MalformedExtension::Interface)
}

fn address(rest: &mut &[u8]) -> Option<IpAddr> {
    let [high, low, _, _] = take(rest)?;
    match u16::from_be_bytes([high, low]) {
        1 => Some(IpAddr::from(take::<4>(rest)?)),
        2 => Some(IpAddr::from(take::<16>(rest)?)),
        _ => None,
    }
}

/// A name behind the length of itself and that length; what is no text is no name.
fn name<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a str>> {
    let length = usize::from(*rest.first()?);
    if length == 0 || length > LONGEST_NAME || !length.is_multiple_of(4) {
        return None;
    }
    let (field, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    let name = str::from_utf8(field.get(1..)?).ok().map(|name| name.trim_end_matches('\0'));
    Some(name.filter(|name| !name.is_empty()))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

/// The extensions among what an error queue has of a message: where the kernel found them, or else where routers put them
/// before there was a field to say so, behind 128 bytes of the quoted packet; `quoted` begins so many bytes into that.
pub(crate) fn queued(quoted: &[u8], rfc4884: u32, begins_at: usize) -> &[u8] {
    let [low, high, flags, _] = rfc4884.to_ne_bytes();
    match usize::from(u16::from_ne_bytes([low, high])) {
        0 => {
            let behind =
                PADDED_QUOTE.checked_sub(begins_at).and_then(|at| quoted.get(at..)).unwrap_or_default();
            // Nothing says that there are any, so they have to prove it.
            let has_sum = behind.get(2..4).is_some_and(|sum| sum != [0, 0]);
            let is_proven = has_sum && objects(behind).is_ok_and(|mut objects| objects.next().is_some());
            if is_proven { behind } else { &[] }
        }
        _ if flags & INVALID != 0 => &[],
        at => quoted.get(at..).unwrap_or_default(),
    }
}

const HEADER_LEN: usize = 4;
const VERSION: u8 = 2;
/// Class and kind of the labels a packet came with.
const MPLS_INCOMING_STACK: (u8, u8) = (1, 1);
const INTERFACE_INFORMATION: u8 = 2;
const HAS_INDEX: u8 = 0x08;
const HAS_ADDRESS: u8 = 0x04;
const HAS_NAME: u8 = 0x02;
const HAS_MTU: u8 = 0x01;
/// Its length included.
const LONGEST_NAME: usize = 64;
const PADDED_QUOTE: usize = 128;
/// linux/errqueue.h, `SO_EE_RFC4884_FLAG_INVALID`.
const INVALID: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A structure of these objects, its checksum right.
    fn structure(objects: &[(u8, u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0x20, 0, 0, 0];
        for (class, kind, data) in objects {
            bytes.extend((data.len() as u16 + 4).to_be_bytes());
            bytes.extend([*class, *kind]);
            bytes.extend(*data);
        }
        let sum = internet_checksum(&bytes, Some(1));
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
        bytes
    }

    fn only(bytes: &[u8]) -> Result<Object<'_>, MalformedExtension> {
        let mut objects = objects(bytes)?;
        let first = objects.next().unwrap();
        assert_eq!(objects.next(), None);
        first
    }

    #[test]
    fn labels_are_read_outermost_first() {
        let bytes = structure(&[(1, 1, &[0x05, 0xdc, 0x10, 0x01, 0x00, 0x01, 0x07, 0xfe])]);
        let Object::Labels(stack) = only(&bytes).unwrap() else { panic!() };
        let labels: Vec<_> = stack.iter().collect();
        let outer = Label { label: 24001, traffic_class: 0, is_bottom: false, ttl: 1 };
        assert_eq!(labels, [outer, Label { label: 16, traffic_class: 3, is_bottom: true, ttl: 254 }]);
    }

    #[test]
    fn of_an_interface_is_told_what_its_kind_says_is_there() {
        let none = InterfaceInformation {
            role: InterfaceRole::Incoming,
            index: None,
            address: None,
            name: None,
            mtu: None,
        };
        let v4 = [0, 1, 0, 0, 192, 0, 2, 1];
        let v6 = [&[0, 2, 0, 0][..], &[0x20; 16]].concat();
        let all = [&[0, 0, 0, 7][..], &v4, b"\x08eth0\0\0\0", &[0, 0, 5, 220]].concat();
        let address = |text: &str| Some(text.parse().unwrap());
        #[rustfmt::skip]
        let cases = [
            (0x00, &[][..],                none),
            (0x40, &[],                    InterfaceInformation { role: InterfaceRole::IncomingPart, ..none }),
            (0x80, &[],                    InterfaceInformation { role: InterfaceRole::Outgoing, ..none }),
            (0xc0, &[],                    InterfaceInformation { role: InterfaceRole::NextHop, ..none }),
            (0x08, &[0, 0, 0, 7],          InterfaceInformation { index: Some(7), ..none }),
            (0x04, &v4,                    InterfaceInformation { address: address("192.0.2.1"), ..none }),
            (0x04, &v6,                    InterfaceInformation { address: address("2020:2020:2020:2020:2020:2020:2020:2020"), ..none }),
            (0x02, b"\x08eth0\0\0\0",      InterfaceInformation { name: Some("eth0"), ..none }),
            (0x02, b"\x04\xff\xff\xff",    none),
            (0x02, b"\x04\0\0\0",          none),
            (0x01, &[0, 0, 5, 220],        InterfaceInformation { mtu: Some(1500), ..none }),
            (0x0f, &all,                   InterfaceInformation { index: Some(7), address: address("192.0.2.1"), name: Some("eth0"), mtu: Some(1500), ..none }),
        ];
        for (kind, data, expected) in cases {
            assert_eq!(only(&structure(&[(2, kind, data)])), Ok(Object::Interface(expected)), "{kind:#x}");
        }
        // Every part of it may be missing.
        for length in 0..all.len() {
            let cut = structure(&[(2, 0x0f, &all[..length])]);
            assert_eq!(only(&cut), Err(MalformedExtension::Interface), "{length} bytes");
        }
    }

    #[test]
    fn every_malformation_is_named_and_ends_the_reading() {
        use MalformedExtension::{Checksum, Header, Interface, Labels, Length, Version};
        let sound = structure(&[(9, 9, b"data")]);
        let with = |at: usize, byte: u8| {
            let mut bytes = sound.clone();
            bytes[at] = byte;
            bytes
        };
        let unsummed = |mut bytes: Vec<u8>| {
            bytes[2..4].fill(0);
            bytes
        };
        #[rustfmt::skip]
        let cases = [
            (vec![],                                    Header),
            (sound[..3].to_vec(),                       Header),
            (with(0, 0x10),                             Version),
            (with(9, 0),                                Checksum),
            (unsummed(sound[..7].to_vec()),             Length),   // ends in the object's header
            (unsummed(sound[..11].to_vec()),            Length),   // ends in the object
            (unsummed(with(5, 3)),                      Length),   // shorter than its header
            (unsummed(with(5, 0)),                      Length),
            (unsummed(with(4, 0xff)),                   Length),
            (structure(&[(1, 1, &[])]),                 Labels),
            (structure(&[(1, 1, &[0; 7])]),             Labels),
            (structure(&[(2, 0x04, &[0, 3, 0, 0, 1, 2, 3, 4])]), Interface),  // an address of no kind
            (structure(&[(2, 0x02, &[0, 0, 0, 0])]),    Interface),  // a name of no length
            (structure(&[(2, 0x02, &[6, 1, 1, 1, 1, 1])]), Interface),
            (structure(&[(2, 0x02, &[68; 68])]),        Interface),
            (structure(&[(2, 0x02, &[8, 1, 1, 1])]),    Interface),
        ];
        for (bytes, expected) in cases {
            assert_eq!(only(&bytes), Err(expected), "{bytes:?}");
        }
        // What was read before stands.
        let bytes = structure(&[(9, 9, b"data"), (1, 1, &[0; 3]), (9, 9, b"more")]);
        let told: Vec<_> = objects(&bytes).unwrap().collect();
        assert_eq!(told, [Ok(Object::Other { class: 9, kind: 9, data: b"data" }), Err(Labels)]);
        assert_eq!(objects(&[0x20, 0, 0, 0]).unwrap().count(), 0);
    }

    #[test]
    fn they_are_where_the_kernel_says_or_prove_themselves_behind_128_bytes() {
        let sound = structure(&[(1, 1, &[0, 0, 0x10, 0x01])]);
        let unsummed = [&[0x20, 0, 0, 0], &sound[4..]].concat();
        let behind = |length: usize, structure: &[u8]| [&vec![0; length][..], structure].concat();
        let told = |at: u16, flags: u8| {
            let [low, high] = at.to_ne_bytes();
            u32::from_ne_bytes([low, high, flags, 0])
        };
        #[rustfmt::skip]
        let cases = [
            // quoted,               the kernel's word, expected
            (behind(108, &sound),    told(108, 0),      &sound[..]),
            (behind(200, &sound),    told(200, 0),      &sound),
            (behind(108, &unsummed), told(108, 0),      &unsummed),
            (behind(108, &sound),    told(108, 1),      &[]),
            (behind(108, &sound),    told(9999, 0),     &[]),
            (behind(108, &sound),    told(0, 0),        &sound),
            (behind(108, &unsummed), told(0, 0),        &[]),
            (behind(109, &sound),    told(0, 0),        &[]),
            (behind(108, &[]),       told(0, 0),        &[]),
            (vec![0; 8],             told(0, 0),        &[]),
        ];
        for (quoted, word, expected) in cases {
            assert_eq!(queued(&quoted, word, 20), expected, "{} bytes, {word:#x}", quoted.len());
        }
        assert_eq!(queued(&behind(100, &sound), 0, 28), sound);
    }

    #[test]
    fn seeds_are_read_whole() {
        let seeds = std::fs::read_dir("../../tests/data/extensions").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        for seed in seeds {
            let objects: Result<Vec<_>, _> = objects(&seed).unwrap().collect();
            assert!(objects.is_ok_and(|objects| !objects.is_empty()), "{seed:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), sum in any::<bool>()) {
            if let [version, _, a, b, ..] = &mut bytes[..] {
                *version = 0x20;
                if sum { (*a, *b) = (0, 0); }
            }
            if let Ok(objects) = objects(&bytes) {
                prop_assert!(objects.count() <= bytes.len() / 4);
            }
        }
    }
}
