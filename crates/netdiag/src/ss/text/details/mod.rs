//! The last column of inet sockets: what options ask for, in upstream's order.
//!
//! Every part begins with a blank, even behind the tab that begins a line. The line of internals is begun even for sockets
//! that have none, such as those in `TIME-WAIT`; but not for those read from `/proc`.

mod internals;
mod mptcp;
mod rates;
mod sctp;
mod tcp;
mod timer;
mod ulp;

use netdiag_host::{Cgroups, ProcLine, Table};
use netdiag_sockdiag::{InetAttrs, InetOptions, InetSocket, words};

use self::internals::Internals;
pub(super) use self::internals::skmem;
use super::super::cells::Cell;
use super::super::details::Details;

/// Writes all parts.
#[inline(never)]
pub(super) fn write(
    cell: &mut Cell<'_>,
    details: Details,
    cgroups: &mut Cgroups,
    table: Table,
    socket: &InetSocket<'_>,
) {
    let line = ProcLine::of(socket.attrs);
    // Of the files under `/proc`, only TCP's are shown in detail upstream.
    if table != Table::Tcp && line.is_some() {
        return;
    }
    let attrs = InetAttrs::new(socket.attrs);
    let internals = Internals::of(table);
    if details.timers {
        timer::write(cell, internals, socket);
    }
    if details.identity {
        identity(cell, cgroups, socket, &attrs);
    }
    if details.tos {
        classes(cell, &attrs);
    }
    if details.cgroup {
        cgroup(cell, cgroups, &attrs);
    }
    if let Some(set) = attrs.options().filter(|_| details.options) {
        cell.push(if details.oneline { b" inet-sockopt: (" } else { b"\n\tinet-sockopt: (" });
        options(cell, set);
    }
    if let Some(line) = line {
        if let Some(told) = line.tcp().filter(|_| details.info) {
            tcp::write_line(cell, told);
        }
        return;
    }
    if details.memory || details.info && internals != Internals::None {
        if !details.oneline {
            cell.word(b"\n\t");
        }
        internals.write(cell, details, socket.state(), &attrs);
    }
}

/// Who it belongs to, and what tells it apart.
fn identity(cell: &mut Cell<'_>, cgroups: &mut Cgroups, socket: &InetSocket<'_>, attrs: &InetAttrs<'_>) {
    cell.some(b" uid:", Some(socket.uid()));
    cell.number(b" ino:", socket.inode());
    cell.hex(b" sk:", socket.cookie());
    if let Some(mark) = attrs.mark().filter(|&mark| mark != 0) {
        cell.hex(b" fwmark:0x", mark);
    }
    cgroup(cell, cgroups, attrs);
    if let Some(only) = attrs.v6only() {
        cell.number(b" v6only:", u8::from(only));
    }
    if let Some(halves) = attrs.shutdown() {
        shutdown(cell, halves);
    }
}

/// Which halves are shut down.
pub(super) fn shutdown(cell: &mut Cell<'_>, halves: u8) {
    cell.byte(b' ');
    cell.push(words::SHUTDOWN.shown(halves & 3).unwrap_or_default().as_bytes());
}

fn cgroup(cell: &mut Cell<'_>, cgroups: &mut Cgroups, attrs: &InetAttrs<'_>) {
    if let Some(id) = attrs.cgroup().filter(|&id| id != 0) {
        cell.word(b" cgroup:");
        cell.foreign(cgroups.path(id));
    }
}

fn classes(cell: &mut Cell<'_>, attrs: &InetAttrs<'_>) {
    if let Some(tos) = attrs.tos() {
        cell.prefixed_hex(b" tos:", tos.into());
    }
    if let Some(tclass) = attrs.tclass() {
        cell.prefixed_hex(b" tclass:", tclass.into());
    }
    if let Some(class) = attrs.class_id() {
        cell.prefixed_hex(b" class_id:", class);
    }
}

fn options(cell: &mut Cell<'_>, set: InetOptions) {
    words::INET_OPTIONS.set(set.0).for_each(|option| {
        cell.byte(b' ');
        cell.push(option.shown.as_bytes());
    });
    cell.byte(b')');
}

#[cfg(test)]
mod tests;
