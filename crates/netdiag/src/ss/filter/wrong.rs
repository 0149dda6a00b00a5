//! What is wrong with a filter, as a failure of the command.
//!
//! Under the name `ss` the words are upstream's, which scripts may look for; under our own the filter is shown with the
//! place marked.

use std::ops::Range;

use netdiag_sockdiag::filter::language::{Kind, Wrong};

use super::super::args::usage;
use super::super::messages::{self, USAGE};
use crate::failure::Failure;
use crate::invocation::Invocation;

/// The failure of a command that was given the filter `text`.
pub(super) fn failure(wrong: &Wrong, text: &[u8], call: &Invocation) -> Failure {
    let status = status(&wrong.kind);
    if call.linked
        && let Some(words) = wrong.kind.upstream()
    {
        let usage = if status == USAGE { format!("\n{}", usage(call).trim_end()) } else { String::new() };
        return Failure::new(status, words + &usage);
    }
    let message = wrong.kind.message();
    let failure = if call.linked {
        messages::failure(call, status, message)
    } else {
        messages::failure(call, status, format_args!("{message}\n\n{}", mark(text, &wrong.at)))
    };
    failure.hint(wrong.kind.hint())
}

fn status(kind: &Kind) -> u8 {
    match kind {
        Kind::Syntax(_) | Kind::TooDeep | Kind::Stray { operand: None, .. } => USAGE,
        Kind::Stray { operand: Some(kind), .. } => status(kind),
        _ => 1,
    }
}

/// The filter, and a line that marks the place; of a long one only the neighbourhood.
fn mark(text: &[u8], at: &Range<usize>) -> String {
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
    fn the_place_is_marked_however_long_the_filter() {
        assert_eq!(mark(b"dport 22/tcp", &(6..12)), "  dport 22/tcp\n        ^^^^^^");
        assert_eq!(mark(b"dport =", &(7..7)), "  dport =\n         ^");
        assert_eq!(mark("s\u{1b}\u{e9} x".as_bytes(), &(5..6)), "  s?\u{e9} x\n      ^");
        let long = "a".repeat(500);
        let shown = mark(long.as_bytes(), &(250..251));
        assert_eq!(shown.lines().next().unwrap().chars().count(), 2 + 1 + 60 + 1 + 60 + 1);
        assert_eq!(shown.lines().nth(1).unwrap().chars().count(), 2 + 1 + 60 + 1);
    }
}
