//! The probes an answer may still be about, with the times they left: [`Window`].
//!
//! It holds the newest 65,536 at most, because a 16-bit number on the wire cannot name an older one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::probe::Seq;
use crate::stamp::{Departure, SendCall, SentTimes};

/// As many probes as sequence numbers on the wire.
const CAPACITY: usize = 1 << 16;

/// Send times and fates by sequence number; every operation is O(1).
#[derive(Debug, Default)]
pub(crate) struct Window {
    slots: VecDeque<Slot>,
    /// What the kernel told of how the first of them left; a flood is told nothing, and keeps no room for it.
    departures: VecDeque<Option<SentTimes>>,
    newest: u64,
}

/// What is known of one probe.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    /// By when it had been handed to the system, once it was; from then on it may be waited for.
    pub(crate) sent: Option<Instant>,
    /// How long before that the call began, in nanoseconds: as narrow as it can be, as a flood has it 65,536 times.
    call: u32,
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
            self.departures.pop_front();
        }
        self.slots.push_back(Slot::default());
        self.newest = seq.0;
    }

    /// The probe with that number, if it is still held.
    pub(crate) fn slot(&mut self, seq: Seq) -> Option<&mut Slot> {
        let index = self.index(seq)?;
        self.slots.get_mut(index)
    }

    /// The system took the probe.
    pub(crate) fn sent(&mut self, seq: Seq, call: SendCall) {
        let Some(slot) = self.slot(seq) else { return };
        slot.sent = Some(call.returned);
        match u32::try_from(call.returned.saturating_duration_since(call.began).as_nanos()) {
            Ok(nanos) => slot.call = nanos,
            Err(_) => self.note(seq, SentTimes::by(call)),
        }
    }

    /// Takes in how far the kernel says the probe has come.
    pub(crate) fn departed(&mut self, seq: Seq, departure: Departure) {
        if let Some(mut sent) = self.departure(seq) {
            sent.note(departure);
            self.note(seq, sent);
        }
    }

    fn note(&mut self, seq: Seq, known: SentTimes) {
        let Some(index) = self.index(seq) else { return };
        if self.departures.len() <= index {
            self.departures.resize(index + 1, None);
        }
        if let Some(sent) = self.departures.get_mut(index) {
            *sent = Some(known);
        }
    }

    /// How the probe left, once it has.
    pub(crate) fn departure(&self, seq: Seq) -> Option<SentTimes> {
        let index = self.index(seq)?;
        let slot = self.slots.get(index)?;
        let returned = slot.sent?;
        let told = self.departures.get(index).copied().flatten();
        let began = || returned.checked_sub(Duration::from_nanos(slot.call.into())).unwrap_or(returned);
        Some(told.unwrap_or_else(|| SentTimes::by(SendCall { began: began(), returned })))
    }

    /// The probe a number on the wire means, if it is still held.
    pub(crate) fn by_wire(&mut self, wire: u16) -> Option<(Seq, &mut Slot)> {
        let seq = Seq::from_wire(wire, Seq(self.newest))?;
        self.slot(seq).map(|slot| (seq, slot))
    }

    fn index(&self, seq: Seq) -> Option<usize> {
        let behind = usize::try_from(self.newest.checked_sub(seq.0)?).ok()?;
        self.slots.len().checked_sub(behind + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(newest: u64, at: Instant) -> Window {
        let mut window = Window::default();
        for seq in (1..=newest).map(Seq) {
            window.open(seq);
            window.sent(seq, SendCall { began: at, returned: at });
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
        assert!(window.departures.is_empty(), "the kernel told nothing");
        assert!(window.slot(Seq(70_001)).is_none() && window.slot(Seq(4_464)).is_none());
        assert_eq!(window.slots.len(), 65_536);
    }

    #[test]
    fn what_the_kernel_told_stays_with_its_probe() {
        let at = crate::now();
        let mut window = window(65_536, at);
        let ms = |millis| at + Duration::from_millis(millis);
        let call = SendCall { began: at, returned: ms(1) };
        window.sent(Seq(3), call);
        window.departed(Seq(3), Departure::Queued(at));
        window.departed(Seq(3), Departure::Left(ms(7)));
        window.departed(Seq(4), Departure::Left(ms(5)));
        // The kernel tells nothing of either; the second call hung.
        window.sent(Seq(6), call);
        window.sent(Seq(7), SendCall { began: at, returned: ms(5_000) });
        // Not sent, and forgotten by then.
        window.open(Seq(65_537));
        window.open(Seq(65_538));
        window.departed(Seq(65_538), Departure::Left(at));
        window.departed(Seq(2), Departure::Left(at));
        let plain = SentTimes::by(SendCall { began: at, returned: at });
        #[rustfmt::skip]
        let cases = [
            (3,      Some(SentTimes { call, queued: Some(at), left: Some(ms(7)) })),
            (4,      Some(SentTimes { left: Some(ms(5)), ..plain })),
            (5,      Some(plain)),
            (6,      Some(SentTimes::by(call))),
            (7,      Some(SentTimes::by(SendCall { began: at, returned: ms(5_000) }))),
            (65_536, Some(plain)),
            (2,      None),
            (65_538, None),
        ];
        for (seq, expected) in cases {
            assert_eq!(window.departure(Seq(seq)), expected, "{seq}");
        }
    }
}
