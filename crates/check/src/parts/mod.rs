//! What several kinds of checks are made of.
//!
//! It stands below the kinds: nothing here knows one of them.

pub(crate) mod command;
pub(crate) mod destination;
pub(crate) mod echo;
pub(crate) mod holder;
#[cfg(test)]
pub(crate) mod invented;
pub(crate) mod listening;
pub(crate) mod path;
pub(crate) mod probed;
pub(crate) mod socket;
pub(crate) mod talk;
#[cfg(test)]
pub(crate) mod trial;
pub(crate) mod trust;
pub(crate) mod unknown;
