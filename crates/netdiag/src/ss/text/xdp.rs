//! The rows of XDP sockets.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_sockdiag::xdp::{Stats, Umem};
use netdiag_sockdiag::{MemInfo, State, XdpSocket};

use super::super::cells::Cell;
use super::super::columns::{Column, Columns};
use super::super::selection::Table;
use super::extras::{Extras, written};
use super::names::Names;
use super::words::{head, processes};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &mut Names,
    extras: Extras,
    socket: &XdpSocket<'_>,
) {
    let waiting = socket.mem_info().and_then(MemInfo::rmem_alloc).unwrap_or_default();
    head(columns, Table::Xdp.netid(), State::CLOSE, [waiting, 0]);
    let bound = socket.bound().filter(|bound| bound.interface != 0);
    columns.cell(Column::Local, |cell| match bound {
        Some(bound) => {
            cell.push(names.interfaces.name(bound.interface));
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
    columns.cell(Column::Process, |cell| processes(cell, socket.inode()));
    columns.cell(Column::Ext, |cell| {
        extras.details(cell, socket.uid(), socket.inode(), socket.cookie());
        if extras.extended {
            settings(cell, extras, socket);
        }
        extras.memory(cell, socket.mem_info());
    });
}

fn settings(cell: &mut Cell<'_>, extras: Extras, socket: &XdpSocket<'_>) {
    ring(cell, extras, "rx", socket.rx_ring());
    ring(cell, extras, "tx", socket.tx_ring());
    if let Some(memory) = socket.umem() {
        extras.line(cell);
        umem(cell, memory);
    }
    ring(cell, extras, "fr", socket.fill_ring());
    ring(cell, extras, "cr", socket.completion_ring());
    if let Some(counts) = socket.stats() {
        extras.line(cell);
        stats(cell, counts);
    }
}

fn ring(cell: &mut Cell<'_>, extras: Extras, name: &str, entries: Option<u32>) {
    if let Some(entries) = entries {
        extras.line(cell);
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
