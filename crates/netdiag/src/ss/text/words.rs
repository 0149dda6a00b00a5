//! Cells all families have: states and queues.

use std::io::Write;

use netdiag_sockdiag::{State, words};

use super::super::cells::Cell;
use super::super::column::Column;
use super::super::columns::Columns;
use crate::printf::digits;

/// Adds the first cells of a row: what kind of socket, in which state, with how much in its queues.
pub(super) fn head<W: Write>(columns: &mut Columns<W>, netid: &str, which: State, [receive, send]: [u32; 2]) {
    columns.cell(Column::Netid, |cell| cell.push(netid.as_bytes()));
    columns.cell(Column::State, |cell| state(cell, which));
    columns.cell(Column::RecvQ, |cell| queue(cell, receive));
    columns.cell(Column::SendQ, |cell| queue(cell, send));
}

/// A plain number.
pub(super) fn number(cell: &mut Cell<'_>, number: u32) {
    cell.fill(|room: &mut [u8; 10]| digits(number, room));
}

/// A count, six characters wide at least. The kernel's unsigned number is shown signed, as upstream does: a socket that
/// is going away can have less than nothing queued.
#[inline]
pub(super) fn queue(cell: &mut Cell<'_>, count: u32) {
    cell.fill(|room: &mut [u8; 11]| {
        *room = *b"0          ";
        if count == 0 {
            return 6;
        }
        let (sign, rest) = room.split_first_mut().expect("there are eleven");
        let mut len = digits((count as i32).unsigned_abs(), rest);
        if (count as i32) < 0 {
            *sign = b'-';
            len += 1;
        } else {
            room.copy_within(1.., 0);
        }
        room[len..].fill(b' ');
        len.max(6)
    });
}

#[inline]
pub(super) fn state(cell: &mut Cell<'_>, state: State) {
    let &(name, len) = STATES.get(usize::from(state.0)).unwrap_or(&const { padded(UNDEFINED) });
    cell.fill(|room| {
        *room = name;
        len
    });
}

/// What the text calls a state that the kernel never shows.
pub(super) const UNDEFINED: &str = "UNDEF";

/// States by number, padded so that all are copied alike.
const STATES: [([u8; 12], usize); words::STATES.all().len()] = {
    let mut padded_states = [padded(UNDEFINED); words::STATES.all().len()];
    let mut number = 0;
    while number < padded_states.len() {
        padded_states[number] = padded(words::STATES.all()[number].shown);
        number += 1;
    }
    padded_states
};

const fn padded(name: &str) -> ([u8; 12], usize) {
    let mut text = [b' '; 12];
    text.split_at_mut(name.len()).0.copy_from_slice(name.as_bytes());
    (text, name.len())
}
