//! The rows of Unix sockets.
//!
//! A name is whatever bytes a program chose, NULs included.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_host::{Table, UNKNOWN_NETID};
use netdiag_sockdiag::UnixSocket;

use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use super::super::details::Details;
use super::super::names::Names;
use super::details::shutdown;
use super::others::written;
use super::owners::users;
use super::words::{head, number};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(
    columns: &mut Columns<W>,
    names: &Names,
    details: Details,
    socket: &UnixSocket<'_>,
) {
    let netid = Table::of_unix(socket.kind()).map_or(UNKNOWN_NETID, Table::netid);
    let queues = [socket.rqueue(), socket.wqueue()].map(Option::unwrap_or_default);
    head(columns, netid, socket.state(), queues);
    columns.cell(Column::Local, |cell| {
        name(cell, socket.name());
        cell.byte(b' ');
    });
    columns.cell(Column::LocalPort, |cell| number(cell, socket.inode()));
    columns.cell(Column::Peer, |cell| cell.push(b"* "));
    columns.cell(Column::PeerPort, |cell| number(cell, socket.peer().unwrap_or_default()));
    columns.cell(Column::Process, |cell| users(cell, names, socket.inode()));
    columns.cell(Column::Ext, |cell| {
        details.memory(cell, socket.mem_info());
        if details.identity {
            settings(cell, socket);
        }
    });
}

fn settings(cell: &mut Cell<'_>, socket: &UnixSocket<'_>) {
    if let Some(halves) = socket.shutdown() {
        shutdown(cell, halves);
    }
    if let Some(file) = socket.vfs() {
        written(write!(cell, " ino:{} dev:{}/{}", file.inode, file.major(), file.minor()));
    }
    if let Some(pending) = socket.pending() {
        cell.push(b" peers:");
        for inode in pending {
            written(write!(cell, " {inode}"));
        }
    }
}

/// An abstract name's NULs are shown as `@`.
fn name(cell: &mut Cell<'_>, name: Option<&[u8]>) {
    match name {
        None | Some([]) => cell.byte(b'*'),
        Some(name) => {
            for part in name.split_inclusive(|&byte| byte == 0) {
                match part.split_last() {
                    Some((0, before)) => {
                        cell.foreign(before);
                        cell.byte(b'@');
                    }
                    _ => cell.foreign(part),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Socket;
    use netdiag_sockdiag::UnixRequest;

    use super::super::fixture::{EXTENDED, attr, line, words};
    use super::*;

    fn record(kind: u8, state: u8, attrs: &[Vec<u8>]) -> Vec<u8> {
        [&[1, kind, state, 0][..], &words(&[77, 5, 0]), &attrs.concat()].concat()
    }

    #[test]
    fn a_socket_is_a_line() {
        let memory = attr(5, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        let file = attr(1, &words(&[42, 254 << 20 | 3]));
        #[rustfmt::skip]
        let cases = [
            (record(1, 10, &[attr(0, b"/run/s\0"), attr(4, &words(&[1, 3])), attr(6, &[0]), file, attr(3, &words(&[8, 9]))]),
             "u_str LISTEN 1      3      /run/s 77 * 0   <-> ino:42 dev:254/3 peers: 8 9\n"),
            (record(1, 10, &[attr(3, &[])]),
             "u_str LISTEN 0      0      * 77 * 0   peers:\n"),
            (record(2, 1, &[attr(2, &words(&[78])), attr(6, &[3]), memory]),
             "u_dgr ESTAB 0      0      * 77 * 78   skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9) ---\n"),
            (record(5, 7, &[attr(6, &[1]), attr(5, &words(&[1, 2, 3, 4, 5, 6, 7]))]),
             "u_seq UNCONN 0      0      * 77 * 0   skmem:(r1,rb2,t3,tb4,f5,w6,o7) -->\n"),
            (record(9, 7, &[attr(6, &[2]), attr(5, &words(&[1]))]),
             "??? UNCONN 0      0      * 77 * 0   <--\n"),
        ];
        for (record, expected) in cases {
            assert_eq!(line::<UnixRequest>(&record, |socket| Socket::Unix(socket, None), EXTENDED), expected);
        }
    }

    #[test]
    fn a_name_cannot_forge_a_row() {
        #[rustfmt::skip]
        let cases: &[(&[u8], &str)] = &[
            (b"/run/plain name",          "/run/plain name"),
            (b"/a\\x2db",                 "/a\\x2db"),
            (b"/a\nu_str\tb\x1b[31m\x7f", "/a\\012u_str\\011b\\033[31m\\177"),
            ("/tmp/é".as_bytes(),         "/tmp/é"),
            (b"/\xff\xc3\xa9\xc3",        "/\\377é\\303"),
            ("/\u{9b}31m".as_bytes(),     "/\\302\\23331m"),
            (b"\0abs\0tract",             "@abs@tract"),
            (b"\0\n\0",                   "@\\012@"),
            (b"",                         "*"),
        ];
        for (name, expected) in cases {
            let record = record(1, 1, &[attr(0, name)]);
            let line = line::<UnixRequest>(&record, |socket| Socket::Unix(socket, None), Details::default());
            assert_eq!(line, format!("u_str ESTAB 0      0      {expected} 77 * 0\n"));
        }
    }
}
