//! `netdiag ss`: lists sockets like `ss` of iproute2.
//!
//! Options are not independent switches: some count in the order typed, so they are kept as a list of choices.

mod address;
mod args;
mod by_state;
mod cells;
mod column;
mod columns;
mod count;
mod details;
mod events;
mod explain;
mod filter;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
#[cfg(test)]
mod hostile;
mod json;
mod kill;
mod listing;
mod messages;
mod names;
mod notice;
mod pages;
mod people;
mod query;
mod recording;
mod refused;
mod render;
mod selection;
mod standouts;
mod summarized;
mod summary;
mod table;
mod text;
mod wanted;
mod widths;
mod words;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use netdiag_host::{AddressNames, FamilyTable, Host, Owners, Socket, SystemNames, selinux_is_enabled};
use netdiag_sockdiag::filter::language::Filter;
use netdiag_sockdiag::{Client, States};
use netdiag_text::Exit;
use netdiag_text::table::Look;

pub(crate) use self::args::Args;
use self::column::Column;
use self::details::Details;
use self::events::Watch;
use self::explain::Explain;
use self::filter::ListingFilter;
use self::json::Json;
pub(crate) use self::json::schema;
use self::kill::Kill;
use self::listing::Sources;
use self::names::Names;
use self::notice::Notice;
use self::pages::Pages;
use self::recording::Recording;
pub(crate) use self::refused::refuse;
use self::render::Renderer;
use self::selection::Selection;
use self::summarized::Summarized;
use self::text::{Layout, Text};
use self::wanted::Wanted;
use self::words::{Words, state_names};
use crate::failure::{Failure, warn};
use crate::format::{Format, charset, screen};
use crate::invocation::Invocation;
use crate::json::Shape;
use crate::netns;
use crate::render::Renderer as _;

/// Lists what the arguments select, closes it, or watches it end.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let options = &args.options;
    if options.bpf_maps || !options.bpf_map_id.is_empty() {
        let message = "socket storage of BPF programs is not supported by this build";
        return Err(messages::failure(call, Exit::CouldNot, message));
    }
    if let Some(name) = &options.namespace {
        netns::enter(name, call)?;
    }
    if (options.context || options.contexts) && !selinux_is_enabled() {
        return Err(messages::failure(call, Exit::CouldNot, "SELinux is not enabled."));
    }
    let summarized = if options.summary { Summarized::read(&args, call)? } else { Summarized::default() };
    let failed = summarized.failed;
    // A list cannot be whole where its summary is not.
    let judged = |status| if failed { call.code(Exit::CouldNot) } else { status };
    if options.summary && !args.choose_sockets() {
        return messages::written(summarized.write_alone(&args), call).map(judged);
    }
    let words =
        Words::new(&options.words, state_names(call)).map_err(|wrong| messages::wrong_word(wrong, call))?;
    let mut selection = Selection::new(&args.choices, &words.states)
        .map_err(|nothing| messages::failure(call, Exit::Success, nothing))?;
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
    let mut work = Work::new(&args, wanted, states, explain, call)?;
    let counting = match &*options.keys() {
        [] => None,
        keys => Some(work.listeners(keys, wanted, call)?),
    };
    let status = match counting {
        Some(listeners) => count_in_format(&args, wanted, work, &owners, listeners, summarized, call),
        None => in_format(&args, wanted, work, &owners, summarized, call),
    };
    let counts_owners = options.count_by.iter().any(|key| key.is_of_owners());
    messages::unknown_owners(&owners, call, options.explain || counts_owners);
    messages::written(status, call).map(judged)
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
    let names = SystemNames {
        host: Host::here(),
        held: &|who| Ok(owners.inodes(|task| who.admits(task.pid, &task.comm))),
        assumed_ports: call.linked.then_some(names::ASSUMED_PORTS),
    };
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
        let recording = Recording::of_environment(states, call);
        Ok(Self::List(sources(wanted.selection, recording, explain, call)?))
    }

    /// The ports that this host listens on, if they are wanted.
    fn listeners(
        &mut self,
        keys: &[count::Key],
        wanted: Wanted<'_>,
        call: &Invocation,
    ) -> Result<count::Listeners, Failure> {
        match self {
            Self::List(sources) if keys.contains(&count::Key::Port) => {
                count::Listeners::read(sources, wanted.selection.tables, call)
            }
            _ => Ok(count::Listeners::default()),
        }
    }

    fn run(
        self,
        mut renderer: impl Renderer,
        wanted: Wanted<'_>,
        owners: &Owners,
        call: &Invocation,
    ) -> io::Result<ExitCode> {
        let mut status = ExitCode::SUCCESS;
        renderer.header()?;
        match self {
            Self::List(mut sources) => {
                let notify = notify(&mut status, sources.explain, call);
                listing::list(&mut sources, wanted, &mut renderer, notify)?;
                owners.cut_short().into_iter().for_each(|why| renderer.unknown_owners(why));
                renderer.end(())?;
                Ok(status)
            }
            Self::Close(mut sources, killer) => {
                let mut kill = Kill::new(killer, renderer, sources.explain.is_some(), call);
                let notify = notify(&mut status, sources.explain, call);
                listing::list(&mut sources, wanted, &mut kill, notify)?;
                owners.cut_short().into_iter().for_each(|why| kill.unknown_owners(why));
                kill.end(())?;
                // Upstream's status says nothing of what was not closed.
                Ok(if kill.failed && !call.linked { call.code(Exit::CouldNot) } else { status })
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
) -> impl FnMut(FamilyTable, Notice) {
    move |part, notice| {
        if notice.is_failure() {
            *status = call.code(Exit::CouldNot);
        }
        if let Some(words) = messages::notice(part, notice, call) {
            words.explained(explain.is_some()).report(call);
        }
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
    sockets.open(selection.family_tables()).map_err(|why| messages::not_asked(&why, call))?;
    Ok(Sources { sockets, recording, explain })
}

fn in_format(
    args: &Args,
    wanted: Wanted<'_>,
    work: Work<'_>,
    owners: &Arc<Owners>,
    summarized: Summarized,
    call: &Invocation,
) -> io::Result<ExitCode> {
    let out = Pages::new();
    let names = names(args, owners);
    let details = Details::new(&args.options);
    let output = args.options.output;
    match output.format {
        Format::Text => work.run(Text::new(out, layout(args, wanted.selection, names)), wanted, owners, call),
        Format::Table => {
            let color = output.color.on(&io::stdout());
            // What is closed, or ends, is no pile.
            let place = matches!(work, Work::List(_)).then(|| args.options.place());
            let layout = layout(args, wanted.selection, names);
            work.run(Text::tabled(out, layout, color, place), wanted, owners, call)
        }
        Format::Json => {
            let json = summarized.told(Json::new(out, Shape::Document, names, details));
            work.run(if args.options.events { json.live() } else { json }, wanted, owners, call)
        }
        Format::Jsonl => {
            let json = summarized.told(Json::new(out, Shape::Lines, names, details));
            work.run(if args.options.events { json.live() } else { json }, wanted, owners, call)
        }
    }
}

/// Counts sockets in place of listing them (`--count-by`).
fn count_in_format(
    args: &Args,
    wanted: Wanted<'_>,
    work: Work<'_>,
    owners: &Arc<Owners>,
    listeners: count::Listeners,
    summarized: Summarized,
    call: &Invocation,
) -> io::Result<ExitCode> {
    let (out, keys) = (io::stdout(), args.options.keys());
    let (output, header) = (args.options.output, !args.options.no_header);
    let json = |shape| {
        let json = Json::new(io::stdout(), shape, Names::default(), Details::new(&args.options));
        summarized.told(json.counting_by(keys.clone()))
    };
    let format: Box<dyn count::GroupFormat> = match output.format {
        Format::Text => Box::new(count::Columns::text(out, keys.clone(), header)),
        Format::Table => {
            let look = Look { header, color: output.color.on(&out), charset: charset() };
            Box::new(count::Columns::table(out, keys.clone(), look, screen()))
        }
        Format::Json => Box::new(json(Shape::Document)),
        Format::Jsonl => Box::new(json(Shape::Lines)),
    };
    let counting = count::Counting::new(keys.clone(), names(args, owners), listeners, format, call);
    work.run(counting, wanted, owners, call)
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
    let counts = |key| args.options.count_by.contains(&key);
    let peers = json && details.identity || filter.names_peers() || counts(count::Key::Peer);
    let identity = json || details.identity || counts(count::Key::User);
    // Whether a queue is full takes more than what is in it.
    let memory = details.memory || args.options.output.format == Format::Table;
    Details { identity, memory, peers, tcp_info: filter.expr.asks_tcp_info(), ..details }
}

fn names(args: &Args, owners: &Arc<Owners>) -> Names {
    Names {
        hosts: args.options.resolve.then(AddressNames::default),
        owners: args.options.shows_owners().then(|| Arc::clone(owners)),
        ..Names::new((!args.options.numeric).then(names::services))
    }
}
