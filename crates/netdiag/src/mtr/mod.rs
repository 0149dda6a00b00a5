//! `netdiag mtr`: paths to hosts asked over and over, and reported as upstream's `mtr` reports them.
//!
//! Hosts are asked one after another. The engine is that of `netdiag trace`; what differs is what is counted and how it is written.

mod args;
mod at_end;
mod csv;
mod environment;
mod field;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod ipinfo;
mod json;
mod keys;
mod limits;
mod live;
mod names;
mod page;
mod raw;
mod report;
mod sockets;
mod split;
mod statistics;
mod target;
mod usage;
mod value;
mod xml;

use std::io::{self, IsTerminal as _, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use netdiag_echo::{
    Family, Ident, Payload, Privilege, ProbeKind, RunControl, Sockets, Trace, TraceConfig, TraceEvent, now,
};
use netdiag_text::Exit;
use nix::unistd::getuid;

pub(crate) use self::args::Args;
use self::args::{Form, Options};
use self::at_end::AtEnd;
use self::page::{Page, ROUNDS, Traced};
use self::raw::Raw;
use self::split::Split;
use self::statistics::Statistics;
use self::target::Target;
pub(crate) use self::usage::refuse;
use self::value::Fill;
use crate::failure::Failure;
use crate::interruption::{Interruption, call_failure, output_failure, stop_on_signals};
use crate::invocation::Invocation;
use crate::render::Renderer;

/// Runs `mtr`.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let args = match environment::with_options(std::env::var_os("MTR_OPTIONS"), call) {
        None => args,
        Some(Ok(args)) => args,
        Some(Err(error)) => {
            let grammar = <Args as clap::Args>::augment_args(clap::Command::new("mtr"));
            return usage::refuse(&error, &grammar, call);
        }
    };
    let Args { form, options } = &args;
    if options.version {
        return print_version(call);
    }
    check(options, call)?;
    let Some(form) = *form else {
        let is_there = io::stdin().is_terminal() && io::stdout().is_terminal();
        return if is_there { live::run(options, call) } else { Err(no_terminal(call)) };
    };
    // Once the capabilities are given up nobody may.
    options.elsewhere.enter(call)?;
    let privilege = Privilege::take().map_err(|error| call_failure("capset", &error, call))?;
    let names = target::names(options, call)?;
    let targets: Vec<Result<Target, Failure>> =
        names.iter().map(|name| target::resolve(name, options, call)).collect();
    let addresses: Vec<_> = targets.iter().flatten().map(|target| target.to).collect();
    for to in &addresses {
        target::way(*to, options, call)?;
    }
    let mut sockets = sockets::open(options, &addresses, usize::from(options.hop_limits().1), call)?;
    privilege.drop_for_good().map_err(|error| call_failure("capset", &error, call))?;
    // Before any thread is begun: what one of them caught would not wake the run.
    let interrupted = Arc::new(AtomicBool::new(false));
    let control = listen(&interrupted, form).map_err(|error| call_failure("sigaction", &error, call))?;
    let mut page = Page::new(options, options.report_cycles, call.linked);
    let mut exit = Exit::Success;
    for target in targets {
        let ended = target
            .and_then(|target| trace(&target, (form, options), &mut sockets, &control, &mut page, call));
        match ended {
            // Scripts take what upstream says of unreachable hosts, which is nothing.
            Ok(is_reached) if is_reached || call.linked => {}
            Ok(_) => exit = Exit::Unexpected,
            // The others are asked all the same.
            Err(failure) => {
                let _ = writeln!(io::stderr(), "{}", failure.told(call));
                exit = Exit::CouldNot;
            }
        }
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(call.code(exit))
}

/// Traces the path to one host; tells whether it was reached.
fn trace(
    target: &Target,
    (form, options): (Form, &Options),
    sockets: &mut Sockets,
    control: &RunControl,
    page: &mut Page,
    call: &Invocation,
) -> Result<bool, Failure> {
    let ident = sockets.ident(target.to);
    let ident = ident.ok_or_else(|| call.failure(Exit::CouldNot, "no socket of its family"))?;
    let config = config(target.to, ident, form, options);
    let (first, last) = (config.first, config.last);
    let mut statistics = Statistics::new(target.to, first, last);
    page.host.clone_from(&target.name);
    let mut renderer = renderer(form, page, first, last);
    renderer.header().map_err(|error| output_failure(&error, call))?;
    let mut engine = Trace::new(config, now());
    let report = |event: TraceEvent| {
        if matches!(event, TraceEvent::Reset) {
            statistics.reset();
        }
        statistics.record(&event);
        renderer.item((&event, &statistics)).map_err(Interruption::Output)
    };
    netdiag_echo::run(&mut engine, sockets, control, report)
        .map_err(|ended: Interruption| ended.failure(call))?;
    statistics.end();
    renderer.end(&statistics).map_err(|error| output_failure(&error, call))?;
    Ok(statistics.is_reached())
}

/// What upstream refuses once it has read all options.
fn check(options: &Options, call: &Invocation) -> Result<(), Failure> {
    let misuse = |words: String| call.failure(Exit::Misuse, words);
    if [options.udp, options.tcp, options.sctp].into_iter().filter(|given| *given).count() > 1 {
        return Err(misuse("-u , -T and -S are mutually exclusive".to_owned()));
    }
    if options.sctp {
        return Err(call
            .failure(Exit::CouldNot, "Packet type unsupported: Operation not supported")
            .hint("-T asks with TCP, -u with UDP"));
    }
    for time in [&options.interval, &options.gracetime, &options.timeout].into_iter().filter(|_| call.linked)
    {
        time.without_unit().map_err(|bad| misuse(bad.to_string()))?;
    }
    if options.interval.time < INTERVAL_OF_USERS && !getuid().is_root() {
        return Err(misuse("non-root users cannot request an interval < 1.0 seconds".to_owned()));
    }
    let (first, last) = options.hop_limits();
    if first > last {
        return Err(misuse(format!("firstTTL({first}) cannot be larger than maxTTL({last})")));
    }
    Ok(())
}

/// What a host is asked, by these options.
fn config(mut to: SocketAddr, ident: Ident, form: Form, options: &Options) -> TraceConfig {
    let kind = match (options.udp, options.tcp) {
        (true, _) => ProbeKind::Udp,
        (_, true) => ProbeKind::Tcp,
        _ => ProbeKind::Echo,
    };
    match kind {
        ProbeKind::Echo => {}
        ProbeKind::Udp => to.set_port(options.port.unwrap_or(UDP_PORT)),
        ProbeKind::Tcp => to.set_port(options.port.unwrap_or(TCP_PORT)),
    }
    let mut payload = Payload::new(sockets::longest(options, Family::of(to)));
    payload.pattern = vec![match options.bitpattern {
        Fill::Byte(byte) => byte,
        // Any will do, and the secret is any.
        Fill::Random => payload.secret.unwrap_or_default().to_be_bytes()[0].rotate_left(3) ^ 0x5a,
    }];
    let (first, last) = options.hop_limits();
    let endless = form == Form::Split && options.report_cycles.is_none();
    TraceConfig {
        kind,
        varies_flow: true,
        first,
        last,
        rounds: (!endless).then(|| options.report_cycles.unwrap_or(ROUNDS).into()),
        interval: options.round_interval(),
        timeout: options.patience(),
        grace: Some(options.gracetime.time),
        least_size: sockets::shortest(options),
        give_up: u8::try_from(options.max_unknown).unwrap_or(u8::MAX).max(1),
        confirms: false,
        tells_all: true,
        ..TraceConfig::new(to, ident, payload)
    }
}

fn renderer(form: Form, page: &mut Page, first: u8, last: u8) -> Box<dyn Renderer<Traced> + '_> {
    let out = io::stdout();
    match form {
        Form::Report => Box::new(AtEnd::new(out, page, report::start, report::text)),
        Form::Json => Box::new(AtEnd::new(out, page, String::new, json::text)),
        Form::Xml => Box::new(AtEnd::new(out, page, String::new, xml::text)),
        Form::Csv => Box::new(AtEnd::new(out, page, String::new, csv::text)),
        Form::Raw => Box::new(Raw::new(out, page, first, last)),
        Form::Split => Box::new(Split::new(out, page)),
    }
}

fn listen(interrupted: &Arc<AtomicBool>, form: Form) -> io::Result<RunControl> {
    let control = stop_on_signals(interrupted)?;
    if form == Form::Split {
        keys::listen(&control)?;
    }
    Ok(control)
}

/// Under its own name this is the program that scripts know, in the version that it does what is done by.
fn print_version(call: &Invocation) -> Result<ExitCode, Failure> {
    let version = csv::VERSION;
    let ours = env!("CARGO_PKG_VERSION");
    let text = match call.linked {
        true => format!("mtr {version}"),
        false => format!("mtr from netdiag {ours}, compatible with mtr {version}"),
    };
    writeln!(io::stdout(), "{text}").map_err(|error| output_failure(&error, call))?;
    Ok(ExitCode::SUCCESS)
}

/// In the words of curses, which upstream draws with.
fn no_terminal(call: &Invocation) -> Failure {
    let kind = std::env::var("TERM").unwrap_or_else(|_| "unknown".to_owned());
    let words = format!("Error opening terminal: {kind}.");
    match call.linked {
        true => Failure::new(Exit::CouldNot, words),
        false => call
            .failure(Exit::Misuse, "standard output is no terminal to keep up to date")
            .hint("-r writes a report at the end, -j JSON, -l lines as things happen"),
    }
}

/// Where UDP probes go that are not told, as those of `netdiag trace`.
const UDP_PORT: u16 = 33_434;
const TCP_PORT: u16 = 80;
/// What upstream lets ordinary users have.
const INTERVAL_OF_USERS: Duration = Duration::from_secs(1);
