//! `netdiag ss`: lists sockets like `ss` of iproute2.
//!
//! Options are not independent switches: some count in the order typed, so they are kept as a list of choices.

mod address;
mod args;
mod cells;
mod cgroups;
mod columns;
mod details;
mod interfaces;
mod listing;
mod messages;
mod render;
mod selection;
mod services;
mod summary;
mod text;
mod widths;
mod words;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;

use netdiag_sockdiag::Client;
use rustix::termios::tcgetwinsize;

pub(crate) use self::args::{Args, refuse};
use self::columns::Column;
use self::details::Details;
use self::render::Renderer;
use self::selection::Selection;
use self::services::Services;
use self::summary::Summary;
use self::text::{Layout, Text};
use self::words::Words;
use crate::decimal;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Lists what the arguments select.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    if let Some(option) = args.options.unserved() {
        return Err(messages::failure(call, FAILED, format_args!("{option} is not supported yet")));
    }
    if args.options.summary {
        let summary = Summary::of_this_system().write(&mut io::stdout());
        let status = written(summary.map(|()| ExitCode::SUCCESS), call)?;
        if !args.choose_sockets() {
            return Ok(status);
        }
    }
    let words = Words::new(&args.options.words).map_err(|wrong| messages::wrong_word(wrong, call))?;
    let selection = Selection::new(&args.choices, &words.states)
        .map_err(|nothing| messages::failure(call, 0, nothing))?;
    require_no_filter(&words.filter)?;
    let mut client = Client::open().map_err(|error| messages::no_client(error, call))?;
    written(list(&args, &selection, &mut client, call), call)
}

/// What became of writing; that nobody reads on is no failure.
fn written(status: io::Result<ExitCode>, call: &Invocation) -> Result<ExitCode, Failure> {
    match status {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(messages::failure(call, FAILED, format_args!("write error: {error}"))),
        Ok(status) => Ok(status),
    }
}

fn list(args: &Args, selection: &Selection, client: &mut Client, call: &Invocation) -> io::Result<ExitCode> {
    // Standard output as a plain file: the renderer writes whole pages, and a line buffer would copy each once more.
    let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let details = Details::new(&args.options);
    let mut renderer = Text::new(out, layout(args, selection, details))?;
    let mut status = ExitCode::SUCCESS;
    listing::list(client, selection, details.extensions(), &mut renderer, |part, notice| {
        if notice.is_failure() {
            status = ExitCode::from(FAILED);
        }
        if let Some(words) = messages::notice(part, notice, call) {
            words.report(call);
        }
    })?;
    renderer.finish()?;
    Ok(status)
}

/// No filter is understood so far, and none may be taken for understood.
fn require_no_filter(words: &[OsString]) -> Result<(), Failure> {
    let Some(word) = words.first() else {
        return Ok(());
    };
    Err(Failure::new(FAILED, format!("Error: filters are not supported yet: {word:?}.")))
}

fn layout(args: &Args, selection: &Selection, details: Details) -> Layout {
    let hidden = |column: &Column| match column {
        Column::Netid => selection.tables.len() == 1,
        Column::State => selection.states.len() == 1,
        Column::RecvQ | Column::SendQ => args.options.no_queues,
        Column::Process => true,
        _ => false,
    };
    Layout {
        columns: Column::ALL.into_iter().filter(|column| !hidden(column)).collect(),
        header: !args.options.no_header,
        screen: screen(),
        details,
        services: (!args.options.numeric).then(Services::of_this_system),
    }
}

/// How long a line of the terminal is, or of what `COLUMNS` pretends there is.
fn screen() -> Option<usize> {
    let terminal = tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into());
    let pretended = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.filter(|&columns: &usize| columns > 0).or_else(pretended).filter(|&columns| columns > 0)
}

/// The exit status when something could not be done; misuse has [`messages::USAGE`].
const FAILED: u8 = 1;
