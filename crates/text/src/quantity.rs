//! Measured values and their units.
//!
//! A value is of one dimension, and only values of the same dimension are ever compared; what was typed without a unit where one
//! is needed is an error, not a guess.

use std::error::Error;
use std::fmt::{self, Display};
use std::time::Duration;

use crate::count::{self, BadCount};
use crate::duration::{self, BadDuration};
use crate::message;
use crate::message::{Message, Trusted};
use crate::number;
use crate::percentage::{self, BadPercentage};
use crate::rate::{self, BadRate};
use crate::secrets::Secrets;
use crate::size::{self, BadSize};

/// What a value measures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dimension {
    /// How many, or a bare number such as a TTL.
    Count,
    /// A part of a whole: `1%`.
    Ratio,
    /// A time: `500ms`, `2s`, `1m30s`, `14d`.
    Time,
    /// An amount of data: `64KiB`, `1500B`, `2MB`.
    Bytes,
    /// A rate: amounts of data per second, `10MB/s`.
    Rate,
    /// Words.
    Text,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// See [`Dimension::Count`].
    Count(f64),
    /// See [`Dimension::Ratio`]; 1 is the whole.
    Ratio(f64),
    /// See [`Dimension::Time`].
    Time(Duration),
    /// See [`Dimension::Bytes`].
    Bytes(f64),
    /// Bytes per second.
    Rate(f64),
    /// See [`Dimension::Text`].
    Text(String),
}

impl Quantity {
    /// Reads a value of `dimension`.
    ///
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub fn parse(text: &str, dimension: Dimension) -> Result<Self, BadQuantity> {
        let text = text.trim();
        let unreadable = || BadQuantity::unreadable(text, dimension);
        match dimension {
            Dimension::Count => count::parse(text).map(Self::Count).map_err(|wrong| match wrong {
                BadCount::Unreadable => unreadable(),
                wrong => BadQuantity::Count { text: text.to_owned(), wrong },
            }),
            Dimension::Ratio => percentage::unbounded(text)
                .map(|percent| Self::Ratio(percent / 100.0))
                .map_err(|wrong| match wrong {
                    BadPercentage::Unreadable => unreadable(),
                    wrong => BadQuantity::Ratio { text: text.to_owned(), wrong },
                }),
            Dimension::Time => {
                duration::compared(text).map(Self::Time).map_err(|wrong| BadQuantity::time(text, wrong))
            }
            Dimension::Bytes => size::with_unit(text)
                .map(|bytes| Self::Bytes(bytes as f64))
                .map_err(|wrong| BadQuantity::bytes(text, wrong)),
            Dimension::Rate => {
                rate::with_unit(text).map(|bytes| Self::Rate(bytes as f64)).map_err(|wrong| match wrong {
                    BadRate::Amount(BadSize::TooMuch | BadSize::Negative) => {
                        BadQuantity::Rate { text: text.to_owned(), wrong }
                    }
                    _ => unreadable(),
                })
            }
            Dimension::Text => Ok(Self::Text(text.to_owned())),
        }
    }

    /// Reads a number that may be less than nothing, and have an exponent, as JSON has them.
    ///
    /// # Errors
    /// It is none, or larger than any.
    pub fn any_number(text: &str) -> Result<Self, BadQuantity> {
        let text = text.trim();
        let is_written_so = text.bytes().all(|sign| sign.is_ascii_digit() || b".eE+-".contains(&sign));
        let number = text.parse().ok().filter(|number: &f64| is_written_so && number.is_finite());
        number.map(Self::Count).ok_or_else(|| BadQuantity::unreadable(text, Dimension::Count))
    }

    /// The value of `dimension`, given in its [base](Self::base) unit; `None` for what no such value is.
    pub fn from_base(dimension: Dimension, base: f64) -> Option<Self> {
        match dimension {
            Dimension::Count => Some(Self::Count(base)),
            Dimension::Ratio => Some(Self::Ratio(base)),
            Dimension::Time => Duration::try_from_secs_f64(base).ok().map(Self::Time),
            Dimension::Bytes => Some(Self::Bytes(base)),
            Dimension::Rate => Some(Self::Rate(base)),
            Dimension::Text => None,
        }
    }

    /// The dimension it is of.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Count(_) => Dimension::Count,
            Self::Ratio(_) => Dimension::Ratio,
            Self::Time(_) => Dimension::Time,
            Self::Bytes(_) => Dimension::Bytes,
            Self::Rate(_) => Dimension::Rate,
            Self::Text(_) => Dimension::Text,
        }
    }

    /// The value in its base unit: a plain number, a part of one, seconds, bytes, bytes per second; words have none.
    pub fn base(&self) -> Option<f64> {
        match self {
            Self::Count(value) | Self::Ratio(value) | Self::Bytes(value) | Self::Rate(value) => Some(*value),
            Self::Time(time) => Some(time.as_secs_f64()),
            Self::Text(_) => None,
        }
    }
}

impl Dimension {
    fn noun(self) -> &'static str {
        match self {
            Self::Count => "number",
            Self::Ratio => "percentage",
            Self::Time => "time",
            Self::Bytes => "amount of data",
            Self::Rate => "data rate",
            Self::Text => "text",
        }
    }

    /// How a value of it may be written.
    pub fn example(self) -> &'static str {
        match self {
            Self::Count => "a number such as 5",
            Self::Ratio => "a percentage such as 1%",
            Self::Time => "a number with a unit, such as 500ms, 2s or 14d",
            Self::Bytes => "a number with a unit, such as 1500B, 64KiB or 2MB",
            Self::Rate => "an amount per second, such as 10MB/s",
            Self::Text => "text",
        }
    }
}

/// Why a text is no value of its dimension.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BadQuantity {
    /// Not written as such values are.
    Unreadable {
        /// What was written.
        text: String,
        /// What it should have been.
        dimension: Dimension,
    },
    /// A number that cannot be one.
    Count {
        /// What was written.
        text: String,
        /// What is wrong with it.
        wrong: BadCount,
    },
    /// A part of a whole that cannot be one.
    Ratio {
        /// What was written.
        text: String,
        /// What is wrong with it.
        wrong: BadPercentage,
    },
    /// A time that cannot be one.
    Time {
        /// What was written.
        text: String,
        /// What is wrong with it.
        wrong: BadDuration,
    },
    /// An amount of data that cannot be one.
    Bytes {
        /// What was written.
        text: String,
        /// What is wrong with it.
        wrong: BadSize,
    },
    /// A rate that cannot be one.
    Rate {
        /// What was written.
        text: String,
        /// What is wrong with it.
        wrong: BadRate,
    },
}

impl Error for BadQuantity {}

impl Display for BadQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Secrets::NONE.show(&self.message()).fmt(f)
    }
}

impl BadQuantity {
    /// What is wrong, what was written told apart from our words.
    pub fn message(&self) -> Message {
        let (text, wrong) = match self {
            Self::Unreadable { text, dimension } => {
                let (noun, example) = (dimension.noun(), dimension.example());
                return message!("`{}` is no {}; write {}", text, Trusted(noun), Trusted(example));
            }
            Self::Count { text, wrong } => (text, wrong.to_string()),
            Self::Ratio { text, wrong } => (text, wrong.to_string()),
            Self::Time { text, wrong } => (text, wrong.to_string()),
            Self::Bytes { text, wrong } => (text, wrong.to_string()),
            Self::Rate { text, wrong } => (text, wrong.to_string()),
        };
        message!("`{}`: {}", text, Trusted(&wrong))
    }

    fn unreadable(text: &str, dimension: Dimension) -> Self {
        Self::Unreadable { text: text.to_owned(), dimension }
    }

    /// What is wrong with a time, with the text itself.
    pub fn time(text: &str, wrong: BadDuration) -> Self {
        match wrong {
            BadDuration::Unreadable(_) | BadDuration::UnitMissing | BadDuration::UnknownUnit => {
                Self::unreadable(text, Dimension::Time)
            }
            wrong => Self::Time { text: text.to_owned(), wrong },
        }
    }

    /// What is wrong with an amount of data, with the text itself.
    pub fn bytes(text: &str, wrong: BadSize) -> Self {
        match wrong {
            BadSize::Unreadable | BadSize::UnitMissing | BadSize::UnknownUnit => {
                Self::unreadable(text, Dimension::Bytes)
            }
            wrong => Self::Bytes { text: text.to_owned(), wrong },
        }
    }
}

/// As a person reads it: the unit that suits it, and no more digits than count.
impl Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(value) => f.write_str(&number::short(*value)),
            Self::Ratio(value) => percentage::Short(*value).fmt(f),
            Self::Time(time) => duration::Short(*time).fmt(f),
            Self::Bytes(value) => size::Short(*value).fmt(f),
            Self::Rate(value) => rate::Short(*value).fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_have_units() {
        #[rustfmt::skip]
        let cases = [
            ("5",      Dimension::Count, Some("5")),
            ("2.50",   Dimension::Count, Some("2.5")),
            ("-1",     Dimension::Count, None),
            ("1e3",    Dimension::Count, None),
            ("1%",     Dimension::Ratio, Some("1%")),
            ("0",      Dimension::Ratio, Some("0%")),
            ("0.01",   Dimension::Ratio, None),
            ("5",      Dimension::Ratio, None),
            ("500ms",  Dimension::Time,  Some("500 ms")),
            ("1m30s",  Dimension::Time,  Some("1m 30s")),
            ("1.5 s",  Dimension::Time,  Some("1.5 s")),
            ("14d",    Dimension::Time,  Some("14d")),
            ("500",    Dimension::Time,  None),
            ("5x",     Dimension::Time,  None),
            ("s",      Dimension::Time,  None),
            ("0",      Dimension::Time,  Some("0 s")),
            ("",       Dimension::Time,  None),
            ("64KiB",  Dimension::Bytes, Some("64 KiB")),
            ("1500B",  Dimension::Bytes, Some("1.46 KiB")),
            ("1500",   Dimension::Bytes, None),
            ("10MB/s", Dimension::Rate,  Some("10 MB/s")),
            ("10MB",   Dimension::Rate,  None),
            ("99999999999999999999d", Dimension::Time, None),
            ("730d",   Dimension::Time,  Some("730d")),
            ("150%",   Dimension::Ratio, Some("150%")),
            ("64k",    Dimension::Bytes, Some("64 KiB")),
            ("64kB",   Dimension::Bytes, Some("62.5 KiB")),
        ];
        for (text, dimension, shown) in cases {
            let parsed = Quantity::parse(text, dimension).ok().map(|quantity| quantity.to_string());
            assert_eq!(parsed.as_deref(), shown, "{text} as {dimension:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_text() {
        #[rustfmt::skip]
        let cases = [
            ("soon",    Dimension::Time,  "`soon` is no time; write a number with a unit, such as 500ms, 2s or 14d"),
            ("5",       Dimension::Time,  "`5` is no time; write a number with a unit, such as 500ms, 2s or 14d"),
            ("-5s",     Dimension::Time,  "`-5s`: a length of time is not negative"),
            ("999999d", Dimension::Time,  "`999999d`: longer than a hundred years"),
            ("1500",    Dimension::Bytes, "`1500` is no amount of data; write a number with a unit, such as 1500B, 64KiB or 2MB"),
            ("9999TB",  Dimension::Bytes, "`9999TB`: more than a pebibyte (2^50 bytes)"),
            ("10MB",    Dimension::Rate,  "`10MB` is no data rate; write an amount per second, such as 10MB/s"),
            ("9999TB/s", Dimension::Rate, "`9999TB/s`: more than a pebibyte (2^50 bytes)"),
            ("x",       Dimension::Count, "`x` is no number; write a number such as 5"),
            ("-1",      Dimension::Count, "`-1`: a number of things is not negative"),
            ("99999999999999999999", Dimension::Count, "`99999999999999999999`: more than 2^64"),
            ("x",       Dimension::Ratio, "`x` is no percentage; write a percentage such as 1%"),
            ("5",       Dimension::Ratio, "`5`: a % is missing: 5%"),
            ("0.01",    Dimension::Ratio, "`0.01`: a % is missing: 0.01% or 1%"),
        ];
        for (text, dimension, message) in cases {
            assert_eq!(Quantity::parse(text, dimension).unwrap_err().to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_of_its_dimension_and_can_be_compared(text in "[0-9.nusmhdkKMGTiB%/ +-]{0,24}") {
            for dimension in [Dimension::Count, Dimension::Ratio, Dimension::Time, Dimension::Bytes, Dimension::Rate] {
                if let Ok(value) = Quantity::parse(&text, dimension) {
                    prop_assert_eq!(value.dimension(), dimension);
                    prop_assert!(value.base().is_some_and(|base| base.is_finite() && base >= 0.0));
                    prop_assert!(!value.to_string().is_empty());
                }
            }
        }
    }
}
