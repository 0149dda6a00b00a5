//! Unix domain sockets.
//!
//! A name is bytes: either a path, or an abstract name, which has no entry in the file system and may hold anything.

use netdiag_host::fields::Facts;
use netdiag_host::{ProcLine, Table};
use netdiag_sockdiag::{UnixSocket, words};

use super::fields::{Grouped, Memory};
use super::inet::shutdown;
use super::process::Process;
use super::scalar::{Hex, StateWord, Text};
use crate::json::record::record;
use crate::ss::details::Details;
use crate::ss::names::Names;

record! {
    /// A Unix domain socket.
    Unix<'a> {
        /// The word of the Netid column: its type, stream, datagram, sequenced packets.
        #[schemars(extend("enum" = ["u_str", "u_dgr", "u_seq", "unknown"]))]
        netid: &'static str,
        /// Always `unix`.
        #[schemars(extend("const" = "unix"))]
        family: &'static str,
        /// Its state (`udiag_state`), by the word `ss state WORD` takes.
        state: StateWord,
        /// The inode that `/proc/PID/fd` links name (`udiag_ino`).
        inode: u32,
    } maybe {
        /// Bytes received and not read yet; for listening sockets, connections not accepted yet (`UNIX_DIAG_RQLEN`).
        recv_q: u32,
        /// Bytes sent and not read by the peer yet; for listening sockets, how many connections may wait
        /// (`UNIX_DIAG_RQLEN`).
        send_q: u32,
        /// This end: its name; missing when it has none.
        local: UnixName<'a>,
        /// The other end, a socket; missing when there is none.
        peer: UnixPeer<'a>,
        /// User id, of the owner (`UNIX_DIAG_UID`).
        uid: u32,
        /// What tells this socket from every other since boot (`udiag_cookie`); missing when it was read from `/proc`.
        cookie: u64,
        /// Which halves of the connection are shut down (`UNIX_DIAG_SHUTDOWN`).
        #[schemars(extend("enum" = words::SHUTDOWN.names().collect::<Vec<_>>()))]
        shutdown: &'static str,
        /// The file its path led to when it was bound (`UNIX_DIAG_VFS`).
        bound_file: UnixFile,
        /// Inodes of the connections that wait to be accepted, 0 for those without one (`UNIX_DIAG_ICONS`); only of
        /// listening sockets.
        pending_inodes: Vec<u32>,
        /// Memory, with `-m`.
        memory: Memory<'a>,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// A name of a Unix domain socket: `path` or `abstract`.
    #[derive(Default)]
    UnixName<'a> {
    } maybe {
        /// The path of a Unix domain socket, as the process that bound it sees the file system.
        path: Text<'a>,
        /// The name of a Unix domain socket that has no file; its leading NUL is left out, others are not.
        r#abstract: Text<'a>,
        /// The exact bytes of `path` or `abstract`, when they are not UTF-8.
        bytes_hex: Hex<'a>,
    }
}

record! {
    /// The other end of a Unix domain socket.
    UnixPeer<'a> {
        /// The inode that `/proc/PID/fd` links name (`UNIX_DIAG_PEER`).
        inode: u32,
    } maybe {
        /// With `-e`, or where the filter asks for it (`dst unix:PATTERN`).
        #[serde(flatten)]
        name: UnixName<'a>,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// The file a Unix domain socket is bound to.
    UnixFile {
        /// Inode in its file system (`udiag_vfs_ino`).
        file_inode: u32,
        /// Major number of the device (`udiag_vfs_dev`).
        device_major: u32,
        /// Minor number of the device (`udiag_vfs_dev`).
        device_minor: u32,
    } maybe {
        /// Whether `path` leads to this file from here, with `-e`: it does not when the socket was bound in another mount
        /// namespace, or when the file was deleted or replaced since. Missing where it cannot be told, as for relative paths.
        reachable: bool,
    }
}

impl<'a> Unix<'a> {
    /// `peer` is the name of the other end, as far as it is known.
    pub(crate) fn new(
        socket: &UnixSocket<'a>,
        peer: Option<&'a [u8]>,
        facts: &'a Facts<'a>,
        names: &'a Names,
        details: Details,
    ) -> Self {
        let owners = names.owners.as_deref();
        Self {
            netid: Table::of_unix(socket.kind()).map_or(words::UNKNOWN, Table::netid),
            family: "unix",
            state: StateWord(socket.state()),
            inode: socket.inode(),
            recv_q: socket.rqueue(),
            send_q: socket.wqueue(),
            local: socket.name().and_then(UnixName::new),
            peer: socket.peer().filter(|&inode| inode != 0).map(|inode| UnixPeer {
                inode,
                name: peer.and_then(UnixName::new),
                processes: Process::all(owners, inode),
            }),
            uid: socket.uid(),
            cookie: ProcLine::of(socket.attrs).is_none().then(|| socket.cookie()),
            shutdown: socket.shutdown().map(shutdown),
            bound_file: socket.vfs().map(|file| UnixFile {
                file_inode: file.inode,
                device_major: file.major(),
                device_minor: file.minor(),
                reachable: socket
                    .name()
                    .filter(|_| details.identity)
                    .and_then(|path| names.bound_files.reachable(path, file)),
            }),
            pending_inodes: socket.pending().map(Iterator::collect),
            memory: Memory::new(facts).filter(|_| details.memory),
            processes: Process::all(owners, socket.inode()),
        }
    }
}

impl<'a> UnixName<'a> {
    fn new(name: &'a [u8]) -> Option<Self> {
        let (path, r#abstract) = match name {
            [] => return None,
            [0, name @ ..] => (None, Some(name)),
            path => (Some(path), None),
        };
        let bytes = r#abstract.unwrap_or(name);
        let bytes_hex = str::from_utf8(bytes).is_err().then_some(Hex(bytes));
        Some(Self { path: path.map(Text), r#abstract: r#abstract.map(Text), bytes_hex })
    }
}
