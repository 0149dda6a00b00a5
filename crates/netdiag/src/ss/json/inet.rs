//! IPv4 and IPv6 sockets of every protocol.
//!
//! What the kernel sends with each record is always written, whatever `-e` and `-o` say: those only shape text. Options
//! that make the kernel send more, or that look elsewhere, add keys.

use netdiag_host::{Cgroups, FileLine, Services, Table};
use netdiag_sockdiag::{InetAttrs, InetSocket, State, inet};

use super::congestion::{Bbr, Dctcp, Vegas};
use super::interface::Interface;
use super::md5::Md5Key;
use super::memory::Memory;
use super::mptcp::Mptcp;
use super::process::Process;
use super::scalar::{Flags, Ip, StateWord, Text, UNKNOWN};
use super::sctp::Sctp;
use super::tcp::Tcp;
use super::ulp::Ulp;
use crate::json::record::record;
use crate::ss::details::Details;
use crate::ss::names::{Names, transport};

record! {
    /// An IPv4 or IPv6 socket.
    Inet<'a> {
        /// The protocol, by the word of the Netid column. Kernels that say so for raw sockets have `icmp6` here.
        #[schemars(extend("enum" = ["tcp", "udp", "raw", "dccp", "sctp", "mptcp", "icmp6", "???"]))]
        netid: &'static str,
        /// The address family. An IPv6 socket can talk to IPv4 peers; its addresses are mapped ones then (`::ffff:1.2.3.4`).
        #[schemars(extend("enum" = ["inet", "inet6"]))]
        family: &'static str,
        /// Its state (`idiag_state`), by the word `ss state WORD` takes; sockets without connections are `unconnected`. SCTP
        /// associations have states of their own.
        #[schemars(extend("enum" = states()))]
        state: &'static str,
        /// Bytes received and not read yet; for listening TCP sockets, connections not accepted yet (`idiag_rqueue`).
        recv_q: i32,
        /// Bytes not acknowledged (TCP) or not sent (UDP) yet; for listening TCP sockets, how many connections may wait
        /// (`idiag_wqueue`). A UDP socket that is being destroyed can have -1.
        send_q: i32,
        /// This end. An unspecified address stands for all addresses.
        local: Endpoint<'a>,
    } maybe {
        /// The other end; missing when there is none.
        peer: Endpoint<'a>,
        /// The interface it is bound to (`idiag_if`); missing when it is bound to none.
        interface: Interface<'a>,
        /// Owner, a user id (`idiag_uid`); missing for minisockets, which the kernel reports with nobody's.
        uid: u32,
        /// The inode that `/proc/PID/fd` links name (`idiag_inode`); missing when no process holds the socket.
        inode: u32,
        /// What tells this socket from every other since boot (`idiag_cookie`); missing when it was read from `/proc`.
        cookie: u64,
        /// Firewall mark (`INET_DIAG_MARK`), which the kernel tells only to `CAP_NET_ADMIN`; missing when not set.
        mark: u32,
        /// Control group (`INET_DIAG_CGROUP_ID`).
        cgroup: Cgroup<'a>,
        /// Whether an IPv6 socket keeps out IPv4 (`INET_DIAG_SKV6ONLY`); told for listening and unconnected sockets only.
        v6only: bool,
        /// Which halves of the connection are shut down (`INET_DIAG_SHUTDOWN`); missing for minisockets.
        #[schemars(extend("enum" = ["none", "receive", "send", "both"]))]
        shutdown: &'static str,
        /// The timer that runs; missing when none does.
        timer: Timer,
        /// Type of service, with `--tos` (`INET_DIAG_TOS`).
        tos: u8,
        /// Traffic class, with `--tos` (`INET_DIAG_TCLASS`).
        tclass: u8,
        /// Class for traffic control, with `--tos` (`INET_DIAG_CLASS_ID`).
        class_id: u32,
        /// Names of the options that are set, with `--inet-sockopt` (`INET_DIAG_SOCKOPT`).
        sockopt: Flags,
        /// IP protocol number of a raw socket (`INET_DIAG_PROTOCOL`).
        protocol: u32,
        /// Whether it is an association of the SCTP socket listed before it; missing for sockets.
        #[schemars(extend("const" = true))]
        association: bool,
        /// Memory, with `-m`.
        memory: Memory,
        /// What TCP knows of the connection, with `-i`.
        tcp: Tcp,
        /// Name of the congestion control, with `-i` (`INET_DIAG_CONG`).
        congestion: Text<'a>,
        /// What BBR knows, with `-i`.
        bbr: Bbr,
        /// What DCTCP knows, with `-i`.
        dctcp: Dctcp,
        /// What Vegas and its kin know, with `-i`.
        vegas: Vegas,
        /// What MPTCP knows of the connection, with `-i`.
        mptcp: Mptcp,
        /// What SCTP knows of the association, with `-i`.
        sctp: Sctp,
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
        /// The IP address, never a name and never with a scope.
        address: Ip<'a>,
    } maybe {
        /// The port; missing when there is none.
        port: u16,
        /// The port's name in `/etc/services`, unless `-n` is given; ports the kernel hands out by itself have none.
        service: &'a str,
        /// The address's name, with `-r`.
        host: String,
    }
}

record! {
    /// A running timer.
    Timer {
        /// Which one (`idiag_timer`).
        #[schemars(extend("enum" = ["on", "keepalive", "timewait", "persist", "delack", "T3_RTX", "unknown"]))]
        name: &'static str,
        /// Milliseconds until it fires (`idiag_expires`).
        expires_ms: u32,
        /// How often it has fired without an answer (`idiag_retrans`).
        retransmits: u8,
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
    pub(crate) fn new(table: Table, socket: &InetSocket<'a>, names: &'a mut Names, details: Details) -> Self {
        let attrs = InetAttrs::new(socket.attrs);
        let line = FileLine::of(socket.attrs);
        let association = table == Table::Sctp && names.is_association(socket.inode());
        let Names { services, interfaces, cgroups, hosts, owners, .. } = names;
        let services = services.as_ref();
        let end = |bytes, port| Endpoint::new(Ip { family: socket.family(), bytes }, port, table, services);
        let mut host = |address| hosts.as_mut()?.name(address).map(str::to_owned);
        let local = end(socket.local_bytes(), socket.local_port());
        let local = Endpoint { host: host(socket.local().ip()), ..local };
        let peer = Some(end(socket.remote_bytes(), socket.remote_port())).filter(Endpoint::is_somewhere);
        let peer = peer.map(|peer| Endpoint { host: host(socket.remote().ip()), ..peer });
        Self {
            netid: table.netid_of(socket),
            family: match socket.family() {
                inet::Family::V4 => "inet",
                inet::Family::V6 => "inet6",
            },
            state: if association {
                association_state(socket.state())
            } else {
                StateWord(socket.state()).word()
            },
            recv_q: socket.rqueue() as i32,
            send_q: socket.wqueue() as i32,
            local,
            peer,
            interface: Interface::new(socket.interface(), interfaces),
            uid: (!is_mini(socket)).then(|| socket.uid()),
            inode: Some(socket.inode()).filter(|&inode| inode != 0),
            cookie: line.is_none().then(|| socket.cookie()),
            mark: attrs.mark().filter(|&mark| mark != 0),
            cgroup: Cgroup::new(&attrs, cgroups, details),
            v6only: attrs.v6only(),
            shutdown: attrs.shutdown().map(shutdown),
            timer: Timer::new(socket),
            tos: attrs.tos(),
            tclass: attrs.tclass(),
            class_id: attrs.class_id().filter(|_| details.tos),
            sockopt: attrs
                .options()
                .filter(|_| details.options)
                .map(|set| Flags { bits: set.0.into(), names: OPTIONS }),
            protocol: attrs.protocol().map(u32::from),
            association: association.then_some(true),
            memory: match attrs.mem_info() {
                Some(info) => Memory::new(info),
                None => attrs.old_mem_info().and_then(Memory::old),
            },
            tcp: match line {
                Some(line) => line.tcp().filter(|_| details.info).map(Tcp::of_line),
                None => attrs.tcp_info().filter(|_| table == Table::Tcp).map(Tcp::new),
            },
            congestion: attrs.congestion().map(Text),
            bbr: attrs.bbr().and_then(Bbr::new),
            dctcp: attrs.dctcp().and_then(Dctcp::new),
            vegas: attrs.vegas().and_then(Vegas::new),
            mptcp: attrs.mptcp_info().filter(|_| table == Table::Mptcp).map(Mptcp::new),
            sctp: (details.info && table == Table::Sctp).then(|| Sctp::new(&attrs)),
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
        Self { address, port, service, host: None }
    }

    fn is_somewhere(&self) -> bool {
        self.port.is_some() || !self.address.is_unspecified()
    }
}

impl Timer {
    fn new(socket: &InetSocket<'_>) -> Option<Self> {
        let name = match socket.timer() {
            0 => return None,
            1 => "on",
            2 => "keepalive",
            3 => "timewait",
            4 => "persist",
            5 => "delack",
            _ => "unknown",
        };
        Some(Self { name, expires_ms: socket.expires(), retransmits: socket.retransmits() })
    }
}

/// The words for states, of sockets and of associations.
fn states() -> Vec<&'static str> {
    let others = ASSOCIATIONS.into_iter().filter(|word| !StateWord::ALL.contains(word));
    StateWord::ALL.into_iter().chain(others).collect()
}

fn association_state(state: State) -> &'static str {
    ASSOCIATIONS.get(usize::from(state.0)).copied().unwrap_or(UNKNOWN)
}

/// Whether the kernel keeps only a stub of the socket, without an owner. One in FIN-WAIT-2 is known by its timer.
fn is_mini(socket: &InetSocket<'_>) -> bool {
    socket.inode() == 0 && (socket.state() == State::SYN_RECV || socket.timer() == TIMEWAIT)
}

/// The number of the timer that ends stubs of closed sockets.
const TIMEWAIT: u8 = 3;

/// The halves that are shut down: `RCV_SHUTDOWN`, `SEND_SHUTDOWN`.
pub(super) fn shutdown(halves: u8) -> &'static str {
    ["none", "receive", "send", "both"][usize::from(halves & 3)]
}

/// States of SCTP associations (`enum sctp_state`), by number.
const ASSOCIATIONS: [&str; 8] = [
    "closed",
    "cookie-wait",
    "cookie-echoed",
    "established",
    "shutdown-pending",
    "shutdown-sent",
    "shutdown-received",
    "shutdown-ack-sent",
];
/// By bit.
const OPTIONS: &[&str] = &[
    "recverr",
    "is_icsk",
    "freebind",
    "hdrincl",
    "mc_loop",
    "transparent",
    "mc_all",
    "nodefrag",
    "bind_addr_no_port",
    "recverr_rfc4884",
    "defer_connect",
];
