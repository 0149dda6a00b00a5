//! What the options beside a filter imply for it.
//!
//! Nothing is implied where nothing was said: an operand then says its family by its form.

use crate::filter::AddressFamily;

/// What operands are understood by.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Defaults {
    /// The family of operands that do not say.
    pub family: Option<AddressFamily>,
    /// Whose ports names are looked up.
    pub tcp: bool,
    /// Whose ports names are looked up.
    pub udp: bool,
}
