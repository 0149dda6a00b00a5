//! `netdiag ss`: lists sockets like `ss` of iproute2.
//!
//! Options are not independent switches: some count in the order typed, so they are kept as a list of choices.

mod address;
mod args;
mod cells;
mod columns;
mod decimal;
mod events;
mod hosts;
mod interfaces;
mod kill;
mod listing;
mod messages;
mod owners;
mod recording;
mod render;
mod selection;
mod services;
mod text;
mod widths;
mod words;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::rc::Rc;

use netdiag_sockdiag::{Client, InetSocket, States};
use rustix::termios::tcgetwinsize;

pub(crate) use self::args::{Args, refuse};
use self::columns::Column;
use self::events::Watch;
use self::hosts::Hosts;
use self::kill::Kill;
use self::listing::{Notice, Part};
use self::owners::Owners;
use self::recording::Recording;
use self::render::Renderer;
use self::selection::Selection;
use self::services::Services;
use self::text::{Layout, Text};
use self::words::Words;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::netns;

/// Lists what the arguments select.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let options = &args.options;
    if let Some(option) = options.unserved() {
        return Err(messages::failure(call, FAILED, format_args!("{option} is not supported yet")));
    }
    if let Some(name) = &options.namespace {
        netns::enter(name, call)?;
    }
    if (options.context || options.contexts) && !owners::selinux_is_enabled() {
        return Err(messages::failure(call, FAILED, "SELinux is not enabled."));
    }
    let words = Words::new(&options.words).map_err(|wrong| messages::wrong_word(wrong, call))?;
    let selection = Selection::new(&args.choices, &words.states)
        .map_err(|nothing| messages::failure(call, 0, nothing))?;
    require_no_filter(&words.filter)?;
    let limited = !words.states.is_empty() || !words.filter.is_empty();
    if options.kill && !limited && !options.yes && !call.linked {
        return Err(kill::unlimited(call));
    }
    let states = args.states_are_named(&words).then_some(selection.states);
    if options.events {
        let watch = Watch::new(&selection, call)?;
        return written(show_events(&args, &selection, states, watch, call), call);
    }
    if let Some(name) = &options.diag {
        return recording::write(name, &selection, call);
    }
    let mut client = Client::open().map_err(|error| messages::no_client(error, call))?;
    if options.kill {
        let killer = Client::open().map_err(|error| messages::no_client(error, call))?;
        return written(close(&args, &selection, &mut client, killer, call), call);
    }
    written(list(&args, &selection, states, &mut client, call), call)
}

/// What became of the output. That nobody reads it any more is no failure.
fn written(status: io::Result<ExitCode>, call: &Invocation) -> Result<ExitCode, Failure> {
    match status {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(messages::failure(call, FAILED, format_args!("write error: {error}"))),
        Ok(status) => Ok(status),
    }
}

fn list(
    args: &Args,
    selection: &Selection,
    states: Option<States>,
    client: &mut Client,
    call: &Invocation,
) -> io::Result<ExitCode> {
    let owners = args.owners();
    let mut renderer = Text::new(output()?, layout(args, selection, &owners))?;
    let mut status = ExitCode::SUCCESS;
    let recording = Recording::of_environment(states);
    listing::list(client, selection, recording, &mut renderer, notify(&mut status, call))?;
    renderer.finish()?;
    messages::withheld(&owners, call);
    Ok(status)
}

/// Lists, and closes what is listed. What a file holds is never closed: it may come from another machine.
fn close(
    args: &Args,
    selection: &Selection,
    client: &mut Client,
    killer: Client,
    call: &Invocation,
) -> io::Result<ExitCode> {
    let owners = args.owners();
    let mut kill = Kill::new(killer, Text::new(output()?, layout(args, selection, &owners))?, call);
    let mut status = ExitCode::SUCCESS;
    listing::list(client, selection, None, &mut kill, notify(&mut status, call))?;
    kill.finish()?;
    messages::withheld(&owners, call);
    // Upstream's status says nothing of what was not closed.
    Ok(if kill.failed && !call.linked { ExitCode::from(FAILED) } else { status })
}

fn show_events(
    args: &Args,
    selection: &Selection,
    states: Option<States>,
    watch: Watch,
    call: &Invocation,
) -> io::Result<ExitCode> {
    let mut renderer = Text::new(output()?, layout(args, selection, &args.owners()))?;
    let wanted = |_, socket: &InetSocket<'_>| states.is_none_or(|states| states.shows(socket.state()));
    watch.run(&mut renderer, wanted, call)
}

/// Standard output as a plain file: the renderer writes whole pages, and a line buffer would copy each once more.
fn output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

fn notify(status: &mut ExitCode, call: &Invocation) -> impl FnMut(Part, Notice) {
    move |part, notice| {
        if notice.is_failure() {
            *status = ExitCode::from(FAILED);
        }
        if let Some(words) = messages::notice(part, notice, call) {
            words.report(call);
        }
    }
}

/// No filter is understood so far, and none may be taken for understood.
fn require_no_filter(words: &[OsString]) -> Result<(), Failure> {
    let Some(word) = words.first() else {
        return Ok(());
    };
    Err(Failure::new(FAILED, format!("Error: filters are not supported yet: {word:?}.")))
}

fn layout(args: &Args, selection: &Selection, owners: &Rc<Owners>) -> Layout {
    let hidden = |column: &Column| match column {
        Column::Netid => selection.tables.len() == 1,
        Column::State => selection.states.len() == 1,
        Column::RecvQ | Column::SendQ => args.options.no_queues,
        Column::Process => !args.options.shows_owners(),
        _ => false,
    };
    Layout {
        columns: Column::ALL.into_iter().filter(|column| !hidden(column)).collect(),
        header: !args.options.no_header,
        screen: screen(),
        services: (!args.options.numeric).then(Services::of_this_system),
        hosts: args.options.resolve.then(Hosts::default),
        owners: Rc::clone(owners),
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
