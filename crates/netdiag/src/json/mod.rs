//! What the JSON of every tool is made of, as far as it takes more than words: addresses with the names of interfaces, errors of
//! calls and of peers, figures over times, fields of the registry.
//!
//! The frame, and what else check reports share, are in `netdiag_text::json`. The shapes themselves are the tools' own: `ss::json`,
//! `ping::json`.

mod address;
#[cfg(test)]
pub(crate) mod conformance;
mod error;
pub(crate) mod fields;
#[cfg(test)]
pub(crate) mod reference;
mod spread;
#[cfg(test)]
mod vocabulary;

pub(crate) use netdiag_text::json::address::Address;
pub(crate) use netdiag_text::json::error::{ErrorRecord, Notice};
pub(crate) use netdiag_text::json::frame::{Frame, Mark, Nothing, Shape};
pub(crate) use netdiag_text::json::time::Time;
pub(crate) use netdiag_text::json::{record, schema};

pub(crate) use self::address::{address, peer};
pub(crate) use self::error::{of_call, of_peer, of_reason};
pub(crate) use self::spread::Spread;
