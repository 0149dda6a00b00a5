//! The filter language: from what was typed to an expression.
//!
//! All that upstream takes means the same here, except that `and` binds tighter than `or`, as upstream's manual has it;
//! `docs/filter.md` is the whole grammar.

mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod names;
mod number;
mod operand;
mod parse;
mod protocols;
mod scan;

pub use self::error::{FilterError, FilterErrorKind};
pub use self::names::{Holder, NameLookup, NoNames};
use self::parse::Parser;
pub use self::protocols::NETLINK as NETLINK_PROTOCOLS;
pub use self::scan::words;
use super::expr::{AddressFamily, Expr};

/// A filter that was understood.
#[derive(Debug, Eq, PartialEq)]
pub struct Filter {
    /// What it means.
    pub expr: Expr,
    /// The family of the last operand that names one, or that the setting implies: only its sockets are listed.
    pub family: Option<AddressFamily>,
    /// Whether an `and` follows an `or` without parentheses: upstream's programs and its manual disagree on what that means.
    /// [`Expr`]'s text has the parentheses.
    pub ambiguous: bool,
}

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

impl Filter {
    /// Reads a filter; an empty one lets everything through.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &[u8], setting: Defaults, names: &dyn NameLookup) -> Result<Self, FilterError> {
        Parser::new(text, setting, names).filter()
    }
}
