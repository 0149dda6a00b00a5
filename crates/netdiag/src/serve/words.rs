//! The words of `serve` as what they mean: a directory and addresses, amounts of bytes, probabilities.

use std::num::NonZeroU64;
use std::path::PathBuf;

use netdiag_probe::Endpoint;
use netdiag_text::Exit;

use super::args::Kind;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::place;

/// What follows the kind.
pub(super) struct Words {
    pub(super) directory: Option<PathBuf>,
    pub(super) endpoints: Vec<Endpoint>,
}

impl Words {
    /// With HTTP, the first word is a directory unless it can only be an address.
    pub(super) fn new(kind: Kind, words: &[String], call: &Invocation) -> Result<Self, Failure> {
        let (directory, addresses) = match words {
            [first, rest @ ..] if kind == Kind::Http && !is_address(first) => (Some(first), rest),
            words => (None, words),
        };
        if addresses.is_empty() {
            return Err(call
                .failure(Exit::Misuse, "an address is missing: where to listen")
                .hint(":8080 is port 8080 of every address, 127.0.0.1:0 a port the kernel chooses"));
        }
        let endpoints = addresses.iter().map(|word| word.parse::<Endpoint>()).collect::<Result<_, _>>();
        let endpoints = endpoints.map_err(|wrong| place::misplaced(&wrong, call))?;
        Ok(Self { directory: directory.map(PathBuf::from), endpoints })
    }
}

/// Whether a word can only be an address: it has a colon or is a port. A path alone is a directory's here.
fn is_address(word: &str) -> bool {
    let before_slash = word.split('/').next().unwrap_or_default();
    before_slash.contains(':') || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An amount of bytes: `4096`, `4k`, `1M`, `1G`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'M')) => (&text[..at], 1 << 20),
        Some((at, 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("no amount of bytes: 4096, 4k, 1M".to_owned());
    }
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    bytes.ok_or_else(|| "too large".to_owned())
}

/// Bytes a second, at least one.
pub(super) fn rate(text: &str) -> Result<NonZeroU64, String> {
    NonZeroU64::new(bytes(text)?).ok_or_else(|| "at least 1: --never-read stops altogether".to_owned())
}

/// A probability: `0.1` or `10%`.
pub(super) fn probability(text: &str) -> Result<f64, String> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.parse::<f64>() {
        Ok(number) if (0.0..=whole).contains(&number) => Ok(number / whole),
        Ok(_) => Err("a probability is 0 to 1, or 0% to 100%".to_owned()),
        Err(_) => Err("no probability: 0.1, 10%".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_can_only_be_an_address_is_one() {
        #[rustfmt::skip]
        let cases = [
            (":8080", true), ("8080", true), ("localhost:80", true), ("[::1]:80", true), ("unix:/run/x", true),
            ("tcp://*:80", true), ("unix:x", true),
            (".", false), ("..", false), ("public", false), ("./8080", false), ("/run/x.sock", false), ("", false),
            ("a/b:c", false),
        ];
        for (word, expected) in cases {
            assert_eq!(is_address(word), expected, "{word}");
        }
    }

    #[test]
    fn amounts_have_units() {
        #[rustfmt::skip]
        let cases = [
            ("0", Some(0)), ("4096", Some(4096)), ("4k", Some(4096)), ("2M", Some(2 << 20)), ("1G", Some(1 << 30)),
            ("", None), ("k", None), ("-1", None), ("1.5k", None), ("1kk", None), ("1é", None),
            ("18446744073709551616", None), ("99999999999G", None),
        ];
        for (text, expected) in cases {
            assert_eq!(bytes(text).ok(), expected, "{text}");
        }
        assert!(rate("0").is_err());
    }

    #[test]
    fn probabilities_are_shares() {
        #[rustfmt::skip]
        let cases = [
            ("0", Some(0.0)), ("0.25", Some(0.25)), ("1", Some(1.0)), ("25%", Some(0.25)), ("100%", Some(1.0)),
            ("1.1", None), ("101%", None), ("-0.1", None), ("nan", None), ("", None), ("%", None),
        ];
        for (text, expected) in cases {
            assert_eq!(probability(text).ok(), expected, "{text}");
        }
    }
}
