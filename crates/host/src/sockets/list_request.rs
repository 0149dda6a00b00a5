//! What the kernel is asked of each family, and how it puts that it does not know one.
//!
//! Where a question cannot say which types are wanted, sockets of all types of the family come back.

use netdiag_sockdiag::filter::{Bytecode, Expr, Scope};
use netdiag_sockdiag::{
    Client, Error, Extensions, NetlinkRequest, PacketRequest, State, States, TipcRequest, VsockRequest,
    XdpRequest, inet, netlink, packet, unix, xdp,
};
use nix::errno::Errno;

use super::ask::ask;
use super::family_table::FamilyTable;
use super::inet_question::InetQuestion;
use super::peers::Peers;
use super::socket::Socket;
use super::table::{Family, Table};
use super::tables::Tables;
use crate::part::CutShort;

/// What is to be listed.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// The sockets of one table and family.
    pub family_table: FamilyTable,
    /// Where the types of a family are tables of their own, those that are wanted.
    pub tables: Tables,
    /// Sockets in one of these states.
    pub states: States,
    /// What to learn of each.
    pub details: SocketDetails,
    /// Which of them.
    pub filter: &'a Expr,
    /// What of the filter the kernel may be asked.
    pub scope: Scope,
}

/// What to learn of sockets besides what is always told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SocketDetails {
    /// What the protocol knows of the connection.
    pub info: bool,
    /// What the congestion control knows, and its name.
    pub congestion: bool,
    /// Memory use, and how much was dropped.
    pub memory: bool,
    /// Type of service and traffic class.
    pub tos: bool,
    /// Of unix sockets the owner, the file they are bound to, and connections that wait.
    pub identity: bool,
    /// What the other ends of unix sockets are called, which takes a question of its own.
    pub peers: bool,
}

impl SocketDetails {
    /// Nothing.
    pub const NOTHING: Self =
        Self { info: false, congestion: false, memory: false, tos: false, identity: false, peers: false };
    /// See [`info`](Self::info).
    pub const INFO: Self = Self { info: true, ..Self::NOTHING };
    /// See [`congestion`](Self::congestion).
    pub const CONGESTION: Self = Self { congestion: true, ..Self::NOTHING };
    /// See [`memory`](Self::memory).
    pub const MEMORY: Self = Self { memory: true, ..Self::NOTHING };
    /// See [`tos`](Self::tos).
    pub const TOS: Self = Self { tos: true, ..Self::NOTHING };

    /// What to ask the kernel for of IP sockets.
    pub fn extensions(self) -> Extensions {
        let parts = [
            (self.memory, Extensions::MEMINFO | Extensions::SKMEMINFO),
            (self.info, Extensions::INFO),
            (self.congestion, Extensions::VEGASINFO | Extensions::CONG),
            (self.tos, Extensions::TOS | Extensions::TCLASS),
        ];
        parts.into_iter().filter(|(wanted, _)| *wanted).map(|(_, extensions)| extensions).collect()
    }

    fn of_unix(self) -> u32 {
        let always = unix::SHOW_NAME | unix::SHOW_PEER | unix::SHOW_RQLEN;
        let identity = unix::SHOW_VFS | unix::SHOW_ICONS | unix::SHOW_UID;
        always | if self.identity { identity } else { 0 } | if self.memory { unix::SHOW_MEMINFO } else { 0 }
    }
}

impl ListRequest<'_> {
    /// Whether another asks for the same of another family.
    pub(super) fn is_but_for_its_family(&self, other: &ListRequest<'_>) -> bool {
        let same = |request: &ListRequest<'_>| (request.family_table.table, request.states, request.details);
        same(self) == same(other) && self.scope == other.scope && self.filter == other.filter
    }

    /// The question for its sockets, whichever of them are meant, of a family or of both.
    pub(super) fn inet_question(&self, family: Option<inet::Family>) -> InetQuestion {
        InetQuestion {
            table: self.family_table.table,
            family,
            states: told(self.family_table.table, self.states),
            extensions: self.details.extensions(),
            bytecode: None,
            rest: None,
        }
    }

    /// Puts it to the kernel once, with a program to choose inet sockets by, and shows every answer.
    ///
    /// # Errors
    /// Only those of `show`.
    pub(super) fn put<E>(
        &self,
        client: &mut Client,
        bytecode: Option<&Bytecode>,
        mut show: impl FnMut(Socket<'_>) -> Result<(), E>,
    ) -> Result<Option<CutShort>, E> {
        match self.family_table.family {
            Family::Inet => self.put_inet(client, inet::Family::V4, bytecode, show),
            Family::Inet6 => self.put_inet(client, inet::Family::V6, bytecode, show),
            Family::Unix => self.put_unix(client, show),
            Family::Link => {
                ask(client, &PacketRequest { show: PACKET }, |socket| show(Socket::Packet(socket)))
            }
            Family::Netlink => {
                ask(client, &NetlinkRequest { show: NETLINK }, |socket| show(Socket::Netlink(socket)))
            }
            Family::Vsock => {
                ask(client, &VsockRequest { states: self.states }, |socket| show(Socket::Vsock(socket)))
            }
            Family::Tipc => {
                ask(client, &TipcRequest { states: self.states }, |socket| show(Socket::Tipc(socket)))
            }
            Family::Xdp => ask(client, &XdpRequest { show: XDP }, |socket| show(Socket::Xdp(socket))),
        }
    }

    fn put_inet<E>(
        &self,
        client: &mut Client,
        version: inet::Family,
        bytecode: Option<&Bytecode>,
        mut show: impl FnMut(Socket<'_>) -> Result<(), E>,
    ) -> Result<Option<CutShort>, E> {
        let table = self.family_table.table;
        let question = InetQuestion { bytecode: bytecode.cloned(), ..self.inet_question(Some(version)) };
        let cut_short = question.put(client, |socket| show(Socket::Inet(table, socket)))?;
        Ok(match bytecode {
            // It may be the program that is invalid.
            Some(_) => cut_short,
            None => cut_short.map(|why| unsupported_or(table, why)),
        })
    }

    fn put_unix<E>(
        &self,
        client: &mut Client,
        mut show: impl FnMut(Socket<'_>) -> Result<(), E>,
    ) -> Result<Option<CutShort>, E> {
        let mut peers = Peers::default();
        let unnamed = match self.details.peers {
            true => ask(client, &Peers::request(), |socket| {
                peers.add(&socket);
                Ok(())
            })?,
            false => None,
        };
        let cut_short = ask(client, &unix::request(self.states, self.details.of_unix()), |socket| {
            show(Socket::Unix(socket, peers.name(&socket)))
        })?;
        Ok(cut_short.or(unnamed))
    }
}

/// The states to ask for. A TCP socket leaves the kernel's table of connections before it is closed, so that nothing would come of going
/// through all of them for closed ones; those that are bound have a state of their own to be asked by.
fn told(table: Table, states: States) -> States {
    let without = states & !States::only(State::CLOSE);
    if table == Table::Tcp && !without.is_empty() { without } else { states }
}

/// Kernels without DCCP or MPTCP call the question invalid rather than unknown.
fn unsupported_or(table: Table, why: CutShort) -> CutShort {
    let young = matches!(table, Table::Mptcp | Table::Sctp | Table::Dccp);
    if young && is_invalid(&why) { CutShort::Unsupported } else { why }
}

/// Whether the kernel found fault with the request itself.
pub(super) fn is_invalid(why: &CutShort) -> bool {
    let CutShort::NotAnswered(error) = why else {
        return false;
    };
    matches!(&**error, Error::Refused { source, .. } if source.raw_os_error() == Some(Errno::EINVAL as i32))
}

/// These families have so few sockets that all is asked for always; memory use holds their queues.
const PACKET: u32 = packet::SHOW_INFO
    | packet::SHOW_MCLIST
    | packet::SHOW_RING_CFG
    | packet::SHOW_FANOUT
    | packet::SHOW_MEMINFO
    | packet::SHOW_FILTER;
const NETLINK: u32 = netlink::SHOW_MEMINFO | netlink::SHOW_GROUPS | netlink::SHOW_FLAGS;
const XDP: u32 = xdp::SHOW_INFO | xdp::SHOW_RING_CFG | xdp::SHOW_UMEM | xdp::SHOW_MEMINFO | xdp::SHOW_STATS;

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_invalid_question_is_an_unknown_protocol_only_where_that_is_how_old_kernels_put_it() {
        let refused = |errno: Errno| {
            let source = io::Error::from_raw_os_error(errno as i32);
            CutShort::from(Error::Refused { source, explanation: None })
        };
        #[rustfmt::skip]
        let cases = [
            (Table::Mptcp, Errno::EINVAL, true),
            (Table::Dccp,  Errno::EINVAL, true),
            (Table::Tcp,   Errno::EINVAL, false),
            (Table::Mptcp, Errno::EPERM,  false),
            (Table::Tcp,   Errno::ENOENT, true),
        ];
        for (table, errno, unsupported) in cases {
            let why = unsupported_or(table, refused(errno));
            assert_eq!(matches!(why, CutShort::Unsupported), unsupported, "{table:?} {errno}");
        }
    }

    #[test]
    fn nobody_goes_through_connections_for_closed_ones() {
        let closed = States::only(State::CLOSE);
        let listening = States::only(State::LISTEN);
        #[rustfmt::skip]
        let cases = [
            (Table::Tcp, States::LISTENING, listening),
            (Table::Tcp, closed,            closed),
            (Table::Tcp, States::ALL,       States::ALL & !closed),
            (Table::Udp, States::LISTENING, States::LISTENING),
        ];
        for (table, wanted, asked) in cases {
            assert_eq!(told(table, wanted), asked, "{table:?} {wanted:?}");
        }
    }

    #[test]
    fn the_kernel_is_asked_for_what_is_wanted() {
        let none = SocketDetails::default();
        #[rustfmt::skip]
        let cases = [
            (none,                                                              0,    0x15),
            (SocketDetails { memory: true, ..none },                                   0x41, 0x35),
            (SocketDetails { info: true, ..none },                                     0x02, 0x15),
            (SocketDetails { info: true, congestion: true, ..none },                   0x0e, 0x15),
            (SocketDetails { tos: true, identity: true, ..none },                      0x30, 0x5f),
            (SocketDetails { info: true, congestion: true, memory: true, ..none },     0x4f, 0x35),
        ];
        for (details, inet, unix) in cases {
            assert_eq!((details.extensions().bits(), details.of_unix()), (inet, unix), "{details:?}");
        }
    }
}
