//! Bytes as text and back: `\r`, `\n`, `\t`, `\0`, `\\`, `\xNN`; everything else is itself.
//!
//! This is how a script is written, and what a peer said where it must be possible to say it again; what is only to be read is
//! shown by `netdiag_text::Secrets`.

use netdiag_text::terminal::{Piece, pieces};

use crate::endpoint::ParseError;

/// The bytes a text stands for.
///
/// # Errors
/// [`ParseError`], at the first backslash that begins nothing known.
pub fn unescape(text: &str) -> Result<Vec<u8>, ParseError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend(&rest.as_bytes()[..at]);
        let place = text.len() - rest.len() + at;
        let (byte, length) = escaped(&rest[at..]).ok_or_else(|| {
            let end = text.len().min(place + 2);
            let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            ParseError::new(text, place..end, "known are \\r \\n \\t \\0 \\\\ \\xNN")
        })?;
        bytes.push(byte);
        rest = &rest[at + length..];
    }
    bytes.extend(rest.as_bytes());
    Ok(bytes)
}

/// The byte an escape at the beginning of `text` stands for, and how long the escape is.
fn escaped(text: &str) -> Option<(u8, usize)> {
    let byte = match text.as_bytes().get(1)? {
        b'r' => b'\r',
        b'n' => b'\n',
        b't' => b'\t',
        b'0' => 0,
        b'\\' => b'\\',
        b'x' => {
            let digits =
                text.get(2..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            return Some((u8::from_str_radix(digits?, 16).ok()?, 4));
        }
        _ => return None,
    };
    Some((byte, 2))
}

/// Bytes as a text that [`unescape`] takes; of more than `most` only the first.
pub fn escape(bytes: &[u8], most: usize) -> String {
    let shown = bytes.get(..most).unwrap_or(bytes);
    let mut text = String::new();
    for piece in pieces(shown) {
        match piece {
            Piece::Plain(plain) => text.push_str(&plain.replace('\\', "\\\\")),
            Piece::Acting('\r') => text.push_str("\\r"),
            Piece::Acting('\n') => text.push_str("\\n"),
            Piece::Acting('\t') => text.push_str("\\t"),
            Piece::Acting(acting) => hexadecimal(acting.encode_utf8(&mut [0; 4]).as_bytes(), &mut text),
            Piece::Stray(bytes) => hexadecimal(bytes, &mut text),
        }
    }
    if shown.len() < bytes.len() {
        text.push('…');
    }
    text
}

fn hexadecimal(bytes: &[u8], text: &mut String) {
    bytes.iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_for_bytes() {
        #[rustfmt::skip]
        let cases: [(&str, &[u8]); 6] = [
            ("",               b""),
            ("EHLO x\\r\\n",   b"EHLO x\r\n"),
            ("\\x00\\xfF\\0",  b"\0\xff\0"),
            ("a\\\\n",         b"a\\n"),
            ("é\\t",           "é\t".as_bytes()),
            ("\\x41é",         "Aé".as_bytes()),
        ];
        for (text, bytes) in cases {
            assert_eq!(unescape(text).unwrap(), bytes, "{text}");
        }
        for (text, at) in [("a\\q", 1..3), ("\\", 0..1), ("ab\\x4", 2..4), ("\\xg0", 0..2), ("\\é", 0..3)] {
            assert_eq!(unescape(text).unwrap_err().at, at, "{text}");
        }
    }

    #[test]
    fn bytes_show_as_what_can_be_typed() {
        #[rustfmt::skip]
        let cases: [(&[u8], &str); 5] = [
            (b"220 x\r\n",        "220 x\\r\\n"),
            (b"\x1b[2J\0",        "\\x1b[2J\\x00"),
            (b"\xff\xfe\\",       "\\xff\\xfe\\\\"),
            ("é\u{9b}".as_bytes(), "é\\xc2\\x9b"),
            ("\u{202e}".as_bytes(), "\\xe2\\x80\\xae"),
        ];
        for (bytes, text) in cases {
            assert_eq!(escape(bytes, 100), text);
            assert_eq!(unescape(text).unwrap(), bytes, "{text}");
        }
        assert_eq!(escape(b"abcdef", 3), "abc…");
    }
}
