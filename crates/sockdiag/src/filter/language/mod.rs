//! The filter language: from what was typed to an expression.
//!
//! All that upstream takes means the same here, except that `and` binds tighter than `or`, as upstream's manual has it;
//! `docs/filter.md` is the whole grammar.
//!
//! ```
//! use netdiag_sockdiag::filter::Scope;
//! use netdiag_sockdiag::filter::language::{Defaults, Filter, NoNames};
//!
//! let filter = Filter::read(b"dport = :443 and not dst 10.0.0.0/8", Defaults::default(), &NoNames)?;
//! // What the kernel decides, and what is left to decide here.
//! let plan = filter.expr.plan(Scope { mark: false });
//! assert!(plan.bytecode.is_some());
//! assert_eq!(plan.rest.constant(), Some(true));
//!
//! let wrong = Filter::read(b"dport = 22/tcp", Defaults::default(), &NoNames).unwrap_err();
//! assert_eq!(wrong.at, 8..14);
//! # Ok::<(), netdiag_sockdiag::filter::language::FilterError>(())
//! ```

mod defaults;
mod error;
mod filter;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod lookup_error;
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
pub use self::lookup_error::LookupError;
pub use self::names::{Holder, NameLookup, NoNames};
pub use self::protocols::NETLINK as NETLINK_PROTOCOLS;
pub use self::scan::words;
