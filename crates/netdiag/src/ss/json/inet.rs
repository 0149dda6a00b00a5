//! IPv4 and IPv6 sockets of every protocol.
//!
//! What the kernel sends with each record is always written, whatever `-e` and `-o` say: those only shape text. Options
//! that make the kernel send more, or that look elsewhere, add keys.

use netdiag_host::fields::Facts;
use netdiag_host::{Cgroups, Services, Table};
use netdiag_sockdiag::{InetAttrs, InetSocket, State, inet, words};

use super::fields::{
    Bbr, Classes, Columns, Congestion, Dctcp, Grouped, Identity, Memory, Mptcp, Openness, Options, Protocol,
    Tcp, Timer, Vegas,
};
use super::interface::Interface;
use super::md5::Md5Key;
use super::process::Process;
use super::scalar::{Ip, Text, netid};
use super::sctp::Sctp;
use super::ulp::Ulp;
use crate::json::record::record;
use crate::ss::details::Details;
use crate::ss::names::{Names, transport};

record! {
    /// An IPv4 or IPv6 socket.
    Inet<'a> {
        /// The word of the Netid column: its protocol. Kernels that say so for raw sockets have `icmp6` here.
        #[schemars(extend("enum" = ["tcp", "udp", "raw", "dccp", "sctp", "mptcp", "icmp6", "unknown"]))]
        netid: &'static str,
        /// The address family. An IPv6 socket can talk to IPv4 peers; its addresses are mapped ones then (`::ffff:1.2.3.4`).
        #[schemars(extend("enum" = ["inet", "inet6"]))]
        family: &'static str,
        /// Its state (`idiag_state`), by the word `ss state WORD` takes; sockets without connections are `unconnected`. SCTP
        /// associations have states of their own.
        #[schemars(extend("enum" = states()))]
        state: &'static str,
        #[serde(flatten)]
        columns: Columns<'a>,
        /// This end.
        local: Endpoint<'a>,
    } maybe {
        /// The other end; missing when there is none.
        peer: Endpoint<'a>,
        /// The interface it is bound to (`idiag_if`); missing when it is bound to none.
        interface: Interface<'a>,
        #[serde(flatten)]
        identity: Identity<'a>,
        /// Control group (`INET_DIAG_CGROUP_ID`).
        cgroup: Cgroup<'a>,
        #[serde(flatten)]
        openness: Openness<'a>,
        /// The timer that runs; missing when none does.
        timer: Timer<'a>,
        #[serde(flatten)]
        classes: Classes<'a>,
        #[serde(flatten)]
        options: Options<'a>,
        #[serde(flatten)]
        protocol: Protocol<'a>,
        /// Whether it is an association of the SCTP socket listed before it; missing for sockets.
        #[schemars(extend("const" = true))]
        association: bool,
        /// Memory, with `-m`.
        memory: Memory<'a>,
        /// What TCP knows of the connection, with `-i`.
        tcp: Tcp<'a>,
        #[serde(flatten)]
        congestion: Congestion<'a>,
        /// What BBR knows, with `-i`.
        bbr: Bbr<'a>,
        /// What DCTCP knows, with `-i`.
        dctcp: Dctcp<'a>,
        /// What Vegas and its kin know, with `-i`.
        vegas: Vegas<'a>,
        /// What MPTCP knows of the connection, with `-i`.
        mptcp: Mptcp<'a>,
        /// What SCTP knows of the association, with `-i`.
        sctp: Sctp<'a>,
        /// The protocol on top of TCP, with `-i`: TLS, or MPTCP for a subflow.
        ulp: Ulp<'a>,
        /// Signature keys (RFC 2385), with `-i` and only for `CAP_NET_ADMIN` (`INET_DIAG_MD5SIG`).
        md5_keys: Vec<Md5Key<'a>>,
        /// Who holds it, with `-p`; missing when nobody was found, which can be for want of privilege.
        processes: Vec<Process<'a>>,
    }
}

record! {
    /// One end of a socket.
    Endpoint<'a> {
        /// The IP address, never a name. An unspecified one stands for all addresses.
        address: Ip<'a>,
    } maybe {
        /// The port; missing where there is none.
        port: u16,
        /// The interface a link-local address is on, where the socket is bound to one.
        scope: Text<'a>,
        /// The port's name in `/etc/services`, unless `-n` is given; ports the kernel hands out by itself have none.
        service: &'a str,
        /// The address's name, with `-r`.
        host: String,
    }
}

record! {
    /// A control group.
    Cgroup<'a> {
        /// Its number: the inode of its directory.
        id: u64,
    } maybe {
        /// Its directory below the mount of cgroup2, with `-e` or `--cgroup`; missing when it cannot be found.
        path: Text<'a>,
    }
}

impl<'a> Inet<'a> {
    /// What a record says by itself.
    pub(crate) fn new(
        table: Table,
        socket: &InetSocket<'a>,
        facts: &'a Facts<'a>,
        names: &'a mut Names,
        details: Details,
    ) -> Self {
        let attrs = &facts.attrs;
        let association = table == Table::Sctp && names.is_association(socket.inode());
        let Names { services, interfaces, cgroups, hosts, owners, .. } = names;
        let services = services.as_ref();
        let interface = Interface::new(socket.interface(), interfaces);
        let scope = interface.as_ref().and_then(|interface| interface.name);
        let end = |bytes, port| {
            let address = Ip { family: socket.family(), bytes };
            Endpoint {
                scope: scope.filter(|_| address.is_link_local()),
                ..Endpoint::new(address, port, table, services)
            }
        };
        let mut host = |address| hosts.as_mut()?.name(address).map(str::to_owned);
        let local = end(socket.local_bytes(), socket.local_port());
        let local = Endpoint { host: host(socket.local().ip()), ..local };
        let peer = Some(end(socket.remote_bytes(), socket.remote_port())).filter(Endpoint::is_somewhere);
        let peer = peer.map(|peer| Endpoint { host: host(socket.remote().ip()), ..peer });
        Self {
            netid: netid(table.netid_of(socket)),
            family: match socket.family() {
                inet::Family::V4 => "inet",
                inet::Family::V6 => "inet6",
            },
            state: state(table, association, socket.state()),
            columns: Columns::of(facts),
            local,
            peer,
            interface,
            identity: Identity::new(facts),
            cgroup: Cgroup::new(attrs, cgroups, details),
            openness: Openness::new(facts),
            timer: Timer::new(facts),
            classes: Classes::new(facts).filter(|_| details.tos),
            options: Options::new(facts).filter(|_| details.options),
            protocol: Protocol::new(facts),
            association: association.then_some(true),
            memory: Memory::new(facts),
            // A file tells more than was asked for.
            tcp: Tcp::new(facts).filter(|_| details.info || !facts.socket.is_from_file()),
            congestion: Congestion::new(facts),
            bbr: Bbr::new(facts),
            dctcp: Dctcp::new(facts),
            vegas: Vegas::new(facts),
            mptcp: Mptcp::new(facts),
            sctp: (details.info && table == Table::Sctp).then(|| Sctp::new(facts)),
            ulp: attrs.ulp().and_then(Ulp::new),
            md5_keys: attrs.md5_keys().map(|keys| keys.map(Md5Key::new).collect()),
            processes: Process::all(owners.as_deref(), socket.inode()),
        }
    }
}

impl<'a> Cgroup<'a> {
    fn new(attrs: &InetAttrs<'_>, cgroups: &'a mut Cgroups, details: Details) -> Option<Self> {
        let id = attrs.cgroup().filter(|&id| id != 0)?;
        let path = if details.identity || details.cgroup { cgroups.known(id) } else { None };
        Some(Self { id, path: path.map(Text) })
    }
}

impl<'a> Endpoint<'a> {
    fn new(address: Ip<'a>, port: u16, table: Table, services: Option<&'a Services>) -> Self {
        let port = Some(port).filter(|&port| port != 0);
        let service = port.and_then(|port| services?.name(transport(table), port));
        Self { address, port, scope: None, service, host: None }
    }

    fn is_somewhere(&self) -> bool {
        self.port.is_some() || !self.address.is_unspecified()
    }
}

/// The words for states, of sockets and of associations.
fn states() -> Vec<&'static str> {
    let mut all: Vec<_> = words::STATES.names().collect();
    for word in words::ASSOCIATION_STATES.names().chain(words::DCCP_STATES.names()) {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

fn state(table: Table, association: bool, State(number): State) -> &'static str {
    let word = match table {
        _ if association => words::ASSOCIATION_STATES.name(number),
        Table::Dccp => words::STATES.name(number).or_else(|| words::DCCP_STATES.name(number)),
        _ => words::STATES.name(number),
    };
    word.unwrap_or(words::UNKNOWN)
}

/// The halves that are shut down: `RCV_SHUTDOWN`, `SEND_SHUTDOWN`.
pub(super) fn shutdown(halves: u8) -> &'static str {
    words::SHUTDOWN.name(halves & 3).unwrap_or(words::UNKNOWN)
}
