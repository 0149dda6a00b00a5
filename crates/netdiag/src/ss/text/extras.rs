//! What options add to a row of a family other than inet, and the tokens those families share.
//!
//! Every token brings the blank before it along.

use std::fmt::Write;

use netdiag_sockdiag::MemInfo;

use super::super::cells::Cell;

/// The options that add something.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extras {
    /// `-e`.
    pub(crate) extended: bool,
    /// `-m`.
    pub(crate) memory: bool,
    /// `-b`.
    pub(crate) bpf: bool,
    /// `--tipcinfo`.
    pub(crate) tipcinfo: bool,
    /// `-O`: everything on one line.
    pub(crate) oneline: bool,
}

impl Extras {
    /// Begins what gets a line of its own, unless all is to be on one: write the token without its blank after this.
    pub(super) fn line(self, cell: &mut Cell<'_>) {
        cell.push(if self.oneline { b" " } else { b"\n\t" });
    }

    /// Memory use, if wanted and known.
    pub(super) fn memory(self, cell: &mut Cell<'_>, info: Option<MemInfo<'_>>) {
        if let Some(info) = info.filter(|info| self.memory && info.len() >= SKMEM) {
            skmem(cell, info);
        }
    }

    /// Who owns the socket, its inode and its cookie, if wanted.
    pub(super) fn details(self, cell: &mut Cell<'_>, uid: Option<u32>, inode: u32, cookie: u64) {
        if !self.extended {
            return;
        }
        if let Some(uid) = uid.filter(|&uid| uid != 0) {
            written(write!(cell, " uid:{uid}"));
        }
        written(write!(cell, " ino:{inode} sk:{cookie:x}"));
    }
}

fn skmem(cell: &mut Cell<'_>, info: MemInfo<'_>) {
    let names = ["r", "rb", "t", "tb", "f", "w", "o", "bl", "d"];
    let mut before = " skmem:(";
    for (name, word) in names.into_iter().zip(info.words()) {
        written(write!(cell, "{before}{name}{word}"));
        before = ",";
    }
    cell.byte(b')');
}

/// Which halves are shut down.
pub(super) fn shutdown(cell: &mut Cell<'_>, halves: u8) {
    let receiving = if halves & 1 == 0 { '<' } else { '-' };
    let sending = if halves & 2 == 0 { '>' } else { '-' };
    written(write!(cell, " {receiving}-{sending}"));
}

/// Cells grow: there is no failure to hear of.
pub(super) fn written(result: std::fmt::Result) {
    result.expect("cells take any text");
}

/// Fewer words than every kernel sends come from elsewhere.
const SKMEM: usize = 7;
