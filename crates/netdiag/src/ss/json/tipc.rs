//! TIPC sockets.

use netdiag_sockdiag::{State, TipcSocket};

use super::process::Process;
use super::scalar::{StateWord, netid};
use crate::json::record::record;
use crate::ss::details::Details;
use netdiag_host::{Owners, Table};

record! {
    /// A TIPC socket (`TIPC_NLA_SOCK_*`).
    Tipc<'a> {
        /// The word of the Netid column: its type.
        #[schemars(extend("enum" = ["ti_st", "ti_dg", "ti_rd", "ti_sq", "unknown"]))]
        netid: &'static str,
        /// Always `tipc`.
        #[schemars(extend("const" = "tipc"))]
        family: &'static str,
        /// Its state, by the word `ss state WORD` takes.
        state: StateWord,
        /// This end.
        local: TipcEnd,
    } maybe {
        /// The other end; missing when it is not connected.
        peer: TipcEnd,
        /// Messages received and not read yet (`TIPC_NLA_SOCK_STAT_RCVQ`).
        recv_q: u32,
        /// Messages not sent yet (`TIPC_NLA_SOCK_STAT_SENDQ`).
        send_q: u32,
        /// User id, of the owner (`TIPC_NLA_SOCK_UID`).
        uid: u32,
        /// The inode that `/proc/PID/fd` links name (`TIPC_NLA_SOCK_INO`).
        inode: u32,
        /// What tells this socket from every other since boot (`TIPC_NLA_SOCK_COOKIE`).
        cookie: u64,
        /// What is congested, with `--tipcinfo`.
        #[schemars(extend("enum" = ["link", "conn", "none"]))]
        congested: &'static str,
        /// Messages dropped, with `--tipcinfo` (`TIPC_NLA_SOCK_STAT_DROP`).
        drops: u32,
        /// Whether a name leads to it, with `--tipcinfo` (`TIPC_NLA_SOCK_HAS_PUBL`).
        published: bool,
        /// The name the connection was made by, with `--tipcinfo`.
        via: TipcService,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// One end of a TIPC socket.
    TipcEnd {
        /// The node.
        node: u32,
        /// The socket's number there.
        r#ref: u32,
    }
}

record! {
    /// A TIPC name.
    TipcService {
        /// Type of service (`TIPC_NLA_CON_TYPE`).
        service_type: u32,
        /// Instance of it (`TIPC_NLA_CON_INST`).
        instance: u32,
    }
}

impl<'a> Tipc<'a> {
    pub(crate) fn new(socket: &TipcSocket<'_>, owners: Option<&'a Owners>, details: Details) -> Self {
        let stats = socket.stats();
        let peer = socket.connection();
        let info = stats.filter(|_| details.tipcinfo);
        Self {
            netid: netid(Table::netid_of_tipc(socket.kind())),
            family: "tipc",
            state: StateWord(socket.state().unwrap_or(State::UNKNOWN)),
            local: TipcEnd::new(socket.node(), socket.reference()),
            peer: peer.map(|peer| TipcEnd::new(peer.node(), peer.reference())),
            recv_q: stats.and_then(|stats| stats.rqueue()),
            send_q: stats.and_then(|stats| stats.wqueue()),
            uid: socket.uid(),
            inode: socket.inode(),
            cookie: socket.cookie(),
            congested: info.map(|stats| stats.congestion()),
            drops: info.and_then(|stats| stats.drops()),
            published: details.tipcinfo.then(|| socket.has_publications()),
            via: peer
                .filter(|_| details.tipcinfo)
                .and_then(|peer| peer.via())
                .map(|(service_type, instance)| TipcService { service_type, instance }),
            processes: Process::all(owners, socket.inode().unwrap_or_default()),
        }
    }
}

impl TipcEnd {
    fn new(node: Option<u32>, reference: Option<u32>) -> Self {
        Self { node: node.unwrap_or_default(), r#ref: reference.unwrap_or_default() }
    }
}
