//! How long to wait between two looks.
//!
//! Many waiters started at once must not stay in step, so what grows is shaken.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// Pauses that grow, unless they are of one length.
#[derive(Clone, Debug)]
pub(super) struct Pauses {
    fixed: Option<Duration>,
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// All of length `fixed` if there is one; else from `first` on, by half, up to `longest`.
    pub(super) fn new(fixed: Option<Duration>, first: Duration, longest: Duration) -> Self {
        Self { fixed, next: first, longest }
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Duration {
        let plain = self.next;
        self.next = (plain * 3 / 2).min(self.longest);
        self.fixed.unwrap_or_else(|| plain.mul_f64(0.75 + 0.5 * chance()))
    }
}

/// Between nothing and one; that nobody else gets the same is all that is asked of it.
fn chance() -> f64 {
    f64::from(RandomState::new().build_hasher().finish() as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_shaken() {
        let ms = Duration::from_millis;
        let mut pauses = Pauses::new(None, ms(100), ms(1000));
        let taken: Vec<Duration> = (0..20).map(|_| pauses.next()).collect();
        assert!((ms(75)..=ms(125)).contains(&taken[0]), "{taken:?}");
        assert!(taken[10..].iter().all(|pause| (ms(750)..=ms(1250)).contains(pause)), "{taken:?}");
        assert!(taken[10..].windows(2).any(|two| two[0] != two[1]), "{taken:?}");
        let mut fixed = Pauses::new(Some(ms(7)), ms(100), ms(1000));
        assert!((0..3).all(|_| fixed.next() == ms(7)));
    }
}
