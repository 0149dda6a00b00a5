//! Numbers as C writes them: `22`, `0x16`, `026`.
//!
//! A leading zero makes a number octal, in addresses too: `010.0.0.1` is 8.0.0.1.

/// Reads a number with an optional sign; `None` for anything else, and beyond 64 bits.
pub(super) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = i64::try_from(natural(digits)?).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads a number without sign.
pub(super) fn natural(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // Rust takes a sign here, and the sign has had its turn.
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_says_which_radix() {
        #[rustfmt::skip]
        let cases = [
            ("0",      Some(0)),    ("22",   Some(22)),  ("026",  Some(22)),  ("0x16", Some(22)),
            ("-5",     Some(-5)),   ("+5",   Some(5)),   ("0X1f", Some(31)),  ("08",   None),
            ("",       None),       ("-",    None),      ("--5",  None),      ("0x",   None),
            ("0x-5",   None),       ("22/t", None),      ("1e3",  None),      (" 1",   None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(integer(text), expected, "{text}");
        }
    }
}
