//! How much silence is no chance any more: [`vanish_by_chance`].

/// So many that all of them vanish by chance in one of a hundred cases, where each does with that probability; as many that are all
/// answered prove the same of a share of answers. The probability is taken to be 0.01 to 0.99, so that it is 1 to 459.
pub(crate) fn vanish_by_chance(silence: f64) -> u64 {
    let needed = HARDLY.ln() / silence.clamp(0.01, 0.99).ln();
    needed.ceil() as u64
}

/// What happens in one of a hundred cases is no chance.
const HARDLY: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_is_silent_anyway_the_more_have_to_be() {
        #[rustfmt::skip]
        let cases = [(0.0, 1), (0.01, 1), (0.05, 2), (0.2, 3), (0.3, 4), (0.5, 7), (0.7, 13), (0.9, 44), (0.99, 459), (1.0, 459)];
        for (silence, expected) in cases {
            assert_eq!(vanish_by_chance(silence), expected, "{silence}");
        }
    }
}
