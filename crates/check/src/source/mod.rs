//! A check file as it is written: two notations, one tree with places, values for its variables, and complaints that point into it.
//!
//! Nothing here knows what a check is. Kinds stand on this; what reads whole files stands on the kinds.

mod complaint;
mod contents;
mod node;
mod notation;
mod reader;
mod scalar;
mod unknown;
mod vars;
mod wrong;

pub use complaint::{Complaint, InvalidFile, Position};
pub(crate) use contents::contents;
pub(crate) use node::{Key, Node, Value, Writing};
pub use notation::Notation;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use notation::{json, toml};
pub(crate) use reader::{Placed, read};
pub(crate) use scalar::{Scalar, Several, TIME, several};
pub(crate) use unknown::{unknown, unknown_of};
pub use vars::Variables;
pub(crate) use vars::{meant, unbraced};
