//! `netdiag ss`: lists sockets like `ss` of iproute2.
//!
//! Options are not independent switches: some count in the order typed, so they are kept as a list of choices.

mod address;
mod args;
mod cells;
mod cgroups;
mod column;
mod columns;
mod details;
mod events;
mod explain;
mod filter;
pub mod fuzzing;
mod hosts;
mod interfaces;
mod json;
mod kill;
mod listing;
mod messages;
mod names;
mod netlink_names;
mod notice;
mod query;
mod recording;
mod render;
mod selection;
mod services;
mod summary;
mod table;
mod text;
mod wanted;
mod widths;
mod words;

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::rc::Rc;

use netdiag_host::{Host, Owners, Socket, Subset, selinux_is_enabled};
use netdiag_sockdiag::filter::language::{Filter, System};
use netdiag_sockdiag::{Client, States};

pub(crate) use self::args::{Args, refuse};
use self::column::Column;
use self::details::Details;
use self::events::Watch;
use self::explain::Explain;
use self::filter::ListingFilter;
use self::hosts::Hosts;
pub(crate) use self::json::schema;
use self::json::{Json, Shape};
use self::kill::Kill;
use self::listing::Sources;
use self::messages::FAILED;
use self::names::Names;
use self::notice::Notice;
use self::recording::Recording;
use self::render::Renderer;
use self::selection::Selection;
use self::services::Services;
use self::summary::Summary;
use self::text::{Layout, Text};
use self::wanted::Wanted;
use self::words::Words;
use crate::decimal;
use crate::failure::{Failure, warn};
use crate::format::{Format, screen};
use crate::invocation::Invocation;
use crate::netns;

/// Lists what the arguments select, closes it, or watches it end.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let options = &args.options;
    if options.bpf_maps || !options.bpf_map_id.is_empty() {
        let message = "socket storage of BPF programs is not supported by this build";
        return Err(messages::failure(call, FAILED, message));
    }
    if let Some(name) = &options.namespace {
        netns::enter(name, call)?;
    }
    if (options.context || options.contexts) && !selinux_is_enabled() {
        return Err(messages::failure(call, FAILED, "SELinux is not enabled."));
    }
    if options.summary {
        let summary = Summary::of_this_system().write(&mut io::stdout());
        let status = written(summary.map(|()| ExitCode::SUCCESS), call)?;
        if !args.choose_sockets() {
            return Ok(status);
        }
    }
    let words = Words::new(&options.words).map_err(|wrong| messages::wrong_word(wrong, call))?;
    let mut selection = Selection::new(&args.choices, &words.states)
        .map_err(|nothing| messages::failure(call, 0, nothing))?;
    let owners = args.owners();
    let filter = filter(&args, &words, &selection, &owners, call)?;
    let scope = filter.scope(call)?;
    if let Some(family) = filter.family {
        selection.only(family);
    }
    let explain = options.explain.then_some(Explain { call });
    let wanted = Wanted { selection: &selection, filter: &filter, scope, details: asked(&args, &filter) };
    if let Some(name) = options.diag.as_ref().filter(|_| !options.events) {
        return recording::write(name, wanted, call);
    }
    if let Some(explain) = explain.filter(|_| !scope.mark) {
        explain.withheld_details(&selection, wanted.details);
    }
    let states = args.states_are_named(&words).then_some(selection.states);
    let work = Work::new(&args, wanted, states, explain, call)?;
    let status = written(in_format(&args, wanted, work, &owners, call), call);
    messages::unknown_owners(&owners, call, options.explain);
    status
}

/// Reads the filter; nothing is closed by one that is not plain.
fn filter(
    args: &Args,
    words: &Words,
    selection: &Selection,
    owners: &Owners,
    call: &Invocation,
) -> Result<Filter, Failure> {
    let options = &args.options;
    let limited = !words.states.is_empty() || !words.filter.is_empty() || !options.filter_file.is_empty();
    if options.kill && !limited && !options.yes && !call.linked {
        return Err(kill::unlimited(call));
    }
    let setting = filter::setting(&args.choices, selection);
    let names = System { held: &|who| Ok(owners.inodes(|task| who.admits(task.pid, &task.comm))) };
    let filter = filter::read(words, &options.filter_file, setting, &names, call)?;
    if let Some(words) = filter.clarification() {
        if options.kill {
            return Err(kill::ambiguous(&words, call));
        }
        // Scripts that call the upstream tool take silence for granted.
        if !call.linked {
            warn(call, words);
        }
    }
    Ok(filter)
}

/// What is to be done with the sockets.
enum Work<'a> {
    List(Sources<'a>),
    /// What a file holds is never closed: it may come from another machine.
    Close(Sources<'a>, Client),
    /// Only in these states, if any are named.
    Watch(Watch, Option<States>),
}

impl<'a> Work<'a> {
    fn new(
        args: &Args,
        wanted: Wanted<'_>,
        states: Option<States>,
        explain: Option<Explain<'a>>,
        call: &Invocation,
    ) -> Result<Self, Failure> {
        if args.options.events {
            return Ok(Self::Watch(Watch::new(wanted.selection, call)?, states));
        }
        if args.options.kill {
            let killer = Client::open().map_err(|error| messages::no_client(error, call))?;
            return Ok(Self::Close(sources(wanted.selection, None, explain, call)?, killer));
        }
        let recording = Recording::of_environment(states);
        Ok(Self::List(sources(wanted.selection, recording, explain, call)?))
    }

    fn run(
        self,
        mut renderer: impl Renderer,
        wanted: Wanted<'_>,
        owners: &Owners,
        call: &Invocation,
    ) -> io::Result<ExitCode> {
        let mut status = ExitCode::SUCCESS;
        match self {
            Self::List(mut sources) => {
                let notify = notify(&mut status, sources.explain, call);
                listing::list(&mut sources, wanted, &mut renderer, notify)?;
                owners.cut_short().into_iter().for_each(|why| renderer.unknown_owners(why));
                renderer.finish()?;
                Ok(status)
            }
            Self::Close(mut sources, killer) => {
                let mut kill = Kill::new(killer, renderer, sources.explain.is_some(), call);
                let notify = notify(&mut status, sources.explain, call);
                listing::list(&mut sources, wanted, &mut kill, notify)?;
                owners.cut_short().into_iter().for_each(|why| kill.unknown_owners(why));
                kill.finish()?;
                // Upstream's status says nothing of what was not closed.
                Ok(if kill.failed && !call.linked { ExitCode::from(FAILED) } else { status })
            }
            Self::Watch(watch, states) => {
                let shown = |row: &Socket<'_>| {
                    let Socket::Inet(_, socket) = row else {
                        return false;
                    };
                    states.is_none_or(|states| states.shows(socket.state()))
                        && wanted.filter.expr.matches(&row.subject())
                };
                watch.run(&mut renderer, shown, call)
            }
        }
    }
}

fn notify(
    status: &mut ExitCode,
    explain: Option<Explain<'_>>,
    call: &Invocation,
) -> impl FnMut(Subset, Notice) {
    move |part, notice| {
        if notice.is_failure() {
            *status = ExitCode::from(FAILED);
        }
        if let Some(words) = messages::notice(part, notice, call) {
            words.explained(explain.is_some()).report(call);
        }
    }
}

/// What became of writing; that nobody reads on is no failure.
fn written(status: io::Result<ExitCode>, call: &Invocation) -> Result<ExitCode, Failure> {
    match status {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(messages::failure(call, FAILED, format_args!("write error: {error}"))),
        Ok(status) => Ok(status),
    }
}

/// Asks the kernel for its attention, unless everything is to come from files: that it cannot be asked at all is told once.
fn sources<'a>(
    selection: &Selection,
    recording: Option<Recording>,
    explain: Option<Explain<'a>>,
    call: &Invocation,
) -> Result<Sources<'a>, Failure> {
    let mut sockets = Host::here().sockets();
    sockets.open(selection.subsets()).map_err(|why| messages::not_asked(&why, call))?;
    Ok(Sources { sockets, recording, explain })
}

fn in_format(
    args: &Args,
    wanted: Wanted<'_>,
    work: Work<'_>,
    owners: &Rc<Owners>,
    call: &Invocation,
) -> io::Result<ExitCode> {
    // Standard output as a plain file: the renderer writes whole pages, and a line buffer would copy each once more.
    let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let names = names(args, owners);
    let details = Details::new(&args.options);
    let output = args.options.output;
    match output.format {
        Format::Text => {
            work.run(Text::new(out, layout(args, wanted.selection, names))?, wanted, owners, call)
        }
        Format::Table => {
            let color = output.color.on(&out);
            work.run(Text::tabled(out, layout(args, wanted.selection, names), color), wanted, owners, call)
        }
        Format::Json => work.run(Json::new(out, Shape::Document, names, details)?, wanted, owners, call),
        Format::Jsonl => work.run(Json::new(out, Shape::Lines, names, details)?, wanted, owners, call),
    }
}

fn layout(args: &Args, selection: &Selection, names: Names) -> Layout {
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
        names,
        details: Details::new(&args.options),
    }
}

/// What to ask for: JSON has all that comes without an option of its own.
fn asked(args: &Args, filter: &Filter) -> Details {
    let details = Details::new(&args.options);
    let json = matches!(args.options.output.format, Format::Json | Format::Jsonl);
    let peers = json && details.identity || filter.names_peers();
    Details { identity: json || details.identity, peers, ..details }
}

fn names(args: &Args, owners: &Rc<Owners>) -> Names {
    Names {
        hosts: args.options.resolve.then(Hosts::default),
        owners: args.options.shows_owners().then(|| Rc::clone(owners)),
        ..Names::new((!args.options.numeric).then(Services::of_this_system))
    }
}
