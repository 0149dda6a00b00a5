//! Parts of a whole as people write them: `5%`, `0.05`.
//!
//! With a `%` both readers mean the same. A bare number is hundredths to [`of_hundred`], where percent are asked for, and a part of
//! one to [`of_one`], where a probability or ratio is.

use std::fmt::{self, Display};

use crate::number;

/// Why a text is no part of a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPercentage {
    /// Something that is no number, where percent are asked for.
    #[error("no percentage: 5, 0.5%")]
    NotOfHundred,
    /// Something that is no number, where a part of one is asked for.
    #[error("no probability: 0.1, 10%")]
    NotOfOne,
    /// Less than nothing or more than all, in percent.
    #[error("a percentage is 0 to 100")]
    BeyondHundred,
    /// Less than nothing or more than all.
    #[error("a probability is 0 to 1, or 0% to 100%")]
    BeyondOne,
}

/// Reads hundredths, of which there are 0 to 100: `5`, `5%`.
///
/// # Errors
/// What is wrong with it.
pub fn of_hundred(text: &str) -> Result<f64, BadPercentage> {
    let text = text.trim();
    let (amount, _) = split(text);
    match number::read(amount) {
        Some(percent) if percent <= 100.0 => Ok(percent),
        None if !is_beyond(amount) => Err(BadPercentage::NotOfHundred),
        _ => Err(BadPercentage::BeyondHundred),
    }
}

/// Reads a part of one: `0.1`, `10%`.
///
/// # Errors
/// What is wrong with it.
pub fn of_one(text: &str) -> Result<f64, BadPercentage> {
    match part(text) {
        Some(part) if part <= 1.0 => Ok(part),
        None if !is_beyond(split(text.trim()).0) => Err(BadPercentage::NotOfOne),
        _ => Err(BadPercentage::BeyondOne),
    }
}

/// Reads a part of one that may be more than one: a queue can be 150% full.
pub(crate) fn part(text: &str) -> Option<f64> {
    let (amount, whole) = split(text.trim());
    number::read(amount).map(|amount| amount / whole)
}

/// The number, and how many of it are the whole.
fn split(text: &str) -> (&str, f64) {
    text.strip_suffix('%').map_or((text, 1.0), |amount| (amount.trim_end(), 100.0))
}

/// Whether it is a number after all, but a negative or endless one.
fn is_beyond(amount: &str) -> bool {
    number::is_negative(amount) || number::split(amount).is_some()
}

/// A part of one in percent, with three digits that count: `1%`, `0.5%`.
#[derive(Clone, Copy, Debug)]
pub struct Short(pub f64);

impl Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", number::short(self.0 * 100.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_what_was_asked_for() {
        use BadPercentage::{BeyondHundred, BeyondOne, NotOfHundred, NotOfOne};
        let endless = "9".repeat(400);
        #[rustfmt::skip]
        let cases = [
            // text,           in percent,         as a part
            ("0",              Ok(0.0),            Ok(0.0)),
            ("0.25",           Ok(0.25),           Ok(0.25)),
            ("1",              Ok(1.0),            Ok(1.0)),
            ("25%",            Ok(25.0),           Ok(0.25)),
            (" 25 % ",         Ok(25.0),           Ok(0.25)),
            ("100%",           Ok(100.0),          Ok(1.0)),
            ("5",              Ok(5.0),            Err(BeyondOne)),
            ("1.5",            Ok(1.5),            Err(BeyondOne)),
            ("101%",           Err(BeyondHundred), Err(BeyondOne)),
            ("-0.1",           Err(BeyondHundred), Err(BeyondOne)),
            (endless.as_str(), Err(BeyondHundred), Err(BeyondOne)),
            ("nan",            Err(NotOfHundred),  Err(NotOfOne)),
            ("inf",            Err(NotOfHundred),  Err(NotOfOne)),
            ("",               Err(NotOfHundred),  Err(NotOfOne)),
            ("%",              Err(NotOfHundred),  Err(NotOfOne)),
            ("5%%",            Err(NotOfHundred),  Err(NotOfOne)),
            ("1e1",            Err(NotOfHundred),  Err(NotOfOne)),
        ];
        for (text, percent, part) in cases {
            assert_eq!((of_hundred(text), of_one(text)), (percent, part), "{text}");
        }
    }
}
