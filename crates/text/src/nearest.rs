//! "Did you mean": the known word nearest to one that is not known.
//!
//! A word that is like none of them gets no suggestion: a wrong one costs more than none.

/// The word among `known` that `word` was probably meant to be; the first in the alphabet of several as near.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Comparing takes time and memory by the product of both lengths.
    let slip = |candidate: &&str| word.len().max(candidate.len()) <= LONGEST_SLIP;
    let distances = known
        .into_iter()
        .filter(slip)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    let (distance, candidate) = distances.min()?;
    (distance <= MOST_SLIPS.max(word.len() / 3)).then_some(candidate)
}

/// What is longer was not mistyped.
const LONGEST_SLIP: usize = 100;

/// Letters that may be wrong, missing, too many or exchanged in a short word; in a long one every third.
const MOST_SLIPS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_anything_else_is_not() {
        let long = "x".repeat(10 << 20);
        #[rustfmt::skip]
        let cases = [
            ("cuont",       Some("count")),
            ("tcp",         Some("tcp")),
            ("cip",         Some("tcp")),
            ("not_listn",   Some("not-listen")),
            ("zzzzzzzzz",   None),
            (long.as_str(), None),
        ];
        for (word, meant) in cases {
            assert_eq!(nearest(word, ["count", "tcp", "not-listen"]), meant, "{:.20}", word);
        }
        assert_eq!(nearest("tcp", []), None);
    }
}
