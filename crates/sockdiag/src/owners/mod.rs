//! Which processes hold a socket, by its inode.
//!
//! `/proc` is walked once, and only when the first socket with an inode is asked about: a listing of nothing, or of sockets
//! nobody holds, costs no walk. A socket opened after that moment has no owner here, one closed since still has.

mod index;
mod walk;

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};

use self::index::Index;

/// What is wanted to be known of owners.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scope {
    /// Every thread is an owner of its own, as threads may have files of their own.
    pub threads: bool,
    /// The security contexts of processes.
    pub contexts: bool,
    /// The security contexts of sockets.
    pub socket_contexts: bool,
}

/// The owners of this machine's sockets, as far as they may be known.
#[derive(Debug, Default)]
pub struct Owners {
    /// What is looked for.
    pub scope: Scope,
    root: PathBuf,
    known: OnceCell<Known>,
    /// Whether somebody asked about a socket for which nobody was found.
    missed: Cell<bool>,
}

/// What a walk found out.
#[derive(Debug, Default)]
struct Known {
    tasks: Vec<Task>,
    held: Index,
    contexts: Vec<Box<[u8]>>,
    /// Processes whose files could not be looked at for want of permission.
    withheld: u32,
}

/// A process, or one of its threads.
#[derive(Debug, Eq, PartialEq)]
pub struct Task {
    /// The process.
    pub pid: u32,
    /// The same as `pid` for a process's first thread, and wherever threads are not told apart.
    pub tid: u32,
    /// Its name as the kernel has it: fifteen bytes of anything but NUL.
    pub comm: Box<[u8]>,
    /// Its security context, if it was asked for and there is one.
    pub context: Option<Box<[u8]>>,
}

/// One file descriptor of one task.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Who holds it.
    pub task: &'a Task,
    /// By which descriptor.
    pub fd: u32,
    /// The socket's security context, if it was asked for and there is one.
    pub context: Option<&'a [u8]>,
}

impl Owners {
    /// The owners that the `proc` file system at `root` knows.
    pub fn new(root: PathBuf, scope: Scope) -> Self {
        Self { scope, root, known: OnceCell::new(), missed: Cell::new(false) }
    }

    /// Who holds the socket with this inode: highest process first, its highest descriptor first.
    ///
    /// Inode 0 is that of no socket: nobody holds it, and nothing is looked for.
    pub fn of(&self, inode: u32) -> impl Iterator<Item = Owner<'_>> {
        let known = (inode != 0).then(|| self.known());
        let mut owners = known
            .into_iter()
            .flat_map(move |known| known.held.of(inode).filter_map(|held| known.owner(held)))
            .peekable();
        if inode != 0 && owners.peek().is_none() {
            self.missed.set(true);
        }
        owners
    }

    /// The inodes of the sockets that processes hold whose number and name are admitted.
    pub fn held_by(&self, admits: impl Fn(u32, &[u8]) -> bool) -> Vec<u32> {
        let known = self.known();
        let admitted = known.held.all().filter(|held| {
            let task = known.tasks.get(held.task as usize);
            task.is_some_and(|task| admits(task.pid, &task.comm))
        });
        admitted.map(|held| held.inode).collect()
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| walk::walk(&self.root, self.scope))
    }

    /// How many processes kept their files from us, if a socket asked about may be one of theirs.
    pub fn withheld(&self) -> Option<u32> {
        let withheld = self.known.get()?.withheld;
        (withheld > 0 && self.missed.get()).then_some(withheld)
    }
}

impl Known {
    fn owner(&self, held: &index::Held) -> Option<Owner<'_>> {
        let task = self.tasks.get(held.task as usize)?;
        let context = held.context.and_then(|at| self.contexts.get(at.get() as usize - 1));
        Some(Owner { task, fd: held.fd, context: context.map(|context| &**context) })
    }
}

/// Whether this system labels processes and sockets.
pub fn selinux_is_enabled() -> bool {
    Path::new("/sys/fs/selinux/enforce").exists()
}

#[cfg(test)]
mod tests;
