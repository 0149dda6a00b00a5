//! Option values of `mtr`, read as C's `strtoul` and `strtod` read them, with upstream's words for what will not do.

use std::net::IpAddr;
use std::time::Duration;

use netdiag_text::{Exit, duration};

use super::ipinfo::Fact;
use crate::ping::BadOption;

/// A length of time: upstream knows no units, we do.
#[derive(Clone, Debug)]
pub(super) struct Seconds {
    pub(super) time: Duration,
    text: String,
}

impl Seconds {
    /// What is wrong with it where no unit may be there.
    pub(super) fn without_unit(&self) -> Result<(), BadOption> {
        self.text.trim_start().parse::<f64>().map(|_| ()).map_err(|_| invalid(&self.text))
    }
}

/// The length of packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bytes {
    /// All are as long.
    Each(usize),
    /// Those of each round have a length of their own, up to this.
    UpTo(usize),
}

/// What fills packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fill {
    Byte(u8),
    /// Any byte.
    Random,
}

/// A whole number that fits an `int`.
pub(super) fn number(text: &str) -> Result<u32, BadOption> {
    let wanted = "a whole number from 0 to 2147483646 is wanted";
    unsigned(text).filter(|number| *number < 0x7fff_ffff).ok_or_else(|| invalid(text).wanted(wanted))
}

pub(super) fn port(text: &str) -> Result<u16, BadOption> {
    port_from(text, 1)
}

pub(super) fn local_port(text: &str) -> Result<u16, BadOption> {
    port_from(text, 1024)
}

pub(super) fn address(text: &str) -> Result<IpAddr, BadOption> {
    let bad = || bad("invalid local address".to_owned()).wanted("an IP address is wanted");
    text.parse().map_err(|_| bad())
}

pub(super) fn mark(text: &str) -> Result<u32, BadOption> {
    let digits = text.trim_start();
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let number = match hex {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => unsigned(text),
    };
    number.ok_or_else(|| invalid(text).wanted("a number of 32 bits is wanted"))
}

pub(super) fn length(text: &str) -> Result<Bytes, BadOption> {
    let wanted = "28 to 4470 bytes are wanted, or a negative number of them";
    let number: i32 = text.trim_start().parse().map_err(|_| invalid(text).wanted(wanted))?;
    let bytes = number.unsigned_abs() as usize;
    match (LENGTHS.contains(&bytes), number < 0) {
        (true, false) => Ok(Bytes::Each(bytes)),
        (true, true) => Ok(Bytes::UpTo(bytes)),
        // As upstream spells it.
        (false, _) => Err(bad(format!("value of of range (28 - 4470): {text}")).wanted(wanted)),
    }
}

pub(super) fn fill(text: &str) -> Result<Fill, BadOption> {
    Ok(u8::try_from(number(text)?).map_or(Fill::Random, Fill::Byte))
}

pub(super) fn positive(text: &str) -> Result<Seconds, BadOption> {
    let bad = || bad("wait time must be positive".to_owned()).wanted("it has to be longer than nothing");
    if text.trim_start().parse::<f64>().is_ok_and(|seconds| seconds <= 0.0) {
        return Err(bad());
    }
    seconds(text)
}

pub(super) fn seconds(text: &str) -> Result<Seconds, BadOption> {
    let time = duration::or_seconds(text.trim_start());
    let time = time.map_err(|wrong| invalid(text).wanted(wrong.to_string()))?;
    Ok(Seconds { time, text: text.to_owned() })
}

pub(super) fn display_mode(text: &str) -> Result<u8, BadOption> {
    let mode = number(text).map_err(|bad| bad.wanted("it is one of 0, 1, 2"))?;
    let bad = || bad(format!("value out of range (0 - 2): {text}")).wanted("it is one of 0, 1, 2");
    u8::try_from(mode).ok().filter(|mode| *mode <= 2).ok_or_else(bad)
}

pub(super) fn fact(text: &str) -> Result<Fact, BadOption> {
    let wanted = "it is one of 0, 1, 2, 3, 4";
    let number = number(text).map_err(|bad| bad.wanted(wanted))?;
    let bad = || bad(format!("value {number} out of range (0 - 4)")).wanted(wanted);
    Fact::ALL.get(number as usize).copied().ok_or_else(bad)
}

fn port_from(text: &str, least: u16) -> Result<u16, BadOption> {
    let wanted = format!("a whole number from {least} to 65535 is wanted");
    let number = number(text).map_err(|bad| bad.wanted(wanted.clone()))?;
    let bad = || bad(format!("Illegal port number: {number}")).wanted(wanted);
    u16::try_from(number).ok().filter(|port| *port >= least).ok_or_else(bad)
}

fn unsigned(text: &str) -> Option<u32> {
    let digits = text.trim_start();
    digits.strip_prefix('+').unwrap_or(digits).parse().ok()
}

fn invalid(text: &str) -> BadOption {
    bad(format!("invalid argument: '{text}'"))
}

fn bad(words: String) -> BadOption {
    BadOption::new(Exit::Misuse, words)
}

/// The lengths that upstream sends, IP header included.
const LENGTHS: std::ops::RangeInclusive<usize> = 28..=4470;

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T>(read: Result<T, BadOption>) -> String {
        read.err().map(|bad| bad.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_will_not_do_is_said_in_upstreams_words() {
        assert_eq!(said(number("abc")), "invalid argument: 'abc'");
        assert_eq!(said(number("-1")), "invalid argument: '-1'");
        assert_eq!(said(number("2147483647")), "invalid argument: '2147483647'");
        assert_eq!(said(port("0")), "Illegal port number: 0");
        assert_eq!(said(port("99999")), "Illegal port number: 99999");
        assert_eq!(said(local_port("1")), "Illegal port number: 1");
        assert_eq!(said(address("bogus")), "invalid local address");
        assert_eq!(said(positive("0")), "wait time must be positive");
        assert_eq!(said(positive("-1")), "wait time must be positive");
        assert_eq!(said(positive("x")), "invalid argument: 'x'");
        assert_eq!(said(length("10")), "value of of range (28 - 4470): 10");
        assert_eq!(said(display_mode("4")), "value out of range (0 - 2): 4");
        assert_eq!(said(fact("9")), "value 9 out of range (0 - 4)");
        assert_eq!(said(mark("x")), "invalid argument: 'x'");
    }

    #[test]
    fn what_will_do_is_read() {
        assert_eq!(
            (number(" +7").ok(), mark("0x1f").ok(), mark("4294967295").ok()),
            (Some(7), Some(31), Some(u32::MAX))
        );
        assert_eq!((length("-100").ok(), length("28").ok()), (Some(Bytes::UpTo(100)), Some(Bytes::Each(28))));
        assert_eq!((fill("255").ok(), fill("256").ok()), (Some(Fill::Byte(255)), Some(Fill::Random)));
        let half = positive(".5").unwrap();
        assert_eq!((half.time, half.without_unit().is_ok()), (Duration::from_millis(500), true));
        let unit = positive("200ms").unwrap();
        assert_eq!(unit.time, Duration::from_millis(200));
        assert_eq!(said(unit.without_unit()), "invalid argument: '200ms'");
    }
}
