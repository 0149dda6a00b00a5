//! Lists sockets as they are told: by the kernel, or by its files where it cannot tell by netlink or the environment names files.
//!
//! What a list tells is passed on from where it was received, and nothing of it is kept. Files are never read because the kernel
//! refused. Every list says whether it is whole: nothing can be concluded from what is missing in one that is not.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use netdiag_sockdiag::filter::{Expr, Plan};
use netdiag_sockdiag::{Client, State};

use super::family_table::FamilyTable;
use super::file::{self, Ended, ProcSocketFiles};
use super::held_back;
use super::list_request::{ListRequest, is_invalid};
use super::socket::Socket;
use super::table::Family;
use super::tables::Tables;
use super::taking::SocketVisitor;
use crate::host::Host;
use crate::part::CutShort;

/// How a list was come by, and whether it is whole.
#[derive(Clone, Debug)]
pub struct ListOutcome {
    /// Who told of the sockets.
    pub source: ListSource,
    /// Why there may be more; nothing if there are not.
    pub cut_short: Option<CutShort>,
}

/// Who told of sockets.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListSource {
    /// The kernel, which chose them if there was something to choose by.
    Kernel,
    /// The kernel, which does not know some part of the filter: all sockets came, and were chosen here.
    Unfiltered,
    /// The kernel has no such sockets: their protocol is not registered.
    NotRegistered,
    /// This file, as the environment names it.
    NamedFile(PathBuf),
    /// The environment names files, and none tells of such sockets.
    NoNamedFile,
    /// This file, as the kernel cannot tell by netlink; it tells less.
    File(PathBuf),
    /// Nothing tells of such sockets.
    Nothing,
}

/// Where the sockets of one host are told of.
#[derive(Debug)]
pub struct Sockets {
    pub(super) host: Host,
    pub(super) files: ProcSocketFiles,
    pub(super) kernel: Kernel,
    /// Bytes of records of which no more wait for others to be shown.
    pub(super) most_held: usize,
}

/// A conversation with the kernel.
#[derive(Debug)]
pub(super) enum Kernel {
    NotAsked,
    Asked(Box<Client>),
    /// It has no `sock_diag`.
    Mute,
}

impl Host {
    /// Its sockets, to be listed as they are told; nothing is asked yet.
    pub fn sockets(&self) -> Sockets {
        let files = ProcSocketFiles::of_environment(self.proc_root().clone());
        Sockets { host: self.clone(), files, kernel: Kernel::NotAsked, most_held: held_back::MOST }
    }
}

impl Sockets {
    /// Opens the conversation with the kernel, unless these sockets are all to come from files. A kernel without `sock_diag` is no
    /// failure: it has files too.
    ///
    /// # Errors
    /// Why the kernel cannot be asked, typically for want of descriptors.
    pub fn open(&mut self, family_tables: impl IntoIterator<Item = FamilyTable>) -> Result<(), CutShort> {
        match family_tables.into_iter().all(|family_table| self.files.insist(family_table.table)) {
            true => Ok(()),
            false => self.client().map(drop),
        }
    }

    /// Lists what a question asks for.
    ///
    /// # Errors
    /// Only those of the visitor; what kept the list from being whole is in the answer.
    pub fn list<V: SocketVisitor>(
        &mut self,
        question: &ListRequest<'_>,
        visitor: &mut V,
    ) -> Result<ListOutcome, V::Stop> {
        let family_table = question.family_table;
        if family_table.family.is_stateless() && !question.states.contains(State::CLOSE) {
            return Ok(ListSource::Kernel.whole());
        }
        let path = self.files.path(family_table);
        if self.files.insist(family_table.table) {
            let Some(path) = path else {
                return Ok(ListSource::NoNamedFile.cut_short(CutShort::Unsupported));
            };
            return self.read_named(question, path, visitor);
        }
        let listed = self.ask(question, visitor)?;
        if !matches!(listed.cut_short, Some(CutShort::Unsupported)) {
            return Ok(listed);
        }
        if self.is_registered(family_table) == Some(false) {
            return Ok(ListSource::NotRegistered.whole());
        }
        match path.map(|path| (self.open_file(&path), path)) {
            Some((Ok(file), path)) => read(question, file, path.clone(), ListSource::File(path), visitor),
            _ => Ok(listed),
        }
    }

    /// Asks the kernel, for inet sockets with what it can decide of the filter.
    fn ask<V: SocketVisitor>(
        &mut self,
        question: &ListRequest<'_>,
        visitor: &mut V,
    ) -> Result<ListOutcome, V::Stop> {
        let client = match self.client() {
            Ok(Some(client)) => client,
            Ok(None) => return Ok(ListSource::Nothing.cut_short(CutShort::Unsupported)),
            Err(why) => return Ok(ListSource::Kernel.cut_short(why)),
        };
        let ours = || Plan { bytecode: None, rest: question.filter.clone() };
        let kernel_chooses = question.family_table.table.is_filtered();
        let plan = if kernel_chooses { question.filter.plan(question.scope) } else { ours() };
        let mut put = |plan: &Plan| {
            let sieve = Sieve::new(question.tables, &plan.rest);
            persist(visitor, |visitor| {
                question.put(client, plan.bytecode.as_ref(), |socket| sieve.show(socket, visitor))
            })
        };
        let cut_short = put(&plan)?;
        if plan.bytecode.is_some() && cut_short.as_ref().is_some_and(is_invalid) {
            // An older kernel that does not know an operation: what it cannot decide, we can.
            return Ok(ListOutcome { source: ListSource::Unfiltered, cut_short: put(&ours())? });
        }
        let source = match cut_short {
            Some(CutShort::Unsupported) => ListSource::Nothing,
            _ => ListSource::Kernel,
        };
        Ok(ListOutcome { source, cut_short })
    }

    /// Reads a file that the environment names.
    fn read_named<V: SocketVisitor>(
        &self,
        question: &ListRequest<'_>,
        path: PathBuf,
        visitor: &mut V,
    ) -> Result<ListOutcome, V::Stop> {
        let source = ListSource::NamedFile(path.clone());
        match self.open_file(&path) {
            Ok(file) => read(question, file, path, source, visitor),
            // A kernel without IPv6 has the IPv4 file alone.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && self.has_v4_file(question.family_table) =>
            {
                Ok(source.whole())
            }
            Err(error) => Ok(source.cut_short(CutShort::unreadable(path, error))),
        }
    }

    fn has_v4_file(&self, family_table: FamilyTable) -> bool {
        let kin = FamilyTable { family: Family::Inet, ..family_table };
        family_table.family == Family::Inet6 && self.files.path(kin).is_some_and(|kin| kin.exists())
    }

    /// Whether the kernel has such sockets; `None` if it does not say.
    fn is_registered(&self, family_table: FamilyTable) -> Option<bool> {
        let path = self.files.protocols();
        let protocols = self.host.run(|| fs::read_to_string(path)).ok()?.ok()?;
        Some(family_table.is_registered(&protocols))
    }

    /// Opens a file in the namespace of the host: which one it tells of is settled then.
    fn open_file(&self, path: &PathBuf) -> io::Result<File> {
        self.host.run(|| File::open(path)).unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    pub(super) fn client(&mut self) -> Result<Option<&mut Client>, CutShort> {
        if let Kernel::NotAsked = self.kernel {
            self.kernel = match self.host.run(Client::open)? {
                Ok(client) => Kernel::Asked(client.into()),
                Err(error) if error.is_unsupported() => Kernel::Mute,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(match &mut self.kernel {
            Kernel::Asked(client) => Some(client),
            Kernel::NotAsked | Kernel::Mute => None,
        })
    }
}

impl ListSource {
    fn whole(self) -> ListOutcome {
        ListOutcome { source: self, cut_short: None }
    }

    fn cut_short(self, why: CutShort) -> ListOutcome {
        ListOutcome { source: self, cut_short: Some(why) }
    }
}

/// Reads sockets from a file.
fn read<V: SocketVisitor>(
    question: &ListRequest<'_>,
    file: File,
    path: PathBuf,
    source: ListSource,
    visitor: &mut V,
) -> Result<ListOutcome, V::Stop> {
    let sieve = Sieve::new(question.tables, question.filter);
    visitor.begin();
    let ended =
        file::read(file, question.family_table, |socket| match question.states.contains(socket.state()) {
            true => sieve.show(socket, visitor),
            false => Ok(()),
        })?;
    Ok(match ended {
        Ended::Whole(0) => source.whole(),
        Ended::Whole(malformed) => source.cut_short(CutShort::Malformed(malformed)),
        Ended::Unreadable(error) => source.cut_short(CutShort::unreadable(path, error)),
    })
}

/// What holds back sockets that nobody asked for, wherever they were read.
#[derive(Clone, Copy, Debug)]
struct Sieve<'a> {
    tables: Tables,
    /// `None` lets everything through.
    rest: Option<&'a Expr>,
}

impl<'a> Sieve<'a> {
    fn new(tables: Tables, rest: &'a Expr) -> Self {
        Self { tables, rest: (*rest != Expr::ALWAYS).then_some(rest) }
    }

    /// Hands a socket on if its type is one of those chosen, as the kernel tells of all types of a family, and the filter
    /// admits it.
    #[inline]
    fn show<V: SocketVisitor>(self, socket: Socket<'_>, visitor: &mut V) -> Result<(), V::Stop> {
        let chosen = socket.table().is_none_or(|table| self.tables.contains(table));
        let admitted = chosen && self.rest.is_none_or(|rest| rest.matches(&socket.subject()));
        if admitted { visitor.socket(socket) } else { Ok(()) }
    }
}

/// Asks, again if the kernel interrupts the dump and nothing of it has been passed on for good.
pub(super) fn persist<V: SocketVisitor>(
    visitor: &mut V,
    mut ask: impl FnMut(&mut V) -> Result<Option<CutShort>, V::Stop>,
) -> Result<Option<CutShort>, V::Stop> {
    let mut attempts = ATTEMPTS;
    loop {
        visitor.begin();
        let cut_short = ask(visitor)?;
        attempts -= 1;
        let again = matches!(cut_short, Some(CutShort::Interrupted)) && attempts > 0 && visitor.retract();
        if !again {
            return Ok(cut_short);
        }
    }
}

/// How often a dump is asked for before it is taken as it is.
const ATTEMPTS: u32 = 5;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::filter::Scope;
    use netdiag_sockdiag::{PacketRequest, Query, States};

    use super::super::list_request::SocketDetails;
    use super::super::table::Table;
    use super::*;
    use crate::proc_root::ProcRoot;

    /// Counts what it is told; can take sockets back so many times.
    #[derive(Default)]
    struct Counter {
        retractable: u32,
        begun: u32,
        sockets: u32,
    }

    impl SocketVisitor for Counter {
        type Stop = std::convert::Infallible;

        fn begin(&mut self) {
            self.begun += 1;
        }

        fn retract(&mut self) -> bool {
            self.retractable = self.retractable.saturating_sub(1);
            self.retractable > 0
        }

        fn socket(&mut self, _: Socket<'_>) -> Result<(), Self::Stop> {
            self.sockets += 1;
            Ok(())
        }
    }

    /// Takes note of places.
    #[derive(Default)]
    struct Places(Vec<String>);

    impl SocketVisitor for Places {
        type Stop = std::convert::Infallible;

        fn begin(&mut self) {}

        fn retract(&mut self) -> bool {
            false
        }

        fn socket(&mut self, socket: Socket<'_>) -> Result<(), Self::Stop> {
            assert!(socket.is_from_file());
            self.0.push(socket.place());
            Ok(())
        }
    }

    /// What is told of a table where the kernel does not tell by netlink.
    fn without_netlink(host: Host, table: Table, family: Family) -> (ListOutcome, Vec<String>) {
        let mut sockets = Sockets { kernel: Kernel::Mute, ..host.sockets() };
        let question = ListRequest {
            family_table: FamilyTable { table, family },
            tables: Tables::ALL,
            states: States::LISTENING,
            details: SocketDetails::default(),
            filter: &Expr::ALWAYS,
            scope: Scope::default(),
        };
        let mut places = Places::default();
        let listed = sockets.list(&question, &mut places).unwrap();
        (listed, places.0)
    }

    #[test]
    fn what_the_kernel_does_not_tell_by_netlink_its_files_do() {
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let _unix = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let place = |address: io::Result<std::net::SocketAddr>| address.unwrap().to_string();
        #[rustfmt::skip]
        let cases = [
            (Table::Tcp,        Family::Inet, place(tcp.local_addr())),
            (Table::Udp,        Family::Inet, place(udp.local_addr())),
            (Table::UnixStream, Family::Unix, path.display().to_string()),
        ];
        for (table, family, place) in cases {
            let (listed, places) = without_netlink(Host::here(), table, family);
            assert!(matches!(listed.source, ListSource::File(_)) && listed.cut_short.is_none(), "{listed:?}");
            assert!(places.contains(&place), "{place} in {places:?}");
        }
    }

    #[test]
    fn what_the_kernel_does_not_have_is_no_reason_to_doubt() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("net")).unwrap();
        let listed = |protocols: Option<&str>| {
            let file = place.path().join("net/protocols");
            let _ = protocols.map_or_else(|| fs::remove_file(&file), |text| fs::write(&file, text));
            let host = Host::here().with_proc_root(ProcRoot::at(place.path()));
            // No environment names files of these, so that the kernel is asked.
            without_netlink(host, Table::Tipc, Family::Tipc).0
        };
        let registered = listed(Some("protocol size\nTIPC 1\n"));
        assert!(matches!(
            (registered.source, registered.cut_short),
            (ListSource::Nothing, Some(CutShort::Unsupported))
        ));
        let none = listed(Some("protocol size\nTCP 1\n"));
        assert!(none.source == ListSource::NotRegistered && none.cut_short.is_none());
        assert!(listed(None).cut_short.is_some(), "nobody says that there are none");
    }

    #[test]
    fn a_file_that_the_environment_names_takes_the_place_of_the_kernel() {
        let place = tempfile::tempdir().unwrap();
        let host = || Host::here().with_proc_root(ProcRoot::at(place.path()));
        let (missing, _) = without_netlink(host(), Table::Udp, Family::Inet);
        assert!(matches!(missing.cut_short, Some(CutShort::Unreadable { .. })), "{missing:?}");
        fs::create_dir(place.path().join("net")).unwrap();
        let line = "5: 0100007F:0016 00000000:0000 07 0:0 00:0 0 0 0 1 1 a";
        fs::write(place.path().join("net/udp"), format!("header\n{line}\nrubbish\n")).unwrap();
        let (named, places) = without_netlink(host(), Table::Udp, Family::Inet);
        assert_eq!(
            (named.source, places),
            (ListSource::NamedFile(place.path().join("net/udp")), vec!["127.0.0.1:22".into()])
        );
        assert!(matches!(named.cut_short, Some(CutShort::Malformed(1))));
        let (v6, _) = without_netlink(host(), Table::Udp, Family::Inet6);
        assert!(v6.cut_short.is_none(), "a kernel without IPv6 has the file of IPv4 alone");
        let (untold, _) = without_netlink(host(), Table::Sctp, Family::Inet);
        assert!(untold.source == ListSource::NoNamedFile && untold.cut_short.is_some());
    }

    #[test]
    fn an_interrupted_dump_is_asked_for_again_while_its_sockets_can_be_taken_back() {
        #[rustfmt::skip]
        let cases = [
            // interruptions, retractable, asked, flagged
            (0,               9,           1,     false),
            (1,               9,           2,     false),
            (4,               9,           5,     false),
            (5,               9,           5,     true),
            (9,               9,           5,     true),
            (9,               0,           1,     true),
            (9,               2,           2,     true),
        ];
        for (interruptions, retractable, asked, flagged) in cases {
            let mut left: u32 = interruptions;
            let mut counter = Counter { retractable, ..Counter::default() };
            let cut_short = persist(&mut counter, |_| {
                let interrupted = left > 0;
                left = left.saturating_sub(1);
                Ok(interrupted.then_some(CutShort::Interrupted))
            });
            assert_eq!(counter.begun, asked, "{interruptions} {retractable}");
            assert_eq!(cut_short.unwrap().is_some(), flagged, "{interruptions} {retractable}");
        }
    }

    #[test]
    fn what_was_not_asked_for_is_passed_over() {
        let shown = |tables: &[Table], rest: Option<&Expr>, kind| {
            let record = [&[17, kind][..], &[0; 14]].concat();
            let socket = PacketRequest::view(&record).unwrap();
            let mut counter = Counter::default();
            let tables = tables.iter().copied().collect();
            Sieve { tables, rest }.show(Socket::Packet(socket), &mut counter).unwrap();
            counter.sockets == 1
        };
        assert!(shown(&[Table::PacketRaw], None, 3) && shown(&[Table::PacketDgram, Table::Tcp], None, 2));
        assert!(!shown(&[Table::PacketRaw], None, 2) && !shown(&[Table::PacketDgram], None, 3));
        assert!(!shown(&[Table::PacketRaw], Some(&Expr::NEVER), 3));
    }
}
