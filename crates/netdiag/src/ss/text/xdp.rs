//! The rows of XDP sockets.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_host::Table;
use netdiag_sockdiag::xdp::{Stats, Umem};
use netdiag_sockdiag::{State, XdpSocket};

use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use super::super::details::Details;
use super::super::names::Names;
use super::others::written;
use super::owners::users;
use super::words::head;

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &mut Names,
    details: Details,
    socket: &XdpSocket<'_>,
) {
    let waiting = socket.mem_info().and_then(|info| info.rmem_alloc()).unwrap_or_default();
    head(columns, Table::Xdp.netid(), State::CLOSE, [waiting, 0]);
    let bound = socket.bound().filter(|bound| bound.interface != 0);
    columns.cell(Column::Local, |cell| match bound {
        Some(bound) => {
            cell.foreign(names.interfaces.name(bound.interface));
            cell.byte(b':');
        }
        None => cell.byte(b'*'),
    });
    columns.cell(Column::LocalPort, |cell| {
        if let Some(bound) = bound {
            written(write!(cell, "q{}", bound.queue));
        }
    });
    columns.cell(Column::Peer, |cell| cell.byte(b'*'));
    columns.cell(Column::PeerPort, |_| {});
    columns.cell(Column::Process, |cell| users(cell, names, socket.inode()));
    columns.cell(Column::Ext, |cell| {
        details.identity(cell, socket.uid(), socket.inode(), socket.cookie());
        if details.identity {
            settings(cell, details, socket);
        }
        details.memory(cell, socket.mem_info());
    });
}

fn settings(cell: &mut Cell<'_>, details: Details, socket: &XdpSocket<'_>) {
    ring(cell, details, "rx", socket.rx_ring());
    ring(cell, details, "tx", socket.tx_ring());
    if let Some(memory) = socket.umem() {
        details.line(cell);
        umem(cell, memory);
    }
    ring(cell, details, "fr", socket.fill_ring());
    ring(cell, details, "cr", socket.completion_ring());
    if let Some(counts) = socket.stats() {
        details.line(cell);
        stats(cell, counts);
    }
}

fn ring(cell: &mut Cell<'_>, details: Details, name: &str, entries: Option<u32>) {
    if let Some(entries) = entries {
        details.line(cell);
        written(write!(cell, "{name}(entries:{entries})"));
    }
}

fn umem(cell: &mut Cell<'_>, umem: Umem) {
    let Umem { size, id, pages, chunk_size, headroom, interface, queue, zero_copy, users } = umem;
    let zero_copy = u8::from(zero_copy);
    written(write!(
        cell,
        "umem(id:{id},size:{size},num_pages:{pages},chunk_size:{chunk_size},headroom:{headroom},ifindex:{interface},\
         qid:{queue},zc:{zero_copy},refs:{users})"
    ));
}

fn stats(cell: &mut Cell<'_>, stats: Stats) {
    let Stats { rx_dropped, rx_invalid, rx_full, fill_ring_empty, tx_invalid, tx_ring_empty } = stats;
    written(write!(
        cell,
        "stats(rx dropped:{rx_dropped},rx invalid:{rx_invalid},rx queue full:{rx_full},rx fill ring empty:{fill_ring_empty},\
         tx invalid:{tx_invalid},tx ring empty:{tx_ring_empty})"
    ));
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::XdpRequest;

    use super::super::fixture::{EXTENDED, attr, line, words, xdp as record};
    use super::*;

    #[test]
    fn a_socket_is_a_line() {
        let entries = |kind, count| attr(kind, &words(&[count]));
        let umem = attr(5, &[&8192u64.to_ne_bytes()[..], &words(&[1, 2, 4096, 256, 3, 4, 1, 2])].concat());
        let stats = attr(9, &(1..=6u64).flat_map(u64::to_ne_bytes).collect::<Vec<_>>());
        let memory = attr(8, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        let bound = attr(1, &words(&[u32::MAX, 3]));
        #[rustfmt::skip]
        let cases = [
            (record(&[bound, entries(2, 1000), entries(3, 64), entries(4, 32), umem, entries(6, 16), entries(7, 8), memory, stats]),
             "xdp UNCONN 1      0      if4294967295:q3 *   uid:1000 ino:77 sk:5\
              \n\trx(entries:64)\n\ttx(entries:32)\
              \n\tumem(id:1,size:8192,num_pages:2,chunk_size:4096,headroom:256,ifindex:3,qid:4,zc:1,refs:2)\
              \n\tfr(entries:16)\n\tcr(entries:8)\
              \n\tstats(rx dropped:1,rx invalid:2,rx queue full:3,rx fill ring empty:4,tx invalid:5,tx ring empty:6)\
              \x20skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)\n"),
            (record(&[attr(1, &words(&[0, 0]))]),
             "xdp UNCONN 0      0      * *   ino:77 sk:5\n"),
        ];
        for (record, expected) in cases {
            assert_eq!(line::<XdpRequest>(&record, Socket::Xdp, EXTENDED), expected);
            let oneline = line::<XdpRequest>(&record, Socket::Xdp, Details { oneline: true, ..EXTENDED });
            assert_eq!(oneline, expected.replace("\n\t", " "));
        }
    }
}
