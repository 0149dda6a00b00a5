//! The sockets of a host at one moment.
//!
//! Records are kept as the kernel sent them, one after the other in one buffer, and read in place: nothing is allocated per socket,
//! and what nobody needs is not asked for, so a snapshot of listeners holds no connections. It is not the work of one moment: what
//! is in it was so at some time between [`began`](Snapshot::began) and [`ended`](Snapshot::ended).

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::Path;
use std::time::Instant;

use netdiag_sockdiag::filter::{Expr, Scope};
use netdiag_sockdiag::{SocketType, State, UnixSocket};

use super::bound_file::BoundFiles;
use super::family_table::FamilyTable;
use super::list_request::ListRequest;
use super::listing::ListOutcome;
use super::needs::Needs;
use super::socket::Socket;
use super::table::Table;
use super::tables::Tables;
use super::taking::SocketVisitor;
use crate::host::Host;
use crate::namespace::{Namespace, NamespaceId};
use crate::owners::{OwnerScope, Owners};
use crate::part::{CutShort, any_known};
use crate::proc_root::ProcRoot;

/// What was told of sockets.
#[derive(Debug)]
pub struct Snapshot {
    /// The network namespace they are in; `None` where there is no `/proc` to tell.
    pub namespace: Option<NamespaceId>,
    /// When the first question was put.
    pub began: Instant,
    /// When the last answer had come.
    pub ended: Instant,
    /// Who holds them; walked already if that was needed.
    pub owners: Owners,
    records: Vec<u8>,
    places: Vec<Place>,
    /// Which of the places are of sockets that wait for peers.
    listening: Vec<u32>,
    /// What is not, or not wholly, in it.
    cut_short: Vec<(FamilyTable, CutShort)>,
    /// How many bytes of records are kept.
    most: usize,
    files: BoundFiles,
}

/// One record: from the end of the one before it to this.
#[derive(Clone, Copy, Debug)]
struct Place {
    end: u32,
    table: Table,
}

impl Host {
    /// Its sockets at one moment, as far as they are needed. It blocks: a tenth of a second for a hundred thousand sockets.
    pub fn snapshot(&self, needs: &Needs) -> Snapshot {
        Snapshot::take(self, needs, MOST)
    }
}

impl Snapshot {
    /// Asks for what is needed, once for each table and family; keeps so many bytes of records.
    fn take(host: &Host, needs: &Needs, most: usize) -> Self {
        let namespace = match host.namespace() {
            Some(namespace) => namespace.id().ok(),
            None => Namespace::of_this_thread().ok().and_then(|here| here.id().ok()),
        };
        let owners = host.owners(OwnerScope::default());
        let mut snapshot = Self { most, ..Self::empty(owners, namespace) };
        let mut sockets = host.sockets();
        let tables = needs.tables();
        for family_table in tables.family_tables(|_| true) {
            let question = ListRequest {
                family_table,
                tables,
                states: needs.states_of(family_table.table, family_table.family),
                details: needs.details(family_table.table),
                filter: &Expr::ALWAYS,
                scope: Scope::default(),
            };
            let mut keeper = Keeper::of(&mut snapshot);
            let why = match sockets.list(&question, &mut keeper) {
                Ok(ListOutcome { cut_short, .. }) => cut_short,
                Err(TooMany) => Some(CutShort::TooMany(most)),
            };
            snapshot.cut_short.extend(why.map(|why| (family_table, why)));
        }
        snapshot.ended = Instant::now();
        if needs.owners() {
            snapshot.owners.walk();
        }
        snapshot
    }

    fn empty(owners: Owners, namespace: Option<NamespaceId>) -> Self {
        let now = Instant::now();
        Self {
            namespace,
            began: now,
            ended: now,
            owners,
            records: Vec::new(),
            places: Vec::new(),
            listening: Vec::new(),
            cut_short: Vec::new(),
            most: MOST,
            files: BoundFiles::default(),
        }
    }

    /// A snapshot of invented records, for tests of what looks at one: nobody is known to hold these sockets, and some may.
    pub fn invented(records: impl IntoIterator<Item = (Table, Vec<u8>)>) -> Self {
        let nowhere = Owners::new(ProcRoot::at("/nonexistent"), OwnerScope::default());
        let mut snapshot = Self::empty(nowhere, None);
        for (table, record) in records {
            if let Some(socket) = Socket::view(table, &record) {
                let _ = snapshot.add(table, socket);
            }
        }
        snapshot
    }

    /// Every socket in it.
    pub fn sockets(&self) -> impl Iterator<Item = Socket<'_>> {
        (0..self.places.len()).filter_map(|at| self.socket(at))
    }

    /// Those that wait for peers: listeners, and datagram sockets that are bound and not connected.
    pub fn listening(&self) -> impl Iterator<Item = Socket<'_>> {
        self.listening.iter().filter_map(|at| self.socket(*at as usize))
    }

    /// Why not all sockets of these tables are in it, and which are not; nothing if they are. Absence may be concluded only then.
    pub fn cut_short(&self, tables: impl IntoIterator<Item = Table>) -> Option<(FamilyTable, &CutShort)> {
        let tables: Tables = tables.into_iter().collect();
        let about = |family_table: &FamilyTable| match family_table.family.is_inet() {
            true => tables.contains(family_table.table),
            false => family_table.family.tables().any(|table| tables.contains(table)),
        };
        self.cut_short
            .iter()
            .find(|(family_table, _)| about(family_table))
            .map(|(family_table, why)| (*family_table, why))
    }

    /// Whether a socket of a table waits for what is sent to a port at an address of this machine; `None` if that is not known.
    pub fn takes(&self, table: Table, address: IpAddr, port: u16) -> Option<bool> {
        let there = |socket: &Socket<'_>| {
            socket.table() == Some(table) && socket.local().is_some_and(|local| local.port() == port)
        };
        let found = any_known(self.listening().filter(there).map(|socket| socket.takes(address)));
        found.filter(|found| *found || self.cut_short([table]).is_none())
    }

    /// Whether a unix socket of a type waits at a path, whatever it was called when it was bound; `None` if that is not known.
    pub fn waits_at(&self, path: &Path, kind: SocketType) -> Option<bool> {
        let sockets = self.unix(kind).map(|socket| self.files.is_at(path, &socket));
        self.concluded(any_known(sockets), kind)
    }

    /// Whether a unix socket of a type waits under an abstract name, which is given without the NUL before it.
    pub fn waits_under(&self, name: &[u8], kind: SocketType) -> Option<bool> {
        let found = self
            .unix(kind)
            .any(|socket| socket.name().is_some_and(|own| own.split_first() == Some((&0, name))));
        self.concluded(Some(found), kind)
    }

    /// Whether `path` leads to the file that a unix socket is bound to, whatever it was called then; `None` if that cannot be told.
    pub fn is_at(&self, path: &Path, socket: &UnixSocket<'_>) -> Option<bool> {
        self.files.is_at(path, socket)
    }

    /// Whether the path that a unix socket was bound to leads to it from here; `None` if that cannot be told, and for abstract names.
    pub fn is_reachable(&self, socket: &Socket<'_>) -> Option<bool> {
        let unix = socket.unix()?;
        let path = unix.name().filter(|name| name.first() != Some(&0))?;
        self.files.reachable(path, unix.vfs()?)
    }

    fn unix(&self, kind: SocketType) -> impl Iterator<Item = UnixSocket<'_>> {
        self.listening().filter_map(|socket| socket.unix()).filter(move |socket| socket.kind() == kind)
    }

    fn concluded(&self, found: Option<bool>, kind: SocketType) -> Option<bool> {
        found.filter(|found| *found || self.cut_short(Table::of_unix(kind)).is_none())
    }

    fn add(&mut self, table: Table, socket: Socket<'_>) -> Result<(), TooMany> {
        let start = self.records.len();
        socket.write_to(&mut self.records);
        let most = self.most;
        let Some(end) = u32::try_from(self.records.len()).ok().filter(|end| *end as usize <= most) else {
            self.records.truncate(start);
            return Err(TooMany);
        };
        // No more places than records, whose bytes have 32 bits.
        let at = self.places.len() as u32;
        self.places.push(Place { end, table });
        if socket.is_listening() {
            self.listening.push(at);
        }
        Ok(())
    }

    fn socket(&self, at: usize) -> Option<Socket<'_>> {
        let Place { end, table } = *self.places.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.places.get(before)).map_or(0, |place| place.end);
        Socket::view(table, self.records.get(start as usize..end as usize)?)
    }
}

/// That no more is kept.
struct TooMany;

/// Keeps what one list tells.
struct Keeper<'s> {
    snapshot: &'s mut Snapshot,
    /// How much there was when the dump at hand began.
    before: (usize, usize, usize),
    /// Cookies of the endpoints of SCTP in it so far.
    endpoints: HashSet<u64>,
}

impl<'s> Keeper<'s> {
    fn of(snapshot: &'s mut Snapshot) -> Self {
        Self { snapshot, before: (0, 0, 0), endpoints: HashSet::new() }
    }

    /// Whether the kernel has told of this one before: it tells of endpoints of SCTP once more for every association.
    fn has(&mut self, socket: &Socket<'_>) -> bool {
        let Socket::Inet(Table::Sctp, endpoint) = socket else { return false };
        endpoint.state() == State::LISTEN && !self.endpoints.insert(endpoint.cookie())
    }
}

impl SocketVisitor for Keeper<'_> {
    type Stop = TooMany;

    fn begin(&mut self) {
        let Snapshot { records, places, listening, .. } = &self.snapshot;
        self.before = (records.len(), places.len(), listening.len());
        self.endpoints.clear();
    }

    fn retract(&mut self) -> bool {
        let Snapshot { records, places, listening, .. } = &mut self.snapshot;
        records.truncate(self.before.0);
        places.truncate(self.before.1);
        listening.truncate(self.before.2);
        true
    }

    fn socket(&mut self, socket: Socket<'_>) -> Result<(), TooMany> {
        match socket.table() {
            Some(table) if !self.has(&socket) => self.snapshot.add(table, socket),
            _ => Ok(()),
        }
    }
}

/// Bytes of records that are kept at most: those of half a million connections.
const MOST: usize = 256 << 20;

#[cfg(test)]
mod tests;
