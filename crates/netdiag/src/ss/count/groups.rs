//! Sockets counted by what they have in common, in memory bounded by how many groups there are.
//!
//! A dump that is interrupted is asked for again, so what it added can be taken back: it is kept apart until the next one begins. Of more
//! groups than the bound the first ones are told apart; the sockets of the others are counted all the same.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

/// Numbers of sockets by group.
#[derive(Debug)]
pub(crate) struct Groups<G> {
    /// What is counted for good.
    settled: Counts<G>,
    /// What may have to be taken back.
    fresh: Counts<G>,
    most: usize,
}

#[derive(Debug)]
struct Counts<G> {
    by_group: HashMap<G, u64>,
    /// Sockets of groups beyond the bound.
    further: u64,
}

impl<G> Default for Counts<G> {
    fn default() -> Self {
        Self { by_group: HashMap::new(), further: 0 }
    }
}

/// What was counted.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Counted<G> {
    /// The largest first, those of one size by group.
    pub(crate) groups: Vec<(G, u64)>,
    /// Sockets of further groups, which are not told apart.
    pub(crate) further: u64,
}

impl<G> Default for Groups<G> {
    fn default() -> Self {
        Self { settled: Counts::default(), fresh: Counts::default(), most: MOST }
    }
}

impl<G: Clone + Eq + Hash + Ord> Groups<G> {
    /// Counts a socket.
    pub(crate) fn add(&mut self, group: &G) {
        let Self { settled, fresh, most } = self;
        if let Some(count) = fresh.by_group.get_mut(group) {
            *count += 1;
        } else if fresh.by_group.len() + settled.by_group.len() < *most
            || settled.by_group.contains_key(group)
        {
            fresh.by_group.insert(group.clone(), 1);
        } else {
            fresh.further += 1;
        }
    }

    /// Keeps what was counted so far.
    pub(crate) fn settle(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        self.settled.further += fresh.further;
        for (group, count) in fresh.by_group {
            *self.settled.by_group.entry(group).or_default() += count;
        }
    }

    /// Forgets what was counted since it was last kept.
    pub(crate) fn take_back(&mut self) {
        self.fresh = Counts::default();
    }

    /// All that was counted.
    pub(crate) fn finish(&mut self) -> Counted<G> {
        self.settle();
        let Counts { by_group, further } = std::mem::take(&mut self.settled);
        let mut groups: Vec<_> = by_group.into_iter().collect();
        groups.sort_unstable_by(|(one, count), (other, others)| {
            (Reverse(count), one).cmp(&(Reverse(others), other))
        });
        Counted { groups, further }
    }
}

impl<G> Counted<G> {
    /// How many sockets were counted.
    pub(crate) fn sockets(&self) -> u64 {
        self.groups.iter().map(|(_, count)| count).sum::<u64>() + self.further
    }
}

/// Groups that are told apart.
pub(crate) const MOST: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(groups: &mut Groups<u32>) -> (Vec<(u32, u64)>, u64) {
        let Counted { groups, further } = groups.finish();
        (groups, further)
    }

    #[test]
    fn the_largest_group_is_first_and_ties_go_by_group() {
        let mut groups = Groups::default();
        [7, 9, 3, 9, 1].iter().for_each(|group| groups.add(group));
        assert_eq!(counted(&mut groups), (vec![(9, 2), (1, 1), (3, 1), (7, 1)], 0));
    }

    #[test]
    fn what_an_interrupted_dump_added_is_taken_back() {
        let mut groups = Groups::default();
        [1, 1].iter().for_each(|group| groups.add(group));
        groups.settle();
        [1, 2].iter().for_each(|group| groups.add(group));
        groups.take_back();
        groups.add(&1);
        assert_eq!(counted(&mut groups), (vec![(1, 3)], 0));
    }

    #[test]
    fn groups_beyond_the_bound_are_counted_and_not_told_apart() {
        let mut groups = Groups { most: 2, ..Groups::default() };
        [1, 2, 3, 1, 4].iter().for_each(|group| groups.add(group));
        groups.settle();
        [5, 2, 2].iter().for_each(|group| groups.add(group));
        groups.take_back();
        [6, 2].iter().for_each(|group| groups.add(group));
        let counted = groups.finish();
        assert_eq!((&counted.groups[..], counted.further), (&[(1, 2), (2, 2)][..], 3));
        assert_eq!(counted.sockets(), 7);
    }
}
