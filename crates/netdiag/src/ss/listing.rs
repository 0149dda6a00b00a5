//! Runs the dumps of a selection and hands every socket to the renderer.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status. The files under
//! `/proc` are read when the environment names them or the kernel does not know a table, never because it refused.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use netdiag_sockdiag::{Client, Error, State, States};

use super::dump::{Detail, dump};
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
        return file.map_or(Ok(None), |file| read(sources, part, tables, file, renderer));
    }
    let notice = match &mut sources.client {
        Some(client) => {
            persist(renderer, |renderer| dump(client, part, detail, |row| show(tables, row, renderer)))?
        }
        None => Some(Notice::Unsupported),
    };
    match (notice, file) {
        (Some(Notice::Unsupported), Some(file)) if file.exists() => {
            read(sources, part, tables, file, renderer)
        }
        (notice, _) => Ok(notice),
    }
}

/// Reads sockets from a file.
fn read(
    sources: &Sources,
    part: Part,
    tables: &BTreeSet<Table>,
    file: PathBuf,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    renderer.begin();
    let ended = proc::read(&file, part.table, part.family, |row, state| match part.states.contains(state) {
        true => show(tables, row, renderer),
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

/// How often a dump is asked for before it is shown as it is.
const ATTEMPTS: u32 = 3;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{PacketRequest, Query};

    use super::*;

    /// Counts what it is told; can take rows back so many times.
    #[derive(Default)]
    struct Recorder {
        retractable: u32,
        begun: u32,
        rows: u32,
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
            self.rows += 1;
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
    fn a_type_that_was_not_chosen_is_passed_over() {
        let shown = |tables: &[Table], kind| {
            let record = [&[17, kind][..], &[0; 14]].concat();
            let socket = PacketRequest::view(&record).unwrap();
            let mut recorder = Recorder::default();
            show(&tables.iter().copied().collect(), SocketRow::Packet(socket), &mut recorder).unwrap();
            recorder.rows == 1
        };
        assert!(shown(&[Table::PacketRaw], 3) && shown(&[Table::PacketDgram, Table::Tcp], 2));
        assert!(!shown(&[Table::PacketRaw], 2) && !shown(&[Table::PacketDgram], 3));
    }

    #[test]
    fn only_what_is_missing_for_no_good_reason_is_a_failure() {
        assert!(Notice::Malformed(1).is_failure());
        assert!(!Notice::Unsupported.is_failure());
        assert!(!Notice::Interrupted.is_failure());
    }
}
