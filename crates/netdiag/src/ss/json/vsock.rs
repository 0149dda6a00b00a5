//! Sockets between a virtual machine and its host.

use netdiag_sockdiag::{SocketType, VsockSocket, vsock, words};

use super::inet::shutdown;
use super::process::Process;
use super::scalar::StateWord;
use crate::json::record::record;
use netdiag_host::{Owners, Table};

record! {
    /// A vsock socket. It has no queues to report.
    Vsock<'a> {
        /// The word of the Netid column: its type.
        #[schemars(extend("enum" = ["v_str", "v_dgr", "v_seq", "unknown"]))]
        netid: &'static str,
        /// Always `vsock`.
        #[schemars(extend("const" = "vsock"))]
        family: &'static str,
        /// Its state (`vdiag_state`), by the word `ss state WORD` takes.
        state: StateWord,
        /// This end (`vdiag_src_cid`, `vdiag_src_port`).
        local: VsockEnd,
    } maybe {
        /// The other end (`vdiag_dst_cid`, `vdiag_dst_port`); missing when there is none.
        peer: VsockEnd,
        /// The inode that `/proc/PID/fd` links name (`vdiag_ino`).
        inode: u32,
        /// What tells this socket from every other since boot (`vdiag_cookie`).
        cookie: u64,
        /// Which halves of the connection are shut down (`vdiag_shutdown`).
        #[schemars(extend("enum" = words::SHUTDOWN.names().collect::<Vec<_>>()))]
        shutdown: &'static str,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// One end of a vsock socket.
    #[derive(Default)]
    VsockEnd {
    } maybe {
        /// Context id of the machine; missing for any.
        cid: u32,
        /// The port; missing for any.
        port: u32,
    }
}

impl<'a> Vsock<'a> {
    pub(crate) fn new(socket: &VsockSocket<'_>, owners: Option<&'a Owners>) -> Self {
        Self {
            netid: match socket.kind() {
                // Which text does not know.
                SocketType::SEQPACKET => "v_seq",
                kind => Table::of_vsock(kind).map_or(words::UNKNOWN, Table::netid),
            },
            family: "vsock",
            state: StateWord(socket.state()),
            local: VsockEnd::new(socket.local_cid(), socket.local_port()),
            peer: Some(VsockEnd::new(socket.remote_cid(), socket.remote_port()))
                .filter(|end| end.cid.is_some() || end.port.is_some()),
            inode: Some(socket.inode()).filter(|&inode| inode != 0),
            cookie: Some(socket.cookie()),
            shutdown: Some(shutdown(socket.shutdown())),
            processes: Process::all(owners, socket.inode()),
        }
    }
}

impl VsockEnd {
    fn new(cid: u32, port: u32) -> Self {
        let known = |number| Some(number).filter(|&number| number != vsock::ANY);
        Self { cid: known(cid), port: known(port) }
    }
}
