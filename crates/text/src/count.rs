//! How many, or any other bare number: `5`, `2.5`.

use crate::number;

/// Why a text is no count.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCount {
    /// Something else than digits with at most one point.
    #[error("no number: 5, 2.5")]
    Unreadable,
    /// Less than nothing.
    #[error("a number of things is not negative")]
    Negative,
    /// More than the kernel can count.
    #[error("more than {MOST_WORDS}")]
    TooMany,
}

/// Reads a number that is not negative.
///
/// # Errors
/// What is wrong with it; anything above 2^64 is.
pub fn parse(text: &str) -> Result<f64, BadCount> {
    let text = text.trim();
    match number::read(text) {
        Some(count) if count <= MOST => Ok(count),
        Some(_) => Err(BadCount::TooMany),
        None if number::split(text).is_some() => Err(BadCount::TooMany),
        None if number::is_negative(text) => Err(BadCount::Negative),
        None => Err(BadCount::Unreadable),
    }
}

const MOST: f64 = 18_446_744_073_709_551_616.0;
const MOST_WORDS: &str = "2^64";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_plain_and_bounded() {
        let endless = "9".repeat(400);
        #[rustfmt::skip]
        let cases = [
            ("5",                    Ok(5.0)),
            (" 2.50 ",               Ok(2.5)),
            ("18446744073709551615", Ok(MOST)),
            ("",                     Err(BadCount::Unreadable)),
            ("1e3",                  Err(BadCount::Unreadable)),
            ("nan",                  Err(BadCount::Unreadable)),
            ("5ms",                  Err(BadCount::Unreadable)),
            ("-1",                   Err(BadCount::Negative)),
            ("99999999999999999999", Err(BadCount::TooMany)),
            (endless.as_str(),       Err(BadCount::TooMany)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
