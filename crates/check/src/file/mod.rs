//! Check files: two notations, one tree with places, and complaints that point into it.

mod adhoc;
mod complaint;
mod document;
mod node;
mod notation;
mod reader;
#[cfg(test)]
mod reference;
mod schema;
mod vars;

pub use complaint::{Complaint, InvalidFile, Position};
pub use document::Notation;
pub(crate) use node::Node;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use node::{Key, Value};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use notation::{json, toml};
pub(crate) use reader::{Placed, read, unknown};
pub use schema::schema;
pub use schemars::Schema;
pub use vars::Variables;
