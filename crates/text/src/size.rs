//! Amounts of bytes as people write them: `1500`, `64k`, `2MB`, `64KiB`.
//!
//! A letter alone is a power of 1024, as with `dd` and `head`; with a `B` it is a power of 1000 as the SI
//! has it, and with `iB` of 1024 as IEC 80000-13 has it: `1k` = `1KiB` = 1024 bytes, `1kB` = 1000. Only bytes are meant, never bits.

use std::fmt::{self, Display};

use crate::number;

/// Why a text is no amount of bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadSize {
    /// Nothing, or something that is no number with a unit.
    #[error("no number of bytes: 64k, 2MB, 64KiB")]
    Unreadable,
    /// A number that could be of any unit.
    #[error("a unit is missing: {UNIT_WORDS} are known")]
    UnitMissing,
    /// A number with something behind it that is no unit of data.
    #[error("no unit of data: {UNIT_WORDS} are known")]
    UnknownUnit,
    /// Less than nothing.
    #[error("a number of bytes is not negative")]
    Negative,
    /// Nothing, where something is needed.
    #[error("must be a byte at least")]
    Nothing,
    /// More than 2^50 bytes.
    #[error("more than {MOST_WORDS}")]
    TooMuch,
}

/// Reads an amount that has a unit: `1500B`, `64k`, `2MB`; a bare `0` needs none. A part of a byte is cut off.
///
/// # Errors
/// What is wrong with it; anything above 2^50 bytes is.
pub fn with_unit(text: &str) -> Result<u64, BadSize> {
    read(text, false)
}

/// Reads an amount; a bare number is bytes.
///
/// # Errors
/// What is wrong with it; anything above 2^50 bytes is.
pub fn or_bytes(text: &str) -> Result<u64, BadSize> {
    read(text, true)
}

/// Reads what [`or_bytes`] reads, but not nothing.
///
/// # Errors
/// What is wrong with it.
pub fn positive(text: &str) -> Result<u64, BadSize> {
    match or_bytes(text)? {
        0 => Err(BadSize::Nothing),
        bytes => Ok(bytes),
    }
}

/// Holds a number of bytes that was not read as text to the same bound.
///
/// # Errors
/// [`BadSize::TooMuch`].
pub fn bounded(bytes: u64) -> Result<u64, BadSize> {
    if bytes <= MOST { Ok(bytes) } else { Err(BadSize::TooMuch) }
}

const UNIT_WORDS: &str = "B, k, M, G and T of 1024, kB, MB, GB and TB of 1000, KiB, MiB, GiB and TiB of 1024";

#[rustfmt::skip]
const UNITS: [(&str, u64); 15] = [
    ("B", 1),
    ("k", 1 << 10), ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40),
    ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
];

const MOST: u64 = 1 << 50;
const MOST_WORDS: &str = "a pebibyte (2^50 bytes)";

fn read(text: &str, bare_is_bytes: bool) -> Result<u64, BadSize> {
    let text = text.trim();
    let (amount, unit) = number::and_unit(text);
    if number::is_negative(text) {
        return Err(BadSize::Negative);
    }
    let (whole, decimals) = number::split(amount).ok_or(BadSize::Unreadable)?;
    let factor = match unit {
        "" if bare_is_bytes && !amount.contains('.') => 1,
        "" if amount == "0" => 1,
        "" if bare_is_bytes => return Err(BadSize::Unreadable),
        "" => return Err(BadSize::UnitMissing),
        _ => UNITS
            .iter()
            .find(|(word, _)| *word == unit)
            .map(|(_, factor)| *factor)
            .ok_or(BadSize::UnknownUnit)?,
    };
    let decimals = decimals.get(..DECIMALS).unwrap_or(decimals);
    let bytes = || {
        let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
        // A billion times a tebibyte needs 70 bits.
        let part = decimals.parse::<u128>().ok()? * u128::from(factor) / 10u128.pow(decimals.len() as u32);
        whole.checked_add(u64::try_from(part).ok()?)
    };
    bounded(bytes().ok_or(BadSize::TooMuch)?)
}

/// How many decimals count.
const DECIMALS: usize = 9;

/// As people read it, wherever we tell one: three digits that count, in the unit of 1024 that suits them: `599 KiB`.
#[derive(Clone, Copy, Debug)]
pub struct Short(pub f64);

impl Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&number::scaled(self.0, &SHORT_UNITS))
    }
}

const SHORT_UNITS: [(f64, &str); 5] = [
    (1024.0 * 1024.0 * 1024.0 * 1024.0, "TiB"),
    (1024.0 * 1024.0 * 1024.0, "GiB"),
    (1024.0 * 1024.0, "MiB"),
    (1024.0, "KiB"),
    (1.0, "B"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_powers_of_1024_and_si_units_of_1000() {
        #[rustfmt::skip]
        let cases = [
            ("0",       0),
            ("1500B",   1500),
            ("4k",      4096),
            ("64K",     65_536),
            ("1.5k",    1536),
            ("10M",     10 << 20),
            ("1G",      1 << 30),
            ("1T",      1 << 40),
            ("64kB",    64_000),
            ("64KB",    64_000),
            ("2MB",     2_000_000),
            ("1GB",     1_000_000_000),
            ("1TB",     1_000_000_000_000),
            ("64KiB",   65_536),
            ("64 KiB",  65_536),
            ("1MiB",    1 << 20),
            ("0.1KiB",  102),
            ("0.9999999999999999999GB", 999_999_999),
            ("1024TiB", 1 << 50),
        ];
        for (text, bytes) in cases {
            assert_eq!((with_unit(text), or_bytes(text)), (Ok(bytes), Ok(bytes)), "{text}");
        }
        assert_eq!((or_bytes("1500"), with_unit("1500")), (Ok(1500), Err(BadSize::UnitMissing)));
    }

    #[test]
    fn amounts_are_told_as_they_suit() {
        #[rustfmt::skip]
        let cases = [
            (0.0, "0 B"), (512.0, "512 B"), (1023.0, "1023 B"), (1500.0, "1.46 KiB"), (613_376.0, "599 KiB"),
            (1_048_500.0, "1 MiB"), (1.5e9, "1.4 GiB"), (2.0 * 1024f64.powi(4), "2 TiB"),
        ];
        for (bytes, told) in cases {
            assert_eq!(Short(bytes).to_string(), told, "{bytes}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        use BadSize::{Negative, TooMuch, UnknownUnit, Unreadable};
        let endless = "9".repeat(400);
        #[rustfmt::skip]
        let cases = [
            ("",                     Unreadable),
            ("k",                    Unreadable),
            ("much",                 Unreadable),
            ("+1k",                  Unreadable),
            ("nan",                  Unreadable),
            ("1.2.3k",               Unreadable),
            ("-1k",                  Negative),
            ("1kk",                  UnknownUnit),
            ("1é",                   UnknownUnit),
            ("1e3",                  UnknownUnit),
            ("1kb",                  UnknownUnit),
            ("1Mbit",                UnknownUnit),
            ("1024.1TiB",            TooMuch),
            ("99999999999G",         TooMuch),
            ("99999999G",            TooMuch),
            ("18446744073709551616B", TooMuch),
            (&(endless + "B"),       TooMuch),
        ];
        for (text, wrong) in cases {
            assert_eq!((with_unit(text), or_bytes(text)), (Err(wrong), Err(wrong)), "{text}");
        }
        assert_eq!(or_bytes("1.5"), Err(Unreadable), "half a byte");
        assert_eq!((positive("0"), positive("1")), (Err(BadSize::Nothing), Ok(1)));
    }
}
