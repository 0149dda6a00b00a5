//! What the formats of groups are told of.
//!
//! Groups come sorted, and only when all sockets have been counted.

use std::io;

use netdiag_host::{CutShort, FamilyTable};

use super::labels::Labels;
use super::value::Value;
use crate::ss::notice::Notice;

/// Sockets that have something in common.
pub(crate) struct Group<'a> {
    pub(crate) count: u64,
    /// What they have for each key.
    pub(crate) values: &'a [Value],
}

/// What the groups come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Total {
    /// All sockets.
    pub(crate) sockets: u64,
    /// Those of them that are of further groups, which are not told apart.
    pub(crate) further: u64,
}

/// A format of groups.
pub(crate) trait GroupFormat {
    /// The count begins.
    fn header(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// There is a group.
    fn group(&mut self, group: &Group<'_>, labels: &mut Labels<'_>) -> io::Result<()>;

    /// Takes note of what went wrong with a dump. Formats without a place for it leave it to standard error.
    fn notice(&mut self, _part: FamilyTable, _notice: &Notice) {}

    /// Takes note of why not everybody is known who holds sockets.
    fn unknown_owners(&mut self, _why: &CutShort) {}

    /// There are no more groups: writes what is held back.
    fn end(&mut self, total: Total) -> io::Result<()>;
}

impl<F: GroupFormat + ?Sized> GroupFormat for Box<F> {
    fn header(&mut self) -> io::Result<()> {
        (**self).header()
    }

    fn group(&mut self, group: &Group<'_>, labels: &mut Labels<'_>) -> io::Result<()> {
        (**self).group(group, labels)
    }

    fn notice(&mut self, part: FamilyTable, notice: &Notice) {
        (**self).notice(part, notice);
    }

    fn unknown_owners(&mut self, why: &CutShort) {
        (**self).unknown_owners(why);
    }

    fn end(&mut self, total: Total) -> io::Result<()> {
        (**self).end(total)
    }
}
