//! What the JSON of every tool is made of: records declared once, their schema, and objects written in pieces.
//!
//! The shapes themselves are the tools' own: `ss::json`, `ping::json`.

#[cfg(test)]
pub(crate) mod conformance;
mod object;
pub(crate) mod record;
#[cfg(test)]
pub(crate) mod reference;
pub(crate) mod schema;

pub(crate) use self::object::{joined, tagged};
