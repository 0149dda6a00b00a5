//! Netlink attributes, read where they lie.
//!
//! Iteration never fails: it ends at the first attribute whose length does not fit the bytes that are left, so damage costs
//! what follows it and nothing before. Numbers are in native byte order, as the kernel writes them.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::str;

/// The attributes of one record, or those nested in one attribute.
#[derive(Clone, Copy, Debug)]
pub struct Attrs<'a>(&'a [u8]);

/// One attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attr<'a> {
    /// What it holds, by the numbers of its family; the kernel's flags (nested, byte order) are masked out.
    #[doc(alias = "nla_type")]
    pub kind: u16,
    /// Its value, without padding.
    pub payload: &'a [u8],
}

impl<'a> Attrs<'a> {
    /// Reads `bytes`, which begin at an attribute's header.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// All that is left of them, as sent.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The first attribute of this kind. Who wants several iterates once instead.
    pub fn find(mut self, kind: u16) -> Option<Attr<'a>> {
        Iterator::find(&mut self, |attr| attr.kind == kind)
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Attr<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attr<'a>> {
        let (&[a, b, c, d], _) = self.0.split_first_chunk()?;
        let len = usize::from(u16::from_ne_bytes([a, b]));
        let attr = Attr { kind: u16::from_ne_bytes([c, d]) & KIND, payload: self.0.get(HEADER..len)? };
        // The last one need not be padded.
        self.0 = self.0.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some(attr)
    }
}

impl<'a> Attr<'a> {
    /// Appends the attribute to a record, padded as the kernel sends it; nothing if it is too long to be one.
    pub fn write_to(self, record: &mut Vec<u8>) {
        let Ok(len) = u16::try_from(HEADER + self.payload.len()) else { return };
        record.extend_from_slice(&len.to_ne_bytes());
        record.extend_from_slice(&self.kind.to_ne_bytes());
        record.extend_from_slice(self.payload);
        // The record need not begin at a multiple.
        let padding = usize::from(len).next_multiple_of(4) - usize::from(len);
        record.resize(record.len() + padding, 0);
    }

    /// The value as a number; `None` if it is shorter. Longer values are read from their start.
    pub fn u8(self) -> Option<u8> {
        self.payload.first().copied()
    }

    /// The value as a number; `None` if it is shorter.
    pub fn u16(self) -> Option<u16> {
        self.payload.first_chunk().copied().map(u16::from_ne_bytes)
    }

    /// The value as a number; `None` if it is shorter.
    pub fn u32(self) -> Option<u32> {
        self.payload.first_chunk().copied().map(u32::from_ne_bytes)
    }

    /// The value as a number; `None` if it is shorter.
    pub fn u64(self) -> Option<u64> {
        self.payload.first_chunk().copied().map(u64::from_ne_bytes)
    }

    /// The value as text up to its first NUL; `None` if it is not UTF-8.
    pub fn str(self) -> Option<&'a str> {
        str::from_utf8(self.text()).ok()
    }

    /// The value up to its first NUL, whatever its encoding.
    pub fn text(self) -> &'a [u8] {
        self.payload.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// The attributes inside this one.
    pub fn nested(self) -> Attrs<'a> {
        Attrs(self.payload)
    }
}

/// Bytes of an attribute's header: length, then kind.
const HEADER: usize = 4;
/// `NLA_TYPE_MASK`.
const KIND: u16 = 0x3fff;

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An attribute with this value, padded.
    pub(crate) fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(HEADER + payload.len()).unwrap();
        let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend_from_slice(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn values_are_read_by_kind_and_length() {
        let bytes = [attr(4, b"cubic\0"), attr(0x8000 | 2, &[1, 2, 3]), attr(9, &[])].concat();
        let attrs = Attrs::new(&bytes);
        assert_eq!(attrs.find(4).unwrap().str(), Some("cubic"));
        assert_eq!(attrs.find(2).unwrap().u8(), Some(1));
        assert_eq!(attrs.find(2).unwrap().u16(), Some(u16::from_ne_bytes([1, 2])));
        assert_eq!(attrs.find(2).unwrap().u32(), None);
        assert_eq!(attrs.find(9).unwrap().u8(), None);
        assert_eq!(attrs.find(9).unwrap().str(), Some(""));
        assert_eq!(attrs.find(5), None);
    }

    #[test]
    fn damage_costs_only_what_follows() {
        let good = attr(1, &[7]);
        #[rustfmt::skip]
        let cases: [(&str, &[u8], usize); 5] = [
            ("nothing",              &[],                              1),
            ("half a header",        &[8, 0],                          1),
            ("length 0",             &[0, 0, 1, 0, 9, 9, 9, 9],        1),
            ("shorter than itself",  &3u16.to_ne_bytes(),              1),
            ("longer than the rest", &[0xff, 0xff, 1, 0, 9, 9, 9, 9],  1),
        ];
        for (name, tail, expected) in cases {
            let bytes = [&good, tail].concat();
            assert_eq!(Attrs::new(&bytes).count(), expected, "{name}");
        }
        assert_eq!(Attrs::new(&good[..5]).next().unwrap().payload, [7], "the last one unpadded");
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let total: usize = Attrs::new(&bytes).map(|attr| {
                let _ = (attr.u8(), attr.u16(), attr.u32(), attr.u64(), attr.str(), attr.nested().count());
                attr.payload.len() + HEADER
            }).sum();
            prop_assert!(total <= bytes.len());
        }

        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec((0u16..0x3fff, proptest::collection::vec(any::<u8>(), 0..40)), 0..8)) {
            let bytes: Vec<u8> = values.iter().flat_map(|(kind, payload)| attr(*kind, payload)).collect();
            let read: Vec<_> = Attrs::new(&bytes).map(|attr| (attr.kind, attr.payload.to_vec())).collect();
            prop_assert_eq!(read, values);
        }
    }
}
