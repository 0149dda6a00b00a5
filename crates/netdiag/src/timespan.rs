//! Lengths of time as they are typed: `2`, `0.5s`, `200ms`, `1m`.
//!
//! A number without a unit is seconds, as with `ping` and `timeout`.

use std::time::Duration;

/// Reads a length of time that is not negative.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = UNITS.iter().find(|(unit, _)| *unit == &text[digits.len()..]);
    let number =
        digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then(|| digits.parse::<f64>());
    match (unit, number) {
        (Some((_, seconds)), Some(Ok(number))) => Duration::try_from_secs_f64(number * seconds)
            .ok()
            .filter(|time| *time <= LONGEST)
            .ok_or_else(|| "longer than a year".to_owned()),
        _ => Err("no length of time: 2, 0.5s, 200ms, 1m".to_owned()),
    }
}

/// The same, and more than nothing.
pub(crate) fn positive(text: &str) -> Result<Duration, String> {
    match parse(text)? {
        Duration::ZERO => Err("must be more than nothing".to_owned()),
        time => Ok(time),
    }
}

const UNITS: [(&str, f64); 6] =
    [("", 1.0), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_follow_their_number() {
        #[rustfmt::skip]
        let cases = [
            ("2",      Some(2_000_000)),
            ("0.5",    Some(500_000)),
            ("1.5s",   Some(1_500_000)),
            ("200ms",  Some(200_000)),
            ("50us",   Some(50)),
            ("2m",     Some(120_000_000)),
            ("1h",     Some(3_600_000_000)),
            ("0",      Some(0)),
            ("",       None),
            ("s",      None),
            ("-1",     None),
            ("1e9",    None),
            ("1d",     None),
            ("1 s",    None),
            ("inf",    None),
            ("1.2.3",  None),
            ("9999999999999", None),
        ];
        for (text, micros) in cases {
            assert_eq!(parse(text).ok(), micros.map(Duration::from_micros), "{text}");
        }
        assert!(positive("0").is_err());
    }
}
