//! Network checks: a file that says how the network ought to be, measured, and verdicts on it.
//!
//! A check that could not be measured has neither passed nor failed; [`Verdict::Error`] says so.

pub mod bound;
mod expect;
pub mod file;
pub mod finding;
#[doc(hidden)]
pub mod fuzzing;
mod kinds;
pub mod plan;
pub mod quantity;
pub mod report;
mod rtnetlink;
pub mod run;
pub mod selection;
mod settings;
mod snapshot;
mod verdict;
pub mod world;

pub use verdict::Verdict;
