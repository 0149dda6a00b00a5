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
    /// The run's secret; `None` sends none, and replies cannot be told from forged ones.
    pub secret: Option<u64>,
    /// What fills the rest, over and over; empty for ping's own filler.
    pub pattern: Vec<u8>,
}

impl Payload {
    /// A payload of that size with a secret nobody can guess, and ping's own filler.
    pub fn new(size: usize) -> Self {
        Self { size, secret: Some(random()), pattern: Vec::new() }
    }

    /// Writes what one probe carries.
    pub fn write(&self, seq: Seq, data: &mut [u8]) {
        match self.pattern.len() {
            0 => data.iter_mut().enumerate().for_each(|(i, byte)| *byte = i as u8),
            length => {
                data.chunks_mut(length).for_each(|part| part.copy_from_slice(&self.pattern[..part.len()]));
            }
        }
        // Over the filler, if there is room.
        if let (Some(mark), Some(secret)) = (data.first_chunk_mut(), self.secret) {
            *mark = marked(secret, seq);
        }
    }

    /// Whether probes carry the secret: there is one, and the data have room for the mark.
    pub const fn is_secret(&self) -> bool {
        self.secret.is_some() && self.size >= MARK_LEN
    }

    /// Whether all of the mark of probe `seq` is in `data`, which proves that they answer it; never without a
    /// [secret](Self::is_secret).
    pub fn proves(&self, seq: Seq, data: &[u8]) -> bool {
        data.len() >= MARK_LEN && self.begins(seq, data)
    }

    /// Whether `data` are the beginning of what probe `seq` carries, as far as they go within its mark; nothing is proved by
    /// that. Never without a [secret](Self::is_secret).
    pub fn begins(&self, seq: Seq, data: &[u8]) -> bool {
        let Some(secret) = self.secret.filter(|_| self.is_secret()) else { return false };
        data.iter().zip(marked(secret, seq)).all(|(got, sent)| *got == sent)
    }

    /// What `data` that an ICMP error quotes of probe `seq` prove.
    pub(crate) fn quoted(&self, seq: Seq, data: &[u8]) -> Quoted {
        let mark = data.get(..MARK_LEN).unwrap_or(data);
        // Who quotes no more than the header may fill up what RFC 4884 wants to be there.
        let is_nothing = mark.iter().all(|byte| *byte == 0);
        match self.is_secret() {
            true if !is_nothing && !self.begins(seq, mark) => Quoted::Foreign,
            true if self.proves(seq, data) => Quoted::Proven,
            _ => Quoted::Unproven,
        }
    }

    /// The run's secret in what came back, if it is long enough to have one.
    pub fn secret_in(data: &[u8]) -> Option<u64> {
        data.get(..MARK_LEN)?.first_chunk().copied().map(u64::from_be_bytes)
    }

    /// The number of the probe in what is quoted of it, if it is long enough to have one.
    pub(crate) fn seq_in(data: &[u8]) -> Option<Seq> {
        data.get(..MARK_LEN)?.last_chunk().copied().map(u64::from_be_bytes).map(Seq)
    }

    /// The first byte from `start` on, which is after the mark's place, that is not what was sent.
    pub fn first_wrong(&self, start: usize, data: &[u8]) -> Option<WrongByte> {
        let sent = data.len().min(self.size);
        (start.max(MARK_LEN)..sent).find_map(|offset| {
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

/// What the data that an ICMP error quotes say of the error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Quoted {
    /// All of the mark is there: it is about a probe of this run.
    Proven,
    /// It quotes too little to tell, or the probe had no secret in it.
    Unproven,
    /// It quotes something else.
    Foreign,
}

fn marked(secret: u64, seq: Seq) -> [u8; MARK_LEN] {
    (u128::from(secret) << 64 | u128::from(seq.0)).to_be_bytes()
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

    const SENT: Payload = Payload { size: 56, secret: Some(0x0123_4567_89ab_cdef), pattern: Vec::new() };

    fn data(seq: Seq) -> Vec<u8> {
        let mut data = vec![0; SENT.size];
        SENT.write(seq, &mut data);
        data
    }

    #[test]
    fn a_probe_is_known_by_its_mark() {
        let data = data(Seq(70_000));
        assert!(SENT.proves(Seq(70_000), &data) && SENT.proves(Seq(70_000), &data[..MARK_LEN]));
        assert!(!SENT.proves(Seq(70_000 - 65_536), &data), "same number on the wire, another probe");
        assert!(!Payload { secret: Some(1), ..SENT }.proves(Seq(70_000), &data), "another run");
        for length in 0..MARK_LEN {
            assert!(!SENT.proves(Seq(70_000), &data[..length]), "{length} bytes are too few");
            assert!(SENT.begins(Seq(70_000), &data[..length]), "{length} bytes");
        }
        assert!(!SENT.begins(Seq(70_000), &[0xff]));
        for without in [Payload { size: 15, ..SENT }, Payload { secret: None, ..SENT }] {
            assert!(!without.is_secret() && !without.proves(Seq(70_000), &data), "{without:?}");
            assert!(!without.begins(Seq(70_000), &data[..0]), "{without:?}");
        }
        assert_eq!(Payload::secret_in(&data), SENT.secret);
        assert_eq!(Payload::secret_in(&data[..15]), None);
    }

    #[test]
    fn an_error_is_known_by_what_it_quotes_of_the_mark() {
        use Quoted::{Foreign, Proven, Unproven};
        let seq = Seq(70_000);
        let data = data(seq);
        let mut wrong = data.clone();
        wrong[MARK_LEN - 1] ^= 1;
        #[rustfmt::skip]
        let cases = [
            // quoted,                 said by it
            (&data[..],                Proven),
            (&data[..MARK_LEN],        Proven),
            (&data[..MARK_LEN - 1],    Unproven),
            (&data[..1],               Unproven),
            (&[],                      Unproven),
            (&[0; 100],                Unproven),  // RFC 4884 wants 128 bytes quoted, and this router filled them up
            (&wrong[..],               Foreign),
            (&wrong[..MARK_LEN - 1],   Unproven),
            (&[0xff],                  Foreign),
            (&data[1..],               Foreign),
        ];
        for (quoted, said) in cases {
            assert_eq!(SENT.quoted(seq, quoted), said, "{quoted:?}");
        }
        for without in [Payload { size: 15, ..SENT }, Payload { secret: None, ..SENT }] {
            assert_eq!(without.quoted(seq, &[0xff; 56]), Unproven, "{without:?}");
        }
    }

    #[test]
    fn a_pattern_repeats_from_the_start_of_the_data() {
        let sent = Payload { secret: None, pattern: vec![0xab, 0xcd, 0xef], ..SENT };
        let mut data = vec![0; 23];
        sent.write(Seq::FIRST, &mut data);
        assert_eq!((&data[..4], &data[21..]), (&[0xab, 0xcd, 0xef, 0xab][..], &[0xab, 0xcd][..]));
        assert_eq!(sent.first_wrong(0, &data), None);
        assert_eq!(SENT.first_wrong(0, &data).map(|wrong| wrong.offset), Some(16));
    }

    #[test]
    fn the_first_damaged_byte_after_the_mark_is_named() {
        let mut data = data(Seq::FIRST);
        assert_eq!(SENT.first_wrong(MARK_LEN, &data), None);
        data[40] = 0xff;
        data[30] ^= 0xff;
        assert_eq!(
            SENT.first_wrong(MARK_LEN, &data),
            Some(WrongByte { offset: 30, expected: 0x1e, got: 0xe1 })
        );
        data.truncate(20);
        assert_eq!(SENT.first_wrong(MARK_LEN, &data), None);
        data.resize(100, 0);
        assert_eq!(SENT.first_wrong(22, &data).map(|wrong| wrong.offset), Some(22));
        assert_eq!(SENT.first_wrong(MARK_LEN, &data).map(|wrong| wrong.offset), Some(20));
    }
}
