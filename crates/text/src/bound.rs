//! What a value ought to be: `<= 1%`, `200..299`, `~json`, and how to tell whether it is.
//!
//! A value of another dimension never is: `< 5` says nothing of a time.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::message;
use crate::message::Message;
use crate::pattern;
use crate::quantity::{BadQuantity, Dimension, Quantity};
use crate::secrets::Secrets;

/// A condition on one value.
#[derive(Clone, Debug)]
pub struct Bound {
    /// As it was typed.
    text: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Compare(Comparison, Quantity),
    /// Both ends included.
    Between(Quantity, Quantity),
    /// Any of these.
    OneOf(Vec<Self>),
    Contains(String),
    Matches(Pattern),
}

/// A regular expression that can be compiled, and is when it is needed: many conditions may wait for values for long.
#[derive(Clone, Debug)]
struct Pattern(String);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Comparison {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Greater,
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BadBound {
    /// What the value is compared with is none.
    Quantity(BadQuantity),
    /// A range without anything in it.
    Backwards(String),
    /// The regular expression is none.
    Pattern(BadPattern),
}

impl BadBound {
    /// What is wrong, what was written told apart from our words.
    pub fn message(&self) -> Message {
        match self {
            Self::Quantity(wrong) => wrong.message(),
            Self::Backwards(text) => message!("`{}`: the range ends before it begins", text),
            Self::Pattern(wrong) => Message::foreign(wrong),
        }
    }
}

impl From<BadQuantity> for BadBound {
    fn from(wrong: BadQuantity) -> Self {
        Self::Quantity(wrong)
    }
}

impl Error for BadBound {}

impl fmt::Display for BadBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // It has lines of its own.
            Self::Pattern(wrong) => wrong.fmt(f),
            wrong => Secrets::NONE.show(&wrong.message()).fmt(f),
        }
    }
}

/// What is wrong with a regular expression.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct BadPattern(regex::Error);

impl Pattern {
    fn read(text: &str) -> Result<Self, BadPattern> {
        Self::compiled(text).map(|_| Self(text.to_owned()))
    }

    /// Line by line, as everywhere: `^` and `$` are the ends of a line.
    fn compiled(text: &str) -> Result<Regex, BadPattern> {
        let mut builder = RegexBuilder::new(text);
        builder.multi_line(true).crlf(true).size_limit(pattern::LARGEST).build().map_err(BadPattern)
    }

    fn is_in(&self, text: &str) -> bool {
        Self::compiled(&self.0).is_ok_and(|regex| regex.is_match(text))
    }
}

impl Bound {
    /// Reads a condition on a value of `dimension`.
    ///
    /// A bare value means equal to it. Numbers take `<`, `<=`, `=`, `==`, `!=`, `>=`, `>`, ranges `A..B` and lists `A, B`; text takes
    /// `=`, `!=`, `~PART` and `/REGEX/`, whose `^` and `$` are the ends of a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, dimension: Dimension) -> Result<Self, BadBound> {
        let test = match dimension {
            Dimension::Text => text_test(text.trim()),
            _ => number_tests(text.trim(), |value| Quantity::parse(value, dimension)),
        }?;
        Ok(Self { text: text.trim().to_owned(), test })
    }

    /// Reads a condition on a number that may be less than nothing, and have an exponent: `> -5`, `-1..1`, `< 1e19`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn on_any_number(text: &str) -> Result<Self, BadBound> {
        let test = number_tests(text.trim(), Quantity::any_number)?;
        Ok(Self { text: text.trim().to_owned(), test })
    }

    /// Equal to a value that was not typed as text.
    pub fn exactly(value: Quantity) -> Self {
        Self { text: value.to_string(), test: Test::Compare(Comparison::Equal, value) }
    }

    /// How to write that a text is to be this very one, whatever it looks like; `None` for one that begins or ends with blanks, which
    /// no condition keeps.
    pub fn literal(text: &str) -> Option<String> {
        let is_read = |bound: &String| {
            let test = Self::parse(bound, Dimension::Text).map(|bound| bound.test);
            matches!(test, Ok(Test::Compare(Comparison::Equal, Quantity::Text(read))) if read == text)
        };
        [text.to_owned(), format!("= {text}")].into_iter().find(is_read)
    }

    /// Whether `value` is as it ought to be; a value of another dimension never is.
    pub fn holds(&self, value: &Quantity) -> bool {
        self.test.holds(value)
    }

    /// The same of a whole number, exactly: identifiers and counters have up to 64 bits, a float tells 53 of them apart. `None` where
    /// the condition is not one on numbers.
    pub fn holds_integer(&self, value: i128) -> Option<bool> {
        if !self.test.is_of(Dimension::Count) {
            return None;
        }
        let tests = self.text.split(',').map(|part| holds_integer(part.trim(), value));
        tests.collect::<Option<Vec<_>>>().map(|held| held.contains(&true))
    }
}

/// Whether a whole number is as one of the alternatives has it; `None` where anything in that is no number.
fn holds_integer(text: &str, value: i128) -> Option<bool> {
    let beside = |text: &str| beside(value, text.trim());
    for (sign, comparison) in Comparison::SIGNS {
        if let Some(wanted) = text.strip_prefix(sign) {
            return Some(comparison.holds(beside(wanted)?, Ordering::Equal));
        }
    }
    match text.split_once("..") {
        Some((low, high)) => Some(beside(low)?.is_ge() && beside(high)?.is_le()),
        None => Some(beside(text)?.is_eq()),
    }
}

/// How a whole number compares with one that has perhaps a point in it; `None` for one with an exponent.
fn beside(value: i128, wanted: &str) -> Option<Ordering> {
    if let Some(wanted) = wanted.strip_prefix('-') {
        return beside(-value, wanted).map(Ordering::reverse);
    }
    let (whole, part) = wanted.split_once('.').unwrap_or((wanted, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let is_plain = part.bytes().all(|digit| digit.is_ascii_digit());
    let exceeds = is_plain.then(|| part.bytes().any(|digit| digit != b'0'))?;
    Some(value.cmp(&whole).then(if exceeds { Ordering::Less } else { Ordering::Equal }))
}

impl Test {
    /// Whether what it compares with is of this dimension.
    fn is_of(&self, dimension: Dimension) -> bool {
        match self {
            Self::Compare(_, value) | Self::Between(value, _) => value.dimension() == dimension,
            Self::OneOf(tests) => tests.iter().all(|test| test.is_of(dimension)),
            Self::Contains(_) | Self::Matches(_) => dimension == Dimension::Text,
        }
    }

    fn holds(&self, value: &Quantity) -> bool {
        match (self, value) {
            (Self::OneOf(tests), _) => tests.iter().any(|test| test.holds(value)),
            (Self::Compare(comparison, Quantity::Text(wanted)), Quantity::Text(text)) => match comparison {
                Comparison::NotEqual => text != wanted,
                _ => text == wanted,
            },
            (Self::Compare(comparison, wanted), _) => {
                compare(wanted, value).is_some_and(|(wanted, value)| comparison.holds(value, wanted))
            }
            (Self::Between(low, high), _) => match (compare(low, value), compare(high, value)) {
                (Some((low, value)), Some((high, _))) => low <= value && value <= high,
                _ => false,
            },
            (Self::Contains(part), Quantity::Text(text)) => text.contains(part.as_str()),
            (Self::Matches(pattern), Quantity::Text(text)) => pattern.is_in(text),
            (Self::Contains(_) | Self::Matches(_), _) => false,
        }
    }
}

/// Both values in their common base unit.
fn compare(wanted: &Quantity, value: &Quantity) -> Option<(f64, f64)> {
    if wanted.dimension() == value.dimension() { wanted.base().zip(value.base()) } else { None }
}

impl Comparison {
    /// The longer sign first.
    const SIGNS: [(&'static str, Self); 7] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("!=", Self::NotEqual),
        ("==", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
    ];

    /// Equal is what was asked for, of floats as well: values typed alike are stored alike.
    fn holds<T: PartialOrd>(self, value: T, wanted: T) -> bool {
        match self {
            Self::Less => value < wanted,
            Self::AtMost => value <= wanted,
            Self::Equal => value == wanted,
            Self::NotEqual => value != wanted,
            Self::AtLeast => value >= wanted,
            Self::Greater => value > wanted,
        }
    }
}

/// Reads one value of those that a condition compares with.
trait Read: Fn(&str) -> Result<Quantity, BadQuantity> {}

impl<F: Fn(&str) -> Result<Quantity, BadQuantity>> Read for F {}

fn number_tests(text: &str, read: impl Read) -> Result<Test, BadBound> {
    let tests = text.split(',').map(|part| number_test(part.trim(), &read));
    let mut tests = tests.collect::<Result<Vec<_>, _>>()?;
    match tests.len() {
        1 => Ok(tests.swap_remove(0)),
        _ => Ok(Test::OneOf(tests)),
    }
}

fn number_test(text: &str, read: impl Read) -> Result<Test, BadBound> {
    for (sign, comparison) in Comparison::SIGNS {
        if let Some(value) = text.strip_prefix(sign) {
            return Ok(Test::Compare(comparison, read(value)?));
        }
    }
    match text.split_once("..") {
        Some((low, high)) => {
            let (low, high) = (read(low)?, read(high)?);
            match low.base() <= high.base() {
                true => Ok(Test::Between(low, high)),
                false => Err(BadBound::Backwards(text.to_owned())),
            }
        }
        None => Ok(Test::Compare(Comparison::Equal, read(text)?)),
    }
}

fn text_test(text: &str) -> Result<Test, BadBound> {
    if let Some(pattern) =
        text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|_| text.len() > 1)
    {
        return Pattern::read(pattern).map(Test::Matches).map_err(BadBound::Pattern);
    }
    if let Some(part) = text.strip_prefix('~') {
        return Ok(Test::Contains(part.trim_start().to_owned()));
    }
    let (comparison, wanted) = match (text.strip_prefix("!="), text.strip_prefix('=')) {
        (Some(wanted), _) => (Comparison::NotEqual, wanted),
        (None, Some(wanted)) => (Comparison::Equal, wanted.strip_prefix('=').unwrap_or(wanted)),
        (None, None) => (Comparison::Equal, text),
    };
    Ok(Test::Compare(comparison, Quantity::Text(wanted.trim_start().to_owned())))
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_holds_or_not() {
        #[rustfmt::skip]
        let cases = [
            ("<= 1%",      Dimension::Ratio, "1%",    "2%"),
            ("<1%",        Dimension::Ratio, "0.5%",  "1%"),
            ("< 5ms",      Dimension::Time,  "4999us","5ms"),
            ("> 14d",      Dimension::Time,  "15d",   "13d"),
            (">= 60",      Dimension::Count, "60",    "59"),
            ("0",          Dimension::Count, "0",     "1"),
            ("!= 3",       Dimension::Count, "2",     "3"),
            ("200..299",   Dimension::Count, "299",   "300"),
            ("200, 301..302", Dimension::Count, "301", "201"),
            ("< 1MiB",     Dimension::Bytes, "1023KiB", "1MiB"),
            ("UP",         Dimension::Text,  "UP",    "UPPER"),
            ("~json",      Dimension::Text,  "application/json", "text/html"),
            ("/^2\\.[0-9]$/", Dimension::Text, "2.5", "12.5"),
            ("/^ok$/",     Dimension::Text,  "ok\n",  "not ok\n"),
            ("/^ok$/",     Dimension::Text,  "a\r\nok\r\nb", "okay"),
            ("!= no",      Dimension::Text,  "yes",   "no"),
        ];
        for (bound, dimension, good, bad) in cases {
            let bound = Bound::parse(bound, dimension).unwrap();
            assert!(bound.holds(&Quantity::parse(good, dimension).unwrap()), "{bound}: {good}");
            assert!(!bound.holds(&Quantity::parse(bad, dimension).unwrap()), "{bound}: {bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        #[rustfmt::skip]
        let cases = [
            ("<= 5",     Dimension::Time,  "unit"),
            ("",         Dimension::Count, "number"),
            ("9..1",     Dimension::Count, "ends before"),
            ("/(/",      Dimension::Text,  "regex"),
            ("1,",       Dimension::Count, "number"),
            ("/\\w{1,200}x/", Dimension::Text, "size limit"),
            ("/(((a{9}){9}){9}){99}/", Dimension::Text, "size limit"),
        ];
        for (bound, dimension, words) in cases {
            let wrong = Bound::parse(bound, dimension).unwrap_err().to_string();
            assert!(wrong.contains(words), "{bound}: {wrong}");
        }
    }

    #[test]
    fn neighbours_beyond_a_float_are_told_apart() {
        #[rustfmt::skip]
        let cases = [
            ("9007199254740993",                       9_007_199_254_740_993,      9_007_199_254_740_992),
            ("= 18446744073709551615",                 18_446_744_073_709_551_615, 18_446_744_073_709_551_614),
            ("!= 9007199254740993",                    9_007_199_254_740_992,      9_007_199_254_740_993),
            ("> 9007199254740992",                     9_007_199_254_740_993,      9_007_199_254_740_992),
            ("<= 9007199254740992",                    9_007_199_254_740_992,      9_007_199_254_740_993),
            ("1, 9007199254740993..9007199254740995",  9_007_199_254_740_995,      9_007_199_254_740_996),
            ("< 3",                                    2,                          3),
            ("> 9007199254740992.5",                   9_007_199_254_740_993,      9_007_199_254_740_992),
            ("<= 9007199254740992.5",                  9_007_199_254_740_992,      9_007_199_254_740_993),
            ("1.5, 9007199254740993.0",                9_007_199_254_740_993,      9_007_199_254_740_992),
            ("9007199254740992.1..9007199254740993.9", 9_007_199_254_740_993,      9_007_199_254_740_994),
        ];
        for (text, good, bad) in cases {
            let bound = Bound::parse(text, Dimension::Count).unwrap();
            assert_eq!(
                (bound.holds_integer(good), bound.holds_integer(bad)),
                (Some(true), Some(false)),
                "{text}"
            );
        }
        for (text, dimension) in [("5", Dimension::Text), ("5ms", Dimension::Time), ("~5", Dimension::Text)] {
            assert_eq!(Bound::parse(text, dimension).unwrap().holds_integer(5), None, "{text}");
        }
    }

    #[test]
    fn any_number_may_be_less_than_nothing_and_have_an_exponent() {
        #[rustfmt::skip]
        let cases = [
            ("<= -5",      -5,                          -4),
            ("> -5",       -4,                          -5),
            ("-10..-1",    -10,                         -11),
            ("> -0.5",     0,                           -1),
            ("< -0.5",     -1,                          0),
            ("-3",         -3,                          3),
            ("!= -9007199254740993", -9_007_199_254_740_992, -9_007_199_254_740_993),
            (">1e3",       1001,                        1000),
            ("2.5E-1..1",  1,                           0),
        ];
        for (text, good, bad) in cases {
            let bound = Bound::on_any_number(text).unwrap();
            let holds = |value: i128| {
                bound.holds_integer(value).unwrap_or_else(|| bound.holds(&Quantity::Count(value as f64)))
            };
            assert!(holds(good) && !holds(bad), "{text}");
        }
        for text in ["nan", "inf", "-", "1e999", "5ms", "> x", "", "0x10", "-1..-10"] {
            assert!(Bound::on_any_number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_can_be_said_literally() {
        for text in ["eth0", "~eth0", "/x/", "/(/", "/", "=x", "==x", "!=x", "= x", "!", "<5", ""] {
            let bound = Bound::parse(&Bound::literal(text).unwrap(), Dimension::Text).unwrap();
            let (same, other) = (Quantity::Text(text.to_owned()), Quantity::Text(format!("{text}eth0")));
            assert!(bound.holds(&same) && !bound.holds(&other), "{text}: {bound}");
        }
        assert_eq!((Bound::literal("eth0").as_deref(), Bound::literal(" eth0")), (Some("eth0"), None));
    }

    #[test]
    fn values_of_another_kind_never_suit() {
        assert!(!Bound::parse("!= 1", Dimension::Count).unwrap().holds(&Quantity::Bytes(2.0)));
    }
}
