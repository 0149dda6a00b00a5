//! Who holds a socket, shown with `-p`.

use super::scalar::Text;
use crate::json::record::record;
use netdiag_host::{Owner, Owners};

record! {
    /// One open descriptor of a socket, with `-p`: a process that holds a socket twice is here twice.
    Process<'a> {
        /// Process id, as seen from the namespace of the caller's `/proc`.
        pid: u32,
        /// Name of the process (`/proc/PID/stat`), at most 15 bytes.
        comm: Text<'a>,
        /// Number of the descriptor.
        fd: u32,
    } maybe {
        /// Thread id, with `-T`; missing for the process's first thread.
        tid: u32,
        /// Security context of the process, with `-Z` or `-z`.
        process_context: Text<'a>,
        /// Security context of the socket, with `-z`.
        socket_context: Text<'a>,
    }
}

impl<'a> Process<'a> {
    /// Those who hold the socket of an inode, if anybody is known to.
    pub(crate) fn all(owners: Option<&'a Owners>, inode: u32) -> Option<Vec<Self>> {
        let owners = owners?;
        let all: Vec<_> = owners.of(inode).map(|owner| Self::new(owners, owner)).collect();
        (!all.is_empty()).then_some(all)
    }

    fn new(owners: &Owners, Owner { task, fd, context }: Owner<'a>) -> Self {
        Self {
            pid: task.pid,
            comm: Text(&task.comm),
            fd,
            tid: Some(task.tid).filter(|&tid| owners.scope.threads && tid != task.pid),
            process_context: task.context.as_deref().map(Text),
            socket_context: context.map(Text),
        }
    }
}
