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
    Complaint::collect(expected.iter().map(|(key, condition)| {
        let Some((name, dimension)) = known.iter().find(|(name, _)| *name == key.value) else {
            let names = known.iter().map(|(name, _)| *name);
            return Err(unknown(&key.value, names, "measure").at(&key.span));
        };
        Ok((*name, bound(condition, *dimension)?))
    }))
}

/// The conditions that are stated, of those that may be.
pub(crate) fn stated<'e>(
    conditions: impl IntoIterator<Item = (&'static str, &'e Option<Placed<Expected>>, Dimension)>,
) -> Result<Vec<(&'static str, Bound)>, Vec<Complaint>> {
    let stated = conditions
        .into_iter()
        .filter_map(|(name, expected, dimension)| Some((name, expected.as_ref()?, dimension)));
    Complaint::collect(stated.map(|(name, expected, dimension)| Ok((name, bound(expected, dimension)?))))
}
