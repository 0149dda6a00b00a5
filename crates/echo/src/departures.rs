//! Which transmit stamp is whose: [`Departures`].
//!
//! The kernel numbers the datagrams of a socket from zero (`SOF_TIMESTAMPING_OPT_ID`) and says only that number. A send that
//! fails may or may not have used one up; after that, numbers are believed again once a stamp is found that was taken within
//! the one call it can belong to.

use std::collections::VecDeque;
use std::time::Instant;

use crate::probe::Probe;
use crate::stamp::SendCall;

/// The probes whose transmit stamps may still come.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    /// Number of the oldest datagram held.
    first: u32,
    /// `None` is a number that a failed send used up.
    recent: VecDeque<Option<(Probe, SendCall)>>,
    /// Sends that failed since numbers were last certain, and how many of `recent` are from before.
    doubt: Option<Doubt>,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    failures: u32,
    certain: usize,
}

impl Departures {
    /// The next datagram carried this probe.
    pub(crate) fn push(&mut self, probe: Probe, call: SendCall) {
        if self.recent.len() == CAPACITY {
            self.recent.pop_front();
            self.first = self.first.wrapping_add(1);
            self.doubt = self.doubt.map(|doubt| Doubt { certain: doubt.certain.saturating_sub(1), ..doubt });
        }
        self.recent.push_back(Some((probe, call)));
    }

    /// A send failed, and with it perhaps went a number.
    pub(crate) fn failed(&mut self) {
        let certain = self.recent.len();
        let doubt = self.doubt.get_or_insert(Doubt { failures: 0, certain });
        doubt.failures += 1;
    }

    /// Whether it is known which number the next datagram will have.
    pub(crate) const fn are_certain(&self) -> bool {
        self.doubt.is_none()
    }

    /// The probe in the datagram of that number (`ee_data`), which was handed to a queue at `queued` if the stamp says that.
    pub(crate) fn probe(&mut self, datagram: u32, queued: Option<Instant>) -> Option<Probe> {
        let mut index = datagram.wrapping_sub(self.first) as usize;
        if let Some(doubt) = self.doubt.filter(|doubt| index >= doubt.certain) {
            index = self.settle(index, doubt, queued?)?;
        }
        self.recent.get(index).copied().flatten().map(|(probe, _)| probe)
    }

    /// Finds the datagram sent while that stamp was taken; its number tells how many were used up without one.
    fn settle(&mut self, index: usize, doubt: Doubt, queued: Instant) -> Option<usize> {
        let within = |sent: &Option<(Probe, SendCall)>| {
            sent.is_some_and(|(_, call)| call.began <= queued && queued <= call.returned)
        };
        let found = doubt.certain + self.recent.iter().skip(doubt.certain).position(within)?;
        let used_up = index.checked_sub(found).filter(|number| *number <= doubt.failures as usize)?;
        for _ in 0..used_up {
            self.recent.insert(doubt.certain, None);
        }
        self.doubt = None;
        Some(index)
    }
}

/// Stamps come within microseconds of the send, or when a queue has drained; this many sends later nobody waits for one.
const CAPACITY: usize = 1024;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::probe::Seq;

    fn probe(seq: u64) -> Probe {
        Probe::new("192.0.2.1:0".parse().unwrap(), Seq(seq), 56)
    }

    /// The call that sent that probe, and a moment within it.
    fn call(start: Instant, seq: u64) -> (SendCall, Instant) {
        let began = start + Duration::from_millis(seq);
        let within = began + Duration::from_micros(10);
        (SendCall { began, returned: began + Duration::from_micros(20) }, within)
    }

    #[test]
    fn datagrams_are_numbered_from_zero_and_old_ones_forgotten() {
        let (mut departures, start) = (Departures::default(), crate::now());
        (1..=2000).for_each(|seq| departures.push(probe(seq), call(start, seq).0));
        #[rustfmt::skip]
        let cases = [(1999, Some(2000)), (976, Some(977)), (975, None), (2000, None), (u32::MAX, None)];
        for (datagram, expected) in cases {
            assert_eq!(departures.probe(datagram, None), expected.map(probe), "datagram {datagram}");
        }
    }

    /// Two sent, two that failed of which so many took a number, three more.
    fn after_failures() -> (Departures, Instant) {
        let (mut departures, start) = (Departures::default(), crate::now());
        (1..=2).for_each(|seq| departures.push(probe(seq), call(start, seq).0));
        (0..2).for_each(|_| departures.failed());
        (3..=5).for_each(|seq| departures.push(probe(seq), call(start, seq).0));
        (departures, start)
    }

    #[test]
    fn whether_failed_sends_took_numbers_shows_at_the_next_stamp() {
        for used_up in 0..=2 {
            let (mut departures, start) = after_failures();
            assert!(!departures.are_certain());
            // Of what was sent before, numbers stay known.
            assert_eq!(departures.probe(1, None), Some(probe(2)));
            // A later stage of a packet does not tell which one it is, nor does a stamp from between two calls.
            assert_eq!(departures.probe(2 + used_up, None), None);
            let between = start + Duration::from_micros(3500);
            assert_eq!(departures.probe(2 + used_up, Some(between)), None);
            let queued = call(start, 4).1;
            assert_eq!(departures.probe(3 + used_up, Some(queued)), Some(probe(4)), "{used_up}");
            assert!(departures.are_certain());
            assert_eq!(departures.probe(2 + used_up, None), Some(probe(3)), "{used_up}");
            assert_eq!(departures.probe(4 + used_up, None), Some(probe(5)), "{used_up}");
            assert_eq!(departures.probe(1, None), Some(probe(2)));
            departures.push(probe(6), call(start, 6).0);
            assert_eq!(departures.probe(5 + used_up, None), Some(probe(6)), "{used_up}");
        }
    }

    #[test]
    fn a_number_that_no_failure_explains_is_nobodys() {
        let (mut departures, start) = after_failures();
        for datagram in [0, 2, 6, 100] {
            let settled = departures.probe(datagram, Some(call(start, 4).1));
            assert_eq!(settled, (datagram == 0).then(|| probe(1)), "datagram {datagram}");
            assert!(!departures.are_certain());
        }
    }
}
