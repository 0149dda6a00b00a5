//! C's number formats that Rust's formatter lacks, without allocation.
//!
//! C rounds the number the bits stand for, not the one that was meant: where the sixth digit hangs on that, the digits come
//! from `std`, which is exact and slow; everywhere else from one multiplication.

use std::fmt::{self, Display, Write};
use std::str;

/// Writes a whole number, for which there must be room, and says how long it is.
#[inline]
pub(crate) fn digits(number: impl itoa::Integer, to: &mut [u8]) -> usize {
    let mut text = itoa::Buffer::new();
    let text = text.format(number).as_bytes();
    to[..text.len()].copy_from_slice(text);
    text.len()
}

/// `%g`: six significant digits, no trailing zeros, an exponent only when it is shorter.
pub(crate) struct General(pub(crate) f64);

impl Display for General {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut to = [0; ROOM];
        let len = general::<6>(self.0, &mut to);
        f.write_str(str::from_utf8(&to[..len]).map_err(|_| fmt::Error)?)
    }
}

/// Writes `%.Ng` for N of `DIGITS` and says how long it is.
pub(crate) fn general<const DIGITS: usize>(number: f64, to: &mut [u8; ROOM]) -> usize {
    if number == 0.0 || !number.is_finite() {
        return formatted(to, format_args!("{number}"));
    }
    let (rounded, exponent) =
        rounded::<DIGITS>(number.abs()).unwrap_or_else(|| rounded_exactly::<DIGITS>(number));
    let mut pen = Pen { to, len: 0 };
    if number < 0.0 {
        pen.byte(b'-');
    }
    let mut digits = [0; 10];
    let len = self::digits(rounded, &mut digits);
    let zeros = digits[..len].iter().rev().take_while(|&&digit| digit == b'0').count();
    pen.place(&digits[..len - zeros], exponent, DIGITS as i32);
    pen.len
}

/// Writes `%.0f` and says how long it is.
pub(crate) fn whole(number: f64, to: &mut [u8; ROOM]) -> usize {
    let rounded = number.round_ties_even();
    if (0.0..1e19).contains(&rounded) {
        digits(rounded as u64, to)
    } else {
        formatted(to, format_args!("{number:.0}"))
    }
}

/// Writes `%.1f` and says how long it is.
pub(crate) fn tenths(number: f64, to: &mut [u8; ROOM]) -> usize {
    formatted(to, format_args!("{number:.1}"))
}

/// Writes a number of thousandths as `%g` writes the quotient, and says how long it is.
#[inline]
pub(crate) fn thousandths(number: u32, to: &mut [u8; ROOM]) -> usize {
    if number >= 1_000_000 {
        return general::<6>(f64::from(number) / 1000.0, to);
    }
    // Six digits at most, so nothing is rounded.
    let len = digits(number / 1000, to);
    let rest = number % 1000;
    if rest == 0 {
        return len;
    }
    let digits = [rest / 100, rest / 10 % 10, rest % 10];
    to[len] = b'.';
    for (place, digit) in to[len + 1..].iter_mut().zip(digits) {
        *place = b'0' + digit as u8;
    }
    let shown = if digits[2] != 0 { 3 } else { 1 + usize::from(digits[1] != 0) };
    len + 1 + shown
}

/// The significant digits as a number, and the power of ten of the first; `None` where the last digit is too close to call.
fn rounded<const DIGITS: usize>(number: f64) -> Option<(u32, i32)> {
    if !(1e-4..1e15).contains(&number) {
        return None;
    }
    let mut exponent = 15;
    while number < POWERS[(exponent + 4) as usize] {
        exponent -= 1;
    }
    let shift = DIGITS as i32 - 1 - exponent;
    // Powers up to 22 are exact, so this is off by half a unit in the last place of a double.
    let scaled =
        if shift < 0 { number / POWERS[(4 - shift) as usize] } else { number * POWERS[(4 + shift) as usize] };
    let below = scaled as u32;
    let rest = scaled - f64::from(below);
    if (rest - 0.5).abs() < 1e-6 {
        return None;
    }
    let rounded = below + u32::from(rest > 0.5);
    let carried = rounded == 10u32.pow(DIGITS as u32);
    Some(if carried { (rounded / 10, exponent + 1) } else { (rounded, exponent) })
}

#[cold]
fn rounded_exactly<const DIGITS: usize>(number: f64) -> (u32, i32) {
    let mut to = [0; ROOM];
    let len = formatted(&mut to, format_args!("{:.*e}", DIGITS - 1, number.abs()));
    let text = str::from_utf8(&to[..len]).unwrap_or_default();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let rounded = digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    (rounded, exponent.parse().unwrap_or_default())
}

#[cold]
fn formatted(to: &mut [u8; ROOM], text: fmt::Arguments<'_>) -> usize {
    let mut pen = Pen { to, len: 0 };
    // What does not fit is cut off; only numbers near the largest there are need more room.
    let _ = pen.write_fmt(text);
    pen.len
}

struct Pen<'a> {
    to: &'a mut [u8; ROOM],
    len: usize,
}

impl Pen<'_> {
    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.to.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    fn push(&mut self, text: &[u8]) {
        text.iter().for_each(|&byte| self.byte(byte));
    }

    /// Digits without trailing zeros, the first of which counts `10^exponent`.
    fn place(&mut self, digits: &[u8], exponent: i32, most: i32) {
        if !(-4..most).contains(&exponent) {
            self.point(digits, 1);
            let sign = if exponent < 0 { b'-' } else { b'+' };
            let exponent = exponent.unsigned_abs();
            let mut text = [b'0'; 11];
            let len = self::digits(exponent, &mut text[1..]);
            self.push(&[b'e', sign]);
            // Two digits at least.
            self.push(&text[usize::from(exponent >= 10)..=len]);
        } else if exponent < 0 {
            self.push(b"0.");
            for _ in exponent..-1 {
                self.byte(b'0');
            }
            self.push(digits);
        } else {
            self.point(digits, exponent as usize + 1);
        }
    }

    /// Digits with a point behind the first `whole` of them, if there are more; zeros if there are fewer.
    fn point(&mut self, digits: &[u8], whole: usize) {
        for at in 0..whole {
            self.byte(digits.get(at).copied().unwrap_or(b'0'));
        }
        if let Some(rest) = digits.get(whole..).filter(|rest| !rest.is_empty()) {
            self.byte(b'.');
            self.push(rest);
        }
    }
}

impl Write for Pen<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Room for a number of any of these formats, the largest of `%.0f` excepted.
pub(crate) const ROOM: usize = 32;

/// `10^-4` and up.
const POWERS: [f64; 20] = [
    1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
    1e15,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(write: impl FnOnce(&mut [u8; ROOM]) -> usize) -> String {
        let mut to = [0; ROOM];
        let len = write(&mut to);
        String::from_utf8(to[..len].to_vec()).unwrap()
    }

    /// `%.Ng` by way of `std`, which rounds exactly.
    fn by_std(number: f64, digits: usize) -> String {
        fn without_zeros(text: &str) -> &str {
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
        }
        if number == 0.0 {
            return number.to_string();
        }
        // Rounding can carry into the exponent, so it is read off the rounded number.
        let rounded = format!("{number:.*e}", digits - 1);
        let (mantissa, exponent) = rounded.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        if (-4..digits as i32).contains(&exponent) {
            let decimals = (digits as i32 - 1 - exponent) as usize;
            without_zeros(&format!("{number:.decimals$}")).to_owned()
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
        }
    }

    #[test]
    fn numbers_print_as_c_prints_them() {
        #[rustfmt::skip]
        let cases = [
            (0.0, "0"), (100.0, "100"), (33.333_332, "33.3333"), (97.435_897, "97.4359"), (0.5, "0.5"), (-25.0, "-25"),
            (66.666_664, "66.6667"), (999_999.0, "999999"), (999_999.5, "1e+06"), (1_234_567.0, "1.23457e+06"),
            (0.000_1, "0.0001"), (0.000_01, "1e-05"), (0.000_099_999_99, "0.0001"), (123_456.7, "123457"), (6.025, "6.025"),
            (1e100, "1e+100"), (1.5e-300, "1.5e-300"), (f64::MAX, "1.79769e+308"), (f64::MIN_POSITIVE / 3.0, "7.41690e-309"),
        ];
        for (number, expected) in &cases[..cases.len() - 1] {
            assert_eq!(General(*number).to_string(), *expected);
        }
        for (number, _) in cases {
            assert_eq!(General(number).to_string(), by_std(number, 6));
        }
    }

    #[test]
    fn other_formats_print_as_c_prints_them() {
        #[rustfmt::skip]
        let wholes = [
            (0.0, "0"), (0.5, "0"), (1.5, "2"), (2.5, "2"), (99.999, "100"), (1.8446744073709552e19, "18446744073709551616"),
            (1.4757395258967641e20, "147573952589676412928"),
        ];
        for (number, expected) in wholes {
            assert_eq!(text(|to| whole(number, to)), expected);
        }
        assert_eq!(text(|to| whole(f64::MAX, to)).len(), ROOM, "cut off");
        for (number, expected) in [(100.0, "100.0"), (33.35, "33.4"), (0.04, "0.0"), (0.25, "0.2")] {
            assert_eq!(text(|to| tenths(number, to)), expected);
        }
        for (number, expected) in
            [(999.999, "1e+03"), (13.84, "13.8"), (1.0, "1"), (410.0, "410"), (0.0123, "0.0123")]
        {
            assert_eq!(text(|to| general::<3>(number, to)), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn any_double_agrees_with_std(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            prop_assert_eq!(General(number).to_string(), by_std(number, 6));
            prop_assert_eq!(text(|to| general::<3>(number, to)), by_std(number, 3));
        }

        #[test]
        fn usual_magnitudes_agree_with_std(mantissa in 1.0f64..10.0, exponent in -6i32..18) {
            let number = mantissa * 10f64.powi(exponent);
            prop_assert_eq!(General(number).to_string(), by_std(number, 6));
            prop_assert_eq!(text(|to| general::<3>(number, to)), by_std(number, 3));
        }

        #[test]
        fn ties_agree_with_std(number: u32, shift in 0i32..10) {
            let number = (f64::from(number) * 10.0 + 5.0) / 10f64.powi(shift);
            prop_assert_eq!(General(number).to_string(), by_std(number, 6));
            prop_assert_eq!(text(|to| general::<3>(number, to)), by_std(number, 3));
        }

        #[test]
        fn thousandths_agree_with_std(number: u32, shift in 0u32..32) {
            let number = number >> shift;
            prop_assert_eq!(text(|to| thousandths(number, to)), by_std(f64::from(number) / 1000.0, 6));
        }

        #[test]
        fn wholes_agree_with_std(number in 0.0f64..1e21) {
            prop_assert_eq!(text(|to| whole(number, to)), format!("{number:.0}"));
        }
    }
}
