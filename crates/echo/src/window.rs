//! The probes an answer may still be about, with the times they left: [`Window`].
//!
//! It holds the newest 65,536 at most, because a 16-bit number on the wire cannot name an older one.

use std::collections::VecDeque;

use crate::probe::Seq;
use crate::stamp::Stamp;

/// As many probes as sequence numbers on the wire.
const CAPACITY: usize = 1 << 16;

/// Send times and fates by sequence number; every operation is O(1).
#[derive(Debug, Default)]
pub(crate) struct Window {
    slots: VecDeque<Slot>,
    newest: u64,
}

/// What is known of one probe.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    /// When it left, once it has.
    pub(crate) sent: Option<Stamp>,
    /// What became of it.
    pub(crate) fate: Fate,
}

/// What became of a probe.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Fate {
    /// Nothing yet.
    #[default]
    Open,
    /// A reply has been counted for it.
    Answered,
    /// An error ended it.
    Failed,
    /// It was given up.
    Lost,
}

impl Window {
    /// Makes room for `seq`, which is either the next number or one already known.
    pub(crate) fn open(&mut self, seq: Seq) {
        if seq.0 <= self.newest {
            return;
        }
        debug_assert_eq!(seq.0, self.newest + 1, "numbers are given out in order");
        if self.slots.len() == CAPACITY {
            self.slots.pop_front();
        }
        self.slots.push_back(Slot::default());
        self.newest = seq.0;
    }

    /// The probe with that number, if it is still held.
    pub(crate) fn slot(&mut self, seq: Seq) -> Option<&mut Slot> {
        let behind = usize::try_from(self.newest.checked_sub(seq.0)?).ok()?;
        let index = self.slots.len().checked_sub(behind + 1)?;
        self.slots.get_mut(index)
    }

    /// The probe a number on the wire means, if it is still held.
    pub(crate) fn by_wire(&mut self, wire: u16) -> Option<(Seq, &mut Slot)> {
        let seq = Seq::from_wire(wire, Seq(self.newest))?;
        self.slot(seq).map(|slot| (seq, slot))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn window(newest: u64, at: Instant) -> Window {
        let mut window = Window::default();
        for seq in (1..=newest).map(Seq) {
            window.open(seq);
            window.slot(seq).unwrap().sent = Some(Stamp::by_user(at));
        }
        window
    }

    #[test]
    fn a_number_on_the_wire_finds_its_newest_probe() {
        let mut window = window(70_000, crate::now());
        #[rustfmt::skip]
        let cases = [
            // wire,  expected
            (70_000 - 65_536, Some(70_000)),
            (70_001 - 65_536, Some(4_465)),  // the oldest still held
            (0xffff,          Some(65_535)),
            (0,               Some(65_536)),
        ];
        for (wire, expected) in cases {
            assert_eq!(window.by_wire(wire as u16).map(|(seq, _)| seq.0), expected, "wire {wire}");
        }
        assert!(window.slot(Seq(70_001)).is_none() && window.slot(Seq(4_464)).is_none());
        assert_eq!(window.slots.len(), CAPACITY);
    }
}
