//! Whole numbers as options take them: what is wrong with one is said as the range that is right.
//!
//! Numbers with a unit are no such numbers: netdiag-text reads those.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Reads a whole number of a range.
pub(crate) fn within<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("a whole number from {} to {} is wanted", range.start(), range.end()))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn what_is_no_such_number_is_told_the_range() {
        let port = within(1..=u16::MAX);
        let wanted = "a whole number from 1 to 65535 is wanted";
        #[rustfmt::skip]
        let cases = [("80", Some(80)), ("65535", Some(65_535)), ("0", None), ("65536", None), ("-1", None), ("1.5", None), ("", None)];
        for (text, expected) in cases {
            assert_eq!(port(text), expected.ok_or_else(|| wanted.to_owned()), "{text}");
        }
        assert_eq!(within(NonZeroU32::MIN..=NonZeroU32::MAX)("3").map(NonZeroU32::get), Ok(3));
    }
}
