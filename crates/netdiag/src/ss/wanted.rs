//! Which sockets to list, and what to learn of each: all of the command line that listing needs.

use netdiag_sockdiag::filter::Scope;
use netdiag_sockdiag::filter::language::Filter;

use super::details::Details;
use super::selection::Selection;

/// Which sockets to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) selection: &'a Selection,
    pub(crate) filter: &'a Filter,
    /// What of the filter the kernel may be asked.
    pub(crate) scope: Scope,
    /// What to learn of each.
    pub(crate) details: Details,
}
