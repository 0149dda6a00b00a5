//! The rows of Unix sockets.
//!
//! A name is whatever bytes a program chose, so what could forge a row or command a terminal is escaped.

use std::fmt::Write as _;
use std::io::Write;

use netdiag_sockdiag::UnixSocket;

use super::super::cells::Cell;
use super::super::columns::{Column, Columns};
use super::super::selection::Table;
use super::extras::{Extras, shutdown, written};
use super::words::{head, number, processes};

/// Adds the cells of one socket.
pub(super) fn row<W: Write>(columns: &mut Columns<W>, extras: Extras, socket: &UnixSocket<'_>) {
    let netid = Table::of_unix(socket.kind()).map_or("???", Table::netid);
    let queues = [socket.rqueue(), socket.wqueue()].map(Option::unwrap_or_default);
    head(columns, netid, socket.state(), queues);
    columns.cell(Column::Local, |cell| {
        name(cell, socket.name());
        cell.byte(b' ');
    });
    columns.cell(Column::LocalPort, |cell| number(cell, socket.inode()));
    columns.cell(Column::Peer, |cell| cell.push(b"* "));
    columns.cell(Column::PeerPort, |cell| number(cell, socket.peer().unwrap_or_default()));
    columns.cell(Column::Process, |cell| processes(cell, socket.inode()));
    columns.cell(Column::Ext, |cell| {
        extras.memory(cell, socket.mem_info());
        if extras.extended {
            details(cell, socket);
        }
    });
}

fn details(cell: &mut Cell<'_>, socket: &UnixSocket<'_>) {
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
                        escaped(cell, before);
                        cell.byte(b'@');
                    }
                    _ => escaped(cell, part),
                }
            }
        }
    }
}

/// Writes what is text as it is, and control characters and stray bytes as `\ooo`.
pub(super) fn escaped(cell: &mut Cell<'_>, bytes: &[u8]) {
    let octal = |cell: &mut Cell<'_>, bytes: &[u8]| {
        for byte in bytes {
            written(write!(cell, "\\{byte:03o}"));
        }
    };
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut room = [0; 4];
            let text = character.encode_utf8(&mut room).as_bytes();
            if character.is_control() {
                octal(cell, text);
            } else {
                cell.push(text);
            }
        }
        octal(cell, chunk.invalid());
    }
}
