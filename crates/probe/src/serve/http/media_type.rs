//! What kind of thing a file is, by its name; its bytes are not looked at.
//!
//! Text is said to be UTF-8: a browser would take it for Latin-1.

use std::borrow::Cow;

/// The media type of a file of this name.
pub(super) fn of(name: &[u8]) -> Cow<'static, str> {
    let mut parts = name.rsplitn(2, |byte| *byte == b'.');
    let end = parts.next().filter(|_| parts.next().is_some()).unwrap_or_default();
    let known = str::from_utf8(end).ok().and_then(|end| mime_guess::from_ext(end).first_raw());
    match known {
        None => UNKNOWN.into(),
        Some(text) if text.starts_with("text/") => format!("{text}; charset=utf-8").into(),
        Some(other) => other.into(),
    }
}

const UNKNOWN: &str = "application/octet-stream";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_name_says_it() {
        #[rustfmt::skip]
        let cases = [
            ("index.html", "text/html; charset=utf-8"),
            ("a.js",       "text/javascript; charset=utf-8"),
            ("log.txt",    "text/plain; charset=utf-8"),
            ("A.B.PNG",    "image/png"),
            ("x.wasm",     "application/wasm"),
            ("x.tar.gz",   "application/gzip"),
            ("html",       UNKNOWN),
            ("x.",         UNKNOWN),
            ("x.none",     UNKNOWN),
            (".css",       "text/css; charset=utf-8"),
        ];
        for (name, expected) in cases {
            assert_eq!(of(name.as_bytes()), expected, "{name}");
        }
        assert_eq!(of(b"x.\xff"), UNKNOWN);
    }
}
