//! Which sizes pass and which do not, as far as is known, and which is to be tried next: [`Bounds`].
//!
//! What a router says of a size is only where to look next: nothing passes until it was answered, and what was answered passes,
//! whatever was said or concluded before.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::probe::{Family, IcmpError};

/// What is known of sizes, in bytes of IP packet.
#[derive(Debug)]
pub(super) struct Bounds {
    /// What every path of this IP version takes.
    base: usize,
    /// The largest that was answered.
    passed: Option<usize>,
    stopped: BTreeMap<usize, Stopped>,
    /// What a router said last.
    told: Option<usize>,
}

/// Why packets of a size do not pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Stopped {
    /// The device they would leave by takes no more than so many bytes, where the system says how many.
    Interface(Option<usize>),
    /// A router says that they are too big.
    TooBig {
        /// Which.
        from: SocketAddr,
        /// What it would take, in its own words; routers of old do not say.
        told: Option<usize>,
        /// Whether it quotes the run's secret.
        authenticated: bool,
    },
    /// A host or router refuses them for another reason.
    Refused {
        /// Which.
        from: SocketAddr,
        /// Why.
        error: IcmpError,
    },
    /// They vanish, and nobody says why.
    Silence,
}

impl Bounds {
    pub(super) const fn new(base: usize) -> Self {
        Self { base, passed: None, stopped: BTreeMap::new(), told: None }
    }

    /// Where so much is known to pass, and that perhaps not to, and somebody has said what would.
    pub(super) fn between(
        base: usize,
        passed: usize,
        stopped: Option<(usize, Stopped)>,
        told: Option<usize>,
    ) -> Self {
        Self { passed: Some(passed), stopped: stopped.into_iter().collect(), told, ..Self::new(base) }
    }

    /// The size to try next; `None` if the largest that passes is known.
    pub(super) fn next(&self) -> Option<usize> {
        let Some(passed) = self.passed else {
            return (!self.stopped.contains_key(&SMALLEST)).then_some(SMALLEST);
        };
        let Some((stopped, _)) = self.stopped() else {
            return (passed < LARGEST).then_some(LARGEST);
        };
        let is_open = |size: &usize| passed < *size && *size < stopped;
        let said = self.told.filter(is_open);
        // One byte more than what was said, for who said so to have been right.
        let beyond = self.told.filter(|told| *told == passed).map(|told| told + 1).filter(is_open);
        let middle = passed + (stopped - passed) / 2;
        said.or(beyond).or_else(|| Some(self.base).filter(is_open)).or_else(|| Some(middle).filter(is_open))
    }

    /// Packets of that size were answered.
    pub(super) fn pass(&mut self, size: usize) {
        self.passed = self.passed.max(Some(size));
        self.stopped.retain(|stopped, _| *stopped > size);
    }

    /// Packets of that size are stopped.
    pub(super) fn stop(&mut self, size: usize, why: Stopped) {
        let told = match why {
            Stopped::TooBig { told, .. } => told,
            Stopped::Interface(told) => {
                // The system is believed: it would refuse to send one byte more.
                let above = told.map(|told| told + 1).filter(|above| (SMALLEST..size).contains(above));
                self.note(above, why);
                told
            }
            Stopped::Refused { .. } | Stopped::Silence => None,
        };
        self.note(Some(size), why);
        self.told = told.filter(|told| *told < size).or(self.told);
    }

    fn note(&mut self, size: Option<usize>, why: Stopped) {
        if let Some(size) = size.filter(|size| Some(*size) > self.passed) {
            self.stopped.insert(size, why);
        }
    }

    /// The largest size that passes, as far as is known.
    pub(super) const fn passed(&self) -> Option<usize> {
        self.passed
    }

    /// The smallest size that is stopped, as far as is known, and why.
    pub(super) fn stopped(&self) -> Option<(usize, Stopped)> {
        self.stopped.first_key_value().map(|(size, why)| (*size, *why))
    }
}

/// What every path of an IP version is used with where it does not say what it takes (RFC 791, RFC 8200).
pub(super) const fn base(family: Family) -> usize {
    match family {
        Family::V4 => 576,
        Family::V6 => 1280,
    }
}

/// What every link takes (RFC 791), and enough for the headers of IPv6 and the run's mark.
pub(super) const SMALLEST: usize = 68;
/// No packet has more than 16 bits of length.
pub(super) const LARGEST: usize = 65_535;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The sizes that are tried where `stops` says what becomes of one.
    fn tried(stops: impl Fn(usize) -> Option<Stopped>) -> (Vec<usize>, Bounds) {
        let (mut bounds, mut tried) = (Bounds::new(576), Vec::new());
        while let Some(size) = bounds.next() {
            assert!(!tried.contains(&size) && tried.len() < 60, "{tried:?}, again {size}");
            tried.push(size);
            match stops(size) {
                Some(why) => bounds.stop(size, why),
                None => bounds.pass(size),
            }
        }
        (tried, bounds)
    }

    fn too_big(told: usize) -> Stopped {
        Stopped::TooBig { from: ([192, 0, 2, 9], 0).into(), told: Some(told), authenticated: true }
    }

    /// Where this host's device takes 1500 bytes, and a path less.
    fn on_ethernet(stops: impl Fn(usize) -> Option<Stopped>) -> Vec<usize> {
        let (tried, bounds) =
            tried(|size| if size > 1500 { Some(Stopped::Interface(Some(1500))) } else { stops(size) });
        let passed = bounds.passed().unwrap();
        assert_eq!(bounds.stopped().unwrap().0, passed + 1);
        tried
    }

    #[test]
    fn few_sizes_are_tried_where_somebody_says_what_passes() {
        assert_eq!(on_ethernet(|_| None), [68, 65_535, 1500]);
        assert_eq!(
            on_ethernet(|size| (size > 1400).then(|| too_big(1400))),
            [68, 65_535, 1500, 1400, 1401],
            "what was said is tried, and one byte more"
        );
        // One router after another.
        let two = |size| (size > 1280).then(|| too_big(if size > 1400 { 1400 } else { 1280 }));
        assert_eq!(on_ethernet(two), [68, 65_535, 1500, 1400, 1280, 1281]);
        // Loopback.
        assert_eq!(tried(|_| None).0, [68, 65_535]);
    }

    #[test]
    fn who_lies_costs_probes_and_nothing_else() {
        for lie in [0, 1, 67, 100, 1399, 1401, 1450, 1500, 9000, usize::MAX] {
            let tried = on_ethernet(|size| (size > 1400).then(|| too_big(lie)));
            assert!(tried.len() < 20, "{lie}: {tried:?}");
        }
    }

    #[test]
    fn where_nothing_is_said_the_usual_is_tried_first_and_then_the_middle() {
        let tried = on_ethernet(|size| (size > 1400).then_some(Stopped::Silence));
        assert_eq!(tried[..6], [68, 65_535, 1500, 576, 1038, 1269]);
        assert!(tried.len() < 16, "{tried:?}");
    }

    #[test]
    fn what_was_answered_passes_whatever_was_concluded_before() {
        let mut bounds = Bounds::new(576);
        bounds.pass(68);
        bounds.stop(1500, Stopped::Silence);
        bounds.stop(1300, too_big(1200));
        assert_eq!((bounds.next(), bounds.stopped()), (Some(1200), Some((1300, too_big(1200)))));
        bounds.pass(1400);
        assert_eq!((bounds.passed(), bounds.stopped()), (Some(1400), Some((1500, Stopped::Silence))));
        bounds.stop(1400, Stopped::Silence);
        assert_eq!(bounds.stopped(), Some((1500, Stopped::Silence)));
        let mut nobody = Bounds::new(576);
        nobody.stop(68, Stopped::Silence);
        assert_eq!((nobody.next(), nobody.passed()), (None, None));
    }

    proptest! {
        /// Whatever is said, and by whom, what passes is found within a bounded number of sizes.
        #[test]
        fn what_passes_is_found(
            mtu in 68_usize..=65_535,
            device in 68_usize..=65_535,
            said in prop::collection::vec(prop::option::of(0_usize..70_000), 1..8),
        ) {
            let (sizes, bounds) = tried(|size| {
                let told = said[size % said.len()];
                match size {
                    _ if size > device => Some(Stopped::Interface(Some(device))),
                    _ if size > mtu => Some(told.map_or(Stopped::Silence, too_big)),
                    _ => None,
                }
            });
            prop_assert_eq!(bounds.passed(), Some(mtu.min(device)));
            prop_assert!(sizes.len() <= 60);
        }
    }
}
