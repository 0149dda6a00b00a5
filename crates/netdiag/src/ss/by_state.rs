//! How many sockets are in which state (`-s`): counted one by one, as the kernel keeps no such numbers.
//!
//! They are those of this network namespace. A protocol of which the kernel could not tell has no numbers, which are not zeros.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use netdiag_host::{Family, FamilyTable, Host, Socket, Table, Tables};
use netdiag_sockdiag::filter::language::Filter;
use netdiag_sockdiag::filter::{Expr, Scope};
use netdiag_sockdiag::{States, words};
use netdiag_text::table::{self, Cell, Heading, Look};

use super::count::Groups;
use super::details::Details;
use super::json::{self, CountsByState};
use super::listing::{self, Sources};
use super::messages;
use super::notice::Notice as Cause;
use super::render::{Renderer, Sockets};
use super::selection::Selection;
use super::wanted::Wanted;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::json::Notice;
use crate::render;

/// Numbers of sockets by protocol and state.
#[derive(Debug, Default)]
pub(crate) struct ByState {
    counting: Groups<(Protocol, u8)>,
    counts: BTreeMap<(Protocol, u8), u64>,
    /// Of which not all is known.
    untold: BTreeSet<Protocol>,
    /// What went wrong.
    pub(crate) notices: Vec<Notice>,
    /// Whether some of it is no property of this kernel.
    pub(crate) failed: bool,
}

/// What is counted apart.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Protocol {
    Tcp,
    Udp,
    Raw,
    Unix,
}

impl ByState {
    /// Counts the sockets there are now. What goes wrong is said, but for protocols that the kernel does not know.
    pub(crate) fn read(host: &Host, call: &Invocation) -> Result<Self, Failure> {
        let tables: Tables = TABLES.into_iter().map(|(table, _)| table).collect();
        let selection = Selection { tables, families: BTreeSet::from(FAMILIES), states: States::ALL };
        let filter = Filter { expr: Expr::ALWAYS, family: None, ambiguous: false };
        let wanted = Wanted {
            selection: &selection,
            filter: &filter,
            scope: Scope::default(),
            details: Details::default(),
        };
        let mut sockets = host.sockets();
        sockets.open(selection.family_tables()).map_err(|why| messages::not_asked(&why, call))?;
        let mut sources = Sources { sockets, recording: None, explain: None };
        let (mut this, mut failed) = (Self::default(), false);
        let notify = |part, notice: Cause| {
            failed |= notice.is_failure();
            if let Some(words) = messages::notice(part, notice, call) {
                words.report(call);
            }
        };
        let Ok(()) = listing::list(&mut sources, wanted, &mut this, notify) else {
            unreachable!("nothing is written");
        };
        this.counts = this.counting.finish().groups.into_iter().collect();
        Ok(Self { failed, ..this })
    }

    /// The same for JSON: what could not be told is missing.
    pub(crate) fn counts(&self) -> CountsByState {
        let of = |protocol| {
            (!self.untold.contains(&protocol)).then(|| {
                let counts = self.counts.iter().filter(|((counted, _), _)| *counted == protocol);
                counts
                    .map(|((_, state), count)| (words::STATES.name(*state).unwrap_or(words::UNKNOWN), *count))
                    .collect()
            })
        };
        let [tcp, udp, raw, unix] = PROTOCOLS.map(|(protocol, _)| of(protocol));
        CountsByState { tcp, udp, raw, unix }
    }

    /// Writes a row for each state that some socket is in, aligned as the numbers above it.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.rows();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(out, "{:<11} {:<9} {:<9} {:<9} UNIX", "State", "TCP", "UDP", "RAW")?;
        for [state, tcp, udp, raw, unix] in rows {
            writeln!(out, "{state:<11} {tcp:<9} {udp:<9} {raw:<9} {unix}")?;
        }
        writeln!(out)
    }

    /// The same as a table; nothing of no sockets.
    pub(crate) fn table(&self, screen: Option<usize>, look: Look) -> String {
        let rows = self.rows();
        if rows.is_empty() {
            return String::new();
        }
        let heading = |name| Heading { name, figures: name != "State" };
        let names = ["State"].into_iter().chain(PROTOCOLS.map(|(_, name)| name));
        let headings: Vec<_> = names.map(heading).collect();
        table::lay_out(&headings, rows.into_iter().map(|row| row.map(Cell::new)), screen, look)
    }

    fn rows(&self) -> Vec<[String; 5]> {
        let states: BTreeSet<u8> = self.counts.keys().map(|(_, state)| *state).collect();
        let row = |state: u8| {
            let word = words::STATES.shown(state).unwrap_or("UNKNOWN").to_owned();
            let [tcp, udp, raw, unix] =
                PROTOCOLS.map(|(protocol, _)| match self.counts.get(&(protocol, state)) {
                    _ if self.untold.contains(&protocol) => "?".to_owned(),
                    count => count.copied().unwrap_or_default().to_string(),
                });
            [word, tcp, udp, raw, unix]
        };
        states.into_iter().map(row).collect()
    }
}

impl render::Renderer<Sockets> for ByState {
    fn item(&mut self, socket: Socket<'_>) -> io::Result<()> {
        let counted = TABLES.into_iter().find(|(table, _)| socket.table() == Some(*table));
        if let Some((_, protocol)) = counted {
            self.counting.add(&(protocol, socket.state().0));
        }
        Ok(())
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        Ok(())
    }
}

impl Renderer for ByState {
    fn begin(&mut self) {
        self.counting.settle();
    }

    fn retract(&mut self) -> bool {
        self.counting.take_back();
        true
    }

    fn notice(&mut self, part: FamilyTable, notice: &Cause) {
        // What changed meanwhile is counted to within what changed.
        if !notice.is_inexact() {
            let unknown = TABLES.into_iter().filter(|(table, _)| *table == part.table);
            self.untold.extend(unknown.map(|(_, protocol)| protocol));
        }
        self.notices.push(json::notice(part, notice));
    }
}

/// In the order of the columns.
const PROTOCOLS: [(Protocol, &str); 4] =
    [(Protocol::Tcp, "TCP"), (Protocol::Udp, "UDP"), (Protocol::Raw, "RAW"), (Protocol::Unix, "UNIX")];
const TABLES: [(Table, Protocol); 6] = [
    (Table::Tcp, Protocol::Tcp),
    (Table::Udp, Protocol::Udp),
    (Table::Raw, Protocol::Raw),
    (Table::UnixStream, Protocol::Unix),
    (Table::UnixDgram, Protocol::Unix),
    (Table::UnixSeqpacket, Protocol::Unix),
];
const FAMILIES: [Family; 3] = [Family::Inet, Family::Inet6, Family::Unix];

#[cfg(test)]
mod tests {
    use netdiag_host::CutShort;
    use netdiag_sockdiag::{InetRequest, Query, State};
    use netdiag_text::Charset;

    use super::*;
    use crate::ss::text::fixture::Inet;

    fn counted(sockets: &[(Table, State)]) -> ByState {
        let mut counts = ByState::default();
        for (table, state) in sockets {
            let record = Inet { state: *state, ..Inet::default() }.bytes();
            render::Renderer::item(&mut counts, Socket::Inet(*table, InetRequest::view(&record).unwrap()))
                .unwrap();
        }
        counts.counts = counts.counting.finish().groups.into_iter().collect();
        counts
    }

    #[test]
    fn states_that_some_socket_is_in_have_a_row() {
        let (tcp, udp) = (Table::Tcp, Table::Udp);
        let sockets =
            [(tcp, State::LISTEN), (tcp, State::CLOSE_WAIT), (tcp, State::CLOSE_WAIT), (udp, State::CLOSE)];
        let mut counts = counted(&sockets);
        let mut text = Vec::new();
        counts.write(&mut text).unwrap();
        let expected = "\
State       TCP       UDP       RAW       UNIX
UNCONN      0         1         0         0
CLOSE-WAIT  2         0         0         0
LISTEN      1         0         0         0

";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
        let part = FamilyTable { table: Table::Raw, family: Family::Inet };
        counts.notice(part, &Cause::CutShort(CutShort::Interrupted));
        assert!(counts.counts().raw.is_some());
        counts.notice(part, &Cause::CutShort(CutShort::Unsupported));
        let json = counts.counts();
        assert_eq!((json.raw, json.tcp.unwrap()["close-wait"]), (None, 2));
        let table = counts.table(None, Look { header: true, color: false, charset: Charset::Unicode });
        assert!(table.lines().nth(1).unwrap().contains('?') && table.starts_with("State"), "{table}");
        let mut nothing = Vec::new();
        counted(&[]).write(&mut nothing).unwrap();
        assert!(nothing.is_empty());
    }
}
