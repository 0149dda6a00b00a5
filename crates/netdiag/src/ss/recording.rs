//! TCP sockets to a file and from one: `-D FILE` and `TCPDIAG_FILE`.
//!
//! A file is read once, however many families are listed: it may be a pipe.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;

use netdiag_host::{CutShort, Family, Socket, Table};
use netdiag_sockdiag::filter::language::Filter;
use netdiag_sockdiag::{Client, Error, InetRequest, InetSocket, Recorder, Replay, State, States, inet};
use netdiag_text::{Exit, strerror};

use super::messages;
use super::notice::Notice;
use super::render::Renderer;
use super::wanted::Wanted;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::written_file::WrittenFile;

/// Writes the TCP part of a selection to the file `name`; one that begins with a dash is standard output.
pub(crate) fn write(name: &OsStr, wanted: Wanted<'_>, call: &Invocation) -> Result<ExitCode, Failure> {
    let Wanted { selection, filter, details, .. } = wanted;
    let requests = selection
        .family_tables()
        .filter(|part| part.table == Table::Tcp)
        .filter_map(|part| part.family.version())
        .map(|version| inet::request(version, inet::TCP, selection.states, details.extras().extensions()));
    let mut requests = requests.peekable();
    if requests.peek().is_none() {
        return Err(messages::failure(call, Exit::Success, "tcpdiag dump requested and no tcp in filter."));
    }
    let mut client = Client::open().map_err(|error| messages::no_client(error, call))?;
    let wanted = |socket: &InetSocket<'_>| filter.expr.matches(&Socket::Inet(Table::Tcp, *socket).subject());
    let written = if name.as_bytes().first() == Some(&b'-') {
        record(&mut client, requests, io::stdout().lock(), wanted).map(drop)
    } else {
        let file = create(name, call)?;
        record(&mut client, requests, file, wanted)
            .and_then(|file| file.finish().map(drop).map_err(Unrecorded::File))
    };
    match written {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Unrecorded::File(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(Unrecorded::File(error)) => {
            Err(messages::failure(call, Exit::Unwritten, format_args!("write error: {}", strerror(&error))))
        }
        Err(Unrecorded::Kernel(error)) => Err(messages::no_client(error, call)),
    }
}

/// Why a dump did not get into its file.
#[derive(Debug)]
enum Unrecorded {
    /// The file cannot be written.
    File(io::Error),
    /// The kernel did not tell.
    Kernel(Error),
}

fn create(name: &OsStr, call: &Invocation) -> Result<WrittenFile, Failure> {
    WrittenFile::at(Path::new(name)).map_err(|error| {
        let reason = strerror(&error);
        if call.linked {
            Failure::new(Exit::Misuse, format!("fopen dump file: {reason}"))
        } else {
            messages::failure(call, Exit::Misuse, format_args!("cannot write {name:?}: {reason}"))
        }
    })
}

/// Writes one dump after the other, without what is not `wanted`.
fn record<W: Write>(
    client: &mut Client,
    requests: impl Iterator<Item = InetRequest>,
    out: W,
    wanted: impl Fn(&InetSocket<'_>) -> bool,
) -> Result<W, Unrecorded> {
    let mut recorder = Recorder::new(BufWriter::new(out));
    for request in requests {
        let mut dump = client.dump(&request).map_err(Unrecorded::Kernel)?;
        while let Some(socket) = dump.next().map_err(Unrecorded::Kernel)? {
            if wanted(&socket) {
                recorder.socket(&socket).map_err(Unrecorded::File)?;
            }
        }
        recorder.done(dump.interrupted()).map_err(Unrecorded::File)?;
    }
    let out = recorder.finish().map_err(Unrecorded::File)?;
    out.into_inner().map_err(|error| Unrecorded::File(error.into_error()))
}

/// The file the environment names in place of the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    name: OsString,
    /// Which states to show; `None` shows what was recorded.
    states: Option<States>,
    /// Whether nothing behind the first dump is shown, as scripts that call upstream's tool take for granted.
    first_only: bool,
}

impl Recording {
    /// The one `TCPDIAG_FILE` names; `None` when it is not set.
    pub(crate) fn of_environment(states: Option<States>, call: &Invocation) -> Option<Self> {
        Some(Self { name: std::env::var_os("TCPDIAG_FILE")?, states, first_only: call.linked })
    }

    /// The same for other states, if it can be read more than once.
    pub(crate) fn again(&self, states: States) -> Option<Self> {
        let file = std::fs::metadata(&self.name).is_ok_and(|file| file.is_file());
        file.then(|| Self { states: Some(states), ..self.clone() })
    }

    /// Shows the sockets it holds. What stands in the way of that is a notice, an error is the renderer's.
    pub(crate) fn show(
        self,
        families: &BTreeSet<Family>,
        filter: &Filter,
        renderer: &mut impl Renderer,
    ) -> io::Result<Option<Notice>> {
        let mut replay = match Replay::open(&self.name) {
            Ok(replay) if self.first_only => replay.first_only(),
            Ok(replay) => replay,
            Err(error) => return Ok(Some(Notice::Unreplayable(error))),
        };
        let asks = filter.expr.asks_tcp_info();
        let mut untold = false;
        let mut wanted = |socket: &InetSocket<'_>| {
            if !families.iter().any(|family| family.version() == Some(socket.family()))
                || !self.states.is_none_or(|states| states.shows(socket.state()))
            {
                return false;
            }
            let subject = Socket::Inet(Table::Tcp, *socket).subject();
            untold |= asks && subject.tcp.is_none() && socket.state() == State::ESTABLISHED;
            filter.expr.matches(&subject)
        };
        loop {
            match replay.next() {
                Ok(Some(socket)) if wanted(&socket) => {
                    renderer.item(Socket::Inet(Table::Tcp, socket))?;
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return Ok(Some(Notice::Unreplayable(error))),
            }
        }
        Ok(match replay.malformed {
            0 if untold => Some(Notice::Untold("$TCPDIAG_FILE".to_owned())),
            0 => replay.interrupted.then_some(Notice::CutShort(CutShort::Interrupted)),
            some => Some(Notice::CutShort(CutShort::Malformed(some))),
        })
    }
}
