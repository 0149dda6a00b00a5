//! `netdiag ss`: lists sockets like `ss` of iproute2.
//!
//! Options are not independent switches: some count in the order typed, so they are kept as a list of choices.

mod address;
mod args;
mod cells;
mod cgroups;
mod columns;
mod details;
mod dump;
mod ethertypes;
mod filter;
mod interfaces;
mod json;
mod listing;
mod messages;
mod names;
mod netlink_names;
mod proc;
mod query;
mod render;
mod selection;
mod services;
mod summary;
mod table;
mod tables;
mod text;
mod widths;
mod words;

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;

use netdiag_sockdiag::Client;
use rustix::termios::tcgetwinsize;

pub(crate) use self::args::{Args, refuse};
use self::columns::Column;
use self::details::Details;
use self::filter::{Filter, Setting, System};
pub(crate) use self::json::schema;
use self::json::{Json, Shape};
use self::listing::{Sources, Wanted};
use self::names::Names;
use self::proc::Files;
use self::render::Renderer;
use self::selection::Selection;
use self::services::Services;
use self::summary::Summary;
use self::text::{Layout, Text};
use self::words::Words;
use crate::decimal;
use crate::failure::{Failure, warn};
use crate::format::Format;
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
    let mut selection = Selection::new(&args.choices, &words.states)
        .map_err(|nothing| messages::failure(call, 0, nothing))?;
    let setting = Setting::new(&args.choices, &selection);
    let names = System { held: &|_| Err(io::Error::other("this is not supported yet")) };
    let filter = Filter::new(&words, &args.options.filter_file, setting, &names, call)?;
    let scope = filter.scope(call)?;
    // Scripts that call the upstream tool take silence for granted.
    if let Some(words) = filter.clarification().filter(|_| !call.linked) {
        warn(call, words);
    }
    if let Some(family) = filter.family {
        selection.only(family);
    }
    let mut sources = sources(&selection).map_err(|error| messages::no_client(error, call))?;
    let wanted = Wanted { selection: &selection, filter: &filter, scope, details: asked(&args) };
    written(list(&args, wanted, &mut sources, call), call)
}

/// What became of writing; that nobody reads on is no failure.
fn written(status: io::Result<ExitCode>, call: &Invocation) -> Result<ExitCode, Failure> {
    match status {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(messages::failure(call, FAILED, format_args!("write error: {error}"))),
        Ok(status) => Ok(status),
    }
}

/// Opens netlink unless everything is to come from files; a kernel without it has files too.
fn sources(selection: &Selection) -> Result<Sources, netdiag_sockdiag::Error> {
    let files = Files::of_environment();
    let client = match selection.dumps().all(|(table, _)| files.insist(table)) {
        true => None,
        false => match Client::open() {
            Ok(client) => Some(client),
            Err(error) if error.is_unsupported() => None,
            Err(error) => return Err(error),
        },
    };
    Ok(Sources { client, files })
}

fn list(args: &Args, wanted: Wanted<'_>, sources: &mut Sources, call: &Invocation) -> io::Result<ExitCode> {
    // Standard output as a plain file: the renderer writes whole pages, and a line buffer would copy each once more.
    let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let layout = || layout(args, wanted.selection);
    let names = || Names::new(services(args));
    let details = Details::new(&args.options);
    let output = args.options.output;
    match output.format {
        Format::Text => show(Text::new(out, layout())?, wanted, sources, call),
        Format::Table => {
            let color = output.color.on(&out);
            show(Text::tabled(out, layout(), color), wanted, sources, call)
        }
        Format::Json => show(Json::new(out, Shape::Document, names(), details)?, wanted, sources, call),
        Format::Jsonl => show(Json::new(out, Shape::Lines, names(), details)?, wanted, sources, call),
    }
}

fn show(
    mut renderer: impl Renderer,
    wanted: Wanted<'_>,
    sources: &mut Sources,
    call: &Invocation,
) -> io::Result<ExitCode> {
    let mut status = ExitCode::SUCCESS;
    listing::list(sources, wanted, &mut renderer, |part, notice| {
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

fn layout(args: &Args, selection: &Selection) -> Layout {
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
        services: services(args),
        details: Details::new(&args.options),
    }
}

/// What to ask for: JSON has all that comes without an option of its own.
fn asked(args: &Args) -> Details {
    let details = Details::new(&args.options);
    let json = matches!(args.options.output.format, Format::Json | Format::Jsonl);
    Details { identity: json || details.identity, ..details }
}

fn services(args: &Args) -> Option<Services> {
    (!args.options.numeric).then(Services::of_this_system)
}

/// How long a line of the terminal is, or of what `COLUMNS` pretends there is.
fn screen() -> Option<usize> {
    let terminal = tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into());
    let pretended = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.filter(|&columns: &usize| columns > 0).or_else(pretended).filter(|&columns| columns > 0)
}

/// The exit status when something could not be done; misuse has [`messages::USAGE`].
const FAILED: u8 = 1;
