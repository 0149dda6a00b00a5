//! Lists of ports: `22`, `20-25,80,https`.

use std::ops::{Range, RangeInclusive};

use netdiag_text::port;

use crate::endpoint::ParseError;
use crate::service;

/// Ports in the order they were typed; never none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ports(Vec<RangeInclusive<u16>>);

impl Ports {
    /// Reads a list from the bytes `place` of `text`; `protocol` is what service names are looked up for.
    ///
    /// # Errors
    /// [`ParseError`], at the first that is no port.
    pub fn within(text: &str, place: Range<usize>, protocol: &str) -> Result<Self, ParseError> {
        let mut start = place.start;
        let mut ranges = Vec::new();
        for word in text.get(place).unwrap_or_default().split(',') {
            ranges.push(range(text, word, start, protocol)?);
            start += word.len() + 1;
        }
        Ok(Self(ranges))
    }

    /// Each port, as often as it was meant.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().cloned().flatten()
    }

    /// The port, if it is one alone.
    pub fn only(&self) -> Option<u16> {
        let mut ports = self.iter();
        ports.next().filter(|_| ports.next().is_none())
    }
}

fn range(text: &str, word: &str, start: usize, protocol: &str) -> Result<RangeInclusive<u16>, ParseError> {
    let port = |word: &str, start: usize| {
        service::port(word, protocol)
            .map_err(|message| ParseError::new(text, start..start + word.len(), message))
    };
    // Services have hyphens in their names, too.
    let numbers = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let Some((first, last)) = word.split_once('-').filter(|(first, last)| numbers(first) && numbers(last))
    else {
        let port = port(word, start)?;
        return Ok(port..=port);
    };
    let (low, high) = (port(first, start)?, port(last, start + first.len() + 1)?);
    port::between(low, high)
        .map_err(|wrong| ParseError::new(text, start..start + word.len(), wrong.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges() {
        #[rustfmt::skip]
        let cases: [(&str, &[u16]); 5] = [
            ("80",          &[80]),
            ("20-22,80",    &[20, 21, 22, 80]),
            ("80,22-22",    &[80, 22]),
            ("https,0",     &[443, 0]),
            ("65534-65535", &[65534, 65535]),
        ];
        for (text, expected) in cases {
            let ports = Ports::within(text, 0..text.len(), "tcp").unwrap();
            assert_eq!(ports.iter().collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(ports.only().is_some(), expected.len() == 1, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        #[rustfmt::skip]
        let cases = [
            ("h:",           2..2,  "missing"),
            ("h:22,",        5..5,  "missing"),
            ("h:25-20",      2..7,  "ends before"),
            ("h:1,70000-2",  4..9,  "out of range"),
            ("h:1-70000",    4..9,  "out of range"),
            ("h:-3",         2..2,  "missing"),
            ("h:no-such",    2..9,  "no tcp service"),
        ];
        for (text, at, words) in cases {
            let wrong = Ports::within(text, 2..text.len(), "tcp").expect_err(text);
            assert_eq!(wrong.at, at, "{text}: {wrong}");
            assert!(wrong.message.contains(words), "{text}: {wrong}");
        }
    }
}
