//! What a file expects of values: text with a condition in it, or a bare value that ought to be equal.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::bound::Bound;
use crate::file::{Complaint, Placed, unknown};
use crate::quantity::{Dimension, Quantity};

/// A condition as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(untagged)]
#[schemars(title = "condition")]
pub(crate) enum Expected {
    /// `true`, `false`.
    Flag(bool),
    /// A bare number, equal to which it ought to be.
    Integer(i64),
    /// A bare number, equal to which it ought to be.
    Number(f64),
    /// `<= 1%`, `200..299`, `~json`.
    Condition(String),
}

/// Conditions by the name of what they are about.
pub(crate) type Expectations = BTreeMap<Placed<String>, Placed<Expected>>;

/// The condition on a value of `dimension`.
pub(crate) fn bound(expected: &Placed<Expected>, dimension: Dimension) -> Result<Bound, Complaint> {
    let text = match &expected.value {
        Expected::Flag(flag) => flag.to_string(),
        Expected::Integer(integer) => integer.to_string(),
        Expected::Number(number) if dimension == Dimension::Ratio => {
            return Ok(Bound::exactly(Quantity::Ratio(*number)));
        }
        Expected::Number(number) => number.to_string(),
        Expected::Condition(text) => text.clone(),
    };
    Bound::parse(&text, dimension).map_err(|message| Complaint::new(&expected.span, message))
}

/// The conditions on values whose names and dimensions are in `known`.
pub(crate) fn bounds(
    expected: &Expectations,
    known: &[(&'static str, Dimension)],
) -> Result<Vec<(&'static str, Bound)>, Vec<Complaint>> {
    let mut complaints = Vec::new();
    let mut bounds = Vec::new();
    for (name, condition) in expected {
        let Some((known_name, dimension)) = known.iter().find(|(known_name, _)| *known_name == name.value)
        else {
            let mut complaint = unknown(&name.value, known.iter().map(|(name, _)| *name), "measure");
            complaint.span = name.span.clone();
            complaints.push(complaint);
            continue;
        };
        match bound(condition, *dimension) {
            Ok(bound) => bounds.push((*known_name, bound)),
            Err(complaint) => complaints.push(complaint),
        }
    }
    if complaints.is_empty() { Ok(bounds) } else { Err(complaints) }
}

/// The conditions that are stated, of those that may be.
pub(crate) fn stated<'e>(
    conditions: impl IntoIterator<Item = (&'static str, &'e Option<Placed<Expected>>, Dimension)>,
) -> Result<Vec<(&'static str, Bound)>, Vec<Complaint>> {
    let mut complaints = Vec::new();
    let mut bounds = Vec::new();
    for (name, expected, dimension) in conditions {
        match expected.as_ref().map(|expected| bound(expected, dimension)) {
            Some(Ok(bound)) => bounds.push((name, bound)),
            Some(Err(complaint)) => complaints.push(complaint),
            None => {}
        }
    }
    if complaints.is_empty() { Ok(bounds) } else { Err(complaints) }
}
