//! Option values of `ping` that are words, or numbers with a grammar of their own, with the messages upstream gives.

use std::time::Duration;

use netdiag_echo::PathMtu;

use super::number::BadOption;

/// What `-T` asks for; which addresses are meant only the destination words tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TimestampOption {
    Only,
    WithAddresses,
    Prespecified,
}

pub(super) fn path_mtu(text: &str) -> Result<PathMtu, BadOption> {
    match text {
        "do" => Ok(PathMtu::Do),
        "want" => Ok(PathMtu::Want),
        "dont" => Ok(PathMtu::Dont),
        "probe" => Ok(PathMtu::Probe),
        _ => Err(BadOption::new(2, format!("invalid -M argument: {text}"))),
    }
}

pub(super) fn timestamp_option(text: &str) -> Result<TimestampOption, BadOption> {
    match text {
        "tsonly" => Ok(TimestampOption::Only),
        "tsandaddr" => Ok(TimestampOption::WithAddresses),
        "tsprespec" => Ok(TimestampOption::Prespecified),
        _ => Err(BadOption::new(2, format!("invalid timestamp type: {text}"))),
    }
}

/// Type of service: decimal, or hexadecimal with `0x`. A negative number is taken, for the kernel to refuse.
pub(super) fn tos(text: &str) -> Result<i32, BadOption> {
    let bad = || BadOption::new(2, format!("bad TOS value: {text}"));
    let number = match hex_digits(text) {
        Some(digits) => i64::from_str_radix(digits, 16).map_err(|_| bad())?,
        None => text.parse::<i64>().map_err(|_| bad())?,
    };
    if number > 255 {
        let range = format!("the decimal value of TOS bits must be in range 0-255: {number}");
        return Err(BadOption::new(2, range));
    }
    i32::try_from(number).map_err(|_| bad())
}

/// An IPv6 flow label of 20 bits.
pub(super) fn flow_label(text: &str) -> Result<u32, BadOption> {
    let bad = || BadOption::new(2, format!("bad value for flowinfo: {text}"));
    let label = match hex_digits(text) {
        Some(digits) => u32::from_str_radix(digits, 16).map_err(|_| bad())?,
        None => text.parse().map_err(|_| bad())?,
    };
    if label > 0xf_ffff {
        return Err(BadOption::new(2, format!("flow value is greater than 20 bits: {text}")));
    }
    Ok(label)
}

fn hex_digits(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).filter(|digits| !digits.is_empty())
}

/// Up to 16 bytes in hexadecimal; an odd last digit is a byte of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Pattern(pub(super) Vec<u8>);

pub(super) fn pattern(text: &str) -> Result<Pattern, BadOption> {
    if let Some(wrong) = text.find(|c: char| !c.is_ascii_hexdigit()) {
        let rest = &text[wrong..];
        return Err(BadOption::new(2, format!("patterns must be specified as hex digits: {rest}")));
    }
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    let bytes = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
    Ok(Pattern(bytes.take(16).collect()))
}

/// A length of time with its unit: `300ms`, `1.5s`, `2m`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic() || c == 'µ').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("unknown unit '{unit}': us, ms, s, m and h are known")),
    };
    let number: f64 =
        number.trim().parse().map_err(|_| format!("'{text}' is no length of time: try 300ms or 1.5s"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|why| why.to_string())
}

/// A share in percent, `%` or not.
pub(super) fn percentage(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .trim_end_matches('%')
        .trim()
        .parse()
        .map_err(|_| format!("'{text}' is no percentage: try 5%"))?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("between 0 and 100".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_refused_in_upstreams_words() {
        #[rustfmt::skip]
        let cases = [
            (path_mtu("foo").unwrap_err(),         "invalid -M argument: foo"),
            (timestamp_option("foo").unwrap_err(), "invalid timestamp type: foo"),
            (tos("256").unwrap_err(),              "the decimal value of TOS bits must be in range 0-255: 256"),
            (tos("0xzz").unwrap_err(),             "bad TOS value: 0xzz"),
            (flow_label("0x100000").unwrap_err(),  "flow value is greater than 20 bits: 0x100000"),
            (flow_label("zz").unwrap_err(),        "bad value for flowinfo: zz"),
            (pattern("12xyz").unwrap_err(),        "patterns must be specified as hex digits: xyz"),
        ];
        for (bad, expected) in cases {
            assert_eq!((bad.to_string().as_str(), bad.status), (expected, 2));
        }
        assert_eq!(
            (tos("0x10").unwrap(), tos("-1").unwrap(), flow_label("0x12345").unwrap()),
            (16, -1, 0x12345)
        );
    }

    #[test]
    fn patterns_are_pairs_of_digits() {
        #[rustfmt::skip]
        let cases = [
            ("ff",   vec![0xff]), ("0aB", vec![0x0a, 0x0b]), ("", vec![]), ("00112233445566778899aabbccddeeff42", (0..16).map(|i| i * 0x11).collect()),
        ];
        for (text, expected) in cases {
            assert_eq!(pattern(text).unwrap().0, expected, "{text}");
        }
    }

    #[test]
    fn lengths_of_time_carry_their_unit() {
        #[rustfmt::skip]
        let cases = [("300ms", 300_000), ("1.5s", 1_500_000), ("2", 2_000_000), ("50us", 50), ("1m", 60_000_000)];
        for (text, micros) in cases {
            assert_eq!(duration(text), Ok(Duration::from_micros(micros)), "{text}");
        }
        for wrong in ["", "ms", "-1s", "1 parsec", "nan"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
