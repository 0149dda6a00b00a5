//! A table for people, no wider than their screen.
//!
//! How tables are laid out is for `netdiag_text` to say; here is what stands in this one.

use netdiag_text::Quantity;
use netdiag_text::table::{Cell, Heading, Look, lay_out};

use super::entry::{Entry, Page};
use super::text::{color, label};

/// `width` is how many columns it may take; as many as it needs if absent.
pub(super) fn render(page: &Page, look: Look, width: Option<usize>) -> String {
    let table = lay_out(&HEADINGS, page.shown().map(row), width, look);
    format!("{table}\n{} in {}\n", page.tally(), Quantity::Time(page.duration))
}

const HEADINGS: [Heading; 6] = [
    Heading { name: "Verdict", figures: false },
    Heading { name: "Check", figures: false },
    Heading { name: "Kind", figures: false },
    Heading { name: "Target", figures: false },
    Heading { name: "Time", figures: true },
    Heading { name: "Why", figures: false },
];

fn row(entry: &Entry) -> [Cell; HEADINGS.len()] {
    let verdict = entry.outcome.verdict;
    [
        Cell::new(label(verdict)).fg(color(verdict)),
        Cell::new(&entry.name),
        Cell::new(entry.kind),
        Cell::new(&entry.target),
        Cell::new(entry.time()),
        Cell::new(entry.message().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    use netdiag_text::Charset;

    use super::super::fixture::{PLAIN, matches, rendered};
    use super::super::{Format, RenderOptions};

    #[test]
    fn every_verdict() {
        matches("table.txt", rendered(Format::Table, PLAIN));
    }

    #[test]
    fn a_screen_is_never_exceeded() {
        let text = rendered(Format::Table, RenderOptions { width: Some(80), ..PLAIN });
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("not measured"), "{text}");
    }

    #[test]
    fn a_narrow_screen_has_a_block_for_each_check() {
        let text = rendered(Format::Table, RenderOptions { width: Some(50), ..PLAIN });
        let block = "Verdict: ✗ FAIL\nCheck: gateway-latency\nKind: icmp\nTarget: 10.0.0.1\nTime: 1.2 s\nWhy: loss 5%, wanted <= 1%\n\n";
        assert!(text.contains(block), "{text}");
    }

    #[test]
    fn ascii_is_enough_for_everything() {
        for format in [Format::Text, Format::Table] {
            for color in [false, true] {
                let text = rendered(format, RenderOptions { color, charset: Charset::Ascii, ..PLAIN });
                assert!(text.is_ascii() && text.contains("x FAIL") && text.contains("+ PASS"), "{text}");
            }
        }
    }
}
