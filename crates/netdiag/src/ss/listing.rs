//! Runs the dumps of a selection and hands every socket to the renderer.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status. The files under
//! `/proc` are read when the environment names them or the kernel does not know a table, never because it refused.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use netdiag_sockdiag::{
    Client, Error, Extensions, InetRequest, NetlinkRequest, PacketRequest, Query, State, States, TipcRequest,
    UnixRequest, VsockRequest, XdpRequest, inet, mptcp, netlink, packet, unix, xdp,
};
use nix::errno::Errno;

use super::proc::{self, Ended, Files};
use super::render::{Renderer, SocketRow};
use super::selection::{Family, Selection, Table};

/// What a listing has to say besides the sockets.
#[derive(Debug)]
pub(crate) enum Notice {
    /// The kernel interrupted the dump every time it was asked.
    Interrupted,
    /// That many records could not be read.
    Malformed(u64),
    /// The kernel does not know this kind of socket.
    Unsupported,
    /// The dump failed, or broke off.
    Failed(Error),
    /// The file that tells of these sockets cannot be read.
    Unreadable(PathBuf, io::Error),
}

impl Notice {
    /// Whether sockets are missing for a reason that is no property of this kernel.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Failed(_) | Self::Unreadable(..))
    }
}

/// One dump of a listing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// What is dumped; where types of a family are tables of their own, the first of those chosen.
    pub(crate) table: Table,
    pub(crate) family: Family,
    pub(crate) states: States,
}

/// What to learn of each socket beside what every row shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Detail {
    pub(crate) extended: bool,
    pub(crate) memory: bool,
}

/// Where sockets are told of.
pub(crate) struct Sources {
    /// `None` where the kernel has no `sock_diag`, or all is to come from files.
    pub(crate) client: Option<Client>,
    pub(crate) files: Files,
}

/// Lists all of `selection`; `notify` learns what went wrong with which part. That the kernel does not know a kind of
/// socket is told only if it knows none of those chosen.
///
/// # Errors
/// Only those of the renderer's output.
pub(crate) fn list(
    sources: &mut Sources,
    selection: &Selection,
    detail: Detail,
    renderer: &mut impl Renderer,
    mut notify: impl FnMut(Part, Notice),
) -> io::Result<()> {
    let states = selection.states;
    let mut unsupported = Vec::new();
    let mut known = false;
    for (table, family) in selection.dumps() {
        let part = Part { table, family, states };
        match list_part(sources, part, &selection.tables, detail, renderer)? {
            Some(Notice::Unsupported) => unsupported.push(part),
            notice => {
                known = true;
                notice.into_iter().for_each(|notice| notify(part, notice));
            }
        }
    }
    if !known {
        unsupported.into_iter().for_each(|part| notify(part, Notice::Unsupported));
    }
    Ok(())
}

fn list_part(
    sources: &mut Sources,
    part: Part,
    tables: &BTreeSet<Table>,
    detail: Detail,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    let stateless = matches!(part.family, Family::Link | Family::Netlink | Family::Xdp);
    if stateless && !part.states.contains(State::CLOSE) {
        return Ok(None);
    }
    let file = sources.files.path(part.table, part.family);
    if sources.files.insist(part.table) {
        return file.map_or(Ok(None), |file| read(part, tables, file, renderer));
    }
    let notice = match &mut sources.client {
        Some(client) => persist(renderer, |renderer| dump(client, part, tables, detail, renderer))?,
        None => Some(Notice::Unsupported),
    };
    match (notice, file) {
        (Some(Notice::Unsupported), Some(file)) if file.exists() => read(part, tables, file, renderer),
        (notice, _) => Ok(notice),
    }
}

/// Reads sockets from a file; one that a kernel without IPv6 does not have is empty.
fn read(
    part: Part,
    tables: &BTreeSet<Table>,
    file: PathBuf,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    renderer.begin();
    let ended = proc::read(&file, part.family, |record| match row(part, record) {
        Some((row, state)) if part.states.contains(state) => show(tables, row, renderer),
        _ => Ok(()),
    })?;
    Ok(match ended {
        Ended::Whole(0) => None,
        Ended::Whole(malformed) => Some(Notice::Malformed(malformed)),
        Ended::Unreadable(error)
            if part.family == Family::Inet6 && error.kind() == io::ErrorKind::NotFound =>
        {
            None
        }
        Ended::Unreadable(error) => Some(Notice::Unreadable(file, error)),
    })
}

/// A record that was made from a line, and the state its socket is in.
fn row(part: Part, record: &[u8]) -> Option<(SocketRow<'_>, State)> {
    let row = match part.family {
        Family::Inet | Family::Inet6 => {
            let socket = InetRequest::view(record).ok()?;
            return Some((SocketRow::Inet(part.table, socket), socket.state()));
        }
        Family::Unix => {
            let socket = UnixRequest::view(record).ok()?;
            return Some((SocketRow::Unix(socket), socket.state()));
        }
        Family::Link => SocketRow::Packet(PacketRequest::view(record).ok()?),
        Family::Netlink => SocketRow::Netlink(NetlinkRequest::view(record).ok()?),
        Family::Vsock | Family::Tipc | Family::Xdp => return None,
    };
    Some((row, State::CLOSE))
}

/// Hands a socket on if its type is one of those chosen: the kernel tells of all types of a family.
fn show(tables: &BTreeSet<Table>, row: SocketRow<'_>, renderer: &mut impl Renderer) -> io::Result<()> {
    let table = match &row {
        SocketRow::Unix(socket) => Table::of_unix(socket.kind()),
        SocketRow::Packet(socket) => Some(Table::of_packet(socket.kind())),
        SocketRow::Vsock(socket) => Table::of_vsock(socket.kind()),
        _ => None,
    };
    if table.is_none_or(|table| tables.contains(&table)) { renderer.socket(row) } else { Ok(()) }
}

/// Asks, again if the kernel interrupts the dump and nothing of it has been written yet.
fn persist<R: Renderer>(
    renderer: &mut R,
    mut ask: impl FnMut(&mut R) -> io::Result<Option<Notice>>,
) -> io::Result<Option<Notice>> {
    let mut attempts = ATTEMPTS;
    loop {
        renderer.begin();
        let notice = ask(renderer)?;
        attempts -= 1;
        let again = matches!(notice, Some(Notice::Interrupted)) && attempts > 0 && renderer.retract();
        if !again {
            return Ok(notice);
        }
    }
}

fn dump(
    client: &mut Client,
    part: Part,
    tables: &BTreeSet<Table>,
    detail: Detail,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    let Part { table, family, states } = part;
    let wanted = |show, wanted| if wanted { show } else { 0 };
    let version = match family {
        Family::Inet => inet::Family::V4,
        Family::Inet6 => inet::Family::V6,
        Family::Unix => {
            let show = unix::SHOW_NAME
                | unix::SHOW_PEER
                | unix::SHOW_RQLEN
                | wanted(unix::SHOW_VFS | unix::SHOW_ICONS | unix::SHOW_UID, detail.extended)
                | wanted(unix::SHOW_MEMINFO, detail.memory);
            let query = unix::request(states, show);
            return ask(client, &query, |socket| self::show(tables, SocketRow::Unix(socket), renderer));
        }
        Family::Link => {
            let query = PacketRequest { show: PACKET };
            return ask(client, &query, |socket| self::show(tables, SocketRow::Packet(socket), renderer));
        }
        Family::Netlink => {
            let query = NetlinkRequest { show: NETLINK };
            return ask(client, &query, |socket| renderer.socket(SocketRow::Netlink(socket)));
        }
        Family::Vsock => {
            let query = VsockRequest { states };
            return ask(client, &query, |socket| self::show(tables, SocketRow::Vsock(socket), renderer));
        }
        Family::Tipc => {
            return ask(client, &TipcRequest { states }, |socket| renderer.socket(SocketRow::Tipc(socket)));
        }
        Family::Xdp => {
            let query = XdpRequest { show: XDP };
            return ask(client, &query, |socket| renderer.socket(SocketRow::Xdp(socket)));
        }
    };
    let extensions = Extensions::empty();
    match table.protocol() {
        Some(protocol) => {
            let query = inet::request(version, protocol, states, extensions);
            ask(client, &query, |socket| renderer.socket(SocketRow::Inet(table, socket)))
        }
        None => {
            let query = mptcp::request(version, states, extensions);
            ask(client, &query, |socket| renderer.socket(SocketRow::Inet(table, socket)))
        }
    }
    .map(|notice| notice.map(|notice| known_or(table, notice)))
}

/// Kernels without DCCP or MPTCP call the question invalid rather than unknown.
fn known_or(table: Table, notice: Notice) -> Notice {
    let young = matches!(table, Table::Mptcp | Table::Sctp | Table::Dccp);
    match &notice {
        Notice::Failed(Error::Refused { source, .. }) if young && is_invalid(source) => Notice::Unsupported,
        _ => notice,
    }
}

fn is_invalid(error: &io::Error) -> bool {
    error.raw_os_error().map(Errno::from_raw) == Some(Errno::EINVAL)
}

/// Asks once and shows every answer.
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

/// How often a dump is asked for before it is shown as it is.
const ATTEMPTS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts what it is told; can take rows back so many times.
    #[derive(Default)]
    struct Recorder {
        retractable: u32,
        begun: u32,
    }

    impl Renderer for Recorder {
        fn begin(&mut self) {
            self.begun += 1;
        }

        fn retract(&mut self) -> bool {
            self.retractable = self.retractable.saturating_sub(1);
            self.retractable > 0
        }

        fn socket(&mut self, _: SocketRow<'_>) -> io::Result<()> {
            Ok(())
        }

        fn finish(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_interrupted_dump_is_asked_for_again_while_its_rows_can_be_taken_back() {
        #[rustfmt::skip]
        let cases = [
            // interruptions, retractable, asked, flagged
            (0,               9,           1,     false),
            (1,               9,           2,     false),
            (2,               9,           3,     false),
            (3,               9,           3,     true),
            (9,               9,           3,     true),
            (9,               0,           1,     true),
            (9,               2,           2,     true),
        ];
        for (interruptions, retractable, asked, flagged) in cases {
            let mut left: u32 = interruptions;
            let mut recorder = Recorder { retractable, begun: 0 };
            let notice = persist(&mut recorder, |_| {
                let interrupted = left > 0;
                left = left.saturating_sub(1);
                Ok(interrupted.then_some(Notice::Interrupted))
            });
            assert_eq!(recorder.begun, asked, "{interruptions} {retractable}");
            assert_eq!(notice.unwrap().is_some(), flagged, "{interruptions} {retractable}");
        }
    }

    #[test]
    fn only_what_is_missing_for_no_good_reason_is_a_failure() {
        assert!(Notice::Malformed(1).is_failure());
        assert!(!Notice::Unsupported.is_failure());
        assert!(!Notice::Interrupted.is_failure());
    }
}
