//! A text with a mistake in it, and a line that marks the place.
//!
//! The text is somebody else's: nothing in it reaches the terminal as a control character.

use std::ops::Range;

use netdiag_probe::ParseError;
use netdiag_text::Exit;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// A usage error about a word of the command line, the place in it marked.
pub(crate) fn misplaced(wrong: &ParseError, call: &Invocation) -> Failure {
    let place = mark(wrong.text.as_bytes(), &wrong.at);
    call.failure(Exit::Misuse, format_args!("{wrong}\n\n{place}"))
}

/// The text, and a line that marks the place; of a long one only the neighbourhood.
pub(crate) fn mark(text: &[u8], at: &Range<usize>) -> String {
    let printable = |bytes: &[u8]| -> Vec<char> {
        let text = String::from_utf8_lossy(bytes);
        text.chars().map(|char| if char.is_control() { '?' } else { char }).collect()
    };
    let part = |range| printable(text.get(range).unwrap_or_default());
    let (before, marked, after) = (part(0..at.start), part(at.clone()), part(at.end..text.len()));
    let from = before.len().saturating_sub(NEIGHBOURHOOD);
    let lead = if from > 0 { "…" } else { "" };
    let before: String = before.into_iter().skip(from).collect();
    let marked: String = marked.into_iter().take(NEIGHBOURHOOD).collect();
    let mut line = format!("{lead}{before}{marked}");
    line.extend(after.iter().take(NEIGHBOURHOOD));
    if after.len() > NEIGHBOURHOOD {
        line.push('…');
    }
    let indent = " ".repeat(lead.chars().count() + before.chars().count());
    let carets = "^".repeat(marked.chars().count().max(1));
    format!("  {}\n  {indent}{carets}", line.trim_end())
}

/// Characters shown on each side of a mistake.
const NEIGHBOURHOOD: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_however_long_the_text() {
        assert_eq!(mark(b"dport 22/tcp", &(6..12)), "  dport 22/tcp\n        ^^^^^^");
        assert_eq!(mark(b"dport =", &(7..7)), "  dport =\n         ^");
        assert_eq!(mark("s\u{1b}\u{e9} x".as_bytes(), &(5..6)), "  s?\u{e9} x\n      ^");
        let long = "a".repeat(500);
        let shown = mark(long.as_bytes(), &(250..251));
        assert_eq!(shown.lines().next().unwrap().chars().count(), 2 + 1 + 60 + 1 + 60 + 1);
        assert_eq!(shown.lines().nth(1).unwrap().chars().count(), 2 + 1 + 60 + 1);
    }
}
