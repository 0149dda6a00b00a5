//! Runs the dumps of a selection and hands every socket to the renderer.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status. The files under
//! `/proc` are read when the environment names them or the kernel does not know a table, never because it refused.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use netdiag_sockdiag::filter::language::Filter;
use netdiag_sockdiag::filter::{Expr, Plan, Scope};
use netdiag_sockdiag::{Client, Error, RecordingError, State, States};
use nix::errno::Errno;

use super::details::Details;
use super::dump::{Question, dump};
use super::explain::{Detour, Explain};
use super::filter::ListingFilter;
use super::proc::{self, Ended, Files};
use super::recording::Recording;
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
    /// The recording in place of the kernel cannot be read, or not to its end.
    Unreplayable(RecordingError),
}

impl Notice {
    /// Whether sockets are missing for a reason that is no property of this kernel.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Failed(_) | Self::Unreadable(..) | Self::Unreplayable(_))
    }

    /// Whether the kernel found fault with the request itself.
    pub(crate) fn is_invalid(&self) -> bool {
        let Self::Failed(Error::Refused { source, .. }) = self else {
            return false;
        };
        source.raw_os_error() == Some(Errno::EINVAL as i32)
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

/// Where sockets are told of.
pub(crate) struct Sources<'a> {
    /// `None` where the kernel has no `sock_diag`, or all is to come from files.
    pub(crate) client: Option<Client>,
    pub(crate) files: Files,
    /// What is shown of TCP in place of all else.
    pub(crate) recording: Option<Recording>,
    /// Who wants to know where they were told of.
    pub(crate) explain: Option<Explain<'a>>,
}

impl Sources<'_> {
    fn explain(&self, part: Part, detour: &Detour) {
        if let Some(explain) = self.explain {
            explain.detour(part, detour);
        }
    }
}

/// Which sockets to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) selection: &'a Selection,
    pub(crate) filter: &'a Filter,
    /// What of the filter the kernel may be asked.
    pub(crate) scope: Scope,
    /// What to learn of each.
    pub(crate) details: Details,
}

/// Lists what of the selection the filter lets through, asking the kernel for no more than it may be; `notify` learns what
/// went wrong with which part. That the kernel does not know a kind of socket is told only if it knows none of those chosen,
/// or to those who want to know.
///
/// # Errors
/// Only those of the renderer's output.
pub(crate) fn list(
    sources: &mut Sources<'_>,
    wanted: Wanted<'_>,
    renderer: &mut impl Renderer,
    mut notify: impl FnMut(Part, Notice),
) -> io::Result<()> {
    let states = wanted.selection.states;
    let mut unsupported = Vec::new();
    let mut known = false;
    let recorded = sources.recording.is_some();
    for (table, family) in wanted.selection.dumps() {
        let part = Part { table, family, states };
        if table == Table::Tcp && recorded {
            known = true;
            // One file holds both families, and is read once.
            let Some(recording) = sources.recording.take() else {
                continue;
            };
            sources.explain(part, &Detour::Recorded);
            if let Some(notice) = recording.show(&wanted.selection.families, wanted.filter, renderer)? {
                renderer.notice(part, &notice);
                notify(part, notice);
            }
            continue;
        }
        let expr = wanted.filter.of(part);
        if expr.constant() == Some(false) {
            continue;
        }
        match list_part(sources, part, wanted, &expr, renderer)? {
            Some(Notice::Unsupported) => unsupported.push(part),
            notice => {
                known = true;
                if let Some(notice) = notice {
                    renderer.notice(part, &notice);
                    notify(part, notice);
                }
            }
        }
    }
    for part in unsupported {
        renderer.notice(part, &Notice::Unsupported);
        match sources.explain {
            Some(explain) => explain.detour(part, &Detour::Unknown),
            None if !known => notify(part, Notice::Unsupported),
            None => {}
        }
    }
    Ok(())
}

fn list_part(
    sources: &mut Sources<'_>,
    part: Part,
    wanted: Wanted<'_>,
    expr: &Expr,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    let stateless = matches!(part.family, Family::Link | Family::Netlink | Family::Xdp);
    if stateless && !part.states.contains(State::CLOSE) {
        return Ok(None);
    }
    let sieve = Sieve::new(wanted.selection, expr);
    let file = sources.files.path(part.table, part.family);
    if sources.files.insist(part.table) {
        let Some(file) = file else {
            sources.explain(part, &Detour::Untold);
            return Ok(None);
        };
        sources.explain(part, &Detour::Insisted(file.clone()));
        return read(sources, part, sieve, file, renderer);
    }
    let notice = ask(sources, part, wanted, expr, renderer)?;
    match (notice, file) {
        (Some(Notice::Unsupported), Some(file)) if file.exists() => {
            sources.explain(part, &Detour::Substituted(file.clone()));
            read(sources, part, sieve, file, renderer)
        }
        (notice, _) => Ok(notice),
    }
}

/// Asks the kernel, for inet sockets with what it can decide of the filter.
fn ask(
    sources: &mut Sources<'_>,
    part: Part,
    wanted: Wanted<'_>,
    expr: &Expr,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    let Some(client) = &mut sources.client else {
        return Ok(Some(Notice::Unsupported));
    };
    let ours = || Plan { bytecode: None, rest: expr.clone() };
    let plan = if part.family.is_inet() { expr.plan(wanted.scope) } else { ours() };
    let mut put = |plan: &Plan| {
        let sieve = Sieve::new(wanted.selection, &plan.rest);
        let question = Question { part, details: wanted.details, bytecode: plan.bytecode.as_ref() };
        persist(renderer, |renderer| dump(client, question, |row| sieve.show(row, renderer)))
    };
    let notice = put(&plan)?;
    if plan.bytecode.is_some() && notice.as_ref().is_some_and(Notice::is_invalid) {
        // An older kernel that does not know an operation: what it cannot decide, we can.
        let notice = put(&ours())?;
        sources.explain(part, &Detour::Unfiltered);
        return Ok(notice);
    }
    Ok(notice)
}

/// Reads sockets from a file.
fn read(
    sources: &Sources<'_>,
    part: Part,
    sieve: Sieve<'_>,
    file: PathBuf,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    renderer.begin();
    let ended = proc::read(&file, part.table, part.family, |row, state| match part.states.contains(state) {
        true => sieve.show(row, renderer),
        false => Ok(()),
    })?;
    // A kernel without IPv6 has the IPv4 file alone.
    let missing_v6 = |error: &io::Error| {
        let kin =
            (part.family == Family::Inet6).then(|| sources.files.path(part.table, Family::Inet)).flatten();
        error.kind() == io::ErrorKind::NotFound && kin.is_some_and(|kin| kin.exists())
    };
    Ok(match ended {
        Ended::Whole(0) => None,
        Ended::Whole(malformed) => Some(Notice::Malformed(malformed)),
        Ended::Unreadable(error) if missing_v6(&error) => None,
        Ended::Unreadable(error) => Some(Notice::Unreadable(file, error)),
    })
}

/// What holds back sockets that nobody asked for, wherever they were read.
#[derive(Clone, Copy, Debug)]
struct Sieve<'a> {
    tables: &'a BTreeSet<Table>,
    /// `None` lets everything through.
    rest: Option<&'a Expr>,
}

impl<'a> Sieve<'a> {
    fn new(selection: &'a Selection, rest: &'a Expr) -> Self {
        Self { tables: &selection.tables, rest: (*rest != Expr::ALWAYS).then_some(rest) }
    }

    /// Hands a socket on if its type is one of those chosen, as the kernel tells of all types of a family, and the filter
    /// admits it.
    fn show(self, row: SocketRow<'_>, renderer: &mut impl Renderer) -> io::Result<()> {
        let table = match &row {
            SocketRow::Unix(socket, _) => Table::of_unix(socket.kind()),
            SocketRow::Packet(socket) => Some(Table::of_packet(socket.kind())),
            SocketRow::Vsock(socket) => Table::of_vsock(socket.kind()),
            _ => None,
        };
        let chosen = table.is_none_or(|table| self.tables.contains(&table));
        let admitted = chosen && self.rest.is_none_or(|rest| rest.matches(&row.subject()));
        if admitted { renderer.socket(row) } else { Ok(()) }
    }
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

/// How often a dump is asked for before it is shown as it is.
const ATTEMPTS: u32 = 3;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{PacketRequest, Query};

    use super::*;
    use crate::ss::render::Sockets;

    /// Counts what it is told; can take rows back so many times.
    #[derive(Default)]
    struct Recorder {
        retractable: u32,
        begun: u32,
        rows: u32,
    }

    impl crate::render::Renderer<Sockets> for Recorder {
        fn item(&mut self, _: SocketRow<'_>) -> io::Result<()> {
            self.rows += 1;
            Ok(())
        }

        fn end(&mut self, (): ()) -> io::Result<()> {
            Ok(())
        }
    }

    impl Renderer for Recorder {
        fn begin(&mut self) {
            self.begun += 1;
        }

        fn retract(&mut self) -> bool {
            self.retractable = self.retractable.saturating_sub(1);
            self.retractable > 0
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
            let mut recorder = Recorder { retractable, ..Recorder::default() };
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
    fn what_was_not_asked_for_is_passed_over() {
        let shown = |tables: &[Table], rest: Option<&Expr>, kind| {
            let record = [&[17, kind][..], &[0; 14]].concat();
            let socket = PacketRequest::view(&record).unwrap();
            let mut recorder = Recorder::default();
            let tables = tables.iter().copied().collect();
            Sieve { tables: &tables, rest }.show(SocketRow::Packet(socket), &mut recorder).unwrap();
            recorder.rows == 1
        };
        assert!(shown(&[Table::PacketRaw], None, 3) && shown(&[Table::PacketDgram, Table::Tcp], None, 2));
        assert!(!shown(&[Table::PacketRaw], None, 2) && !shown(&[Table::PacketDgram], None, 3));
        assert!(!shown(&[Table::PacketRaw], Some(&Expr::NEVER), 3));
    }

    #[test]
    fn only_what_is_missing_for_no_good_reason_is_a_failure() {
        assert!(Notice::Malformed(1).is_failure());
        assert!(!Notice::Unsupported.is_failure());
        assert!(!Notice::Interrupted.is_failure());
    }
}
