//! Option values of `ping` that are words, or numbers with a grammar of their own, with the messages upstream gives.

use std::num::IntErrorKind;

use netdiag_echo::PathMtuDiscovery;
use netdiag_text::Exit;

use super::bad_option::BadOption;
use super::letter::Letter;
use super::number::C_BLANKS;

/// What `-T` asks for; which addresses are meant only the destination words tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TimestampOption {
    Only,
    WithAddresses,
    Prespecified,
}

pub(super) fn path_mtu(text: &str) -> Result<PathMtuDiscovery, BadOption> {
    match text {
        "do" => Ok(PathMtuDiscovery::Do),
        "want" => Ok(PathMtuDiscovery::Want),
        "dont" => Ok(PathMtuDiscovery::Dont),
        "probe" => Ok(PathMtuDiscovery::Probe),
        _ => Err(BadOption::new(Exit::Misuse, format!("invalid -M argument: {text}"))
            .wanted("it is one of do, want, dont, probe")),
    }
}

pub(super) fn timestamp_option(text: &str) -> Result<TimestampOption, BadOption> {
    match text {
        "tsonly" => Ok(TimestampOption::Only),
        "tsandaddr" => Ok(TimestampOption::WithAddresses),
        "tsprespec" => Ok(TimestampOption::Prespecified),
        _ => Err(BadOption::new(Exit::Misuse, format!("invalid timestamp type: {text}"))
            .wanted("it is one of tsonly, tsandaddr, tsprespec")),
    }
}

/// Type of service: upstream takes numbers, we take the names of classes as well.
pub(super) fn tos(text: &str) -> Result<Letter<i32>, BadOption> {
    Letter::new(text, tos_number(text), traffic_class(text).map(i32::from))
}

/// A type of service or traffic class as all tools but upstream's `ping` take one: a number, or a DSCP by its name.
pub(crate) fn traffic_class(text: &str) -> Result<u8, String> {
    let number = dscp(text).map(|class| class << 2).or_else(|| tos_number(text).ok());
    number
        .and_then(|number| u8::try_from(number).ok())
        .ok_or_else(|| "0 to 255, or a DSCP: ef, af11 to af43, cs0 to cs7, le, be, voice-admit".to_owned())
}

/// Decimal, or hexadecimal with `0x`. A negative number is taken, for the kernel to refuse.
fn tos_number(text: &str) -> Result<i32, BadOption> {
    let number =
        c_integer(text).ok_or_else(|| BadOption::new(Exit::Misuse, format!("bad TOS value: {text}")))?;
    if number > 255 {
        let range = format!("the decimal value of TOS bits must be in range 0-255: {number}");
        return Err(BadOption::new(Exit::Misuse, range));
    }
    Ok(i32::try_from(number).unwrap_or(i32::MIN))
}

/// The code point of a class of service by its name (IANA's registry of DSCP), in any case.
fn dscp(name: &str) -> Option<i32> {
    let name = name.to_ascii_lowercase();
    match name.as_bytes() {
        b"be" | b"default" | b"df" => Some(0),
        b"le" => Some(1),
        b"voice-admit" | b"va" => Some(44),
        b"ef" => Some(46),
        [b'c', b's', class @ b'0'..=b'7'] => Some(i32::from(class - b'0') * 8),
        [b'a', b'f', class @ b'1'..=b'4', drop @ b'1'..=b'3'] => {
            Some(i32::from(class - b'0') * 8 + i32::from(drop - b'0') * 2)
        }
        _ => None,
    }
}

/// An IPv6 flow label of 20 bits.
pub(crate) fn flow_label(text: &str) -> Result<u32, BadOption> {
    let bad = |words: &str| {
        BadOption::new(Exit::Misuse, format!("{words}: {text}"))
            .wanted("a number from 0 to 0xfffff is wanted")
    };
    let label = c_integer(text).ok_or_else(|| bad("bad value for flowinfo"))?;
    let label = u32::try_from(label).ok().filter(|label| *label <= 0xf_ffff);
    label.ok_or_else(|| bad("flow value is greater than 20 bits"))
}

/// A number as C's `strtol` reads it, after `0x` in hexadecimal, and cut to what it can hold; no digits at all are zero.
fn c_integer(text: &str) -> Option<i64> {
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        _ => (text, 10),
    };
    if digits.is_empty() {
        return Some(0);
    }
    match i64::from_str_radix(digits.trim_start_matches(C_BLANKS), radix) {
        Ok(number) => Some(number),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(i64::MAX),
        Err(error) if *error.kind() == IntErrorKind::NegOverflow => Some(i64::MIN),
        Err(_) => None,
    }
}

/// Up to 16 bytes in hexadecimal; an odd last digit is a byte of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Pattern(pub(super) Vec<u8>);

pub(super) fn pattern(text: &str) -> Result<Pattern, BadOption> {
    if let Some(wrong) = text.find(|c: char| !c.is_ascii_hexdigit()) {
        let rest = &text[wrong..];
        return Err(BadOption::new(
            Exit::Misuse,
            format!("patterns must be specified as hex digits: {rest}"),
        )
        .wanted("up to 16 bytes in hexadecimal digits are wanted"));
    }
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    let bytes = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
    Ok(Pattern(bytes.take(16).collect()))
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
            (tos("99999999999999999999").unwrap_err(), "the decimal value of TOS bits must be in range 0-255: 9223372036854775807"),
            (flow_label("-1").unwrap_err(),        "flow value is greater than 20 bits: -1"),
            (flow_label("99999999999999999999").unwrap_err(), "flow value is greater than 20 bits: 99999999999999999999"),
            (flow_label("0x100000").unwrap_err(),  "flow value is greater than 20 bits: 0x100000"),
            (flow_label("zz").unwrap_err(),        "bad value for flowinfo: zz"),
            (pattern("12xyz").unwrap_err(),        "patterns must be specified as hex digits: xyz"),
        ];
        for (bad, expected) in cases {
            assert_eq!((bad.to_string().as_str(), bad.exit), (expected, Exit::Misuse));
        }
    }

    #[test]
    fn a_class_of_service_has_a_name_and_six_bits() {
        #[rustfmt::skip]
        let cases = [
            ("ef", Some(184)), ("EF", Some(184)), ("af11", Some(40)), ("af43", Some(152)), ("cs0", Some(0)), ("cs7", Some(224)),
            ("le", Some(4)), ("be", Some(0)), ("default", Some(0)), ("voice-admit", Some(176)), ("af14", None), ("cs8", None),
            ("af51", None),
        ];
        for (name, tos) in cases {
            assert_eq!(super::tos(name).ok().map(|read| read.value()), tos, "{name}");
        }
    }

    #[test]
    fn numbers_are_read_like_strtol() {
        #[rustfmt::skip]
        let cases = [
            ("16",                   Some(16)),
            ("0x10",                 Some(16)),
            ("0X1f",                 Some(31)),
            ("010",                  Some(10)),
            (" +5",                  Some(5)),
            ("-1",                   Some(-1)),
            ("",                     Some(0)),
            ("0x",                   Some(0)),
            ("99999999999999999999", Some(i64::MAX)),
            ("zz",                   None),
            ("1x",                   None),
            ("0x1x",                 None),
            (" ",                    None),
            ("+-5",                  None),
            ("ä",                    None),
        ];
        for (text, expected) in cases {
            assert_eq!(c_integer(text), expected, "{text:?}");
        }
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
}
