//! Records as the kernel lays them out, and the words they become.

use netdiag_sockdiag::{InetRequest, InetSocket, Query, State};

use super::super::super::cells::Cells;
use super::*;

/// What a cell becomes.
pub(super) fn text(write: impl FnOnce(&mut Cell<'_>)) -> String {
    let mut cells = Cells::with_room(0);
    cells.add(write);
    let mut page = [0; 4096];
    let text = cells.read(&mut 0);
    text.copy_to(&mut page);
    String::from_utf8(page[..text.len].to_vec()).unwrap()
}
