//! Lengths of time as people write them, `200ms`, `1.5s`, `1m30s`, `14d`, and as they are told.
//!
//! There is one grammar and one bound. What differs is what a bare number means: nothing where a unit is wanted
//! ([`with_unit`]), seconds to a letter that `ping` or `nc` have ([`or_seconds`]). `0` is nothing in any unit.
//! A month or year is no unit, as no two of them need be equally long.

use std::fmt::{self, Display};
use std::time::Duration;

use jiff::fmt::friendly::SpanParser;

use crate::number;

/// Why a text is no length of time that can be waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadDuration {
    /// Nothing, or something that is no number with a unit; with examples of what is.
    #[error("no length of time: {0}")]
    Unreadable(&'static str),
    /// A number that could be of any unit.
    #[error("a unit is missing: {UNIT_WORDS} are known")]
    UnitMissing,
    /// A number with something behind it that is no unit of time.
    #[error("no unit of time: {UNIT_WORDS} are known")]
    UnknownUnit,
    /// Less than nothing.
    #[error("a length of time is not negative")]
    Negative,
    /// Nothing, where something has to be waited for.
    #[error("must be more than nothing")]
    Nothing,
    /// Longer than whatever reads it can deal with.
    #[error("longer than {0}")]
    TooLong(&'static str),
}

/// Reads a length of time that has a unit: `200ms`, `1m30s`; a bare `0` needs none.
///
/// # Errors
/// What is wrong with it; anything longer than a year is.
pub fn with_unit(text: &str) -> Result<Duration, BadDuration> {
    read(text, Bare::IsWrong, YEAR)
}

/// Reads a length of time; a bare number is seconds, as to the letters of `ping` and `nc`.
///
/// # Errors
/// What is wrong with it; anything longer than a year is.
pub fn or_seconds(text: &str) -> Result<Duration, BadDuration> {
    read(text, Bare::IsSeconds, YEAR)
}

/// Reads what [`with_unit`] reads, but not nothing.
///
/// # Errors
/// What is wrong with it.
pub fn positive(text: &str) -> Result<Duration, BadDuration> {
    match with_unit(text)? {
        Duration::ZERO => Err(BadDuration::Nothing),
        time => Ok(time),
    }
}

/// Reads a length of time that is compared with others and never waited for, such as what is left of a certificate.
pub(crate) fn compared(text: &str) -> Result<Duration, BadDuration> {
    read(text, Bare::IsWrong, CENTURY)
}

/// What a text has to be like for [`with_unit`], as a regular expression for JSON Schema.
pub const PATTERN: &str = r"^\s*(0|([0-9.]+\s*(ns|us|µs|ms|s|m|min|h|d)\s*)+)\s*$";

const UNIT_WORDS: &str = "ns, us, ms, s, m, h and d";

/// Each unit, the one of `jiff` it is read as, and how many of those it is.
const UNITS: [(&str, &str, u32); 9] = [
    ("ns", "ns", 1),
    ("us", "us", 1),
    ("µs", "us", 1),
    ("ms", "ms", 1),
    ("s", "s", 1),
    ("m", "m", 1),
    ("min", "m", 1),
    ("h", "h", 1),
    // To a calendar, days are of different lengths.
    ("d", "h", 24),
];

const YEAR: (Duration, &str) = (Duration::from_secs(365 * 24 * 3600), "a year");
const CENTURY: (Duration, &str) = (Duration::from_secs(100 * 365 * 24 * 3600), "a hundred years");

/// What a number without a unit is.
#[derive(Clone, Copy, Debug)]
enum Bare {
    IsWrong,
    IsSeconds,
}

impl Bare {
    fn unreadable(self) -> BadDuration {
        BadDuration::Unreadable(match self {
            Self::IsWrong => "0.5s, 200ms, 1m30s",
            Self::IsSeconds => "2, 0.5s, 200ms, 1m",
        })
    }
}

fn read(text: &str, bare: Bare, longest: (Duration, &'static str)) -> Result<Duration, BadDuration> {
    let text = text.trim();
    let too_long = BadDuration::TooLong(longest.1);
    if number::is_negative(text) {
        return Err(BadDuration::Negative);
    }
    if text.is_empty() {
        return Err(bare.unreadable());
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (amount, after) = number::and_unit(rest);
        let end = after.find(|character: char| character.is_ascii_digit() || character == '.');
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let unit = match (unit.trim_end(), bare) {
            // Half a minute, or half an hour? A bare number stands alone.
            ("", Bare::IsSeconds) if amount == text => "s",
            ("", Bare::IsWrong) if text == "0" => "s",
            (unit, _) => unit,
        };
        let (whole, decimals) = number::split(amount).ok_or_else(|| bare.unreadable())?;
        total = total.checked_add(part(whole, decimals, unit, too_long)?).ok_or(too_long)?;
        rest = after;
    }
    if total <= longest.0 { Ok(total) } else { Err(too_long) }
}

/// One number with its unit. What is shorter than a nanosecond is cut off.
fn part(whole: &str, decimals: &str, unit: &str, too_long: BadDuration) -> Result<Duration, BadDuration> {
    let known = UNITS.iter().find(|(word, ..)| *word == unit);
    let (_, designator, times) = known.ok_or(match unit {
        "" => BadDuration::UnitMissing,
        _ => BadDuration::UnknownUnit,
    })?;
    let decimals = decimals.get(..DECIMALS).unwrap_or(decimals);
    let text = match *designator {
        "ns" => format!("{whole}ns"),
        designator => format!("{whole}.{decimals}{designator}"),
    };
    let time = SpanParser::new().parse_unsigned_duration(text).ok();
    time.and_then(|time| time.checked_mul(*times)).ok_or(too_long)
}

/// How many decimals `jiff` takes.
const DECIMALS: usize = 9;

/// Milliseconds with three decimals, the rest cut off, as `ping` has them: `12.345`.
#[derive(Clone, Copy, Debug)]
pub struct Millis(pub Duration);

impl Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        write!(f, "{}.{:03}", micros / 1000, micros % 1000)
    }
}

/// As people read it, wherever we tell one: `0.114 ms`, `1.5 s`, and from a minute on as an age: `1m 30s`, `3h 12m`, `14d`.
///
/// What is beyond the last digit is cut off, so that nothing reads as longer than it was. `{:#}` has no blanks, for where one would
/// end a value: `time=0.114ms`.
#[derive(Clone, Copy, Debug)]
pub struct Short(pub Duration);

impl Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blank = if f.alternate() { "" } else { " " };
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        match (seconds, nanos) {
            (0, 0) => write!(f, "0{blank}s"),
            // Shorter than what three decimals of a millisecond show.
            (0, ..1000) => {
                write!(f, "{}{blank}ms", number::without_idle_zeros(&format!("0.{nanos:06}")))
            }
            (0, _) => write!(f, "{}{blank}ms", number::without_idle_zeros(&Millis(self.0).to_string())),
            (..60, _) => {
                let text = format!("{seconds}.{:03}", nanos / 1_000_000);
                write!(f, "{}{blank}s", number::without_idle_zeros(&text))
            }
            _ => age(f, seconds, blank),
        }
    }
}

/// The two largest units, the second only if there is one of it.
fn age(f: &mut fmt::Formatter<'_>, seconds: u64, blank: &str) -> fmt::Result {
    let largest = AGE_UNITS.iter().position(|(length, _)| seconds >= *length).unwrap_or_default();
    let [(length, unit), (part_length, part_unit)] = [AGE_UNITS[largest], AGE_UNITS[largest + 1]];
    write!(f, "{}{unit}", seconds / length)?;
    match seconds % length / part_length {
        0 => Ok(()),
        part => write!(f, "{blank}{part}{part_unit}"),
    }
}

const AGE_UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];

/// Several in milliseconds that are told together: `0.114/0.120/0.131/0.007 ms`.
#[derive(Clone, Copy, Debug)]
pub struct Series<const N: usize>(pub [Duration; N]);

impl<const N: usize> Display for Series<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, time) in self.0.iter().enumerate() {
            write!(f, "{}{}", if number > 0 { "/" } else { "" }, Millis(*time))?;
        }
        f.write_str(" ms")
    }
}

/// Microseconds with their fractions, as JSON has them.
pub fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

/// Microseconds without them, as many as there are room for.
pub fn whole_micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NANOS_PER_DAY: u64 = 86_400_000_000_000;

    #[test]
    fn numbers_carry_their_unit() {
        #[rustfmt::skip]
        let cases = [
            ("0",                    0),
            ("0s",                   0),
            ("300ms",                300_000_000),
            ("1.5s",                 1_500_000_000),
            ("1.5 s",                1_500_000_000),
            (" 1 s ",                1_000_000_000),
            (".5s",                  500_000_000),
            ("5.s",                  5_000_000_000),
            ("50us",                 50_000),
            ("50µs",                 50_000),
            ("7ns",                  7),
            ("7.9ns",                7),
            ("2m",                   120_000_000_000),
            ("2min",                 120_000_000_000),
            ("1h",                   3_600_000_000_000),
            ("1.5d",                 NANOS_PER_DAY * 3 / 2),
            ("365d",                 NANOS_PER_DAY * 365),
            ("1m30s",                90_000_000_000),
            ("1m 30s",               90_000_000_000),
            ("30s1m",                90_000_000_000),
            ("0.30000000000000004s", 300_000_000),
        ];
        for (text, nanos) in cases {
            let expected = Ok(Duration::from_nanos(nanos));
            assert_eq!((with_unit(text), or_seconds(text)), (expected, expected), "{text}");
        }
    }

    #[test]
    fn bare_numbers_are_seconds_or_nothing() {
        #[rustfmt::skip]
        let cases = [("2", 2_000), ("0.5", 500), (".5", 500), ("500", 500_000), ("0.30000000000000004", 300)];
        for (text, millis) in cases {
            assert_eq!(or_seconds(text), Ok(Duration::from_millis(millis)), "{text}");
            assert_eq!(with_unit(text), Err(BadDuration::UnitMissing), "{text}");
        }
        assert_eq!(or_seconds("1m30"), Err(BadDuration::UnitMissing), "thirty of what?");
    }

    #[test]
    fn what_is_wrong_is_said() {
        use BadDuration::{Negative, TooLong, UnknownUnit};
        let long = TooLong("a year");
        #[rustfmt::skip]
        let cases = [
            ("-1s",                                 Negative),
            ("-.5s",                                Negative),
            ("1 parsec",                            UnknownUnit),
            ("1e9s",                                UnknownUnit),
            ("1y",                                  UnknownUnit),
            ("1mo",                                 UnknownUnit),
            ("1S",                                  UnknownUnit),
            ("1s-2s",                               UnknownUnit),
            ("1h ago",                              UnknownUnit),
            ("1s\0",                                UnknownUnit),
            ("366d",                                long),
            ("365d1ns",                             long),
            ("200000000000000d",                    long),
            ("9999999999999999999s",                long),
            ("9999999999999999999h",                long),
            ("18446744073709551615s1s",             long),
            ("99999999999999999999999999999999s",   long),
            ("300000000000000000000ns",             long),
        ];
        for (text, wrong) in cases {
            assert_eq!((with_unit(text), or_seconds(text)), (Err(wrong), Err(wrong)), "{text}");
        }
        for text in ["", " ", "s", "ms", "soon", "nan", "inf", ".", ".s", "1.2.3s", "1..s", "+1s", "- 1s"] {
            let told = |wrong: BadDuration| wrong.to_string();
            assert_eq!(
                with_unit(text).map_err(told).unwrap_err(),
                "no length of time: 0.5s, 200ms, 1m30s",
                "{text}"
            );
            assert_eq!(
                or_seconds(text).map_err(told).unwrap_err(),
                "no length of time: 2, 0.5s, 200ms, 1m",
                "{text}"
            );
        }
        assert_eq!(or_seconds(&"9".repeat(1000)), Err(long));
        assert_eq!(positive("0"), Err(BadDuration::Nothing));
        assert_eq!(positive("0.0000000001s"), Err(BadDuration::Nothing));
        assert_eq!(positive("1"), Err(BadDuration::UnitMissing));
        assert_eq!(long.to_string(), "longer than a year");
    }

    #[test]
    fn what_is_only_compared_may_be_longer() {
        assert_eq!(compared("730d"), Ok(Duration::from_secs(2 * 365 * 86_400)));
        assert_eq!(compared("36501d"), Err(BadDuration::TooLong("a hundred years")));
    }

    #[test]
    fn each_unit_is_told_by_the_messages_or_is_another_spelling() {
        let told = |unit: &str| UNIT_WORDS.split([',', ' ']).any(|word| word == unit);
        let untold: Vec<&str> = UNITS.iter().map(|(unit, ..)| *unit).filter(|unit| !told(unit)).collect();
        assert_eq!(untold, ["µs", "min"]);
        assert!(UNITS.iter().all(|(unit, ..)| PATTERN.split(['(', '|', ')']).any(|word| word == *unit)));
    }

    #[test]
    fn times_are_told_as_they_suit() {
        #[rustfmt::skip]
        let cases = [
            // nanoseconds,           milliseconds, as people read it, in a value
            (0,                       "0.000",      "0 s",             "0s"),
            (7,                       "0.000",      "0.000007 ms",     "0.000007ms"),
            (400,                     "0.000",      "0.0004 ms",       "0.0004ms"),
            (1_000,                   "0.001",      "0.001 ms",        "0.001ms"),
            (114_999,                 "0.114",      "0.114 ms",        "0.114ms"),
            (1_000_000,               "1.000",      "1 ms",            "1ms"),
            (7_100_000,               "7.100",      "7.1 ms",          "7.1ms"),
            (250_000_000,             "250.000",    "250 ms",          "250ms"),
            (999_999_999,             "999.999",    "999.999 ms",      "999.999ms"),
            (1_500_000_000,           "1500.000",   "1.5 s",           "1.5s"),
            (20_000_999_999,          "20000.999",  "20 s",            "20s"),
            (59_999_999_999,          "59999.999",  "59.999 s",        "59.999s"),
            (60_000_000_000,          "60000.000",  "1m",              "1m"),
            (90_999_000_000,          "90999.000",  "1m 30s",          "1m30s"),
            (11_579_000_000_000,      "11579000.000", "3h 12m",        "3h12m"),
            (3_605_000_000_000,       "3605000.000", "1h",             "1h"),
            (14 * NANOS_PER_DAY,      "1209600000.000", "14d",         "14d"),
            (14 * NANOS_PER_DAY - 1,  "1209599999.999", "13d 23h",     "13d23h"),
            (400 * NANOS_PER_DAY,     "34560000000.000", "400d",       "400d"),
        ];
        for (nanos, millis, short, value) in cases {
            let time = Duration::from_nanos(nanos);
            let told = [Millis(time).to_string(), Short(time).to_string(), format!("{:#}", Short(time))];
            assert_eq!(told, [millis, short, value], "{nanos} ns");
        }
        let [fast, slow] = [Duration::from_micros(114), Duration::from_millis(12)];
        assert_eq!(Series([fast, slow]).to_string(), "0.114/12.000 ms");
        assert_eq!(Millis(Duration::from_nanos(1_999)).to_string(), "0.001", "cut, not rounded");
        assert_eq!(micros(Duration::from_nanos(1_234_567)), 1_234.567);
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(seconds in 0..365u64 * 86_400, nanos in 0..1_000_000_000u32) {
            let time = Duration::new(seconds, nanos);
            prop_assert_eq!(or_seconds(&format!("{seconds}.{nanos:09}")), Ok(time));
            prop_assert_eq!(with_unit(&format!("{nanos}ns{seconds}s")), Ok(time));
        }

        #[test]
        fn whatever_is_read_is_within_the_bound(text in "[0-9.nusµmhd +-]{0,24}") {
            for time in [with_unit(&text), or_seconds(&text), positive(&text)].into_iter().flatten() {
                prop_assert!(time <= YEAR.0);
            }
        }
    }
}
