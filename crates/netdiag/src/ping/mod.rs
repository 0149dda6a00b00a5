//! `netdiag ping`: one run, from the command line to the exit status.
//!
//! The order of checks is upstream's, because scripts see its first complaint: options, destination, sockets, size, name,
//! route, then the run.

mod args;
mod icmp_text;
mod names;
mod number;
mod privilege;
mod sockets;
mod target;
mod text;

use std::io::{self, Write};
use std::process::ExitCode;

use netdiag_echo::{Control, EchoSocket, Error, Family, Ident, Payload, Ping, SocketConfig, Tally};
use signal_hook::consts::{SIGALRM, SIGINT, SIGQUIT};

pub(crate) use self::args::Args;
use self::number::BadOption;
use self::sockets::option_failure;
use self::target::Target;
use self::text::Text;
use crate::failure::{Failure, strerror};
use crate::getopt;
use crate::invocation::Invocation;

/// Runs `ping`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let family = args.family(call)?;
    for seconds in [&args.interval, &args.linger] {
        seconds.warn(call);
    }
    if args.version {
        return print_version(call);
    }
    let destination = args.destination(call)?;
    let sockets = sockets::open(family, call)?;
    args.check_size(destination, &sockets, call)?;
    let target = Target::resolve(destination, family, call)?;
    args.check_group_interval(&target, call)?;

    let payload = Payload { size: args.size, cookie: random() };
    let config = SocketConfig {
        payload,
        hop_limit: args.hop_limit,
        transmit_stamps: !args.interval.value.is_zero(),
        raw_ident: Ident(std::process::id() as u16),
    };
    let opened = sockets.into_iter().find(|(family, _)| *family == Family::of(target.address));
    let (_, opened) =
        opened.ok_or_else(|| call.failure(2, format_args!("{destination}: no socket of its family")))?;
    let mut socket = EchoSocket::new(opened, &config).map_err(|error| option_failure(&error, call))?;

    let mut text = Text::new(io::stdout().lock(), call, &target, args.layout(&target));
    text.header().map_err(|error| output_failure(&error, call))?;
    args.check_interval(call)?;
    let tally = ping(args.engine(&target, payload, call), &mut socket, &mut text, call)?;
    text.summary(&tally).map_err(|error| output_failure(&error, call))?;
    Ok(ExitCode::from(args.verdict(&tally)))
}

/// Turns clap's refusal of a command line into upstream's.
pub(crate) fn refuse(error: &clap::Error, call: &Invocation) -> Result<ExitCode, Failure> {
    if let Some(complaint) = getopt::complaint(error, &grammar(), &call.words) {
        return Err(call.failure(2, format_args!("{complaint}\n\n{}", usage(call))));
    }
    if let Some(bad) = std::error::Error::source(error).and_then(|source| source.downcast_ref::<BadOption>())
    {
        return Err(call.failure(bad.status, bad));
    }
    if call.linked {
        return Err(Failure::new(2, usage(call)));
    }
    error.exit()
}

/// Why a run ended early.
enum Interruption {
    Socket(Error),
    Output(io::Error),
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Socket(error)
    }
}

fn ping<W: Write>(
    mut engine: Ping,
    socket: &mut EchoSocket,
    text: &mut Text<'_, W>,
    call: &Invocation,
) -> Result<Tally, Failure> {
    let control = Control::new().and_then(listen_for_signals).map_err(|error| call.failure(2, error))?;
    match netdiag_echo::run(&mut engine, socket, &control, |event| {
        text.event(&event).map_err(Interruption::Output)
    }) {
        Ok(()) => Ok(engine.tally().clone()),
        Err(Interruption::Socket(error)) => Err(option_failure(&error, call)),
        Err(Interruption::Output(error)) => Err(output_failure(&error, call)),
    }
}

fn listen_for_signals(control: Control) -> io::Result<Control> {
    for (signal, flag) in [(SIGINT, control.stop()), (SIGALRM, control.stop()), (SIGQUIT, control.status())] {
        // The flag first: whoever is woken finds it set.
        signal_hook::flag::register(signal, flag)?;
        signal_hook::low_level::pipe::register(signal, control.waker()?)?;
    }
    Ok(control)
}

fn output_failure(error: &io::Error, call: &Invocation) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::silent(0),
        _ => call.failure(1, format_args!("write error: {}", strerror(error))),
    }
}

fn print_version(call: &Invocation) -> Result<ExitCode, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(io::stdout(), "ping from netdiag {version}, compatible with iputils 20250605")
        .map_err(|error| output_failure(&error, call))?;
    Ok(ExitCode::SUCCESS)
}

fn usage(call: &Invocation) -> String {
    let name = if call.linked { "ping" } else { "netdiag ping" };
    grammar().bin_name(name).render_help().to_string().trim_end().to_owned()
}

fn grammar() -> clap::Command {
    <Args as clap::Args>::augment_args(clap::Command::new("ping"))
}

/// A number nobody can guess, from the seed the standard library draws for its hash maps.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}
