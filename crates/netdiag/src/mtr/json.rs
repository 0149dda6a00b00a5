//! JSON as upstream writes it: four blanks a level, five digits of a number, nothing of further addresses.
//!
//! It is no document of ours: `netdiag trace --format json` has one, with a schema.

use std::io;

use netdiag_text::json::to_string;

use super::field::Value;
use super::page::Page;
use super::statistics::{HopStatistics, Statistics};
use crate::printf::{ROOM, general};

/// A key, and its value as it is written.
type Member = (&'static str, String);

/// The document.
pub(super) fn text(page: &mut Page, statistics: &Statistics) -> io::Result<String> {
    let mut hops = Vec::new();
    for (distance, hop) in statistics.shown() {
        hops.push(format!("            {}", object(&self::hop(page, distance, hop)?, 3)));
    }
    let hops = match hops.is_empty() {
        true => "[]".to_owned(),
        false => format!("[\n{}\n        ]", hops.join(",\n")),
    };
    let report = object(&[("mtr", object(&run(page)?, 2)), ("hubs", hops)], 1);
    Ok(object(&[("report", report)], 0) + "\n")
}

fn run(page: &Page) -> io::Result<Vec<Member>> {
    Ok(vec![
        ("src", quoted(&page.source)?),
        ("dst", quoted(&page.host)?),
        ("tos", page.tos.to_string()),
        ("tests", page.rounds.to_string()),
        ("psize", quoted(&page.size_words())?),
        ("bitpattern", quoted(&page.fill_words())?),
    ])
}

fn hop(page: &mut Page, distance: u8, hop: &HopStatistics) -> io::Result<Vec<Member>> {
    let mut members = vec![("count", distance.to_string()), ("host", quoted(&page.name(hop))?)];
    if let Some(number) = page.as_number(hop.current) {
        members.push(("ASN", quoted(&number)?));
    }
    for field in page.fields.iter().filter(|field| !field.is_blank()) {
        // A key is there once, however often it is asked for.
        if members.iter().all(|(key, _)| *key != field.title) {
            members.push((field.title, number(field.value(hop))));
        }
    }
    Ok(members)
}

/// An object whose braces stand so many levels deep.
fn object(members: &[Member], level: usize) -> String {
    let (outer, inner) = ("    ".repeat(level), "    ".repeat(level + 1));
    let members: Vec<String> =
        members.iter().map(|(key, value)| format!("{inner}\"{key}\": {value}")).collect();
    format!("{{\n{}\n{outer}}}", members.join(",\n"))
}

fn quoted(text: &str) -> io::Result<String> {
    Ok(to_string(text)?)
}

/// A real number is known as one by its point.
fn number(value: Value) -> String {
    let real = match value {
        Value::Whole(number) => return number.to_string(),
        Value::Real(number) => number,
    };
    let mut room = [0; ROOM];
    let length = general::<5>(real, &mut room);
    let digits = String::from_utf8_lossy(room.get(..length).unwrap_or_default()).into_owned();
    if digits.contains(['.', 'e']) { digits } else { digits + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_five_digits_and_reals_a_point() {
        #[rustfmt::skip]
        let cases = [
            (Value::Real(0.0),       "0.0"),
            (Value::Real(100.0),     "100.0"),
            (Value::Real(33.333),    "33.333"),
            (Value::Real(0.05),      "0.05"),
            (Value::Real(1234.567),  "1234.6"),
            (Value::Real(123.456),   "123.46"),
            (Value::Whole(7),        "7"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected, "{value:?}");
        }
    }
}
