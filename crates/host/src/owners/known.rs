//! What a walk over all processes has found out.
//!
//! Of all tasks only those that hold sockets are kept.

use super::index::{Held, Index};
use crate::part::CutShort;

/// What is wanted to be known of owners.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OwnerScope {
    /// Every thread is an owner of its own, as threads may have files of their own.
    pub threads: bool,
    /// The security contexts of processes.
    pub contexts: bool,
    /// The security contexts of sockets.
    pub socket_contexts: bool,
    /// The control groups of processes.
    pub cgroups: bool,
}

/// What a walk found out.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) tasks: Vec<Task>,
    pub(super) held: Index,
    pub(super) contexts: Vec<Box<[u8]>>,
    pub(super) cut_short: Option<CutShort>,
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
    /// Its control group, as a path in its hierarchy, if it was asked for and could be read.
    pub cgroup: Option<Box<[u8]>>,
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

impl Known {
    /// Whose a descriptor is.
    pub(super) fn owner(&self, held: &Held) -> Option<Owner<'_>> {
        let task = self.tasks.get(held.task as usize)?;
        let context = held.context.and_then(|at| self.contexts.get(at.get() as usize - 1));
        Some(Owner { task, fd: held.fd, context: context.map(|context| &**context) })
    }
}
