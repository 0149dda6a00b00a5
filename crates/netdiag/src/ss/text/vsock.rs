//! The rows of vsock sockets.

use std::io::Write;

use netdiag_host::{Table, UNKNOWN_NETID};
use netdiag_sockdiag::{VsockSocket, vsock};

use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use super::super::names::Names;
use super::owners::users;
use super::words::{head, number};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(columns: &mut Columns<W>, names: &Names, socket: &VsockSocket<'_>) {
    let netid = Table::of_vsock(socket.kind()).map_or(UNKNOWN_NETID, Table::netid);
    head(columns, netid, socket.state(), [0, 0]);
    columns.cell(Column::Local, |cell| context(cell, socket.local_cid()));
    columns.cell(Column::LocalPort, |cell| any_or(cell, socket.local_port()));
    columns.cell(Column::Peer, |cell| context(cell, socket.remote_cid()));
    columns.cell(Column::PeerPort, |cell| any_or(cell, socket.remote_port()));
    columns.cell(Column::Process, |cell| users(cell, names, socket.inode()));
    columns.cell(Column::Ext, |_| {});
}

fn context(cell: &mut Cell<'_>, id: u32) {
    any_or(cell, id);
    cell.byte(b':');
}

fn any_or(cell: &mut Cell<'_>, value: u32) {
    if value == vsock::ANY { cell.byte(b'*') } else { number(cell, value) }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::VsockRequest;

    use super::super::fixture::{EXTENDED, line, vsock};

    #[test]
    fn a_socket_is_a_line() {
        const ANY: u32 = u32::MAX;
        #[rustfmt::skip]
        let cases = [
            (1,  1, [2, 1234, 3, 99],      "v_str ESTAB 0      0      2:1234 3:99\n"),
            (1, 10, [ANY, 1234, ANY, ANY], "v_str LISTEN 0      0      *:1234 *:*\n"),
            (2,  7, [ANY, ANY, ANY, ANY],  "v_dgr UNCONN 0      0      *:* *:*\n"),
            (5,  1, [1, 2, 3, 4],          "??? ESTAB 0      0      1:2 3:4\n"),
        ];
        for (kind, state, ends, expected) in cases {
            let record = vsock(kind, state, ends);
            assert_eq!(line::<VsockRequest>(&record, Socket::Vsock, EXTENDED), expected);
        }
    }
}
