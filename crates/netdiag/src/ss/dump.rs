//! What the kernel is asked of each family, and how it puts that it does not know one.
//!
//! Where a question cannot say which types are wanted, sockets of all types of the family come back.

use std::io;

use netdiag_sockdiag::filter::Bytecode;
use netdiag_sockdiag::{
    Client, Filtered, NetlinkRequest, PacketRequest, Query, TipcRequest, VsockRequest, XdpRequest, inet,
    netlink, packet, unix, xdp,
};

use super::details::Details;
use super::listing::{Notice, Part};
use super::peers::Peers;
use super::render::SocketRow;
use super::selection::{Family, Table};

/// One question to the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) part: Part,
    pub(crate) details: Details,
    /// Which inet sockets to choose.
    pub(crate) bytecode: Option<&'a Bytecode>,
}

/// Asks once for one part of a listing and shows every answer.
///
/// # Errors
/// Only those of `show`.
pub(crate) fn dump(
    client: &mut Client,
    question: Question<'_>,
    mut show: impl FnMut(SocketRow<'_>) -> io::Result<()>,
) -> io::Result<Option<Notice>> {
    let Part { family, states, .. } = question.part;
    match family {
        Family::Inet => dump_inet(client, question, inet::Family::V4, show),
        Family::Inet6 => dump_inet(client, question, inet::Family::V6, show),
        Family::Unix => dump_unix(client, question, show),
        Family::Link => {
            ask(client, &PacketRequest { show: PACKET }, |socket| show(SocketRow::Packet(socket)))
        }
        Family::Netlink => {
            ask(client, &NetlinkRequest { show: NETLINK }, |socket| show(SocketRow::Netlink(socket)))
        }
        Family::Vsock => ask(client, &VsockRequest { states }, |socket| show(SocketRow::Vsock(socket))),
        Family::Tipc => ask(client, &TipcRequest { states }, |socket| show(SocketRow::Tipc(socket))),
        Family::Xdp => ask(client, &XdpRequest { show: XDP }, |socket| show(SocketRow::Xdp(socket))),
    }
}

fn dump_inet(
    client: &mut Client,
    question: Question<'_>,
    version: inet::Family,
    mut show: impl FnMut(SocketRow<'_>) -> io::Result<()>,
) -> io::Result<Option<Notice>> {
    let Part { table, states, .. } = question.part;
    let protocol = table.protocol();
    let query = Filtered {
        request: inet::request(version, protocol as u8, states, question.details.extensions()),
        bytecode: question.bytecode.cloned(),
        protocol: (protocol > u16::from(u8::MAX)).then_some(protocol.into()),
    };
    let notice = ask(client, &query, |socket| show(SocketRow::Inet(table, socket)))?;
    Ok(match question.bytecode {
        // It may be the program that is invalid.
        Some(_) => notice,
        None => notice.map(|notice| unsupported_or(table, notice)),
    })
}

fn dump_unix(
    client: &mut Client,
    question: Question<'_>,
    mut show: impl FnMut(SocketRow<'_>) -> io::Result<()>,
) -> io::Result<Option<Notice>> {
    let Question { part, details, .. } = question;
    let mut peers = Peers::default();
    let unnamed = match details.peers {
        true => ask(client, &Peers::request(), |socket| {
            peers.add(&socket);
            Ok(())
        })?,
        false => None,
    };
    let notice = ask(client, &unix::request(part.states, details.of_unix()), |socket| {
        show(SocketRow::Unix(socket, peers.name(&socket)))
    })?;
    Ok(notice.or(unnamed))
}

/// Kernels without DCCP or MPTCP call the question invalid rather than unknown.
fn unsupported_or(table: Table, notice: Notice) -> Notice {
    let young = matches!(table, Table::Mptcp | Table::Sctp | Table::Dccp);
    if young && notice.is_invalid() { Notice::Unsupported } else { notice }
}

fn ask<Q: Query>(
    client: &mut Client,
    query: &Q,
    mut show: impl FnMut(Q::Socket<'_>) -> io::Result<()>,
) -> io::Result<Option<Notice>> {
    let mut dump = match client.dump(query) {
        Ok(dump) => dump,
        Err(error) => return Ok(Some(Notice::Failed(error))),
    };
    loop {
        match dump.next() {
            Ok(Some(socket)) => show(socket)?,
            Ok(None) => break,
            Err(error) if error.is_unsupported() => return Ok(Some(Notice::Unsupported)),
            Err(error) => return Ok(Some(Notice::Failed(error))),
        }
    }
    Ok(match dump.malformed() {
        0 => dump.interrupted().then_some(Notice::Interrupted),
        some => Some(Notice::Malformed(some)),
    })
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
    use netdiag_sockdiag::Error;
    use nix::errno::Errno;

    use super::*;

    #[test]
    fn an_invalid_question_is_an_unknown_protocol_only_where_that_is_how_old_kernels_put_it() {
        let refused = |errno: Errno| {
            let source = io::Error::from_raw_os_error(errno as i32);
            Notice::Failed(Error::Refused { source, explanation: None })
        };
        #[rustfmt::skip]
        let cases = [
            (Table::Mptcp, Errno::EINVAL, false),
            (Table::Dccp,  Errno::EINVAL, false),
            (Table::Tcp,   Errno::EINVAL, true),
            (Table::Mptcp, Errno::EPERM,  true),
        ];
        for (table, errno, failure) in cases {
            assert_eq!(unsupported_or(table, refused(errno)).is_failure(), failure, "{table:?} {errno}");
        }
    }
}
