//! Netlink sockets: the kernel's own and those that talk to it.

use netdiag_host::ProcLine;
use netdiag_host::fields::Facts;
use netdiag_sockdiag::{NetlinkSocket, State, words};

use super::fields::{Grouped, Memory};
use super::scalar::{Flags, StateWord};
use crate::json::record::record;
use crate::ss::details::Details;
use crate::ss::names::Names;

record! {
    /// A netlink socket.
    Netlink<'a> {
        /// Always `nl`.
        #[schemars(extend("const" = "nl"))]
        netid: &'static str,
        /// Always `netlink`.
        #[schemars(extend("const" = "netlink"))]
        family: &'static str,
        /// Its state (`ndiag_state`), by the word `ss state WORD` takes.
        state: StateWord,
        /// The protocol (`ndiag_protocol`).
        protocol: u8,
        /// Its address (`ndiag_portid`): 0 for the kernel, else usually but not always the process id.
        port_id: u32,
    } maybe {
        /// The protocol's name, unless `-n` is given.
        protocol_name: String,
        /// Name of the process, a guess: the one whose id is `port_id`; missing with `-n`.
        comm: String,
        /// Bytes allocated for messages not read yet (`SK_MEMINFO_RMEM_ALLOC`).
        recv_q: u32,
        /// Bytes allocated for messages not delivered yet (`SK_MEMINFO_WMEM_ALLOC`).
        send_q: u32,
        /// The other end; missing when it is not connected.
        peer: NetlinkPeer,
        /// Multicast groups it listens to, by number (`NETLINK_DIAG_GROUPS`).
        multicast_groups: Vec<u32>,
        /// What is switched on (`NETLINK_DIAG_FLAGS`): `cb-running`, `pktinfo`, `broadcast-error`, `no-enobufs`,
        /// `listen-all-nsid`, `cap-ack`, `ext-ack`, `strict-chk`.
        flags: Flags,
        /// The inode that `/proc/PID/fd` links name (`ndiag_ino`).
        inode: u32,
        /// What tells this socket from every other since boot (`ndiag_cookie`); missing when it was read from `/proc`.
        cookie: u64,
        /// Memory, with `-m`.
        memory: Memory<'a>,
    }
}

record! {
    /// What a netlink socket is connected to.
    NetlinkPeer {
        /// Its address (`ndiag_dst_portid`).
        port_id: u32,
        /// Multicast group, 0 for none (`ndiag_dst_group`).
        group: u32,
    }
}

impl<'a> Netlink<'a> {
    pub(crate) fn new(
        socket: &NetlinkSocket<'_>,
        facts: &'a Facts<'a>,
        names: &mut Names,
        details: Details,
    ) -> Self {
        let memory = socket.mem_info();
        let numeric = names.numeric();
        let holder = i32::try_from(socket.port()).ok().filter(|&id| id > 0 && !numeric);
        let comm = holder.and_then(|id| names.netlink().process(id));
        let protocol_name = if numeric { None } else { names.netlink().protocol(socket.protocol()) };
        Self {
            netid: "nl",
            family: "netlink",
            state: StateWord(if socket.connected() { State::ESTABLISHED } else { State::CLOSE }),
            protocol: socket.protocol(),
            port_id: socket.port(),
            protocol_name: protocol_name.map(str::to_owned),
            comm: comm.map(|name| String::from_utf8_lossy(&name).into_owned()),
            recv_q: memory.and_then(|info| info.rmem_alloc()),
            send_q: memory.and_then(|info| info.wmem_alloc()),
            peer: socket
                .connected()
                .then(|| NetlinkPeer { port_id: socket.peer_port(), group: socket.peer_group() }),
            multicast_groups: socket.groups().map(|groups| groups.numbers().collect()),
            flags: socket.flags().map(|bits| Flags::new(bits, words::NETLINK_FLAGS)),
            inode: Some(socket.inode()).filter(|&inode| inode != 0),
            cookie: ProcLine::of(socket.attrs).is_none().then(|| socket.cookie()),
            memory: Memory::new(facts).filter(|_| details.memory),
        }
    }
}
