//! The filter language: from what was typed to an expression.
//!
//! All that upstream takes means the same here, except that `and` binds tighter than `or`, as upstream's manual has it;
//! `docs/filter.md` is the whole grammar.

mod defaults;
mod error;
mod filter;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod names;
mod netids;
mod number;
mod operand;
mod parse;
mod protocols;
mod scan;

pub use self::defaults::Defaults;
pub use self::error::{FilterError, FilterErrorKind};
pub use self::filter::Filter;
pub use self::names::{Holder, NameLookup, NoNames};
pub use self::protocols::NETLINK as NETLINK_PROTOCOLS;
pub use self::scan::words;
