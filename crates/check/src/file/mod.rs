//! Check files and targets: what may be written in them, and the plans they come to.

mod document;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod reference;
mod schema;
mod target;

pub use schema::schema;
pub use schemars::Schema;

pub use crate::source::{Complaint, InvalidFile, Notation, Position, Variables};
