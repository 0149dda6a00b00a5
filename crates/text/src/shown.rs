//! Text that may be shown: without secrets, then without characters that steer a terminal, and only then shortened.
//!
//! The order is in the types. Only [`Secrets`](crate::Secrets) make a [`Redacted`], which has no text to crop; only its
//! escaping makes a [`Shown`]. Cropped or escaped before, a secret would not be recognised any more, and its rest would show.

use std::fmt::{self, Display, Write as _};
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::terminal::{Piece, pieces};

/// A text whose secrets are gone, and which may still steer a terminal.
#[derive(Clone, Debug)]
pub struct Redacted {
    text: String,
    /// Parts of which only the beginning is shown, in order.
    crops: Vec<(Range<usize>, usize)>,
}

/// A text that may be shown anywhere.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shown {
    text: String,
    /// Where characters were replaced by escapes, in order, and which.
    escapes: Vec<(Range<usize>, char)>,
}

impl Redacted {
    pub(crate) fn new(text: String, crops: Vec<(Range<usize>, usize)>) -> Self {
        Self { text, crops }
    }

    /// With escapes (`\n`, `\x1b`, `\u{9b}`) in place of all characters that do something instead of showing something.
    pub fn shown(&self) -> Shown {
        let mut shown = Shown::default();
        self.each_part(|text, most| {
            let part = Shown::escaped(text);
            shown.append(most.map_or_else(|| part.clone(), |most| part.clone().cropped(most)));
        });
        shown
    }

    /// With every character as it is, for a format that has an escape of its own for all of them ([`json`](crate::json)).
    /// Parts that are to be cropped end where they do in [`shown`](Self::shown).
    pub fn exact(&self) -> String {
        let mut exact = String::with_capacity(self.text.len());
        self.each_part(|text, most| {
            let end = most.and_then(|most| Shown::escaped(text).raw_fitting(most));
            exact.push_str(&text[..end.unwrap_or(text.len())]);
            exact.push_str(if end.is_some() { ELLIPSIS } else { "" });
        });
        exact
    }

    fn each_part(&self, mut part: impl FnMut(&str, Option<usize>)) {
        let mut at = 0;
        for (range, most) in &self.crops {
            part(&self.text[at..range.start], None);
            part(&self.text[range.clone()], Some(*most));
            at = range.end;
        }
        part(&self.text[at..], None);
    }
}

impl Shown {
    fn escaped(text: &str) -> Self {
        let mut shown = Self::default();
        for piece in pieces(text.as_bytes()) {
            match piece {
                Piece::Plain(plain) => shown.text.push_str(plain),
                Piece::Acting(character) => shown.escape(character),
                Piece::Stray(_) => unreachable!("a str is text throughout"),
            }
        }
        shown
    }

    fn escape(&mut self, character: char) {
        let start = self.text.len();
        match character {
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            '\0'..='\x7f' => self.text.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ => self.text.extend(character.escape_unicode()),
        }
        self.escapes.push((start..self.text.len(), character));
    }

    fn append(&mut self, part: Self) {
        let start = self.text.len();
        self.text.push_str(&part.text);
        let moved =
            |(range, character): (Range<usize>, char)| (range.start + start..range.end + start, character);
        self.escapes.extend(part.escapes.into_iter().map(moved));
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many columns of a terminal it takes.
    pub fn width(&self) -> usize {
        self.text.width()
    }

    /// What fits in `most` columns, and an ellipsis behind it if that is not all; no character or escape is split.
    pub fn cropped(mut self, most: usize) -> Self {
        if let Some(end) = self.fitting(most) {
            self.text.truncate(end);
            self.text.push_str(ELLIPSIS);
            self.escapes.retain(|(range, _)| range.end <= end);
        }
        self
    }

    /// What cannot be split: characters with what belongs to them, and escapes.
    pub(crate) fn units(&self) -> impl Iterator<Item = &str> {
        let mut escapes = self.escapes.iter().map(|(range, _)| range.clone()).peekable();
        let mut at = 0;
        std::iter::from_fn(move || {
            let end = match escapes.next_if(|escape| escape.start == at) {
                Some(escape) => escape.end,
                None => {
                    let limit = escapes.peek().map_or(self.text.len(), |escape| escape.start);
                    at + self.text[at..limit].graphemes(true).next()?.len()
                }
            };
            let unit = &self.text[at..end];
            at = end;
            Some(unit)
        })
    }

    /// Where to cut it off so that it takes `most` columns; `None` if it need not be.
    fn fitting(&self, most: usize) -> Option<usize> {
        // No column takes more bytes, but where marks are piled up on a character.
        let longest = most.saturating_mul(BYTES_OF_A_COLUMN);
        let (mut columns, mut at) = (0, 0);
        for unit in self.units() {
            columns += unit.width();
            if columns > most || at + unit.len() > longest {
                return Some(at);
            }
            at += unit.len();
        }
        None
    }

    /// The same place in the text that was escaped.
    fn raw_fitting(&self, most: usize) -> Option<usize> {
        let end = self.fitting(most)?;
        let escaped = self.escapes.iter().take_while(|(range, _)| range.end <= end);
        Some(escaped.fold(end, |raw, (range, character)| raw - range.len() + character.len_utf8()))
    }
}

const ELLIPSIS: &str = "…";

/// Flags and families of emoji have the most bytes for their columns.
const BYTES_OF_A_COLUMN: usize = 32;

/// A width that is asked for is one in columns, as no count of characters lines up what is written in wide ones.
impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        let missing = f.width().unwrap_or_default().saturating_sub(self.width());
        (0..missing).try_for_each(|_| f.write_char(' '))
    }
}

impl From<Shown> for String {
    fn from(shown: Shown) -> Self {
        shown.text
    }
}

impl PartialEq<str> for Shown {
    fn eq(&self, text: &str) -> bool {
        self.text == text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Redacted {
        Redacted::new(text.to_owned(), Vec::new())
    }

    #[test]
    fn what_acts_becomes_visible() {
        #[rustfmt::skip]
        let cases = [
            ("plain ünïcode 日本 %", "plain ünïcode 日本 %"),
            ("\x1b[31mred\x07",      "\\x1b[31mred\\x07"),
            ("two\r\nlines\t",       "two\\r\\nlines\\t"),
            ("\u{9b}2J\u{202e}x",    "\\u{9b}2J\\u{202e}x"),
            ("\u{fffe}\0\u{2028}",   "\\u{fffe}\\x00\\u{2028}"),
            ("\u{feff}\u{61c}",      "\\u{feff}\\u{61c}"),
        ];
        for (text, shown) in cases {
            assert_eq!((whole(text).shown().as_str(), whole(text).exact().as_str()), (shown, text));
        }
    }

    #[test]
    fn what_is_cropped_is_cropped_between_characters() {
        #[rustfmt::skip]
        let cases = [
            ("abc",                       3, "abc"),
            ("abcd",                      3, "abc…"),
            ("日本語",                    5, "日本…"),
            ("日本語",                    6, "日本語"),
            ("ab\x1bcd",                  5, "ab…"),
            ("ab\x1bcd",                  6, "ab\\x1b…"),
            ("e\u{301}e\u{301}e\u{301}",  2, "e\u{301}e\u{301}…"),
            ("👩\u{200d}👩\u{200d}👧x",    2, "👩\u{200d}👩\u{200d}👧…"),
            ("a\r\nb",                    3, "a\\r…"),
            ("abc",                       0, "…"),
            ("",                          0, ""),
        ];
        for (text, most, shown) in cases {
            assert_eq!(whole(text).shown().cropped(most).as_str(), shown, "{text} {most}");
        }
        let piled = "a".to_owned() + &"\u{301}".repeat(10_000);
        assert!(whole(&piled).shown().cropped(10).as_str().len() < 400);
    }

    #[test]
    fn parts_are_cropped_alike_whether_escaped_or_not() {
        let redacted = Redacted::new("it said \u{7}\u{7}\u{7}, so".to_owned(), vec![(8..11, 8)]);
        assert_eq!(redacted.shown().as_str(), "it said \\x07\\x07…, so");
        assert_eq!(redacted.exact(), "it said \u{7}\u{7}…, so");
        assert_eq!(format!("{:4}|{:1}|", whole("日").shown(), whole("ab").shown()), "日  |ab|");
    }
}
