//! The values of the options of `traceroute`, read as C reads numbers.
//!
//! What is no value at all is refused in one way, and what is out of its range in words of its own; which words are said depends on
//! the name of the call, which is not known where values are read.

use std::ops::RangeInclusive;
use std::time::Duration;

use netdiag_host::{Services, service_port};
use netdiag_text::Exit;

use crate::ping::BadOption;
use crate::printf::General;

/// How long to wait: the numbers of `-w`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Patience {
    pub(super) longest: Duration,
    pub(super) here: f64,
    pub(super) near: f64,
}

pub(super) fn length(text: &str) -> Result<u32, BadOption> {
    let number = integer(text).ok_or_else(|| none("a whole number from 0 to 65000 is wanted"))?;
    let words = || out_of_range(format!("too big packetlen {number} specified"), "0 to 65000 bytes");
    u32::try_from(number).ok().filter(|length| *length <= LONGEST).ok_or_else(words)
}

pub(super) fn first(text: &str) -> Result<u8, BadOption> {
    within(text, 1..=255, "first hop out of range")
}

pub(super) fn max_hops(text: &str) -> Result<u8, BadOption> {
    within(text, 1..=255, "max hops cannot be more than 255")
}

pub(super) fn queries(text: &str) -> Result<u8, BadOption> {
    within(text, 1..=10, "no more than 10 probes per hop")
}

/// Upstream takes none for one.
pub(super) fn at_once(text: &str) -> Result<u16, BadOption> {
    within(text, 0..=65_535, "")
}

pub(super) fn source_port(text: &str) -> Result<u16, BadOption> {
    within(text, 1..=65_535, "")
}

pub(super) fn port(text: &str) -> Result<u16, BadOption> {
    let wanted = "a port from 0 to 65535, or a service of /etc/services, is wanted";
    match integer(text) {
        Some(number) => u16::try_from(number).map_err(|_| none(wanted)),
        None => ["tcp", "udp"]
            .into_iter()
            .find_map(|protocol| service_port(text, protocol))
            .ok_or_else(|| none(wanted)),
    }
}

pub(super) fn protocol(text: &str) -> Result<u8, BadOption> {
    let named = || {
        let services = Services::of_this_system(0..=0);
        (0..=u8::MAX).find(|number| services.protocol((*number).into()) == Some(text))
    };
    let number = integer(text).map_or_else(named, |number| u8::try_from(number).ok());
    number.ok_or_else(|| none("a protocol from 0 to 255, or a name of /etc/protocols, is wanted"))
}

pub(super) fn patience(text: &str) -> Result<Patience, BadOption> {
    let wanted = "one to three numbers are wanted, of seconds and of times, none below 0";
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.len() <= 3 && numbers.iter().all(|it| it.is_finite()));
    let numbers = numbers.ok_or_else(|| none(wanted))?;
    let at = |place: usize| numbers.get(place).copied().unwrap_or_default();
    let (longest, here, near) = (at(0), at(1), at(2));
    if longest < 0.0 || here < 0.0 || near < 0.0 {
        let shown = format!("{},{},{}", General(longest), General(here), General(near));
        return Err(out_of_range(format!("bad wait specifications `{shown}' used"), wanted));
    }
    Ok(Patience { longest: seconds(longest), here, near })
}

pub(super) fn pause(text: &str) -> Result<Duration, BadOption> {
    let wanted = "a number is wanted: up to 10 of seconds, more of milliseconds";
    let number: f64 = text.parse().ok().filter(|it: &f64| it.is_finite()).ok_or_else(|| none(wanted))?;
    if number < 0.0 {
        return Err(out_of_range(format!("bad sendtime `{}' specified", General(number)), wanted));
    }
    Ok(seconds(if number >= 10.0 { number / 1000.0 } else { number }))
}

/// No longer than a year.
fn seconds(number: f64) -> Duration {
    Duration::from_secs_f64(number.min(YEAR))
}

fn within<T: TryFrom<u32>>(text: &str, range: RangeInclusive<u32>, words: &str) -> Result<T, BadOption> {
    let wanted = format!("a whole number from {} to {} is wanted", range.start(), range.end());
    let number = integer(text).ok_or_else(|| none(&wanted))?;
    let number = u32::try_from(number).ok().filter(|number| range.contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| out_of_range(words.to_owned(), &wanted))
}

/// A whole number as C has it: octal after `0`, hexadecimal after `0x`.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (digits.get(2..)?, 16),
        [b'0', _, ..] => (digits, 8),
        _ => (digits, 10),
    };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    i64::from_str_radix(digits, radix).ok().filter(|_| is_number).map(|number| sign * number)
}

/// It is no value at all.
fn none(wanted: &str) -> BadOption {
    BadOption::new(Exit::Misuse, String::new()).wanted(wanted)
}

/// Upstream has words of its own for it.
fn out_of_range(words: String, wanted: &str) -> BadOption {
    BadOption::new(Exit::Misuse, words).wanted(wanted)
}

/// Upstream's bound.
const LONGEST: u32 = 65_000;
const YEAR: f64 = 31_536_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        #[rustfmt::skip]
        let cases = [
            ("5", Some(5)), ("0x10", Some(16)), ("010", Some(8)), ("-1", Some(-1)), ("+7", Some(7)), ("0", Some(0)),
            ("5x", None), ("", None), ("-", None), ("0x", None), ("--1", None), ("08", None),
        ];
        for (text, expected) in cases {
            assert_eq!(integer(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_in_upstreams_words() {
        let words = |refused: Result<Patience, BadOption>| refused.unwrap_err().to_string();
        assert_eq!(words(patience("-1")), "bad wait specifications `-1,0,0' used");
        assert_eq!(words(patience("1,-2")), "bad wait specifications `1,-2,0' used");
        assert_eq!(max_hops("256").unwrap_err().to_string(), "max hops cannot be more than 255");
        assert_eq!(pause("-1").unwrap_err().to_string(), "bad sendtime `-1' specified");
        for text in ["x", "1,x", "1,2,3,4", "nan", "inf", ""] {
            assert_eq!(words(patience(text)), "", "{text}");
        }
    }

    #[test]
    fn the_numbers_of_a_wait_come_one_by_one_and_those_left_out_are_none() {
        let patience = |text| patience(text).unwrap();
        let of = |millis, here, near| Patience { longest: Duration::from_millis(millis), here, near };
        assert_eq!(patience("5,3,10"), of(5000, 3.0, 10.0));
        assert_eq!(patience("0.2"), of(200, 0.0, 0.0));
        assert_eq!(pause("10").unwrap(), Duration::from_millis(10));
        assert_eq!(pause("0.5").unwrap(), Duration::from_millis(500));
        assert_eq!(port("http").unwrap(), 80);
    }
}
