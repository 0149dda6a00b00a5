//! `netdiag ping`: one run, from the command line to the exit status.
//!
//! The order of checks is upstream's, because scripts see its first complaint: options, destination, sockets, size, name,
//! route, then the run.

pub(crate) mod address;
mod args;
mod bad_option;
mod checks;
mod classic_json;
mod figures;
mod filler;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub(crate) mod icmp_text;
mod idn;
mod ip_header_text;
mod ip_option_text;
mod json;
mod letter;
mod live;
mod mtu;
mod names;
mod number;
mod plan;
mod recent;
mod render;
mod sockets;
mod source;
mod superuser;
mod target;
mod terminal;
mod text;
mod usage;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use netdiag_echo::{EchoSocket, Family, Ping, Privilege, RunControl, Sockets, Statistics};
use netdiag_text::Exit;
use signal_hook::consts::{SIGALRM, SIGINT, SIGQUIT};

pub(crate) use self::args::Args;
pub(crate) use self::bad_option::BadOption;
use self::figures::Figures;
pub(crate) use self::idn::asked;
pub(crate) use self::json::schema;
pub(crate) use self::mtu::json::schema as mtu_schema;
pub(crate) use self::names::Names;
pub(crate) use self::number::{integer, mark};
use self::plan::Plan;
use self::render::{Measured, Pinged};
use self::sockets::option_failure;
use self::source::Source;
pub(crate) use self::target::look_up;
use self::target::{Route, Target};
pub(crate) use self::usage::refuse;
pub(crate) use self::words::{flow_label, traffic_class};
use crate::failure::{Failure, warn};
use crate::interruption::{Interruption, call_failure, output_failure};
use crate::invocation::Invocation;
use crate::render::Renderer;

/// Runs `ping`.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let args = &args.settled(call)?;
    // Once the capabilities are given up nobody may.
    args.elsewhere.enter(call)?;
    let privilege = Privilege::take().map_err(|error| call_failure("capset", &error, call))?;
    let family = checks::family(args, call)?;
    checks::options(args, call)?;
    if args.version {
        return print_version(args, call);
    }
    print_pattern(args).map_err(|error| output_failure(&error, call))?;
    let (hops, word) = checks::destination(args, call)?;
    let sockets = sockets::open(args, family, call)?;
    if args.verbose {
        sockets::describe(&sockets, family, call);
    }
    checks::size(args, word, &sockets, call)?;
    let source = Source::new(args, call)?;
    let route = Route {
        family,
        options: plan::route_options(args, &source),
        source: source.clone(),
        mark: args.mark,
        patient: args.until_reply,
        verbose: args.verbose,
    };
    let target = Target::resolve(word, &route, call)?;
    checks::target(args, hops, &target, call)?;
    let opened = sockets.into_iter().find(|socket| socket.family() == Family::of(target.address));
    let opened = opened
        .ok_or_else(|| call.failure(Exit::CouldNot, format_args!("{word}: no socket of its family")))?;
    checks::caution(&target, &source, opened.kind(), call);
    source.caution(target.source, call);

    checks::source_route(hops, call)?;
    sockets::mark(args, &opened, call);
    let mut plan = Plan::new(args, hops, &source, &target, call)?;
    let kernels_route = args.find_mtu.then(|| mtu::route(&target, args, &plan.socket.options)).flatten();
    if args.find_mtu {
        plan.socket = mtu::socket(plan.socket);
    }
    let socket = EchoSocket::new(opened, &plan.socket).map_err(|error| {
        option_failure(&error, Family::of(target.address), source.device.as_deref(), call)
    })?;
    privilege.drop_for_good().map_err(|error| call_failure("capset", &error, call))?;
    if args.verbose {
        sockets::describe_without(&socket, call);
        if let Some(why) = plan.unproven() {
            warn(call, format_args!("replies cannot be told from forged ones: {why}"));
        }
    }

    // Before any thread is begun: what one of them caught would not wake the run.
    let interrupted = Arc::default();
    let control = listen(&interrupted, call).map_err(|error| call.failure(Exit::CouldNot, error))?;
    if args.find_mtu {
        let found = mtu::run(args, &target, socket, kernels_route.as_ref(), &control, call)?;
        return Ok(call.code(found));
    }
    let mut renderer = plan.renderer(args, &source, &target, &socket, &interrupted, call);
    renderer.header().map_err(|error| output_failure(&error, call))?;
    checks::pace(args, call)?;
    let mut figures = Figures::new(plan.wants_percentiles(args, call));
    let statistics = ping(plan.engine(&socket), socket.into(), &control, &mut *renderer, &mut figures, call)?;
    let measured = Measured { statistics: &statistics, figures: &figures };
    renderer.end(measured).map_err(|error| output_failure(&error, call))?;
    Ok(call.code(verdict(args, &statistics, &figures, call)))
}

fn ping(
    mut engine: Ping,
    mut sockets: Sockets,
    control: &RunControl,
    renderer: &mut dyn Renderer<Pinged>,
    figures: &mut Figures,
    call: &Invocation,
) -> Result<Statistics, Failure> {
    let report = |event| {
        figures.record(&event);
        renderer.item((&event, figures)).map_err(Interruption::Output)
    };
    netdiag_echo::run(&mut engine, &mut sockets, control, report)
        .map_err(|ended: Interruption| ended.failure(call))?;
    Ok(engine.statistics().clone())
}

/// Listens for signals, and for the Enter key; `interrupted` is set if somebody ends the run.
fn listen(interrupted: &Arc<AtomicBool>, call: &Invocation) -> io::Result<RunControl> {
    let mut control = RunControl::new();
    for (signal, flag) in [(SIGINT, control.stop()), (SIGALRM, control.stop()), (SIGQUIT, control.status())] {
        signal_hook::flag::register(signal, flag)?;
    }
    signal_hook::flag::register(SIGINT, Arc::clone(interrupted))?;
    control.wake_on(&[SIGINT, SIGALRM, SIGQUIT])?;
    if !call.linked {
        terminal::listen(&control)?;
    }
    Ok(control)
}

/// Upstream's exit status, and that of the bounds a script set.
fn verdict(args: &Args, statistics: &Statistics, figures: &Figures, call: &Invocation) -> Exit {
    let missing = args.deadline().is_some() && args.count.is_some_and(|count| statistics.received < count);
    let exceeded = figures::exceeded(args, statistics, figures);
    for words in &exceeded {
        warn(call, words);
    }
    let unexpected = statistics.received == 0 || missing || !exceeded.is_empty();
    if unexpected { Exit::Unexpected } else { Exit::Success }
}

fn print_pattern(args: &Args) -> io::Result<()> {
    let Some(pattern) = args.filler.pattern.as_ref().filter(|_| args.filler.shown && !args.writes_json())
    else {
        return Ok(());
    };
    let digits: String = pattern.0.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(io::stdout(), "PATTERN: 0x{digits}")
}

/// Under its own name this is the program that scripts know, in the version that it does what is done by.
fn print_version(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let ours = env!("CARGO_PKG_VERSION");
    let version = if call.linked { IPUTILS } else { ours };
    let text = match (args.writes_json(), call.linked) {
        (true, _) => format!("{{\"version\": \"{version}\"}}"),
        (false, true) => iputils_version("ping"),
        (false, false) => format!("ping from netdiag {ours}, compatible with iputils {IPUTILS}"),
    };
    writeln!(io::stdout(), "{text}").map_err(|error| output_failure(&error, call))?;
    Ok(ExitCode::SUCCESS)
}

/// What a program of iputils says of its version.
pub(crate) fn iputils_version(program: &str) -> String {
    format!("{program} from iputils {IPUTILS}\n{FEATURES}")
}

/// The version of iputils that is followed.
const IPUTILS: &str = "20250605";
/// What upstream says it was built with, as far as it shows: it has no translations.
const FEATURES: &str = "libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes";
