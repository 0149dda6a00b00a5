//! What a file expects of values: text with a condition in it, or a bare value that ought to be equal.

use std::collections::BTreeMap;

use netdiag_text::bound::BadBound;
use netdiag_text::quantity::BadQuantity;
use netdiag_text::{Bound, Dimension, Message, Trusted, message};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::finding::Finding;
use crate::source::{Complaint, Placed, Scalar, Several, several, unknown};

/// A condition as written.
#[derive(Clone, Debug, JsonSchema, PartialEq)]
#[schemars(title = "condition", untagged)]
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

impl Several for Expected {
    const WANTED: &'static str = "a condition, such as \"<= 5\" or \"~part\", or a bare value";

    fn of(written: Scalar) -> Option<Result<Self, Message>> {
        Some(Ok(match written {
            Scalar::Flag(flag) => Self::Flag(flag),
            Scalar::Integer(integer) => Self::Integer(integer),
            Scalar::Number(number) => Self::Number(number),
            Scalar::Text(text) => Self::Condition(text),
            Scalar::Texts(_) => return None,
        }))
    }
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        several(deserializer)
    }
}

/// Conditions by the name of what they are about.
pub(crate) type Expectations = BTreeMap<Placed<String>, Placed<Expected>>;

/// Conditions on values, by the names of these, in the order they are judged.
#[derive(Debug, Default)]
pub(crate) struct Bounds(Vec<(&'static str, Bound)>);

impl Bounds {
    /// Reads conditions on values whose names and dimensions are in one of the lists in `known`.
    pub(crate) fn read(
        expected: &Expectations,
        known: &[&[(&'static str, Dimension)]],
    ) -> Result<Self, Vec<Complaint>> {
        let known = known.concat();
        let read = expected.iter().map(|(key, condition)| {
            let Some((name, dimension)) = known.iter().find(|(name, _)| *name == key.value) else {
                let names = known.iter().map(|(name, _)| *name);
                return Err(unknown(&key.value, names, "measure").at(&key.span));
            };
            Ok((*name, bound(condition, *dimension).map_err(|wrong| wrong.about(name))?))
        });
        Complaint::collect(read).map(Self)
    }

    /// Reads those conditions that are stated, of those that may be.
    pub(crate) fn stated<'e>(
        conditions: impl IntoIterator<Item = (&'static str, &'e Option<Placed<Expected>>, Dimension)>,
    ) -> Result<Self, Vec<Complaint>> {
        let stated = conditions
            .into_iter()
            .filter_map(|(name, expected, dimension)| Some((name, expected.as_ref()?, dimension)));
        let read = stated.map(|(name, expected, dimension)| {
            Ok((name, bound(expected, dimension).map_err(|wrong| wrong.about(name))?))
        });
        Complaint::collect(read).map(Self)
    }

    /// Adds a condition that is judged before the others.
    pub(crate) fn put_first(&mut self, name: &'static str, bound: Bound) {
        self.0.insert(0, (name, bound));
    }

    /// Whether anything is expected of the value of this name.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// The names of the values something is expected of.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Holds what was measured against what is expected of that, and nothing of what was not.
    pub(crate) fn judge_known(&self, finding: &mut Finding) {
        let known = self.0.iter().filter(|(name, _)| finding.value(name).is_some());
        let known: Vec<_> = known.collect();
        known.into_iter().for_each(|(name, bound)| finding.judge(*name, bound));
    }

    /// Holds what was measured against what is expected of it.
    pub(crate) fn judge(&self, finding: &mut Finding) {
        self.0.iter().for_each(|(name, bound)| finding.judge(*name, bound));
    }
}

/// The condition on a value of `dimension`.
pub(crate) fn bound(expected: &Placed<Expected>, dimension: Dimension) -> Result<Bound, Complaint> {
    read(expected, |text| Bound::parse(text, dimension))
}

/// The condition on a number of whatever sign and size.
pub(crate) fn bound_on_any_number(expected: &Placed<Expected>) -> Result<Bound, Complaint> {
    read(expected, Bound::on_any_number)
}

fn read(
    expected: &Placed<Expected>,
    bound: impl Fn(&str) -> Result<Bound, BadBound>,
) -> Result<Bound, Complaint> {
    let text = match &expected.value {
        Expected::Flag(flag) => flag.to_string(),
        Expected::Integer(integer) => integer.to_string(),
        Expected::Number(number) => number.to_string(),
        Expected::Condition(text) => text.clone(),
    };
    bound(&text).map_err(|wrong| {
        let complaint = Complaint::new(&expected.span, wrong.message());
        match &wrong {
            BadBound::Quantity(BadQuantity::Unreadable { text: value, dimension }) => {
                match with_unit(&text, value, *dimension) {
                    Some(meant) => complaint.help(meant),
                    None => complaint,
                }
            }
            _ => complaint,
        }
    })
}

/// The condition with a unit behind its only number, for one who left it out.
fn with_unit(text: &str, value: &str, dimension: Dimension) -> Option<Message> {
    let units: &[&str] = match dimension {
        Dimension::Time => &["ms", "s"],
        Dimension::Bytes => &["B", "KiB"],
        Dimension::Rate => &["B/s", "MB/s"],
        // Of a percentage it is said with what is wrong.
        Dimension::Count | Dimension::Ratio | Dimension::Text => &[],
    };
    let before =
        text.strip_suffix(value).filter(|before| !before.contains(|it: char| it.is_ascii_digit()))?;
    let is_bare = !units.is_empty() && value.parse::<f64>().is_ok_and(f64::is_finite);
    let meant = units.iter().map(|unit| message!("\"{}{}{}\"", before, value, Trusted(unit)));
    is_bare.then(|| message!("did you mean {}?", Message::join(meant, " or ")))
}
