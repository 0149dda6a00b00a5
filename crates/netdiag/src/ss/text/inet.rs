//! The rows of inet sockets.

use std::io::Write;
use std::net::IpAddr;

use netdiag_host::Table;
use netdiag_sockdiag::{InetSocket, State, inet, words};

use super::super::address;
use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use super::super::details::Details;
use super::super::names::{Names, transport};
use super::details;
use super::owners::users;
use super::words::{UNDEFINED, queue, state};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &mut Names,
    details: Option<Details>,
    table: Table,
    socket: &InetSocket<'_>,
) {
    let association = table == Table::Sctp && names.is_association(socket.inode());
    columns.cell(Column::Netid, |cell| match association {
        true => {}
        false => cell.push(table.netid_of(socket).as_bytes()),
    });
    columns.cell(Column::State, |cell| match association {
        true => association_state(cell, socket.state()),
        false => state(cell, socket.state()),
    });
    columns.cell(Column::RecvQ, |cell| queue(cell, socket.rqueue()));
    columns.cell(Column::SendQ, |cell| queue(cell, socket.wqueue()));
    columns.cell(Column::Local, |cell| {
        if !host(cell, names, || socket.local().ip()) {
            ip(cell, socket, socket.local_bytes());
        }
        if socket.interface() != 0 {
            cell.byte(b'%');
            cell.foreign(names.interfaces.name(socket.interface()));
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
    columns.cell(Column::Process, |cell| users(cell, names, socket.inode()));
    columns.cell(Column::Ext, |cell| {
        if let Some(details) = details {
            details::write(cell, details, &mut names.cgroups, table, socket);
        }
    });
}

/// Writes the name of an address, if names are wanted and it has one.
#[inline]
fn host(cell: &mut Cell<'_>, names: &mut Names, address: impl FnOnce() -> IpAddr) -> bool {
    let name = names.hosts.as_mut().and_then(|hosts| hosts.name(address()));
    name.inspect(|name| cell.foreign(name.as_bytes())).is_some()
}

/// An association stands below its socket, in a state of SCTP's own.
fn association_state(cell: &mut Cell<'_>, state: State) {
    cell.push(b"`- ");
    cell.push(words::ASSOCIATION_STATES.shown(state.0).unwrap_or(UNDEFINED).as_bytes());
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
    if table == Table::Raw {
        return protocol(cell, port, names);
    }
    match names.services.as_ref().and_then(|services| services.name(transport(table), port)) {
        Some(name) => cell.foreign(name.as_bytes()),
        None => cell.fill(|room| write_port(port, room)),
    }
}

/// A raw socket has an IP protocol where others have a port.
fn protocol(cell: &mut Cell<'_>, number: u16, names: &Names) {
    match names.services.as_ref().map(|services| services.protocol(number)) {
        Some(Some(name)) => return cell.foreign(name.as_bytes()),
        Some(None) => cell.push(b"ipproto-"),
        None => {}
    }
    cell.fill(|room| write_port(number, room));
}

/// Writes a port and says how long it is. Nearly every number of a listing is one, so this has no loop and no branch: a crate's
/// writer for numbers of any length takes several times as long.
#[inline]
fn write_port(port: u16, to: &mut [u8; 8]) -> usize {
    let digits = [10_000, 1000, 100, 10, 1].map(|place| b'0' + (port / place % 10) as u8);
    let [a, b, c, d, e] = digits;
    let leading = [9999, 999, 99, 9].map(|most| usize::from(port <= most)).iter().sum::<usize>();
    *to = (u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]) >> (8 * leading)).to_le_bytes();
    digits.len() - leading
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::{InetRequest, Query};

    use super::super::fixture::attr;
    use super::super::{Layout, Text};
    use super::*;
    use crate::render::Renderer as _;
    use netdiag_host::Services;

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
        lines(&[(Table::Tcp, record.bytes())], None)
    }

    fn lines(records: &[(Table, Vec<u8>)], services: Option<Services>) -> String {
        let columns = Column::ALL.to_vec();
        let mut out = Vec::new();
        let layout = Layout {
            columns,
            header: false,
            screen: None,
            names: Names::new(services),
            details: Details::default(),
        };
        let mut text = Text::new(&mut out, layout);
        for (table, bytes) in records {
            text.item(Socket::Inet(*table, InetRequest::view(bytes).unwrap())).unwrap();
        }
        text.end(()).unwrap();
        drop(text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_port_is_as_std_writes_it() {
        for port in 0..=u16::MAX {
            let mut to = [0; 8];
            let len = write_port(port, &mut to);
            assert_eq!(to[..len], *port.to_string().as_bytes());
        }
    }

    #[test]
    fn a_raw_socket_has_a_protocol_for_a_port() {
        let services = || Some(Services::new(1024..=4999, "", "icmp 1\n"));
        #[rustfmt::skip]
        let cases = [
            (1,   None,      None,       "raw ESTAB 0      0      127.0.0.1:1 10.0.0.255:*\n"),
            (1,   None,      services(), "raw ESTAB 0      0      127.0.0.1:icmp 10.0.0.255:*\n"),
            (253, Some(0),   services(), "raw ESTAB 0      0      127.0.0.1:ipproto-253 10.0.0.255:*\n"),
            (58,  Some(58),  None,       "icmp6 ESTAB 0      0      127.0.0.1:58 10.0.0.255:*\n"),
            (6,   Some(6),   None,       "tcp ESTAB 0      0      127.0.0.1:6 10.0.0.255:*\n"),
            (255, Some(255), None,       "??? ESTAB 0      0      127.0.0.1:255 10.0.0.255:*\n"),
        ];
        for (number, protocol, services, expected) in cases {
            let mut bytes = Record { local: (V4.local.0, number), remote: (V4.remote.0, 0), ..V4 }.bytes();
            bytes.extend(protocol.map(|protocol| attr(10, &[protocol])).unwrap_or_default());
            assert_eq!(lines(&[(Table::Raw, bytes)], services), expected);
        }
    }

    #[test]
    fn a_service_cannot_forge_a_row() {
        let services = Services::new(1024..=4999, "e\u{9b}2J\u{202e} 80/tcp\n", "");
        let expected = "tcp ESTAB 0      0      127.0.0.1:e\\302\\2332J\\342\\200\\256 10.0.0.255:40000\n";
        assert_eq!(lines(&[(Table::Tcp, V4.bytes())], Some(services)), expected);
    }

    #[test]
    fn sctp_associations_stand_below_their_socket() {
        let with = |inode: u32, state| {
            let mut bytes = Record { state, ..V4 }.bytes();
            bytes[68..72].copy_from_slice(&inode.to_ne_bytes());
            (Table::Sctp, bytes)
        };
        let rows = [with(5, 10), with(5, 3), with(5, 7), with(5, 9), with(6, 10), with(0, 10), with(0, 1)];
        let expected = "\
            sctp LISTEN      0      0      127.0.0.1:80 10.0.0.255:40000\n     \
            `- ESTAB    0      0      127.0.0.1:80 10.0.0.255:40000\n     \
            `- ACK_SENT 0      0      127.0.0.1:80 10.0.0.255:40000\n     \
            `- UNDEF    0      0      127.0.0.1:80 10.0.0.255:40000\n\
            sctp LISTEN      0      0      127.0.0.1:80 10.0.0.255:40000\n\
            sctp LISTEN      0      0      127.0.0.1:80 10.0.0.255:40000\n\
            sctp ESTAB       0      0      127.0.0.1:80 10.0.0.255:40000\n";
        assert_eq!(lines(&rows, None), expected);
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
