//! Which processes hold a socket, by its inode.
//!
//! `/proc` is walked once, and only when the first socket with an inode is asked about: a listing of nothing, or of sockets
//! nobody holds, costs no walk. A socket opened after that moment has no owner here, one closed since still has. Where a process
//! could not be looked at, nobody is known to be the only holder of anything: see [`Held`].

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod hidden;
mod index;
mod known;
mod process;
mod walk;

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use self::known::Known;
pub use self::known::{Owner, OwnerScope, Task};
use crate::host::Host;
use crate::part::CutShort;
use crate::proc_root::ProcRoot;

/// The owners of this machine's sockets, as far as they may be known.
#[derive(Debug, Default)]
pub struct Owners {
    /// What is looked for.
    pub scope: OwnerScope,
    root: ProcRoot,
    known: OnceLock<Known>,
    /// Whether somebody asked about a socket for which nobody was found.
    missed: AtomicBool,
}

/// Whether a socket is held, by anybody or by those who were asked about.
#[derive(Clone, Debug)]
pub enum Held<'a> {
    /// By these descriptors, and perhaps by some that may not be seen.
    Yes(Vec<Owner<'a>>),
    /// By nobody; all processes were looked at.
    No,
    /// Nobody was found, but this kept some processes from being looked at: they may hold it, alone or beside others.
    Unknown(&'a CutShort),
}

impl Host {
    /// Who holds its sockets; nobody is looked at yet.
    pub fn owners(&self, scope: OwnerScope) -> Owners {
        Owners::new(self.proc_root().clone(), scope)
    }
}

impl Held<'_> {
    /// The same as yes or no; `None` if it is not known.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::Yes(_) => Some(true),
            Self::No => Some(false),
            Self::Unknown(_) => None,
        }
    }
}

impl Owners {
    /// The owners that the `proc` file system at `root` knows.
    pub fn new(root: ProcRoot, scope: OwnerScope) -> Self {
        Self { scope, root, ..Self::default() }
    }

    /// The descriptors of the socket with this inode: highest process first, its highest descriptor first.
    ///
    /// Inode 0 is that of no socket: nobody holds it, and nothing is looked for. These are those that can be seen; whether there
    /// may be more is told by [`cut_short`](Self::cut_short).
    pub fn of(&self, inode: u32) -> impl Iterator<Item = Owner<'_>> {
        let known = (inode != 0).then(|| self.known());
        let mut owners = known
            .into_iter()
            .flat_map(move |known| known.held.of(inode).filter_map(|held| known.owner(held)))
            .peekable();
        if inode != 0 && owners.peek().is_none() {
            self.missed.store(true, Ordering::Relaxed);
        }
        owners
    }

    /// Whether anybody holds the socket with this inode.
    pub fn held(&self, inode: u32) -> Held<'_> {
        self.held_by(inode, |_| true)
    }

    /// Whether a task that is admitted holds the socket with this inode, whoever else does.
    pub fn held_by(&self, inode: u32, admits: impl Fn(&Task) -> bool) -> Held<'_> {
        let held: Vec<_> = self.of(inode).filter(|owner| admits(owner.task)).collect();
        match (held.is_empty(), self.cut_short()) {
            (false, _) => Held::Yes(held),
            (true, Some(why)) if inode != 0 => Held::Unknown(why),
            (true, _) => Held::No,
        }
    }

    /// The inodes of the sockets that tasks hold which are admitted; not of all if the walk was [cut short](Self::cut_short).
    pub fn inodes(&self, admits: impl Fn(&Task) -> bool) -> Vec<u32> {
        let known = self.known();
        let admitted =
            known.held.all().filter(|held| known.tasks.get(held.task as usize).is_some_and(&admits));
        admitted.map(|held| held.inode).collect()
    }

    /// Looks at all processes, unless that has been done, and tells why some of them could not be looked at.
    pub fn walk(&self) -> Option<&CutShort> {
        self.known().cut_short.as_ref()
    }

    /// Why some processes could not be looked at, if there was a walk and it could not.
    pub fn cut_short(&self) -> Option<&CutShort> {
        self.known.get()?.cut_short.as_ref()
    }

    /// Whether somebody asked about a socket for which nobody was found.
    pub fn missed(&self) -> bool {
        self.missed.load(Ordering::Relaxed)
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| walk::walk(self.root.path(), self.scope))
    }
}

/// Whether this system labels processes and sockets.
pub fn selinux_is_enabled() -> bool {
    Path::new("/sys/fs/selinux/enforce").exists()
}

#[cfg(test)]
mod tests;
