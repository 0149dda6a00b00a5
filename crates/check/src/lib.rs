//! Network checks: a file that says how the network ought to be, measured, and verdicts on it.
//!
//! A check that could not be measured has neither passed nor failed; [`Verdict::Error`] says so.
#![doc = include_str!("../README.md")]

mod expect;
pub mod file;
pub mod finding;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod kinds;
mod needs;
mod parts;
pub mod plan;
mod proto;
mod repetition;
pub mod report;
pub mod run;
pub mod selection;
mod settings;
mod source;
mod verdict;
mod work;
mod world;

pub use verdict::Verdict;
