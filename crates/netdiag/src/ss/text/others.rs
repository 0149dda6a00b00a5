//! What options add to a row of a family other than inet, and the tokens those families share.
//!
//! Every token brings the blank before it along.

use netdiag_sockdiag::MemInfo;

use super::super::cells::Cell;
use super::super::details::Details;
use super::details::skmem;

impl Details {
    /// Begins what gets a line of its own, unless all is to be on one: write the token without its blank after this.
    pub(super) fn line(self, cell: &mut Cell<'_>) {
        cell.push(if self.oneline { b" " } else { b"\n\t" });
    }

    /// Memory use, if wanted and known; fewer words than every kernel sends come from elsewhere.
    pub(super) fn memory(self, cell: &mut Cell<'_>, info: Option<MemInfo<'_>>) {
        if let Some(info) = info.filter(|info| self.memory && info.optmem().is_some()) {
            skmem(cell, info);
        }
    }

    /// Who owns the socket, its inode and its cookie, if wanted.
    pub(super) fn identity(self, cell: &mut Cell<'_>, uid: Option<u32>, inode: u32, cookie: u64) {
        if self.identity {
            cell.some(b" uid:", uid);
            cell.number(b" ino:", inode);
            cell.hex(b" sk:", cookie);
        }
    }
}

/// Cells grow: there is no failure to hear of.
pub(super) fn written(result: std::fmt::Result) {
    result.expect("cells take any text");
}
