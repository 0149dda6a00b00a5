//! What the last rounds came to at one distance, as a row of small bars: [`Recent`].
//!
//! A bar is high by how much longer the round trip took than the shortest of those shown, so that a steady hop is flat however far
//! away it is.

use std::collections::VecDeque;
use std::time::Duration;

/// The last rounds of one distance; those nobody was asked in are gaps.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    /// The round behind the last one that is kept.
    next: u64,
    fates: VecDeque<Fate>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    /// Nothing has come of it.
    Open,
    Answered(Duration),
    Silent,
}

impl Recent {
    /// A probe of that round was answered.
    pub(super) fn answered(&mut self, round: u64, rtt: Duration) {
        self.settle(round, Fate::Answered(rtt));
    }

    /// A probe of that round was not answered in time.
    pub(super) fn silent(&mut self, round: u64) {
        self.settle(round, Fate::Silent);
    }

    fn settle(&mut self, round: u64, fate: Fate) {
        if self.fates.is_empty() || round >= self.next.saturating_add(MOST as u64) {
            self.fates.clear();
            self.next = round;
        }
        while self.next <= round {
            if self.fates.len() == MOST {
                self.fates.pop_front();
            }
            self.fates.push_back(Fate::Open);
            self.next += 1;
        }
        let back = usize::try_from(self.next - 1 - round).unwrap_or(MOST);
        let place = self.fates.len().checked_sub(back + 1);
        place.and_then(|place| self.fates.get_mut(place)).into_iter().for_each(|kept| *kept = fate);
    }

    /// The last of them in so many characters, the newest at the end.
    pub(super) fn bars(&self, columns: usize) -> String {
        let shown = || self.fates.iter().skip(self.fates.len().saturating_sub(columns));
        let times = || {
            shown().filter_map(|fate| match fate {
                Fate::Answered(rtt) => Some(*rtt),
                _ => None,
            })
        };
        let shortest = times().min().unwrap_or_default();
        let spread = times().max().unwrap_or_default().saturating_sub(shortest).max(STEADY);
        let bar = |fate: &Fate| match fate {
            Fate::Open => '·',
            Fate::Silent => '×',
            Fate::Answered(rtt) => {
                let height = (*rtt - shortest).as_secs_f64() / spread.as_secs_f64();
                let bar = (height * (BARS.len() - 1) as f64).round() as usize;
                BARS.get(bar).copied().unwrap_or('█')
            }
        };
        shown().map(bar).collect()
    }
}

/// From the shortest to the longest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// As many as the widest row shows.
pub(super) const MOST: usize = 60;
/// What differs by less is drawn low: a microsecond more is no mountain.
const STEADY: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn bars_are_high_by_what_round_trips_take_beyond_the_shortest() {
        let mut recent = Recent::default();
        [10, 17, 10, 12].into_iter().zip(3..).for_each(|(ms, round)| recent.answered(round, ms * MS));
        recent.silent(7);
        recent.answered(9, 10 * MS);
        assert_eq!(recent.bars(20), "▁█▁▃×·▁");
        assert_eq!(recent.bars(3), "×·▁");
        // Late, but it came.
        recent.answered(7, 17 * MS);
        assert_eq!(recent.bars(3), "█·▁");
        recent.answered(2, MS);
        assert_eq!(recent.bars(20).chars().count(), 7);
    }

    #[test]
    fn no_more_is_kept_than_is_shown() {
        let mut recent = Recent::default();
        (0..100_000).for_each(|round| recent.answered(round, MS));
        recent.silent(99_999);
        assert_eq!((recent.fates.len(), recent.bars(2).as_str()), (MOST, "▁×"));
        recent.answered(u64::MAX - 1, MS);
        assert_eq!(recent.bars(20), "▁");
        assert_eq!(Recent::default().bars(20), "");
    }
}
