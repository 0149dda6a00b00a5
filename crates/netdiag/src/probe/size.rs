//! Numbers of bytes as they are typed: `1500`, `64k`, `10M`, `1G`.
//!
//! Letters are powers of 1024, as with `dd` and `head`.

/// Reads at least one byte.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(['k', 'K', 'M', 'G']);
    let factor = match &text[number.len()..] {
        "" => 1,
        "k" | "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => 0,
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let bytes = number.parse::<u64>().ok().filter(|_| digits).and_then(|number| number.checked_mul(factor));
    match bytes {
        Some(bytes @ 1..=MOST) => Ok(bytes),
        _ => Err("no number of bytes: 1500, 64k, 10M, 1G".to_owned()),
    }
}

const MOST: u64 = 1 << 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_powers_of_1024() {
        #[rustfmt::skip]
        let cases = [
            ("1500", Some(1500)), ("64k", Some(65_536)), ("10M", Some(10 << 20)), ("1G", Some(1 << 30)),
            ("0", None), ("", None), ("k", None), ("1kk", None), ("-1", None), ("+1", None), ("99999999G", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text).ok(), bytes, "{text}");
        }
    }
}
