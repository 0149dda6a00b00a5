//! What is wrong with a line that somebody typed, and a caret under the place.
//!
//! A file of many lines is shown by whoever read it, with line numbers and all; this is for the words of a command line.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::message::{Bytes, Message};
use crate::secrets::Secrets;
use crate::shown::Shown;

/// Something to mend in a line.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// The line, text or not.
    pub line: Vec<u8>,
    /// The bytes at fault; an empty range is a place where something is missing.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: Message,
    /// What would be right.
    pub help: Option<Message>,
}

impl Complaint {
    /// What is wrong with a part of a line.
    pub fn new(line: impl Into<Vec<u8>>, at: Range<usize>, message: impl Into<Message>) -> Self {
        Self { line: line.into(), at, message: message.into(), help: None }
    }

    /// The same with what would be right.
    #[must_use]
    pub fn help(self, help: impl Into<Message>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The line with a caret under what is at fault, of a long line only the neighbourhood; both are indented.
    pub fn marked(&self) -> String {
        let end = self.line.len();
        let (start, stop) = (self.at.start.min(end), self.at.end.clamp(self.at.start.min(end), end));
        let [before, marked, after] = [0..start, start..stop, stop..end].map(|part| shown(&self.line[part]));
        let (before, marked) = (last(&before), marked.cropped(NEIGHBOURHOOD));
        let line = format!("{before}{marked}{}", after.cropped(NEIGHBOURHOOD));
        let carets = "^".repeat(marked.width().max(1));
        format!("  {}\n  {:indent$}{carets}", line.trim_end(), "", indent = before.width())
    }
}

/// The sentence, and below it the line with the place.
impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n{}", Secrets::NONE.show(&self.message), self.marked())
    }
}

fn shown(bytes: &[u8]) -> Shown {
    Secrets::NONE.show(&Bytes(bytes))
}

/// What fits of the end.
fn last(text: &Shown) -> String {
    let mut columns = 0;
    let fits = |unit: &&str| {
        columns += unit.width();
        columns <= NEIGHBOURHOOD
    };
    let units: Vec<&str> = text.units().collect();
    let kept = units.iter().rev().copied().take_while(fits).count();
    let lead = if kept < units.len() { "…" } else { "" };
    lead.to_owned() + &units[units.len() - kept..].concat()
}

/// Columns shown on each side of a mistake, and of the mistake itself.
const NEIGHBOURHOOD: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message;

    fn mark(line: impl Into<Vec<u8>>, at: Range<usize>) -> String {
        Complaint::new(line, at, "odd").marked()
    }

    #[test]
    fn the_place_is_marked_however_long_the_text() {
        assert_eq!(mark("dport 22/tcp", 6..12), "  dport 22/tcp\n        ^^^^^^");
        assert_eq!(mark("dport =", 7..7), "  dport =\n         ^");
        assert_eq!(mark("", 0..0), "  \n  ^");
        let long = mark("a".repeat(500), 250..251);
        let widths: Vec<usize> = long.lines().map(UnicodeWidthStr::width).collect();
        assert_eq!(widths, [2 + 1 + 60 + 1 + 60 + 1, 2 + 1 + 60 + 1]);
        let all = mark("a".repeat(500), 0..500);
        assert_eq!(all.lines().map(UnicodeWidthStr::width).collect::<Vec<_>>(), [2 + 60 + 1, 2 + 60 + 1]);
    }

    #[test]
    fn the_caret_is_below_what_is_shown() {
        #[rustfmt::skip]
        let cases: [(&[u8], Range<usize>, &str); 5] = [
            ("s\u{1b}é x".as_bytes(),  5..6,  "  s\\x1bé x\n         ^"),
            ("日本 x".as_bytes(),       7..8,  "  日本 x\n       ^"),
            ("日本 x".as_bytes(),       0..6,  "  日本 x\n  ^^^^"),
            (b"a\xffb",                2..3,  "  a\\xffb\n       ^"),
            (b"ab",                    5..9,  "  ab\n    ^"),
        ];
        for (line, at, expected) in cases {
            assert_eq!(mark(line, at), expected);
        }
    }

    #[test]
    fn a_complaint_says_what_and_shows_where() {
        let complaint = Complaint::new("sate x", 0..4, message!("unknown word `{}`", "sate"))
            .help("did you mean `state`?");
        assert_eq!(complaint.to_string(), "unknown word `sate`\n\n  sate x\n  ^^^^");
        assert_eq!(complaint.help.unwrap(), "did you mean `state`?");
    }
}
