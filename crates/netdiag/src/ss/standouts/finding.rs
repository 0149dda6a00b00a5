//! What stands out, summed over the sockets it is true of.
//!
//! Peers and holders are counted, so that what all of them have in common can be told from what most have.

use super::rule::Rule;
use crate::ss::count::Value;

/// What stands out, of all sockets it is true of.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    pub(super) rule: Rule,
    pub(super) letter: &'static str,
    pub(super) count: u64,
    pub(super) port: u16,
    /// The most frequent first.
    pub(super) peers: Vec<(Value, u64)>,
    pub(super) processes: Vec<(Value, u64)>,
}
