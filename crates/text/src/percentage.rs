//! Parts of a whole as people write them: `5%`, `0.5%`.
//!
//! The `%` is wanted: `1` is all of it where a part of one is meant and a hundredth where percent are, and nobody can tell which
//! was. `0` is nothing in either.

use std::fmt::{self, Display};

use crate::number;

/// Why a text is no part of a whole.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPercentage {
    /// Something that is no number.
    #[error("no percentage: 5%, 0.5%")]
    Unreadable,
    /// A number that could be a part of one or of a hundred; with what may have been meant.
    #[error("a % is missing: {0}")]
    SignMissing(String),
    /// Less than nothing, or more than all of it.
    #[error("a percentage is 0% to 100%")]
    Beyond,
}

/// Reads a percentage, of which there are 0 to 100.
///
/// # Errors
/// What is wrong with it.
pub fn percent(text: &str) -> Result<f64, BadPercentage> {
    match unbounded(text)? {
        percent if percent <= 100.0 => Ok(percent),
        _ => Err(BadPercentage::Beyond),
    }
}

/// Reads a percentage that may be more than a hundred: a queue can be 150% full.
pub(crate) fn unbounded(text: &str) -> Result<f64, BadPercentage> {
    let text = text.trim();
    let amount = text.strip_suffix('%').map(str::trim_end);
    match (number::read(amount.unwrap_or(text)), amount) {
        (Some(percent), Some(_)) => Ok(percent),
        (Some(nothing), None) if nothing == 0.0 => Ok(nothing),
        (Some(bare), None) => Err(BadPercentage::SignMissing(meant(text, bare))),
        (None, _) if is_beyond(amount.unwrap_or(text)) => Err(BadPercentage::Beyond),
        (None, _) => Err(BadPercentage::Unreadable),
    }
}

/// What a bare number may stand for.
fn meant(text: &str, bare: f64) -> String {
    match bare < 1.0 {
        true => format!("{text}% or {}", Short(bare)),
        false => format!("{text}%"),
    }
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
    fn a_percentage_carries_its_sign() {
        use BadPercentage::{Beyond, Unreadable};
        let endless = "9".repeat(400) + "%";
        #[rustfmt::skip]
        let cases = [
            ("0",              Ok(0.0)),
            ("0%",             Ok(0.0)),
            ("0.25%",          Ok(0.25)),
            ("25%",            Ok(25.0)),
            (" 25 % ",         Ok(25.0)),
            ("100%",           Ok(100.0)),
            ("101%",           Err(Beyond)),
            ("-0.1",           Err(Beyond)),
            ("-1%",            Err(Beyond)),
            (endless.as_str(), Err(Beyond)),
            ("nan",            Err(Unreadable)),
            ("inf",            Err(Unreadable)),
            ("",               Err(Unreadable)),
            ("%",              Err(Unreadable)),
            ("5%%",            Err(Unreadable)),
            ("1e1",            Err(Unreadable)),
        ];
        for (text, expected) in cases {
            assert_eq!(percent(text), expected, "{text}");
        }
        assert_eq!((unbounded("150%"), percent("150%")), (Ok(150.0), Err(Beyond)));
    }

    #[test]
    fn what_a_bare_number_may_stand_for_is_said() {
        #[rustfmt::skip]
        let cases = [("1", "1%"), ("5", "5%"), ("150", "150%"), ("0.01", "0.01% or 1%"), ("0.5", "0.5% or 50%")];
        for (text, meant) in cases {
            assert_eq!(percent(text).unwrap_err().to_string(), format!("a % is missing: {meant}"));
        }
    }
}
