//! Who holds a socket, shown with `-p`.

use super::record::record;
use super::scalar::Text;

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
