//! The rows of vsock sockets.

use std::io::Write;

use netdiag_sockdiag::{VsockSocket, vsock};

use super::super::cells::Cell;
use super::super::columns::{Column, Columns};
use super::super::selection::Table;
use super::words::{head, number, processes};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(columns: &mut Columns<W>, socket: &VsockSocket<'_>) {
    let netid = Table::of_vsock(socket.kind()).map_or("???", Table::netid);
    head(columns, netid, socket.state(), [0, 0]);
    columns.cell(Column::Local, |cell| context(cell, socket.local_cid()));
    columns.cell(Column::LocalPort, |cell| any_or(cell, socket.local_port()));
    columns.cell(Column::Peer, |cell| context(cell, socket.remote_cid()));
    columns.cell(Column::PeerPort, |cell| any_or(cell, socket.remote_port()));
    columns.cell(Column::Process, |cell| processes(cell, socket.inode()));
    columns.cell(Column::Ext, |_| {});
}

fn context(cell: &mut Cell<'_>, id: u32) {
    any_or(cell, id);
    cell.byte(b':');
}

fn any_or(cell: &mut Cell<'_>, value: u32) {
    if value == vsock::ANY { cell.byte(b'*') } else { number(cell, value) }
}
