//! The rows of packet sockets.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_host::Table;
use netdiag_sockdiag::packet::{Fanout, Info, Ring};
use netdiag_sockdiag::{PacketSocket, State, ethertypes, words};

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
    socket: &PacketSocket<'_>,
) {
    let waiting = socket.mem_info().and_then(|info| info.rmem_alloc()).unwrap_or_default();
    head(columns, Table::of_packet(socket.kind()).netid(), State::CLOSE, [waiting, 0]);
    columns.cell(Column::Local, |cell| {
        match (socket.protocol(), ethertypes::name(socket.protocol())) {
            (ethertypes::ALL, _) => cell.byte(b'*'),
            (_, Some(name)) if !names.numeric() => cell.push(name.as_bytes()),
            (number, _) => written(write!(cell, "[{number}]")),
        }
        cell.byte(b':');
    });
    let interface = socket.info().and_then(Info::interface).unwrap_or_default();
    columns.cell(Column::LocalPort, |cell| match interface {
        0 => cell.byte(b'*'),
        index => cell.foreign(names.interfaces.name(index)),
    });
    columns.cell(Column::Peer, |cell| cell.byte(b'*'));
    columns.cell(Column::PeerPort, |_| {});
    columns.cell(Column::Process, |cell| users(cell, names, socket.inode()));
    columns.cell(Column::Ext, |cell| {
        details.identity(cell, socket.uid(), socket.inode(), socket.cookie());
        if details.identity {
            settings(cell, details, socket);
        }
        if details.bpf {
            filter(cell, details, socket);
        }
        details.memory(cell, socket.mem_info());
    });
}

fn settings(cell: &mut Cell<'_>, details: Details, socket: &PacketSocket<'_>) {
    let info = socket.info();
    let basics = info.and_then(|info| Some((info.version()?, info.copy_threshold()?, info.flags()?)));
    if let Some((version, threshold, set)) = basics {
        details.line(cell);
        written(write!(cell, "ver:{version} cpy_thresh:{threshold} flags( "));
        flags(cell, set);
        cell.push(b" )");
    }
    for (name, which) in [("ring_rx", socket.rx_ring()), ("ring_tx", socket.tx_ring())] {
        if let Some(which) = which {
            details.line(cell);
            ring(cell, name, which);
        }
    }
    if let Some(Fanout { id, kind }) = socket.fanout() {
        details.line(cell);
        written(write!(cell, "fanout(id:{id},type:"));
        match words::FANOUTS.shown(kind) {
            Some(name) => cell.push(name.as_bytes()),
            None => written(write!(cell, "{kind:#x}")),
        }
        cell.byte(b')');
    }
}

fn flags(cell: &mut Cell<'_>, set: u32) {
    for (n, flag) in words::PACKET_FLAGS.set(set).enumerate() {
        written(write!(cell, "{}{}", if n == 0 { "" } else { " " }, flag.shown));
    }
    if set == 0 {
        cell.byte(b'0');
    }
}

fn ring(cell: &mut Cell<'_>, name: &str, ring: Ring) {
    let Ring { block_size, blocks, frame_size, frames, retire_timeout, features, .. } = ring;
    written(write!(
        cell,
        "{name}(blk_size:{block_size},blk_nr:{blocks},frm_size:{frame_size},frm_nr:{frames},tmo:{retire_timeout},\
         features:0x{features:x})"
    ));
}

fn filter(cell: &mut Cell<'_>, details: Details, socket: &PacketSocket<'_>) {
    if let Some(program) = socket.filter() {
        details.line(cell);
        written(write!(cell, "bpf filter ({}): ", program.len()));
        for step in program {
            written(write!(cell, " 0x{:02x} {} {} {},", step.code, step.jt, step.jf, step.k));
        }
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::PacketRequest;

    use super::super::fixture::{EXTENDED, attr, line, words};
    use super::*;

    fn record(kind: u8, protocol: u16, attrs: &[Vec<u8>]) -> Vec<u8> {
        [&[17, kind][..], &protocol.to_ne_bytes(), &words(&[77, 0xbeef, 0]), &attrs.concat()].concat()
    }

    fn info(interface: u32, version: u32, flags: u32) -> Vec<u8> {
        attr(0, &words(&[interface, version, 0, 7, 0, flags]))
    }

    #[test]
    fn a_socket_is_a_line() {
        const GONE: u32 = u32::MAX;
        let filter = attr(7, &[[0x28u16.to_ne_bytes(), [1, 2]].concat(), words(&[12])].concat());
        let fanout = |kind: u32| attr(4, &words(&[kind << 16 | 9]));
        let ring = |kind| attr(kind, &words(&[4096, 4, 2048, 8, 60, 16, 31]));
        #[rustfmt::skip]
        let cases = [
            (record(3, 3, &[info(GONE, 2, 0x15), ring(2), ring(3), fanout(1), attr(5, &words(&[1000])), filter]),
             "p_raw UNCONN 0      0      *:if4294967295 *   uid:1000 ino:77 sk:beef\
              \n\tver:2 cpy_thresh:7 flags( running origdev loss )\
              \n\tring_rx(blk_size:4096,blk_nr:4,frm_size:2048,frm_nr:8,tmo:60,features:0x1f)\
              \n\tring_tx(blk_size:4096,blk_nr:4,frm_size:2048,frm_nr:8,tmo:60,features:0x1f)\
              \n\tfanout(id:9,type:lb)\
              \n\tbpf filter (1):  0x28 1 2 12,\n"),
            (record(2, 0x800, &[info(0, 0, 0), attr(6, &words(&[10, 20, 30, 40, 50, 60, 70, 80, 90])), attr(7, &[])]),
             "p_dgr UNCONN 10     0      [2048]:* *   ino:77 sk:beef\
              \n\tver:0 cpy_thresh:7 flags( 0 )\
              \n\tbpf filter (0): \
              \x20skmem:(r10,rb20,t30,tb40,f50,w60,o70,bl80,d90)\n"),
            (record(10, 0, &[fanout(6)]),
             "p_dgr UNCONN 0      0      [0]:* *   ino:77 sk:beef\n\tfanout(id:9,type:0x6)\n"),
        ];
        for (record, expected) in cases {
            assert_eq!(line::<PacketRequest>(&record, Socket::Packet, EXTENDED), expected);
            let oneline =
                line::<PacketRequest>(&record, Socket::Packet, Details { oneline: true, ..EXTENDED });
            assert_eq!(oneline, expected.replace("\n\t", " "));
        }
        let plain =
            line::<PacketRequest>(&record(3, 0x88cc, &[info(0, 0, 0)]), Socket::Packet, Details::default());
        assert_eq!(plain, "p_raw UNCONN 0      0      [35020]:* *\n");
    }
}
