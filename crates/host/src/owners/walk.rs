//! One walk over the descriptors of all processes, on two threads where there are many.
//!
//! The largest tables of descriptors come first and are divided, so that neither thread ends long after the other. What is found is
//! put in the order in which processes are listed, whoever found it.

use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{AtFlags, CWD, Mode, openat, statat};
use rustix::io::Errno;

use super::hidden::hides;
use super::index::{Held, Index};
use super::known::{Known, OwnerScope, Task};
use super::process::{ALL, Found, HOLD_DIRECTORY, Looker, OPEN_DIRECTORY, has_threads, numbers, unless_gone};
use crate::part::CutShort;

/// Looks at every process under `root`. What has ended is left out; what could not be looked at cuts the result short.
pub(super) fn walk(root: &Path, scope: OwnerScope) -> Known {
    match openat(CWD, root, OPEN_DIRECTORY, Mode::empty()) {
        Ok(dir) => Walk { scope, root, dir: dir.as_fd(), part: PART, many: MANY }.known(),
        Err(errno) => Known { cut_short: Some(CutShort::unreadable(root, errno)), ..Known::default() },
    }
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    scope: OwnerScope,
    root: &'a Path,
    dir: BorrowedFd<'a>,
    /// Descriptors of one process that one thread looks at before it takes others.
    part: u32,
    /// How many descriptors are worth a second thread, or processes of which none is known to have any.
    many: u64,
}

/// Descriptors of one process, or some of them.
#[derive(Clone, Debug)]
struct Table {
    /// Its place in the listing.
    place: usize,
    pid: u32,
    /// How many descriptors it has, as far as the kernel says.
    size: u64,
    fds: Range<u32>,
    /// The directory of a process whose descriptors are in several of these.
    dir: Option<Arc<OwnedFd>>,
}

/// What one thread has found: for each table it looked at, by its number.
struct Share<'a> {
    looker: Looker<'a>,
    found: Vec<(usize, Found)>,
    /// Tables it lacked the descriptors or the memory to look at.
    left: Vec<usize>,
}

impl<'a> Walk<'a> {
    /// Looks at all that are listed, as long as there is something left to look with.
    fn known(self) -> Known {
        let mut pids = Vec::new();
        let listed = numbers(self.dir, |_, pid| {
            pids.push(pid);
            Ok(())
        });
        let tables = self.tables(&pids);
        let next = AtomicUsize::new(0);
        let mut own = Share::new(self);
        let other = thread::scope(|scope| {
            let other = if self.takes_two(&tables) {
                let share = || Share::new(self).of(self, &tables, &next);
                thread::Builder::new().name("owners".to_owned()).spawn_scoped(scope, share).ok()
            } else {
                None
            };
            own = Share::new(self).of(self, &tables, &next);
            other.map(|other| other.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)))
        });
        let ended = own.take_in(other, self, &tables);
        let cut_short = match (listed.and(ended), own.looker.withheld.len()) {
            (Err(errno), _) => Some(CutShort::unreadable(self.root, errno)),
            (Ok(()), 0) if hides(self.dir, pids.contains(&1)) => Some(CutShort::Hidden(self.root.into())),
            (Ok(()), 0) => None,
            (Ok(()), some) => Some(CutShort::Withheld(some)),
        };
        own.known(&tables, cut_short)
    }

    /// What there is to look at, the largest first, in the order listed where sizes are the same.
    fn tables(self, pids: &[u32]) -> Vec<Table> {
        // Kernels before 6.2 do not say how many descriptors a process has, and copies of the files of another never.
        let sizes = self.size("self/fd").is_some_and(|size| size > 0);
        let mut tables = Vec::with_capacity(pids.len());
        for (place, &pid) in pids.iter().enumerate() {
            let size = if sizes { self.size(&format!("{pid}/fd")) } else { None };
            // So have the kernel's own threads, and processes whose first thread has ended.
            if size == Some(0) && !has_threads(self.dir, format!("{pid}/task")) {
                continue;
            }
            let table = Table { place, pid, size: size.unwrap_or_default(), fds: ALL, dir: None };
            self.divide(table, &mut tables);
        }
        tables.sort_by_key(|table| std::cmp::Reverse(table.size));
        tables
    }

    fn size(self, dir: &str) -> Option<u64> {
        let dir = statat(self.dir, dir, AtFlags::empty()).ok()?;
        u64::try_from(dir.st_size).ok()
    }

    /// Adds a table, in parts if it is large.
    fn divide(self, table: Table, tables: &mut Vec<Table>) {
        let parts = u32::try_from(table.size.div_ceil(self.part.into())).unwrap_or(1);
        if parts < 2 || self.scope.threads {
            tables.push(table);
            return;
        }
        // Its parts are of one process, even if another is given its number meanwhile.
        let Ok(dir) = self.open(table.pid).map(Arc::new) else {
            tables.push(table);
            return;
        };
        for part in 0..parts {
            let end = if part + 1 == parts { ALL.end } else { (part + 1) * self.part };
            let (fds, dir) = (part * self.part..end, Some(Arc::clone(&dir)));
            tables.push(Table { size: self.part.into(), fds, dir, ..table });
        }
    }

    fn open(self, pid: u32) -> Result<OwnedFd, Errno> {
        openat(self.dir, pid.to_string(), HOLD_DIRECTORY, Mode::empty())
    }

    /// Whether it is worth a second thread. Contexts of sockets are numbered by who finds them.
    fn takes_two(self, tables: &[Table]) -> bool {
        let descriptors: u64 = tables.iter().map(|table| table.size.max(1)).sum();
        descriptors > self.many
            && !self.scope.socket_contexts
            && thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
    }
}

impl<'a> Share<'a> {
    fn new(walk: Walk<'a>) -> Self {
        Self { looker: Looker::new(walk.root, walk.scope), found: Vec::new(), left: Vec::new() }
    }

    /// Looks at tables until none is left.
    fn of(mut self, walk: Walk<'_>, tables: &[Table], next: &AtomicUsize) -> Self {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(table) = tables.get(number) else { return self };
            if self.look(walk, number, table).is_err() {
                self.left.push(number);
            }
        }
    }

    fn look(&mut self, walk: Walk<'_>, number: usize, table: &Table) -> Result<(), Errno> {
        let opened = match &table.dir {
            Some(dir) => return self.look_into(dir, number, table),
            None => unless_gone(walk.open(table.pid))?,
        };
        opened.map_or(Ok(()), |dir| self.look_into(&dir, number, table))
    }

    fn look_into(&mut self, dir: &OwnedFd, number: usize, table: &Table) -> Result<(), Errno> {
        let found = self.looker.process(dir, table.pid, table.fds.clone())?;
        if !found.held.is_empty() {
            self.found.push((number, found));
        }
        Ok(())
    }

    /// Takes in what the other thread has found, and looks at what either had to leave: what two wanted for may do for one.
    fn take_in(&mut self, other: Option<Self>, walk: Walk<'_>, tables: &[Table]) -> Result<(), Errno> {
        if let Some(other) = other {
            self.looker.withheld.extend(other.looker.withheld);
            self.found.extend(other.found);
            self.left.extend(other.left);
        }
        let left = std::mem::take(&mut self.left);
        left.into_iter()
            .filter_map(|number| Some((number, tables.get(number)?)))
            .try_for_each(|(number, table)| self.look(walk, number, table))
    }

    /// All that was found, in the order of the listing.
    fn known(mut self, tables: &[Table], cut_short: Option<CutShort>) -> Known {
        let key = |number: usize| tables.get(number).map(|table| (table.place, table.fds.start));
        self.found.sort_unstable_by_key(|(number, _)| key(*number));
        let mut tasks: Vec<Task> = Vec::with_capacity(self.found.len());
        let mut held: Vec<Held> =
            Vec::with_capacity(self.found.iter().map(|(_, found)| found.held.len()).sum());
        for (_, found) in self.found {
            let mut places = Vec::with_capacity(found.tasks.len());
            for task in found.tasks {
                // Of a large table the next part is the same task's.
                if tasks.last().is_none_or(|last| (last.pid, last.tid) != (task.pid, task.tid)) {
                    tasks.push(task);
                }
                places.push(tasks.len().saturating_sub(1) as u32);
            }
            held.extend(found.held.into_iter().filter_map(|held| {
                let task = *places.get(held.task as usize)?;
                Some(Held { task, ..held })
            }));
        }
        Known { tasks, held: Index::new(&held), contexts: self.looker.contexts(), cut_short }
    }
}

/// So many take a thread some 20 ms.
const PART: u32 = 8192;
/// So many take as long as some twenty threads take to begin.
const MANY: u64 = 1000;

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_large_table_is_looked_at_in_parts_and_told_of_as_one() {
        let sockets: Vec<_> = (0..40).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let twins: Vec<_> = sockets.iter().map(|socket| socket.try_clone().unwrap()).collect();
        let root = Path::new("/proc");
        let ours = std::process::id();
        let found = |part, many| {
            let dir = openat(CWD, root, OPEN_DIRECTORY, Mode::empty()).unwrap();
            let walk = Walk { scope: OwnerScope::default(), root, dir: dir.as_fd(), part, many };
            let tables = walk.tables(&[ours]);
            let known = walk.known();
            assert_eq!(known.tasks.iter().filter(|task| task.pid == ours).count(), 1, "{part} {many}");
            let fds = sockets.iter().map(|socket| {
                let path = format!("/proc/self/fd/{}", socket.as_raw_fd());
                let inode = std::fs::metadata(path).unwrap().ino() as u32;
                let of = known.held.of(inode).filter(|held| known.tasks[held.task as usize].pid == ours);
                of.map(|held| held.fd.cast_signed()).collect::<Vec<_>>()
            });
            (fds.collect::<Vec<_>>(), tables.len())
        };
        let expected: Vec<_> = sockets
            .iter()
            .zip(&twins)
            .map(|(socket, twin)| {
                let (one, other) = (socket.as_raw_fd(), twin.as_raw_fd());
                vec![one.max(other), one.min(other)]
            })
            .collect();
        for (part, many) in [(PART, u64::MAX), (PART, 0), (1, 0), (7, u64::MAX), (7, 0), (64, 0)] {
            assert_eq!(found(part, many).0, expected, "{part} {many}");
        }
        // Since Linux 6.2 a directory of descriptors says how many there are.
        if std::fs::metadata("/proc/self/fd").unwrap().len() > 0 {
            assert!(found(7, 0).1 > 11 && found(PART, 0).1 == 1);
        }
    }
}
