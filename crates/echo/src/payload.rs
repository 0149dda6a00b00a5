//! The data part of a probe: the run's mark first, then a pattern that shows damage.
//!
//! The first 16 bytes, where other pings carry their send time, hold a secret of the run and the full sequence number: what
//! comes back is recognised by them and never believed about time. The rest is a pattern, or ping's own filler: byte *i* being
//! *i* mod 256.

use crate::probe::Seq;

/// Bytes taken by the run's mark; a payload shorter than this carries none.
pub const MARK_LEN: usize = 16;

/// What a run writes into its probes and expects back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payload {
    /// Bytes of data after the ICMP header.
    pub size: usize,
    /// The run's secret; `None` sends none and recognises replies by their headers alone.
    pub cookie: Option<u64>,
    /// What fills the rest, over and over; empty for ping's own filler.
    pub pattern: Vec<u8>,
}

impl Payload {
    /// A payload of that size with a secret nobody can guess, and ping's own filler.
    pub fn new(size: usize) -> Self {
        Self { size, cookie: Some(random()), pattern: Vec::new() }
    }

    /// Writes the filler, once for all probes.
    pub fn fill(&self, data: &mut [u8]) {
        data.iter_mut().enumerate().for_each(|(i, byte)| *byte = self.filler(i));
    }

    /// Writes the mark of one probe over the filler, if there is room.
    pub fn mark(&self, seq: Seq, data: &mut [u8]) {
        if let (Some(mark), Some(cookie)) = (data.first_chunk_mut(), self.cookie) {
            *mark = marked(cookie, seq);
        }
    }

    /// Whether `data` came from this run's probe `seq`; true of data too short to tell.
    pub fn is_from(&self, seq: Seq, data: &[u8]) -> bool {
        let told = self.cookie.zip(data.first_chunk()).filter(|_| self.size >= MARK_LEN);
        told.is_none_or(|(cookie, mark)| *mark == marked(cookie, seq))
    }

    /// The first byte after the mark's place that is not what was sent.
    pub fn first_wrong(&self, data: &[u8]) -> Option<WrongByte> {
        let sent = data.len().min(self.size);
        (MARK_LEN..sent).find_map(|offset| {
            let (expected, got) = (self.filler(offset), *data.get(offset)?);
            (expected != got).then_some(WrongByte { offset, expected, got })
        })
    }

    fn filler(&self, offset: usize) -> u8 {
        match self.pattern.len() {
            0 => offset as u8,
            length => self.pattern[offset % length],
        }
    }
}

fn marked(cookie: u64, seq: Seq) -> [u8; MARK_LEN] {
    (u128::from(cookie) << 64 | u128::from(seq.0)).to_be_bytes()
}

/// A number nobody can guess, from the seed the standard library draws for its hash maps.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}

/// A byte of a reply that differs from what was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WrongByte {
    /// Its place in the data, from zero.
    pub offset: usize,
    /// What was sent.
    pub expected: u8,
    /// What came back.
    pub got: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Payload = Payload { size: 56, cookie: Some(0x0123_4567_89ab_cdef), pattern: Vec::new() };

    fn data(seq: Seq) -> Vec<u8> {
        let mut data = vec![0; SENT.size];
        SENT.fill(&mut data);
        SENT.mark(seq, &mut data);
        data
    }

    #[test]
    fn a_probe_is_known_by_its_mark() {
        let data = data(Seq(70_000));
        assert!(SENT.is_from(Seq(70_000), &data));
        assert!(!SENT.is_from(Seq(70_000 - 65_536), &data), "same number on the wire, another probe");
        assert!(!Payload { cookie: Some(1), ..SENT }.is_from(Seq(70_000), &data), "another run");
        assert!(SENT.is_from(Seq(70_000), &data[..15]), "cut too short to tell");
    }

    #[test]
    fn a_pattern_repeats_from_the_start_of_the_data() {
        let sent = Payload { pattern: vec![0xab, 0xcd, 0xef], ..SENT };
        let mut data = vec![0; 24];
        sent.fill(&mut data);
        assert_eq!(data[..4], [0xab, 0xcd, 0xef, 0xab]);
        assert_eq!(sent.first_wrong(&data), None);
        assert_eq!(SENT.first_wrong(&data).map(|wrong| wrong.offset), Some(16));
    }

    #[test]
    fn the_first_damaged_byte_after_the_mark_is_named() {
        let mut data = data(Seq::FIRST);
        assert_eq!(SENT.first_wrong(&data), None);
        data[40] = 0xff;
        data[30] ^= 0xff;
        assert_eq!(SENT.first_wrong(&data), Some(WrongByte { offset: 30, expected: 0x1e, got: 0xe1 }));
        data.truncate(20);
        assert_eq!(SENT.first_wrong(&data), None);
        data.resize(100, 0);
        assert_eq!(SENT.first_wrong(&data).map(|wrong| wrong.offset), Some(20));
    }
}
