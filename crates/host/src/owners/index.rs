//! Descriptors by the inode of the socket behind them: a hash table laid out flat.
//!
//! Buckets are neighbours in one array, so building is two passes without an allocation per entry, and a bucket that many
//! descriptors of one socket share costs no more than listing them.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::num::NonZero;

/// One descriptor, and what it leads to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    pub(super) inode: u32,
    pub(super) fd: u32,
    /// Which of the tasks found.
    pub(super) task: u32,
    /// Which of the contexts found, counted from 1.
    pub(super) context: Option<NonZero<u32>>,
}

/// Descriptors by inode.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By bucket.
    held: Vec<Held>,
    /// Where each bucket begins; one more than there are buckets.
    starts: Vec<u32>,
}

impl Index {
    /// Sorts descriptors, given in the order found, into buckets.
    pub(super) fn new(found: &[Held]) -> Self {
        let buckets = found.len().next_power_of_two();
        let mut ends = vec![0; buckets + 1];
        for held in found {
            if let Some(count) = ends.get_mut(bucket(held.inode, buckets)) {
                *count += 1;
            }
        }
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        let mut held = vec![Held::default(); found.len()];
        // Filled from the back, a bucket has the last found first, and its end becomes its start.
        for one in found {
            if let Some(end) = ends.get_mut(bucket(one.inode, buckets)) {
                *end -= 1;
                if let Some(place) = held.get_mut(*end as usize) {
                    *place = *one;
                }
            }
        }
        Self { held, starts: ends }
    }

    /// All descriptors.
    pub(super) fn all(&self) -> impl Iterator<Item = &Held> {
        self.held.iter()
    }

    /// The descriptors of a socket, the last found first.
    #[inline]
    pub(super) fn of(&self, inode: u32) -> impl Iterator<Item = &Held> {
        let at = bucket(inode, self.starts.len().saturating_sub(1));
        let start = self.starts.get(at).map_or(0, |&start| start as usize);
        let end = self.starts.get(at + 1).map_or(0, |&end| end as usize);
        let bucket = self.held.get(start..end).unwrap_or_default();
        bucket.iter().filter(move |held| held.inode == inode)
    }
}

/// Which of `buckets`, a power of two, is an inode's. Inodes are handed out in sequence, which multiplying spreads evenly.
#[inline]
fn bucket(inode: u32, buckets: usize) -> usize {
    let spread = inode.wrapping_mul(0x9e37_79b1);
    ((u64::from(spread) * buckets as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(inode: u32, fd: u32) -> Held {
        Held { inode, fd, ..Held::default() }
    }

    #[test]
    fn every_descriptor_is_found_and_the_last_one_first() {
        for count in [0, 1, 2, 3, 1000] {
            let found: Vec<Held> = (0..3 * count).map(|n| held(n % count.max(1) * 7919, n)).collect();
            let index = Index::new(&found);
            for n in 0..count {
                let fds: Vec<u32> = index.of(n * 7919).map(|held| held.fd).collect();
                assert_eq!(fds, [n + 2 * count, n + count, n], "{n} of {count}");
            }
            assert_eq!(index.of(u32::MAX).count(), 0);
        }
        assert_eq!(Index::default().of(1).count(), 0);
    }

    #[test]
    fn inodes_in_sequence_spread_evenly() {
        let found: Vec<Held> = (0..1 << 14).map(|n| held(4_000_000 + n, n)).collect();
        let index = Index::new(&found);
        let fullest = index.starts.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(fullest <= Some(4), "{fullest:?}");
    }
}
