//! Fisher's exact test, one-sided: whether one of two losses is greater by more than chance.
//!
//! It is exact for few probes, where shares of hundreds mislead: one lost of three is no evidence against none of three.

/// Probes that came to something, and how many of them to nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Loss {
    pub(super) lost: u64,
    pub(super) of: u64,
}

impl Loss {
    /// Whether a smaller share of these was lost.
    pub(super) fn is_less_than(self, other: Self) -> bool {
        u128::from(self.lost) * u128::from(other.of) < u128::from(other.lost) * u128::from(self.of)
    }

    /// The probability that so much more than of `other` is lost of these where both are lost alike.
    pub(super) fn chance_above(self, other: Self) -> f64 {
        // Each sum begins with its greatest part, so that what is too small for a number is nothing.
        if other.is_less_than(self) {
            self.tail(other, self.lost, true)
        } else {
            1.0 - self.lost.checked_sub(1).map_or(0.0, |fewer| self.tail(other, fewer, false))
        }
    }

    /// The probability that so many of these are lost, or more, or else fewer, of as many as are lost of both.
    fn tail(self, other: Self, from: u64, is_up: bool) -> f64 {
        let (lost, kept) = (self.lost + other.lost, self.of + other.of - self.lost - other.lost);
        let (mut here, least, most) = (from, lost.saturating_sub(other.of), self.of.min(lost));
        if here < least {
            return 0.0;
        }
        let mut exactly =
            (ln_choose(lost, here) + ln_choose(kept, self.of - here) - ln_choose(lost + kept, self.of)).exp();
        let mut chance = exactly;
        // The parts of one more are to those of one fewer as these products.
        let more = |here: u64| (lost - here) as f64 * (self.of - here) as f64;
        let fewer = |here: u64| here as f64 * (other.of + here - lost) as f64;
        while here != if is_up { most } else { least } && exactly > chance * f64::EPSILON {
            exactly *= if is_up { more(here) / fewer(here + 1) } else { fewer(here) / more(here - 1) };
            here = if is_up { here + 1 } else { here - 1 };
            chance += exactly;
        }
        chance.min(1.0)
    }

    /// How many probes more each would need for the difference to be less likely than `chance`, if shares stay as they are;
    /// `None` if none of these is lost more, or it would take more than a day of one a second.
    pub(super) fn more_needed(self, other: Self, chance: f64) -> Option<u64> {
        if !other.is_less_than(self) {
            return None;
        }
        let enough = |more: u64| self.grown(more).chance_above(other.grown(more)) < chance;
        let mut most = 1;
        while !enough(most) {
            most = (most < MOST_MORE).then_some(most * 2)?;
        }
        let mut least = most / 2;
        while most - least > 1 {
            let middle = least.midpoint(most);
            if enough(middle) { most = middle } else { least = middle }
        }
        Some(most)
    }

    /// The same share of so many probes more.
    fn grown(self, more: u64) -> Self {
        let of = self.of + more;
        let lost =
            (u128::from(self.lost) * u128::from(of) + u128::from(self.of / 2)).checked_div(self.of.into());
        Self { lost: lost.map_or(0, |lost| u64::try_from(lost).unwrap_or(of)), of }
    }
}

/// A day of one a second, rounded up to a power of two.
const MOST_MORE: u64 = 1 << 17;

fn ln_choose(of: u64, some: u64) -> f64 {
    ln_factorial(of) - ln_factorial(some) - ln_factorial(of - some)
}

/// By Stirling's series, which is exact to the last digits from where it is used.
fn ln_factorial(number: u64) -> f64 {
    if number < 32 {
        return (2..=number).map(|factor| factor as f64).product::<f64>().ln();
    }
    let n = number as f64;
    let (inverse, square) = (1.0 / n, 1.0 / (n * n));
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square / 1260.0));
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + series
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chance(lost: u64, of: u64, other_lost: u64, other_of: u64) -> f64 {
        Loss { lost, of }.chance_above(Loss { lost: other_lost, of: other_of })
    }

    #[test]
    fn chances_are_those_of_the_tables() {
        #[rustfmt::skip]
        let cases = [
            // lost of,  other    p, by hand as a sum of hypergeometric terms
            ((3, 4),     (1, 4),  17.0 / 70.0),
            ((1, 1),     (0, 1),  0.5),
            ((4, 4),     (0, 4),  1.0 / 70.0),
            ((5, 5),     (0, 5),  1.0 / 252.0),
            ((4, 10),    (0, 10), 210.0 / 4845.0),
            ((0, 10),    (0, 10), 1.0),
            ((0, 10),    (5, 10), 1.0),
            ((10, 10),   (10, 10), 1.0),
            ((0, 0),     (3, 10), 1.0),
            ((40, 50),   (0, 50), 1e-17),
            ((202, 596), (2132, 2136), 1.0),
            ((2132, 2136), (202, 596), 1e-17),
        ];
        for ((lost, of), (other_lost, other_of), expected) in cases {
            let told = chance(lost, of, other_lost, other_of);
            let is_right = if expected > 1e-9 { (told - expected).abs() < 1e-12 } else { told < expected };
            assert!(is_right, "{lost}/{of} against {other_lost}/{other_of}: {told}, not {expected}");
        }
    }

    #[test]
    fn how_many_more_are_needed_is_the_least_that_is_enough() {
        #[rustfmt::skip]
        let cases = [
            // lost of, other,   more
            ((1, 1),    (0, 1),  Some(4)),
            ((4, 10),   (0, 10), Some(4)),
            ((0, 10),   (0, 10), None),
            ((1, 10),   (1, 10), None),
            ((1, 10),   (2, 10), None),
        ];
        for ((lost, of), (other_lost, other_of), more) in cases {
            let (one, other) = (Loss { lost, of }, Loss { lost: other_lost, of: other_of });
            assert_eq!(one.more_needed(other, 0.01), more, "{one:?} {other:?}");
        }
        // Shares that hardly differ: not within a day.
        let (one, other) = (Loss { lost: 500_001, of: 1_000_000 }, Loss { lost: 500_000, of: 1_000_000 });
        assert_eq!(one.more_needed(other, 0.01), None);
    }

    proptest! {
        #[test]
        fn a_chance_is_one_and_falls_with_what_is_lost(
            of in 1_u64..3000, other_of in 1_u64..3000, lost in 0_u64..3000, other_lost in 0_u64..3000,
        ) {
            let (lost, other_lost) = (lost.min(of), other_lost.min(other_of));
            let told = chance(lost, of, other_lost, other_of);
            prop_assert!((0.0..=1.0).contains(&told), "{}", told);
            if lost > 0 {
                // One more here and one fewer there is less likely.
                prop_assert!(chance(lost - 1, of, (other_lost + 1).min(other_of), other_of) >= told - 1e-9);
            }
        }
    }
}
