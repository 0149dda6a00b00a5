//! The rows of netlink sockets.
//!
//! Their processes are not shown: who holds the port is guessed at in the address.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_host::Table;
use netdiag_sockdiag::netlink::Groups;
use netdiag_sockdiag::{NetlinkSocket, State};

use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use super::super::details::Details;
use super::super::names::Names;
use super::others::written;
use super::words::head;

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &mut Names,
    details: Details,
    socket: &NetlinkSocket<'_>,
) {
    let memory = socket.mem_info();
    let queues = [memory.and_then(|info| info.rmem_alloc()), memory.and_then(|info| info.wmem_alloc())];
    head(columns, Table::Netlink.netid(), State::CLOSE, queues.map(Option::unwrap_or_default));
    columns.cell(Column::Local, |cell| {
        let number = socket.protocol();
        let name = if names.numeric() { None } else { names.netlink().protocol(number) };
        match name {
            Some(name) => cell.foreign(name.as_bytes()),
            None => written(write!(cell, "{number}")),
        }
        cell.byte(b':');
    });
    columns.cell(Column::LocalPort, |cell| port(cell, names, socket.port() as i32));
    columns.cell(Column::Peer, |cell| match socket.connected() {
        true => written(write!(cell, "{}:", socket.peer_group())),
        false => cell.byte(b'*'),
    });
    columns.cell(Column::PeerPort, |cell| {
        if socket.connected() {
            written(write!(cell, "{}", socket.peer_port()));
        }
    });
    columns.cell(Column::Process, |_| {});
    columns.cell(Column::Ext, |cell| {
        if details.identity {
            // Pointers the kernel no longer tells.
            let groups = socket.groups().map_or(0, Groups::low);
            written(write!(cell, " sk=0 cb=0 groups=0x{groups:08x}"));
        }
        if details.memory {
            cell.byte(b'\t');
            details.memory(cell, memory);
        }
    });
}

fn port(cell: &mut Cell<'_>, names: &mut Names, id: i32) {
    match id {
        -1 => cell.byte(b'*'),
        0 if !names.numeric() => cell.push(b"kernel"),
        1.. if !names.numeric() => {
            if let Some(name) = names.netlink().process(id) {
                cell.foreign(&name);
                cell.byte(b'/');
            }
            written(write!(cell, "{id}"));
        }
        id => written(write!(cell, "{id}")),
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::NetlinkRequest;

    use super::super::fixture::{EXTENDED, attr, line, words};
    use super::*;

    fn record(protocol: u8, state: u8, port: u32, attrs: &[Vec<u8>]) -> Vec<u8> {
        let numbers = words(&[port, 4711, 3, 77, 5, 0]);
        [&[16, 3, protocol, state][..], &numbers, &attrs.concat()].concat()
    }

    #[test]
    fn a_socket_is_a_line() {
        let memory = attr(0, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        let groups = attr(1, &[words(&[0x8000_0001, 0]), words(&[1, 0])].concat());
        #[rustfmt::skip]
        let cases = [
            (record(0, 0, 4242, &[groups]),        "0:4242 *", ["   sk=0 cb=0 groups=0x80000001", "\t"]),
            (record(16, 1, 0, &[]),                "16:0 3:4711", ["   sk=0 cb=0 groups=0x00000000", "\t"]),
            (record(2, 0, 0xffff_f000, &[]),       "2:-4096 *", ["   sk=0 cb=0 groups=0x00000000", "\t"]),
            (record(2, 0, u32::MAX, &[memory]),    "2:* *", ["   sk=0 cb=0 groups=0x00000000", "\t skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)"]),
        ];
        for (record, addresses, [extended, memory]) in cases {
            let queues = if memory.len() > 1 { "1      3     " } else { "0      0     " };
            let shown = |details| line::<NetlinkRequest>(&record, Socket::Netlink, details);
            let plain = format!("nl UNCONN {queues} {addresses}");
            assert_eq!(shown(Details::default()), format!("{plain}\n"));
            assert_eq!(shown(EXTENDED), format!("{plain}{extended}{memory}\n"));
        }
    }
}
