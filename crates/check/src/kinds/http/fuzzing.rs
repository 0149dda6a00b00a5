//! Any text as a JSONPath, led through any body: what fuzz targets call, and nobody else.
//!
//! The bounds are those a run has; what they promise is counted again here, on the document itself.

use netdiag_text::{Message, Quantity};
use serde_json::Value;

use super::document::{Document, MOST_NODES, MOST_TEXT, MOST_VISITS, Path, text_of};
use super::expect::{JsonBound, json};
use super::reach::Extent;
use crate::expect::Expected;
use crate::finding::Finding;
use crate::source::Placed;

/// Reads a line with a path, a line with a condition, and a body.
///
/// # Panics
/// If a document is larger than it was said to be before it was read, or a path leads to more than it was said to reach.
pub fn jsonpath(input: &[u8]) {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (Ok(text), Ok(condition), body) = (str::from_utf8(line()), str::from_utf8(line()), line()) else {
        return;
    };
    let placed = |text: &str| Placed { span: 0..text.len(), value: text.to_owned() };
    let path = match Path::read(&placed(text)) {
        Ok(path) => path,
        Err(complaint) => {
            assert!(text.get(complaint.span.clone()).is_some(), "{complaint:?}");
            return;
        }
    };
    let Ok(document) = Document::read(body) else { return };
    let Extent { nodes, levels } = document.extent;
    let real = Extent::of(&document.value);
    assert!(real.nodes <= nodes && real.levels <= levels && nodes <= MOST_NODES as f64, "{real:?}");
    let visits = path.reach.visits(document.extent);
    let Ok(found) = path.query(&document) else {
        assert!(visits > MOST_VISITS as f64, "{text:?}");
        return;
    };
    assert!(found.len() as f64 <= visits.max(1.0), "{text:?}: {} of {visits}", found.len());
    let (Ok(told) | Err(told)) = text_of(&found);
    assert!(told.len() <= MOST_TEXT);
    let expected = Placed { span: 0..condition.len(), value: Expected::Condition(condition.to_owned()) };
    if let Ok((_, bound)) = json((&placed(text), &expected)) {
        is_judged(&bound, condition, &found);
    }
}

/// One judgement, which is that on numbers where both it and the number are.
fn is_judged(bound: &JsonBound, condition: &str, found: &[&Value]) {
    let mut finding = Finding::default();
    bound.judge(&mut finding, Message::foreign("it"), found);
    assert_eq!(finding.assertions.len(), 1, "{condition:?} {found:?}");
    let holds = finding.assertions[0].holds;
    assert!(!found.is_empty() || !holds, "{condition:?} of nothing");
    let is_of_number = |character: char| character.is_ascii_digit() || character == '.';
    let short = condition.split(|character| !is_of_number(character)).all(|digits| digits.len() <= EXACT);
    if let ([one], Some(number)) = (found, &bound.number)
        && let (Some(exactly), Some(value)) = (bound.holds_exactly(one), one.as_i64())
        && short
        && value.unsigned_abs() < 10_u64.pow(EXACT as u32)
    {
        assert_eq!(
            (holds, number.holds(&Quantity::Count(value as f64))),
            (exactly, exactly),
            "{condition:?} {one}"
        );
    }
}

/// Digits that a float has.
const EXACT: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/jsonpaths").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds.iter().for_each(|seed| jsonpath(seed));
    }
}
