//! A filter that was read.
//!
//! [`Filter::read`], which makes one, is in `parse.rs`.

use crate::filter::{AddressFamily, Expr};

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
