//! Option values of `ping`, read as C's `strtol` and `strtod` read them, with the messages upstream gives.

use std::time::Duration;

use netdiag_text::{Exit, duration, size};

use super::bad_option::BadOption;
use super::letter::Letter;

pub(super) fn count(text: &str) -> Result<u64, BadOption> {
    integer(text, 1, i64::MAX).map(i64::cast_unsigned)
}

pub(super) fn size(text: &str) -> Result<Letter<usize>, BadOption> {
    bytes(text, 0)
}

pub(super) fn hop_limit(text: &str) -> Result<u8, BadOption> {
    integer(text, 0, u8::MAX.into()).map(|limit| limit as u8)
}

/// Whole seconds, as upstream has it.
pub(super) fn deadline(text: &str) -> Result<Letter<Duration>, BadOption> {
    let seconds =
        integer(text, 0, i32::MAX.into()).map(|seconds| Duration::from_secs(seconds.cast_unsigned()));
    Letter::new(text, seconds, in_seconds(text))
}

pub(super) fn preload(text: &str) -> Result<u32, BadOption> {
    integer(text, 1, 65_536).map(|count| count as u32)
}

pub(crate) fn mark(text: &str) -> Result<u32, BadOption> {
    integer(text, 0, u32::MAX.into()).map(|mark| mark as u32)
}

pub(super) fn ident(text: &str) -> Result<u16, BadOption> {
    integer(text, 0, u16::MAX.into()).map(|ident| ident as u16)
}

pub(super) fn send_buffer(text: &str) -> Result<Letter<usize>, BadOption> {
    bytes(text, 1)
}

/// Whole milliseconds, as upstream has it.
pub(super) fn interval(text: &str) -> Result<Letter<Duration>, BadOption> {
    let read = real(text, f64::from(i32::MAX) / 1000.0, "bad timing interval");
    seconds(text, read.map(|(time, rest)| (Duration::from_millis(time.as_millis() as u64), rest)))
}

pub(super) fn linger(text: &str) -> Result<Letter<Duration>, BadOption> {
    seconds(text, real(text, f64::from(u32::MAX) / 1e6, "bad linger time"))
}

fn seconds(
    text: &str,
    upstream: Result<(Duration, Option<String>), BadOption>,
) -> Result<Letter<Duration>, BadOption> {
    let garbage = upstream.as_ref().ok().and_then(|(_, garbage)| garbage.clone());
    let letter = Letter::new(text, upstream.map(|(time, _)| time), in_seconds(text))?;
    Ok(letter.with_garbage(garbage))
}

/// A length of time as we read it, a bare number being seconds.
fn in_seconds(text: &str) -> Result<Duration, String> {
    duration::or_seconds(text).map_err(|wrong| wrong.to_string())
}

/// An amount of data: upstream knows no units.
fn bytes(text: &str, least: i64) -> Result<Letter<usize>, BadOption> {
    let most = i64::from(i32::MAX);
    let upstream = integer(text, least, most).map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let ours = size::or_bytes(text).map_err(|wrong| wrong.to_string()).and_then(|bytes| {
        let fitting = i64::try_from(bytes).ok().filter(|bytes| (least..=most).contains(bytes));
        let fitting = fitting.and_then(|bytes| usize::try_from(bytes).ok());
        fitting.ok_or_else(|| format!("{least} to {most} bytes are wanted"))
    });
    Letter::new(text, upstream, ours)
}

pub(crate) fn integer(text: &str, least: i64, most: i64) -> Result<i64, BadOption> {
    let wanted = || format!("a whole number from {least} to {most} is wanted");
    let bad = |why: &str| {
        BadOption::new(Exit::BadNumber, format!("invalid argument: '{text}'{why}")).wanted(wanted())
    };
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

/// A number of seconds, and what follows it if anything does.
fn real(text: &str, most: f64, complaint: &str) -> Result<(Duration, Option<String>), BadOption> {
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
    Ok((Duration::from_secs_f64(number), garbage))
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
            let read = interval(text)
                .and_then(|letter| Ok((letter.read(true)?.as_millis(), letter.garbage().is_some())));
            assert_eq!(read.map_err(|bad| bad.to_string()), expected.map_err(ToString::to_string), "{text}");
        }
        let long = linger("5000").and_then(|letter| letter.read(true)).unwrap_err();
        assert_eq!((long.to_string().as_str(), long.exit), ("bad linger time: 5000", Exit::Misuse));
    }

    #[test]
    fn under_our_own_name_a_letter_takes_units_and_no_garbage() {
        let millis = |read: Result<Letter<Duration>, BadOption>| {
            read.and_then(|letter| letter.read(false)).map(|time| time.as_millis()).map_err(|bad| bad.wanted)
        };
        let unit = "no unit of time: ns, us, ms, s, m, h and d are known";
        #[rustfmt::skip]
        let cases = [
            (interval("200ms"), Ok(200)),
            (interval("0.2"),   Ok(200)),
            (interval("1m30s"), Ok(90_000)),
            (deadline("1.5"),   Ok(1_500)),
            (deadline("200ms"), Ok(200)),
            (linger("2s"),      Ok(2_000)),
            (interval("1x"),    Err(unit)),
            (interval("abc"),   Err("no length of time: 2, 0.5s, 200ms, 1m")),
        ];
        for (read, expected) in cases {
            assert_eq!(millis(read.clone()), expected.map_err(str::to_owned), "{read:?}");
        }
        let bytes =
            |read: Result<Letter<usize>, BadOption>, linked| read.and_then(|letter| letter.read(linked)).ok();
        assert_eq!((bytes(size("1k"), false), bytes(size("1k"), true)), (Some(1024), None));
        assert_eq!((bytes(size("56"), false), bytes(size("56"), true)), (Some(56), Some(56)));
    }
}
