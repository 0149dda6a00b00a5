//! What numbers are called: the tables every format looks names up in.
//!
//! What has no name here is shown as a number; a name is never a guess.

use super::interfaces::Interfaces;
use super::services::Services;

/// Names by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// What ports are called; `None` when nobody wants to know.
    pub(crate) services: Option<Services>,
    pub(crate) interfaces: Interfaces,
}
