//! The rows of TIPC sockets.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_host::Table;
use netdiag_sockdiag::tipc::{Connection, Stats};
use netdiag_sockdiag::{SocketType, State, TipcSocket};

use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use super::super::details::Details;
use super::super::names::Names;
use super::others::written;
use super::owners::users;
use super::words::{head, number};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &Names,
    details: Details,
    socket: &TipcSocket<'_>,
) {
    let stats = socket.stats();
    let queues = [stats.and_then(|stats| stats.rqueue()), stats.and_then(|stats| stats.wqueue())];
    let kind = socket.kind();
    let netid = Table::netid_of_tipc(kind);
    head(columns, netid, socket.state().unwrap_or(State::UNKNOWN), queues.map(Option::unwrap_or_default));
    columns.cell(Column::Local, |cell| end(cell, socket.node()));
    columns.cell(Column::LocalPort, |cell| number(cell, socket.reference().unwrap_or_default()));
    let peer = socket.connection();
    columns.cell(Column::Peer, |cell| match peer {
        Some(peer) => end(cell, peer.node()),
        None => cell.byte(b'-'),
    });
    columns.cell(Column::PeerPort, |cell| {
        if let Some(peer) = peer {
            number(cell, peer.reference().unwrap_or_default());
        }
    });
    let inode = socket.inode().unwrap_or_default();
    columns.cell(Column::Process, |cell| users(cell, names, inode));
    columns.cell(Column::Ext, |cell| {
        details.identity(cell, socket.uid(), inode, socket.cookie().unwrap_or_default());
        if details.tipcinfo {
            info(cell, details, kind.map_or("", type_name), socket, stats);
        }
    });
}

fn end(cell: &mut Cell<'_>, node: Option<u32>) {
    number(cell, node.unwrap_or_default());
    cell.byte(b':');
}

/// The blanks are upstream's, doubled ones included.
fn info(
    cell: &mut Cell<'_>,
    details: Details,
    kind: &str,
    socket: &TipcSocket<'_>,
    stats: Option<Stats<'_>>,
) {
    if !details.oneline {
        cell.byte(b'\n');
    }
    let congested = stats.map_or("none", |stats| stats.congestion());
    let drops = stats.and_then(|stats| stats.drops()).unwrap_or_default();
    written(write!(cell, " type:{kind} cong:{congested}  drop:{drops} "));
    if socket.has_publications() {
        cell.push(b" publ");
    }
    if let Some((kind, instance)) = socket.connection().as_ref().and_then(Connection::via) {
        written(write!(cell, " via {{{kind},{instance}}} "));
    }
}

fn type_name(kind: SocketType) -> &'static str {
    match kind {
        SocketType::STREAM => "STREAM",
        SocketType::DGRAM => "DGRAM",
        SocketType::RDM => "RDM",
        SocketType::SEQPACKET => "SEQPACKET",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::TipcRequest;

    use super::super::fixture::{EXTENDED, attr, line, tipc as record, words};
    use super::*;

    #[test]
    fn a_socket_is_a_line() {
        let via = [
            attr(1, &[]),
            attr(2, &words(&[7])),
            attr(3, &words(&[8])),
            attr(4, &words(&[18888])),
            attr(5, &words(&[17])),
        ];
        let stats = [attr(0, &words(&[10])), attr(1, &words(&[20])), attr(2, &[]), attr(4, &words(&[3]))];
        #[rustfmt::skip]
        let cases = [
            (record(1, 1, &[attr(3, &via.concat()), attr(5, &stats.concat()), attr(8, &words(&[1000])), attr(10, &words(&[5, 0]))]),
             "ti_st ESTAB 10     20     1:4242 7:8   uid:1000 ino:99 sk:5\n type:STREAM cong:link  drop:3  via {18888,17} \n"),
            (record(4, 7, &[attr(4, &[]), attr(5, &attr(3, &[]))]),
             "ti_rd UNCONN 0      0      1:4242 -   ino:99 sk:0\n type:RDM cong:conn  drop:0  publ\n"),
            (record(77, 10, &[]),
             "??? LISTEN 0      0      1:4242 -   ino:99 sk:0\n type: cong:none  drop:0 \n"),
        ];
        for (record, expected) in cases {
            assert_eq!(line::<TipcRequest>(&record, Socket::Tipc, EXTENDED), expected);
            let oneline = line::<TipcRequest>(&record, Socket::Tipc, Details { oneline: true, ..EXTENDED });
            assert_eq!(oneline, expected.replace("\n type", " type"));
        }
        let plain = line::<TipcRequest>(&attr(2, &[]), Socket::Tipc, Details::default());
        assert_eq!(plain, "??? UNKNOWN 0      0      0:0 -\n");
    }
}
