//! Which sockets are meant: an expression, what the kernel decides of it, and the rest.
//!
//! [`Expr::matches`] says what an expression means. [`Bytecode`] says the same to the kernel, as far as the kernel can be
//! asked: [`Expr::plan`] splits an expression into the two.

mod address_family;
mod bytecode;
mod compile;
mod expr;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod glob;
mod halves;
mod host;
pub mod language;
mod matches;
mod print;
#[cfg(test)]
pub(crate) mod strategy;
mod subject;

pub use self::address_family::AddressFamily;
pub use self::bytecode::Bytecode;
pub use self::compile::{Plan, Scope};
pub use self::expr::{Comparison, Expr, HeldSockets, Predicate, Quantity, Side};
pub use self::glob::Glob;
pub use self::halves::{Half, Halves};
pub use self::host::{Host, Prefix};
pub use self::subject::{End, Subject};
