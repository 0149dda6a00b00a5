//! A check file as it is written: two notations, one tree with places, values for its variables, and complaints that point into it.
//!
//! Nothing here knows what a check is. Kinds stand on this; what reads whole files stands on the kinds.

mod complaint;
mod contents;
mod node;
mod notation;
mod reader;
mod scalar;
mod vars;

pub use complaint::{Complaint, InvalidFile, Position};
pub(crate) use contents::contents;
pub(crate) use node::{Key, Node, Value};
pub use notation::Notation;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use notation::{json, toml};
pub(crate) use reader::{Placed, read, unknown, unknown_of};
pub(crate) use scalar::{Scalar, Several, several};
pub use vars::Variables;
