//! The words of the last column: a name, then a number.
//!
//! A name begins with the blank that keeps it from what stands before.

use std::net::IpAddr;

use super::super::address;
use super::super::cells::Cell;
use crate::printf::{self, ROOM};

impl Cell<'_> {
    /// Text known when this was written.
    #[inline]
    pub(super) fn word<const N: usize>(&mut self, text: &[u8; N]) {
        self.fill(|room: &mut [u8; N]| {
            *room = *text;
            N
        });
    }

    /// A word if it holds.
    #[inline]
    pub(super) fn flag<const N: usize>(&mut self, text: &[u8; N], holds: bool) {
        if holds {
            self.word(text);
        }
    }

    /// A name and a number.
    #[inline]
    pub(super) fn number<const N: usize>(&mut self, name: &[u8; N], number: impl Into<u64>) {
        let number = number.into();
        self.named(name, |to| printf::digits(number, to));
    }

    /// A name and a number, unless that is zero or absent.
    #[inline]
    pub(super) fn some<const N: usize>(&mut self, name: &[u8; N], number: Option<impl Into<u64>>) {
        match number.map(Into::into) {
            None | Some(0) => {}
            Some(number) => self.number(name, number),
        }
    }

    /// A name and milliseconds, given microseconds.
    #[inline]
    pub(super) fn millis<const N: usize>(&mut self, name: &[u8; N], micros: u32) {
        self.named(name, |to| printf::thousandths(micros, to));
    }

    /// A name and milliseconds, given microseconds; nothing if they are zero or absent.
    #[inline]
    pub(super) fn some_millis<const N: usize>(&mut self, name: &[u8; N], micros: Option<u32>) {
        if let Some(micros) = micros.filter(|&micros| micros != 0) {
            self.millis(name, micros);
        }
    }

    /// A name and what `write` makes of the room it is given.
    #[inline]
    pub(super) fn named<const N: usize>(
        &mut self,
        name: &[u8; N],
        write: impl FnOnce(&mut [u8; ROOM]) -> usize,
    ) {
        const { assert!(N <= LONGEST) };
        self.fill(|room: &mut [u8; LONGEST + ROOM]| {
            let (start, rest) = room.split_at_mut(N);
            start.copy_from_slice(name);
            N + write(rest.first_chunk_mut().expect("there is room"))
        });
    }

    /// A name and a number in base 16, without prefix.
    #[inline]
    pub(super) fn hex<const N: usize>(&mut self, name: &[u8; N], number: impl Into<u64>) {
        let number = number.into();
        self.named(name, |to| {
            let len = (67 - (number | 1).leading_zeros() as usize) / 4;
            for (n, place) in to[..len].iter_mut().rev().enumerate() {
                *place = b"0123456789abcdef"[(number >> (4 * n) & 0xf) as usize];
            }
            len
        });
    }

    /// `%#x`: base 16 with prefix, but 0 without.
    pub(super) fn prefixed_hex<const N: usize>(&mut self, name: &[u8; N], number: u32) {
        self.word(name);
        if number == 0 {
            self.byte(b'0');
        } else {
            self.hex(b"0x", number);
        }
    }

    /// An address without brackets.
    pub(super) fn ip(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.fill(|room| address::write_v4(address.octets(), room)),
            IpAddr::V6(address) => self.fill(|room| address::write_v6(&address.octets(), room)),
        }
    }
}

/// The longest name there is.
const LONGEST: usize = 24;

#[cfg(test)]
mod tests {
    use super::super::super::cells::Cells;
    use super::*;

    fn text(write: impl FnOnce(&mut Cell<'_>)) -> String {
        let mut cells = Cells::with_room(0);
        cells.add(write);
        let mut page = [0; 512];
        let text = cells.read(&mut 0);
        text.copy_to(&mut page);
        String::from_utf8(page[..text.len].to_vec()).unwrap()
    }

    #[test]
    fn names_and_numbers() {
        let zero: Option<u32> = Some(0);
        assert_eq!(text(|cell| cell.number(b" mss:", 1448u32)), " mss:1448");
        assert_eq!(text(|cell| cell.number(b" n:", u64::MAX)), " n:18446744073709551615");
        assert_eq!(text(|cell| cell.some(b" n:", zero)), "");
        assert_eq!(text(|cell| cell.some(b" n:", None::<u32>)), "");
        assert_eq!(text(|cell| cell.millis(b" rto:", 204_000)), " rto:204");
        assert_eq!(text(|cell| cell.millis(b"/", 24)), "/0.024");
        assert_eq!(text(|cell| cell.some_millis(b" ato:", Some(0))), "");
        for (number, expected) in [(0, "0"), (0xf, "f"), (0x10, "10"), (u64::MAX, "ffffffffffffffff")] {
            assert_eq!(text(|cell| cell.hex(b"", number)), expected);
        }
        assert_eq!(text(|cell| cell.prefixed_hex(b" tos:", 0)), " tos:0");
        assert_eq!(text(|cell| cell.prefixed_hex(b" tos:", 0x10)), " tos:0x10");
    }
}
