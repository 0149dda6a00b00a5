//! The ports this host listens on, which tell the service's end of a connection.
//!
//! They are asked for before the listing, whatever its filter and states: a listing of connections alone has no listener in it.

use std::collections::BTreeSet;
use std::io;

use netdiag_host::{Family, Socket, Table, Tables};
use netdiag_sockdiag::States;
use netdiag_sockdiag::filter::language::Filter;
use netdiag_sockdiag::filter::{Expr, Scope};
use netdiag_text::Exit;

use super::super::details::Details;
use super::super::listing::{self, Sources};
use super::super::messages;
use super::super::render::{Renderer, Sockets};
use super::super::selection::Selection;
use super::super::wanted::Wanted;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::render;

/// Ports by table.
#[derive(Debug, Default)]
pub(crate) struct Listeners(BTreeSet<(Table, u32)>);

impl Listeners {
    /// Asks for those of these tables. What cannot be listed is told when the same table is listed for its own sake.
    ///
    /// # Errors
    /// Where a recording takes the place of the kernel, that it can be read only once.
    pub(crate) fn read(
        sources: &mut Sources<'_>,
        tables: Tables,
        call: &Invocation,
    ) -> Result<Self, Failure> {
        let recording = sources.recording.as_ref().map(|recording| recording.again(States::LISTENING));
        let recording = match recording {
            Some(None) if tables.contains(Table::Tcp) => {
                let words = "cannot count by port: $TCPDIAG_FILE is no file, and has to be read twice";
                return Err(messages::failure(call, Exit::CouldNot, words));
            }
            recording => recording.flatten(),
        };
        let listed = std::mem::replace(&mut sources.recording, recording);
        let explain = sources.explain.take();
        let this = Self::list(sources, tables);
        (sources.recording, sources.explain) = (listed, explain);
        Ok(this)
    }

    fn list(sources: &mut Sources<'_>, tables: Tables) -> Self {
        let mut this = Self::default();
        let tables: Tables = tables.iter().filter(|table| WITH_PORTS.contains(*table)).collect();
        let selection = Selection { tables, families: BTreeSet::from(FAMILIES), states: States::LISTENING };
        let filter = Filter { expr: Expr::ALWAYS, family: None, ambiguous: false };
        let wanted = Wanted {
            selection: &selection,
            filter: &filter,
            scope: Scope::default(),
            details: Details::default(),
        };
        if !tables.is_empty() {
            let Ok(()) = listing::list(sources, wanted, &mut this, |_, _| {}) else {
                unreachable!("nothing is written");
            };
        }
        this
    }

    /// The port of the service that a socket is of: its own if this host listens on it or nobody is at the other end.
    pub(crate) fn service_port(&self, socket: &Socket<'_>) -> Option<u32> {
        let (table, local, remote) = ports(socket)?;
        let at_this_end = remote == 0 || socket.is_listening() || self.0.contains(&(table, local));
        Some(if at_this_end { local } else { remote }).filter(|&port| port != 0)
    }
}

impl render::Renderer<Sockets> for Listeners {
    fn item(&mut self, socket: Socket<'_>) -> io::Result<()> {
        if let Some((table, local, _)) = ports(&socket).filter(|_| socket.is_listening()) {
            self.0.insert((table, local));
        }
        Ok(())
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        Ok(())
    }
}

/// A port that was listened on during a dump that was interrupted is one still.
impl Renderer for Listeners {
    fn begin(&mut self) {}

    fn retract(&mut self) -> bool {
        true
    }
}

/// The ports of both ends, 0 where there is none.
fn ports(socket: &Socket<'_>) -> Option<(Table, u32, u32)> {
    match socket {
        Socket::Inet(table, socket) if WITH_PORTS.contains(*table) => {
            Some((*table, socket.local_port().into(), socket.remote_port().into()))
        }
        Socket::Vsock(vsock) => {
            let given = |port| if port == u32::MAX { 0 } else { port };
            Some((socket.table()?, given(vsock.local_port()), given(vsock.remote_port())))
        }
        _ => None,
    }
}

/// Raw sockets have a protocol in the place of a port.
const WITH_PORTS: Tables = Tables::of(&[
    Table::Tcp,
    Table::Mptcp,
    Table::Udp,
    Table::Sctp,
    Table::Dccp,
    Table::VsockStream,
    Table::VsockDgram,
]);
/// A listener of IPv6 takes IPv4 too, whatever is listed.
const FAMILIES: [Family; 3] = [Family::Inet, Family::Inet6, Family::Vsock];

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{InetRequest, Query, State};

    use super::*;
    use crate::render::Renderer as _;
    use crate::ss::text::fixture::Inet;

    fn at(state: State, local: u16, remote: u16) -> Vec<u8> {
        let end = |port: u16| format!("127.0.0.1:{port}").leak();
        Inet { state, local: end(local), remote: end(remote), ..Inet::default() }.bytes()
    }

    fn inet(table: Table, record: &[u8]) -> Socket<'_> {
        Socket::Inet(table, InetRequest::view(record).unwrap())
    }

    #[test]
    fn the_service_is_where_somebody_listens() {
        let listens = at(State::LISTEN, 80, 0);
        let mut listeners = Listeners::default();
        listeners.item(inet(Table::Tcp, &listens)).unwrap();
        #[rustfmt::skip]
        let cases = [
            (Table::Tcp, at(State::LISTEN, 80, 0),            Some(80)),
            (Table::Tcp, at(State::LISTEN, 81, 0),            Some(81)),
            (Table::Tcp, at(State::ESTABLISHED, 80, 40_000),  Some(80)),
            (Table::Tcp, at(State::ESTABLISHED, 40_000, 80),  Some(80)),
            (Table::Tcp, at(State::ESTABLISHED, 40_000, 443), Some(443)),
            (Table::Tcp, at(State::TIME_WAIT, 81, 40_000),    Some(40_000)),
            (Table::Udp, at(State::ESTABLISHED, 80, 53),      Some(53)),
            (Table::Udp, at(State::CLOSE, 5353, 0),           Some(5353)),
            (Table::Udp, at(State::CLOSE, 0, 0),              None),
            (Table::Raw, at(State::CLOSE, 1, 0),              None),
        ];
        for (table, record, expected) in &cases {
            assert_eq!(listeners.service_port(&inet(*table, record)), *expected, "{table:?} {record:?}");
        }
    }
}
