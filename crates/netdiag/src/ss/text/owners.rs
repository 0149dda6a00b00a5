//! The Process cell: ` users:(("comm",pid=P,fd=F),…)`.
//!
//! Scripts take the cell apart with patterns, so nothing in it is quoted; a name is a process's own invention, though, and
//! what could steer a terminal is replaced in it.

use super::super::cells::Cell;
use super::super::names::Names;
use super::words::number;
use netdiag_host::{Owner, Owners};

/// Writes who holds the socket with this inode; nothing if nobody is known to.
pub(super) fn users(cell: &mut Cell<'_>, names: &Names, inode: u32) {
    let Some(owners) = names.owners.as_deref() else {
        return;
    };
    let mut holders = owners.of(inode).peekable();
    if holders.peek().is_none() {
        return;
    }
    cell.push(b" users:(");
    let mut first = true;
    for owner in holders {
        if !std::mem::take(&mut first) {
            cell.byte(b',');
        }
        entry(cell, owners, owner);
    }
    cell.byte(b')');
}

fn entry(cell: &mut Cell<'_>, owners: &Owners, Owner { task, fd, context }: Owner<'_>) {
    let scope = owners.scope;
    cell.push(b"(\"");
    shown(cell, &task.comm);
    cell.push(b"\",pid=");
    number(cell, task.pid);
    if scope.threads {
        cell.push(b",tid=");
        number(cell, task.tid);
    }
    if scope.contexts {
        cell.push(b",proc_ctx=");
        shown(cell, task.context.as_deref().unwrap_or(UNAVAILABLE));
    }
    cell.push(b",fd=");
    number(cell, fd);
    if scope.socket_contexts {
        cell.push(b",sock_ctx=");
        shown(cell, context.unwrap_or(UNAVAILABLE));
    }
    cell.byte(b')');
}

/// Upstream's replacements, those of the C locale: text in another encoding loses its letters, but keeps its length.
fn shown(cell: &mut Cell<'_>, text: &[u8]) {
    for &byte in text {
        cell.byte(match byte {
            b' '..=b'~' => byte,
            0..=0x7f => b'.',
            0x80.. => b'?',
        });
    }
}

const UNAVAILABLE: &[u8] = b"unavailable";
