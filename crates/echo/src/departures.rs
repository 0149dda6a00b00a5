//! Which transmit stamp is whose: [`Departures`].
//!
//! The kernel numbers the datagrams of a socket from zero (`SOF_TIMESTAMPING_OPT_ID`) and says only that number. A send that
//! fails may or may not have used one up, so after a failure the kernel's count and this one both begin anew.

use std::collections::VecDeque;

use crate::probe::Seq;

/// The probes whose transmit stamps may still come.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    /// Number of the oldest datagram held.
    first: u32,
    recent: VecDeque<Seq>,
}

impl Departures {
    /// The next datagram carried this probe.
    pub(crate) fn push(&mut self, seq: Seq) {
        if self.recent.len() == CAPACITY {
            self.recent.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        self.recent.push_back(seq);
    }

    /// The probe in the datagram of that number (`ee_data`), if it is still held.
    pub(crate) fn seq_of(&self, datagram: u32) -> Option<Seq> {
        self.recent.get(datagram.wrapping_sub(self.first) as usize).copied()
    }
}

/// Stamps come within microseconds of the send; this many sends later nobody waits for one.
const CAPACITY: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_numbered_from_zero_and_old_ones_forgotten() {
        let mut departures = Departures::default();
        (1..=2000).map(Seq).for_each(|seq| departures.push(seq));
        #[rustfmt::skip]
        let cases = [(1999, Some(2000)), (976, Some(977)), (975, None), (2000, None), (u32::MAX, None)];
        for (datagram, expected) in cases {
            assert_eq!(departures.seq_of(datagram), expected.map(Seq), "datagram {datagram}");
        }
    }
}
