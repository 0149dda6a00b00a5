//! What the JSON of every tool is made of: records declared once, their schema, and the frame they are put in.
//!
//! The shapes themselves are the tools' own: `ss::json`, `ping::json`.

#[cfg(test)]
pub(crate) mod conformance;
pub(crate) mod fields;
mod frame;
pub(crate) mod record;
#[cfg(test)]
pub(crate) mod reference;
pub(crate) mod schema;

pub(crate) use self::frame::{Frame, Mark, Shape, Style};
