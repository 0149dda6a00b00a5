//! The rows of inet sockets.

use std::io::Write;
use std::net::IpAddr;

use netdiag_sockdiag::{InetSocket, inet};

use super::super::cells::Cell;
use super::super::columns::{Column, Columns};
use super::super::selection::Table;
use super::super::{address, decimal};
use super::Names;
use super::owners::users;
use super::words::{queue, state};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &mut Names,
    table: Table,
    socket: &InetSocket<'_>,
) {
    columns.cell(Column::Netid, |cell| cell.push(table.netid().as_bytes()));
    columns.cell(Column::State, |cell| state(cell, socket.state()));
    columns.cell(Column::RecvQ, |cell| queue(cell, socket.rqueue()));
    columns.cell(Column::SendQ, |cell| queue(cell, socket.wqueue()));
    columns.cell(Column::Local, |cell| {
        if !host(cell, names, || socket.local().ip()) {
            ip(cell, socket, socket.local_bytes());
        }
        if socket.interface() != 0 {
            cell.byte(b'%');
            cell.push(names.interfaces.name(socket.interface()));
        }
        cell.byte(b':');
    });
    columns.cell(Column::LocalPort, |cell| {
        port(cell, table, socket.local_port(), names);
    });
    columns.cell(Column::Peer, |cell| {
        if !host(cell, names, || socket.remote().ip()) {
            ip(cell, socket, socket.remote_bytes());
        }
        cell.byte(b':');
    });
    columns.cell(Column::PeerPort, |cell| {
        port(cell, table, socket.remote_port(), names);
    });
    columns.cell(Column::Process, |cell| users(cell, &names.owners, socket.inode()));
    columns.cell(Column::Ext, |_| {});
}

/// Writes the name of an address, if names are wanted and it has one.
#[inline]
fn host(cell: &mut Cell<'_>, names: &mut Names, address: impl FnOnce() -> IpAddr) -> bool {
    let name = names.hosts.as_mut().and_then(|hosts| hosts.name(address()));
    name.inspect(|name| cell.push(name.as_bytes())).is_some()
}

#[inline]
fn ip(cell: &mut Cell<'_>, socket: &InetSocket<'_>, address: &[u8; 16]) {
    match socket.family() {
        inet::Family::V4 => {
            let &[a, b, c, d, ..] = address;
            cell.fill(|room| address::write_v4([a, b, c, d], room));
        }
        // Without the attribute the socket is taken to speak both families.
        inet::Family::V6 if *address == [0; 16] && socket.v6only() != Some(true) => cell.byte(b'*'),
        inet::Family::V6 => {
            cell.byte(b'[');
            cell.fill(|room| address::write_v6(address, room));
            cell.byte(b']');
        }
    }
}

#[inline]
fn port(cell: &mut Cell<'_>, table: Table, port: u16, names: &Names) {
    if port == 0 {
        return cell.byte(b'*');
    }
    match names.services.as_ref().and_then(|services| services.name(table, port)) {
        Some(name) => cell.push(name.as_bytes()),
        None => cell.fill(|room| decimal::write_port(port, room)),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use netdiag_sockdiag::{InetRequest, Query};

    use super::super::super::owners::{Owners, Scope};
    use super::super::super::render::{Renderer, SocketRow};
    use super::super::{Layout, Text};
    use super::*;

    /// A record as the kernel lays it out; `v6only` adds that attribute.
    struct Record {
        family: u8,
        state: u8,
        local: ([u8; 16], u16),
        remote: ([u8; 16], u16),
        interface: u32,
        queues: [u32; 2],
        v6only: Option<u8>,
    }

    const V4: Record = Record {
        family: 2,
        state: 1,
        local: ([127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 80),
        remote: ([10, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 40_000),
        interface: 0,
        queues: [0, 0],
        v6only: None,
    };
    const V6: Record = Record { family: 10, state: 10, local: ([0; 16], 53), remote: ([0; 16], 0), ..V4 };

    impl Record {
        fn bytes(&self) -> Vec<u8> {
            let mut bytes = vec![self.family, self.state, 0, 0];
            bytes.extend(self.local.1.to_be_bytes());
            bytes.extend(self.remote.1.to_be_bytes());
            bytes.extend([self.local.0, self.remote.0].concat());
            let [receive, send] = self.queues;
            for number in [self.interface, 0, 0, 0, receive, send, 0, 0] {
                bytes.extend(number.to_ne_bytes());
            }
            if let Some(only) = self.v6only {
                bytes.extend([5u16.to_ne_bytes(), 11u16.to_ne_bytes()].concat());
                bytes.extend([only, 0, 0, 0]);
            }
            bytes
        }
    }

    fn line(record: &Record) -> String {
        let columns = Column::ALL.to_vec();
        let mut out = Vec::new();
        let owners = Rc::new(Owners::new("/nowhere".into(), Scope::default()));
        let layout = Layout { columns, header: false, screen: None, services: None, hosts: None, owners };
        let mut text = Text::new(&mut out, layout).unwrap();
        let bytes = record.bytes();
        let socket = InetRequest::view(&bytes).unwrap();
        text.socket(SocketRow::Inet(Table::Tcp, socket)).unwrap();
        text.finish().unwrap();
        drop(text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_socket_is_a_line() {
        let mapped = {
            let mut address = [0; 16];
            address[10..].copy_from_slice(&[0xff, 0xff, 1, 2, 3, 4]);
            address
        };
        let gone = u32::MAX;
        #[rustfmt::skip]
        let cases = [
            (V4,                                            "tcp ESTAB 0      0      127.0.0.1:80 10.0.0.255:40000\n"),
            (Record { queues: [1_234_567, 9], ..V4 },       "tcp ESTAB 1234567 9      127.0.0.1:80 10.0.0.255:40000\n"),
            (Record { queues: [u32::MAX, 1 << 31], ..V4 },  "tcp ESTAB -1     -2147483648 127.0.0.1:80 10.0.0.255:40000\n"),
            (Record { queues: [0x7fff_ffff, 99_999], ..V4 }, "tcp ESTAB 2147483647 99999  127.0.0.1:80 10.0.0.255:40000\n"),
            (Record { state: 12, ..V4 },                    "tcp UNDEF 0      0      127.0.0.1:80 10.0.0.255:40000\n"),
            (Record { state: 200, ..V4 },                   "tcp UNDEF 0      0      127.0.0.1:80 10.0.0.255:40000\n"),
            (Record { interface: gone, ..V4 },              "tcp ESTAB 0      0      127.0.0.1%if4294967295:80 10.0.0.255:40000\n"),
            (V6,                                            "tcp LISTEN 0      0      *:53 *:*\n"),
            (Record { v6only: Some(0), ..V6 },              "tcp LISTEN 0      0      *:53 *:*\n"),
            (Record { v6only: Some(1), ..V6 },              "tcp LISTEN 0      0      [::]:53 [::]:*\n"),
            (Record { interface: gone, ..V6 },              "tcp LISTEN 0      0      *%if4294967295:53 *:*\n"),
            (Record { local: (mapped, 53), ..V6 },          "tcp LISTEN 0      0      [::ffff:1.2.3.4]:53 *:*\n"),
        ];
        for (record, expected) in cases {
            assert_eq!(line(&record), expected);
        }
    }
}
