//! Ports by number, and ranges of them: `443`, `9000-9100`, `22,80,9000-9100`.
//!
//! Names of services are not read here: they are in a file.

use std::ops::RangeInclusive;

/// Why a text is no port, or no range of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPort {
    /// Nothing.
    #[error("a port is missing")]
    Missing,
    /// Something else than digits.
    #[error("no port: a number from 0 to 65535")]
    NotANumber,
    /// A number above 65535.
    #[error("out of range: ports are 0 to 65535")]
    OutOfRange,
    /// `25-20`.
    #[error("the range ends before it begins")]
    Backwards,
}

/// Reads a port: digits and nothing else.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<u16, BadPort> {
    match text {
        "" => Err(BadPort::Missing),
        _ if !is_number(text) => Err(BadPort::NotANumber),
        _ => text.parse().map_err(|_| BadPort::OutOfRange),
    }
}

/// Reads one port, or the first and the last of several; blanks around them do not matter.
///
/// # Errors
/// What is wrong with it.
pub fn range(text: &str) -> Result<RangeInclusive<u16>, BadPort> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    between(parse(first.trim())?, parse(last.trim())?)
}

/// Reads ranges with commas between them; nothing is no range.
///
/// # Errors
/// What is wrong with the first that is none.
pub fn ranges(text: &str) -> Result<Vec<RangeInclusive<u16>>, BadPort> {
    match text.trim() {
        "" => Ok(Vec::new()),
        text => text.split(',').map(range).collect(),
    }
}

/// All ports from one to another.
///
/// # Errors
/// [`BadPort::Backwards`] if there are none.
pub fn between(first: u16, last: u16) -> Result<RangeInclusive<u16>, BadPort> {
    if first <= last { Ok(first..=last) } else { Err(BadPort::Backwards) }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_ranges() {
        #[rustfmt::skip]
        let cases = [
            ("80",          Ok(80..=80)),
            ("0",           Ok(0..=0)),
            ("20-25",       Ok(20..=25)),
            ("22-22",       Ok(22..=22)),
            ("65534-65535", Ok(65534..=65535)),
            ("",            Err(BadPort::Missing)),
            ("-",           Err(BadPort::Missing)),
            ("-3",          Err(BadPort::Missing)),
            ("3-",          Err(BadPort::Missing)),
            ("25-20",       Err(BadPort::Backwards)),
            ("70000-2",     Err(BadPort::OutOfRange)),
            ("65536",       Err(BadPort::OutOfRange)),
            ("99999999999999999999", Err(BadPort::OutOfRange)),
            ("http",        Err(BadPort::NotANumber)),
            ("ftp-data",    Err(BadPort::NotANumber)),
            ("+80",         Err(BadPort::NotANumber)),
            (" 80 ",        Ok(80..=80)),
            ("20 - 25",     Ok(20..=25)),
            ("8 0",         Err(BadPort::NotANumber)),
            ("1-2-3",       Err(BadPort::NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(range(text), expected, "{text}");
        }
        assert_eq!(ranges("8080, 9148-9150\n"), Ok(vec![8080..=8080, 9148..=9150]));
        assert_eq!((ranges("\n"), ranges("1,")), (Ok(vec![]), Err(BadPort::Missing)));
    }
}
