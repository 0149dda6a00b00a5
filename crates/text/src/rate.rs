//! Amounts of bytes per second as people write them: `64k`, `10MB/s`.
//!
//! Units are those of [`size`]: `k` is 1024, `kB` 1000.

use std::fmt::{self, Display};
use std::num::NonZeroU64;

use crate::{number, size};

/// Why a text is no rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRate {
    /// What was said not to be by the second.
    #[error("no amount per second: 10MB/s")]
    NotPerSecond,
    /// Nothing, where something is needed.
    #[error("must be a byte per second at least")]
    Nothing,
    /// The amount is none.
    #[error(transparent)]
    Amount(#[from] size::BadSize),
}

/// Reads an amount that has a unit, and is by the second: `10MB/s`.
///
/// # Errors
/// What is wrong with it; anything above 2^50 bytes is.
pub fn with_unit(text: &str) -> Result<u64, BadRate> {
    let amount = text.trim().strip_suffix("/s").ok_or(BadRate::NotPerSecond)?;
    Ok(size::with_unit(amount)?)
}

/// Reads an amount that can only be by the second, so that need not be said; a bare number is bytes.
///
/// # Errors
/// What is wrong with it; anything above 2^50 bytes is.
pub fn or_bytes(text: &str) -> Result<u64, BadRate> {
    let text = text.trim();
    Ok(size::or_bytes(text.strip_suffix("/s").unwrap_or(text))?)
}

/// Reads what [`or_bytes`] reads, but not nothing.
///
/// # Errors
/// What is wrong with it.
pub fn positive(text: &str) -> Result<NonZeroU64, BadRate> {
    NonZeroU64::new(or_bytes(text)?).ok_or(BadRate::Nothing)
}

/// As people read it, wherever we tell one: three digits that count, in the unit of 1000 that suits them: `1.5 MB/s`.
#[derive(Clone, Copy, Debug)]
pub struct Short(pub f64);

impl Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", number::scaled(self.0, &SHORT_UNITS))
    }
}

const SHORT_UNITS: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_amounts_by_the_second() {
        let wrong = |wrong| Err(BadRate::Amount(wrong));
        #[rustfmt::skip]
        let cases = [
            // text,     wanted by the second,         understood so
            ("10MB/s",   Ok(10_000_000),               Ok(10_000_000)),
            ("64k/s",    Ok(65_536),                   Ok(65_536)),
            ("64k",      Err(BadRate::NotPerSecond),   Ok(65_536)),
            ("500",      Err(BadRate::NotPerSecond),   Ok(500)),
            ("500/s",    wrong(size::BadSize::UnitMissing), Ok(500)),
            ("10MB/h",   Err(BadRate::NotPerSecond),   wrong(size::BadSize::UnknownUnit)),
            ("/s",       wrong(size::BadSize::Unreadable), wrong(size::BadSize::Unreadable)),
            ("9999T/s",  wrong(size::BadSize::TooMuch), wrong(size::BadSize::TooMuch)),
        ];
        for (text, with, without) in cases {
            assert_eq!((with_unit(text), or_bytes(text)), (with, without), "{text}");
        }
        assert_eq!(
            (positive("0"), positive("1k")),
            (Err(BadRate::Nothing), Ok(NonZeroU64::new(1024).unwrap()))
        );
        assert_eq!(Short(1_500_000.0).to_string(), "1.5 MB/s");
        assert_eq!(Short(0.0).to_string(), "0 B/s");
    }
}
