//! The sockets of this host at one moment, shared by every check of a run that looks at them.
//!
//! Records are kept as the kernel sent them, one after the other in one buffer, and read in place: nothing is allocated per socket,
//! and what nobody needs is not asked for, so a snapshot for `listen` alone holds no connections.

mod dump;
mod holder;
mod needs;
mod socket;

use std::sync::{Mutex, PoisonError};

use netdiag_sockdiag::UnixRequest;
use netdiag_sockdiag::owners::Owners;
use netdiag_sockdiag::{InetRequest, Query};
use tokio::time::Instant;

pub(crate) use dump::take;
pub(crate) use holder::{Holder, Owner, UserName};
pub(crate) use needs::Needs;
pub(crate) use socket::{Socket, Table, View};

use netdiag_text::{Ours, message};

use crate::finding::Finding;

/// What the kernel told of its sockets.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// When it began: everything in it was so at this time or later.
    pub(crate) taken: Instant,
    records: Vec<u8>,
    places: Vec<Place>,
    /// Which of the places are of sockets that wait for peers.
    listening: Vec<u32>,
    /// Tables that are not, or not wholly, in it.
    missing: Vec<(Table, Missing)>,
    /// Walked already if somebody needs them.
    owners: Mutex<Owners>,
}

/// One record: from the end of the one before it to this.
#[derive(Clone, Copy, Debug)]
struct Place {
    end: u32,
    table: Table,
}

/// Why a table is not in a snapshot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Missing {
    reason: String,
    remedy: Option<String>,
}

impl Snapshot {
    fn new(owners: Owners) -> Self {
        Self {
            taken: Instant::now(),
            records: Vec::new(),
            places: Vec::new(),
            listening: Vec::new(),
            missing: Vec::new(),
            owners: Mutex::new(owners),
        }
    }

    /// Every socket in it.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = Socket<'_>> {
        (0..self.places.len()).filter_map(|at| self.socket(at))
    }

    /// Those that wait for peers: listeners, and datagram sockets that are bound and not connected.
    pub(crate) fn listening(&self) -> impl Iterator<Item = Socket<'_>> {
        self.listening.iter().filter_map(|at| self.socket(*at as usize))
    }

    /// A finding that says so if one of `tables` could not be listed.
    pub(crate) fn incomplete(&self, tables: &[Table]) -> Option<Finding> {
        let (table, missing) = self.missing.iter().find(|(table, _)| tables.contains(table))?;
        let reason = message!("{} sockets: {}", Ours(table.word()), Ours(&missing.reason));
        Some(Finding::unmeasured(reason, missing.remedy.as_deref().map(|remedy| Ours(remedy).into())))
    }

    /// Looks at all processes, unless that has been done, so that whoever asks later does not have to.
    pub(crate) fn walk(&self) {
        self.with_owners(|owners| owners.held_by(|_, _| false));
    }

    /// Who holds sockets, as far as it may be known.
    pub(crate) fn with_owners<T>(&self, look: impl FnOnce(&Owners) -> T) -> T {
        // Nothing that could panic leaves owners half written.
        look(&self.owners.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who holds a socket, in words: `nginx (pid 42), nginx (pid 43)`; empty if nobody known.
    pub(crate) fn holders(&self, inode: u32) -> String {
        self.with_owners(|owners| {
            let mut last = None;
            // One process can hold it by several descriptors.
            let processes =
                owners.of(inode).filter(|owner| last.replace(owner.task.pid) != Some(owner.task.pid));
            let words = processes.take(HOLDERS + 1).enumerate().map(|(count, owner)| match count {
                HOLDERS => "…".to_owned(),
                _ => format!("{} (pid {})", String::from_utf8_lossy(&owner.task.comm), owner.task.pid),
            });
            words.collect::<Vec<_>>().join(", ")
        })
    }

    fn add(&mut self, table: Table, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        write(&mut self.records);
        let Ok(end) = u32::try_from(self.records.len()) else { return false };
        self.places.push(Place { end, table });
        let at = self.places.len() - 1;
        if self.socket(at).is_some_and(|socket| socket.is_listening()) {
            // No more places than records, whose bytes have 32 bits.
            self.listening.push(at as u32);
        }
        self.records.len() < MOST
    }

    fn socket(&self, at: usize) -> Option<Socket<'_>> {
        let Place { end, table } = *self.places.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.places.get(before)).map_or(0, |place| place.end);
        let record = self.records.get(start as usize..end as usize)?;
        let view = match table {
            Table::Unix => UnixRequest::view(record).ok().map(View::Unix),
            _ => InetRequest::view(record).ok().map(View::Inet),
        };
        view.map(|view| Socket { table, view })
    }
}

/// How many of those who hold a socket are named.
const HOLDERS: usize = 3;
/// Bytes of records that are kept at most: those of half a million connections.
const MOST: usize = 256 << 20;

#[cfg(test)]
pub(crate) mod tests;
