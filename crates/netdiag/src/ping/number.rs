//! Option values of `ping`, read as C's `strtol` and `strtod` read them, with the messages upstream gives.

use std::fmt::{self, Display};
use std::time::Duration;

use netdiag_text::Exit;

use crate::failure::warn;
use crate::invocation::Invocation;

/// A value that will not do, and how the call ends that has it.
#[derive(Clone, Debug)]
pub(super) struct BadOption {
    /// Upstream tells whole numbers from the rest.
    pub(super) exit: Exit,
    message: String,
}

impl BadOption {
    pub(super) fn new(exit: Exit, message: String) -> Self {
        Self { exit, message }
    }
}

impl Display for BadOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadOption {}

/// A length of time as typed in seconds.
#[derive(Clone, Debug)]
pub(super) struct Seconds {
    /// The number at the beginning.
    pub(super) value: Duration,
    /// What follows the number, if anything does.
    garbage: Option<String>,
}

impl Seconds {
    /// What follows the number.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn garbage(&self) -> Option<&str> {
        self.garbage.as_deref()
    }

    /// Says what upstream says about trailing garbage, which it then ignores.
    pub(super) fn warn(&self, call: &Invocation) {
        if let Some(garbage) = &self.garbage {
            warn(call, format_args!("option argument contains garbage: {garbage}"));
            warn(call, "this will become fatal error in the future");
        }
    }
}

pub(super) fn count(text: &str) -> Result<u64, BadOption> {
    integer(text, 1, i64::MAX).map(i64::cast_unsigned)
}

pub(super) fn size(text: &str) -> Result<usize, BadOption> {
    let size = integer(text, 0, i64::from(i32::MAX))?;
    Ok(usize::try_from(size).unwrap_or(usize::MAX))
}

pub(super) fn hop_limit(text: &str) -> Result<u8, BadOption> {
    integer(text, 0, u8::MAX.into()).map(|limit| limit as u8)
}

pub(super) fn deadline(text: &str) -> Result<u32, BadOption> {
    integer(text, 0, i32::MAX.into()).map(|seconds| seconds as u32)
}

pub(super) fn preload(text: &str) -> Result<u32, BadOption> {
    integer(text, 1, 65_536).map(|count| count as u32)
}

pub(super) fn mark(text: &str) -> Result<u32, BadOption> {
    integer(text, 0, u32::MAX.into()).map(|mark| mark as u32)
}

pub(super) fn ident(text: &str) -> Result<u16, BadOption> {
    integer(text, 0, u16::MAX.into()).map(|ident| ident as u16)
}

pub(super) fn send_buffer(text: &str) -> Result<usize, BadOption> {
    integer(text, 1, i32::MAX.into()).map(|bytes| bytes as usize)
}

/// Whole milliseconds, as upstream has it.
pub(super) fn interval(text: &str) -> Result<Seconds, BadOption> {
    let seconds = real(text, f64::from(i32::MAX) / 1000.0, "bad timing interval")?;
    let millis = seconds.value.as_millis() as u64;
    Ok(Seconds { value: Duration::from_millis(millis), ..seconds })
}

pub(super) fn linger(text: &str) -> Result<Seconds, BadOption> {
    real(text, f64::from(u32::MAX) / 1e6, "bad linger time")
}

fn integer(text: &str, least: i64, most: i64) -> Result<i64, BadOption> {
    let bad = |why: &str| BadOption::new(Exit::BadNumber, format!("invalid argument: '{text}'{why}"));
    let digits = text.trim_start_matches(C_BLANKS);
    let magnitude = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if magnitude.is_empty() || !magnitude.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(""));
    }
    let number: i64 = digits.parse().map_err(|_| bad(": Numerical result out of range"))?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(bad(&format!(": out of range: {least} <= value <= {most}")))
    }
}

fn real(text: &str, most: f64, complaint: &str) -> Result<Seconds, BadOption> {
    let bad = |why: &str| BadOption::new(Exit::Misuse, format!("{complaint}: {text}{why}"));
    let trimmed = text.trim_start_matches(C_BLANKS);
    if trimmed.is_empty() {
        return Err(bad(""));
    }
    let (number, length) = leading_number(trimmed);
    if !number.is_finite() {
        return Err(bad(": Numerical result out of range"));
    }
    if !(0.0..=most).contains(&number) {
        return Err(bad(""));
    }
    let garbage = (length < trimmed.len()).then(|| trimmed[length..].to_owned());
    Ok(Seconds { value: Duration::from_secs_f64(number), garbage })
}

/// The number `strtod` finds at the beginning, and its length; zero if there is none.
fn leading_number(text: &str) -> (f64, usize) {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or_default();
    let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
    match u64::from_str_radix(&hex[..digits], 16) {
        Ok(number) => (number as f64, 2 + digits),
        Err(_) => fast_float2::parse_partial(text).unwrap_or((0.0, 0)),
    }
}

/// What C's `isspace` skips.
pub(super) const C_BLANKS: [char; 6] = [' ', '\t', '\n', '\x0b', '\x0c', '\r'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_like_strtol_and_refused_in_upstreams_words() {
        #[rustfmt::skip]
        let cases = [
            ("5",      Ok(5)),
            (" +5",    Ok(5)),
            ("0",      Err("invalid argument: '0': out of range: 1 <= value <= 9223372036854775807")),
            ("-1",     Err("invalid argument: '-1': out of range: 1 <= value <= 9223372036854775807")),
            ("1.1",    Err("invalid argument: '1.1'")),
            ("abc",    Err("invalid argument: 'abc'")),
            ("",       Err("invalid argument: ''")),
            ("+-5",    Err("invalid argument: '+-5'")),
            ("0x10",   Err("invalid argument: '0x10'")),
            ("5 ",     Err("invalid argument: '5 '")),
            ("99999999999999999999", Err("invalid argument: '99999999999999999999': Numerical result out of range")),
        ];
        for (text, expected) in cases {
            let read = count(text);
            assert_eq!(
                read.as_ref().map_err(ToString::to_string),
                expected.as_ref().map_err(ToString::to_string)
            );
            assert!(read.is_ok_and(|_| true) || count(text).unwrap_err().exit == Exit::BadNumber, "{text}");
        }
        assert_eq!(
            hop_limit("256").unwrap_err().to_string(),
            "invalid argument: '256': out of range: 0 <= value <= 255"
        );
    }

    #[test]
    fn seconds_are_read_like_strtod_and_refused_in_upstreams_words() {
        #[rustfmt::skip]
        let cases = [
            // text,      milliseconds, garbage
            ("0.2",       Ok((200, false))),
            (".5",        Ok((500, false))),
            ("1e-3",      Ok((1, false))),
            ("0.0019",    Ok((1, false))),
            ("1x",        Ok((1000, true))),
            ("0x2",       Ok((2000, false))),
            ("0x1g",      Ok((1000, true))),
            ("0x",        Ok((0, true))),
            ("0,5",       Ok((0, true))),
            ("abc",       Ok((0, true))),
            ("-1",        Err("bad timing interval: -1")),
            ("3000000",   Err("bad timing interval: 3000000")),
            ("",          Err("bad timing interval: ")),
            ("nan",       Err("bad timing interval: nan: Numerical result out of range")),
            ("inf",       Err("bad timing interval: inf: Numerical result out of range")),
        ];
        for (text, expected) in cases {
            let read = interval(text).map(|s| (s.value.as_millis(), s.garbage.is_some()));
            assert_eq!(read.map_err(|bad| bad.to_string()), expected.map_err(ToString::to_string), "{text}");
        }
        assert_eq!(linger("5000").unwrap_err().to_string(), "bad linger time: 5000");
        assert_eq!(linger("5000").unwrap_err().exit, Exit::Misuse);
    }
}
