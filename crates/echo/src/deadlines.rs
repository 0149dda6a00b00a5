//! Which of many is next, and when: [`Deadlines`].
//!
//! Each has one deadline at most, and a new one takes the place of the old one, so nothing stale is ever held. Of two at one
//! moment, whichever; whoever is moved to a later moment lets the others pass.

use std::time::Instant;

/// A binary heap of numbers by deadline, in which each knows its place.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: Vec<(Instant, usize)>,
    /// Where in the heap each number is.
    places: Vec<Option<usize>>,
}

impl Deadlines {
    /// The earliest.
    pub(crate) fn first(&self) -> Option<(Instant, usize)> {
        self.heap.first().copied()
    }

    /// The deadline of one.
    pub(crate) fn of(&self, which: usize) -> Option<Instant> {
        let place = self.places.get(which).copied().flatten()?;
        self.heap.get(place).map(|(at, _)| *at)
    }

    /// Gives one a deadline, in place of the one it had.
    pub(crate) fn set(&mut self, which: usize, at: Instant) {
        if self.places.len() <= which {
            self.places.resize(which + 1, None);
        }
        let place = match self.places[which] {
            Some(place) => {
                self.heap[place].0 = at;
                place
            }
            None => {
                self.heap.push((at, which));
                let place = self.heap.len() - 1;
                self.places[which] = Some(place);
                place
            }
        };
        self.settle(place);
    }

    /// Takes one's deadline away.
    pub(crate) fn remove(&mut self, which: usize) {
        let Some(place) = self.places.get_mut(which).and_then(Option::take) else { return };
        self.heap.swap_remove(place);
        if let Some((_, moved)) = self.heap.get(place) {
            self.places[*moved] = Some(place);
            self.settle(place);
        }
    }

    /// Moves what stands at `place` up or down to where it belongs.
    fn settle(&mut self, mut place: usize) {
        while place > 0 && self.heap[place].0 < self.heap[(place - 1) / 2].0 {
            self.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
        while let Some(child) =
            self.earlier_child(place).filter(|child| self.heap[*child].0 < self.heap[place].0)
        {
            self.swap(place, child);
            place = child;
        }
    }

    fn earlier_child(&self, place: usize) -> Option<usize> {
        let at = |place: usize| self.heap.get(place).map(|(at, _)| *at);
        let (left, right) = (2 * place + 1, 2 * place + 2);
        match (at(left)?, at(right)) {
            (one, Some(other)) if other < one => Some(right),
            _ => Some(left),
        }
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.heap.swap(one, other);
        for place in [one, other] {
            self.places[self.heap[place].1] = Some(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_earliest_is_first_whatever_was_set_and_removed(
            changes in proptest::collection::vec((0..20_usize, proptest::option::weighted(0.8, 0..50_u64)), 0..200)
        ) {
            let start = crate::now();
            let (mut deadlines, mut expected) = (Deadlines::default(), BTreeMap::new());
            for (which, millis) in changes {
                match millis.map(|millis| start + Duration::from_millis(millis)) {
                    Some(at) => {
                        deadlines.set(which, at);
                        expected.insert(which, at);
                    }
                    None => {
                        deadlines.remove(which);
                        expected.remove(&which);
                    }
                }
                prop_assert_eq!(deadlines.first().map(|(at, _)| at), expected.values().min().copied());
                prop_assert_eq!(deadlines.of(which), expected.get(&which).copied());
            }
            // All of them come out, in order.
            let mut last = start;
            while let Some((at, which)) = deadlines.first() {
                prop_assert!(at >= last);
                prop_assert_eq!(expected.remove(&which), Some(at));
                deadlines.remove(which);
                last = at;
            }
            prop_assert!(expected.is_empty());
        }
    }
}
