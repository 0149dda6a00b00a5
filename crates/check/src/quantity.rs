//! Measured values and their units.
//!
//! A value is of one dimension, and only values of the same dimension are ever compared; what was typed without a unit where one
//! is needed is an error, not a guess.

use std::fmt;
use std::time::Duration;

/// What a value measures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dimension {
    /// How many, or a bare number such as a TTL.
    Count,
    /// A part of a whole: `1%` or `0.01`.
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
    pub fn parse(text: &str, dimension: Dimension) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || format!("`{text}` is no {}; write {}", dimension.noun(), dimension.example());
        match dimension {
            Dimension::Count => number(text).map(Self::Count),
            Dimension::Ratio => match text.strip_suffix('%') {
                Some(percent) => number(percent.trim_end()).map(|percent| Self::Ratio(percent / 100.0)),
                None => number(text).filter(|ratio| *ratio <= 1.0).map(Self::Ratio),
            },
            Dimension::Time => duration(text).map(Self::Time),
            Dimension::Bytes => bytes(text).map(Self::Bytes),
            Dimension::Rate => {
                text.strip_suffix("/s").and_then(|amount| bytes(amount.trim_end())).map(Self::Rate)
            }
            Dimension::Text => Some(Self::Text(text.to_owned())),
        }
        .ok_or_else(wrong)
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
            Self::Ratio => "ratio",
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
            Self::Ratio => "1% or 0.01",
            Self::Time => "a number with a unit, such as 500ms, 2s or 14d",
            Self::Bytes => "a number with a unit, such as 1500B, 64KiB or 2MB",
            Self::Rate => "an amount per second, such as 10MB/s",
            Self::Text => "text",
        }
    }
}

/// A time as it is typed: numbers with units `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, one after the other.
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (value, after) = rest.split_at(digits);
        let unit_end = after.find(|character: char| character.is_ascii_digit() || character == '.');
        let (unit, after) = after.split_at(unit_end.unwrap_or(after.len()));
        let seconds = match unit.trim() {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number(value)? * seconds;
        rest = after;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(total).ok() }
}

fn bytes(text: &str) -> Option<f64> {
    if text == "0" {
        return Some(0.0);
    }
    let digits = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (value, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number(value)? * factor)
}

/// Digits and at most one point; neither sign nor exponent, neither infinity nor nothing.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && text.bytes().any(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// As a person reads it: three digits that count, and the unit that suits them.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(value) => f.write_str(&short(*value)),
            Self::Ratio(value) => write!(f, "{}%", short(value * 100.0)),
            Self::Time(time) => f.write_str(&scaled(time.as_secs_f64(), &TIMES)),
            Self::Bytes(value) => f.write_str(&scaled(*value, &AMOUNTS)),
            Self::Rate(value) => write!(f, "{}/s", scaled(*value, &DECIMAL_AMOUNTS)),
            Self::Text(text) => f.write_str(text),
        }
    }
}

const TIMES: [(f64, &str); 6] =
    [(86_400.0, "d"), (3600.0, "h"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")];
const AMOUNTS: [(f64, &str); 4] =
    [(1024.0 * 1024.0 * 1024.0, "GiB"), (1024.0 * 1024.0, "MiB"), (1024.0, "KiB"), (1.0, "B")];
const DECIMAL_AMOUNTS: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let smallest = units.last().copied().unwrap_or((1.0, ""));
    let (factor, unit) = units.iter().copied().find(|(factor, _)| value >= *factor).unwrap_or(smallest);
    match value == 0.0 {
        true => "0".to_owned(),
        false => format!("{}{unit}", short(value / factor)),
    }
}

/// At most two decimals, none that are idle; whole numbers stay whole.
fn short(value: f64) -> String {
    let decimals = if value.abs() < 10.0 {
        2
    } else if value.abs() < 100.0 {
        1
    } else {
        0
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
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
            ("0.01",   Dimension::Ratio, Some("1%")),
            ("5",      Dimension::Ratio, None),
            ("500ms",  Dimension::Time,  Some("500ms")),
            ("1m30s",  Dimension::Time,  Some("90s")),
            ("1.5 s",  Dimension::Time,  Some("1.5s")),
            ("14d",    Dimension::Time,  Some("14d")),
            ("500",    Dimension::Time,  None),
            ("5x",     Dimension::Time,  None),
            ("s",      Dimension::Time,  None),
            ("0",      Dimension::Time,  Some("0")),
            ("",       Dimension::Time,  None),
            ("64KiB",  Dimension::Bytes, Some("64KiB")),
            ("1500B",  Dimension::Bytes, Some("1.46KiB")),
            ("1500",   Dimension::Bytes, None),
            ("10MB/s", Dimension::Rate,  Some("10MB/s")),
            ("10MB",   Dimension::Rate,  None),
            ("99999999999999999999d", Dimension::Time, None),
        ];
        for (text, dimension, shown) in cases {
            let parsed = Quantity::parse(text, dimension).ok().map(|quantity| quantity.to_string());
            assert_eq!(parsed.as_deref(), shown, "{text} as {dimension:?}");
        }
    }
}
