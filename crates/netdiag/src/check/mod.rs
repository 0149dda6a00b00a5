//! `netdiag check`: reads files and targets, runs their checks, and reports.
//!
//! Everything that can be wrong with files, options and the places of reports is found before the first check runs.

mod args;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod init;
mod live;
mod memory;
mod output;
mod preview;
mod progress;
mod render;
mod reports;
mod source;

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Command;
use netdiag_check::file::{InvalidFile, Variables};
use netdiag_check::plan::Plan;
use netdiag_check::report::{self, Format};
use netdiag_check::run::{self, Options, Report, StopReason};
use netdiag_check::selection::Selection;
use netdiag_text::{Exit, Secrets, strerror};
use nix::sys::signal::Signal;

pub(crate) use self::args::Args;
use self::memory::Memory;
use self::progress::Bar;
use self::render::say;
use self::reports::{Reports, unwritable};
use self::source::{Reading, Refusal, Source, Sources};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::scarcity::{FailedCall, no_loop};
use crate::signals::Signals;
use crate::{refusal, runtime};

/// Runs the checks that the command line asks for.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    match attempt(args, call) {
        // Docker knows no third status of a HEALTHCHECK.
        Ok(exit) if args.healthcheck && exit != Exit::Success => Ok(call.code(Exit::Unexpected)),
        Ok(exit) => Ok(call.code(exit)),
        Err(failure) if args.healthcheck => Err(failure.with_exit(Exit::Unexpected)),
        Err(failure) if reports_to_nagios(args) => Err(unknown_to_nagios(failure)),
        Err(failure) => Err(failure),
    }
}

/// Answers a command line that clap does not take.
pub(crate) fn refuse(error: &clap::Error, grammar: &Command, call: &Invocation) -> Result<ExitCode, Failure> {
    let refused = refusal::refuse(error, grammar, call);
    refused.map_err(|failure| if asks_for_nagios(&call.words) { unknown_to_nagios(failure) } else { failure })
}

/// Whoever reads that format reads standard output and one line only, and has a status of its own for what was not found out.
fn unknown_to_nagios(failure: Failure) -> Failure {
    // Where that cannot be written either, the status tells.
    let _ = say(&report::nagios_unknown(failure.words()));
    failure.with_exit(Exit::PluginUnknown)
}

/// Whether words that could not be read as options ask for that format.
fn asks_for_nagios(words: &[OsString]) -> bool {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let is = |value: &str| matches!(value, "nagios" | "nagios=-");
    let apart = words.windows(2).any(|pair| (pair[0] == "-o" || is_output(&pair[0])) && is(&pair[1]));
    let joined = words.iter().any(|word| match word.split_once('=') {
        Some((name, value)) if is_output(name) => is(value),
        _ => word.strip_prefix("-o").is_some_and(is),
    });
    apart || joined
}

/// Long options may be written in short, as long as they are no other's.
fn is_output(word: &str) -> bool {
    let is = |name: &str, least: &str| word.len() >= least.len() && name.starts_with(word);
    is("--output", "--o") || is("--format", "--fo")
}

fn attempt(args: &Args, call: &Invocation) -> Result<Exit, Failure> {
    let began = Instant::now();
    args.elsewhere.enter(call)?;
    if let Some(file) = &args.init {
        return init::run(file.as_deref(), call).map(|()| Exit::Success);
    }
    let sources = read(args, call)?;
    let files: Vec<PathBuf> = sources.iter().filter_map(|source| source.path.clone()).collect();
    let paths: Vec<(String, PathBuf)> = sources.iter().filter_map(Source::named).collect();
    let mut plan = Plan::join(sources.into_iter().map(|source| source.plan))
        .map_err(|names| call.failure(Exit::Misuse, names))?;
    plan.netns = args.elsewhere.words().nth(1);
    if let Some(complaint) = variables(args).unknown(&plan.variables) {
        let failure = call.failure(Exit::Misuse, plan.shown(&complaint.message));
        return Err(match complaint.help {
            Some(help) => failure.hint(plan.shown(&help)),
            None => failure,
        });
    }
    if args.require_all {
        plan.checks.iter_mut().for_each(|check| check.required = true);
    }
    let memory = recall(args, call)?;
    let chosen = choose(args, &plan, &memory, &paths, call)?;
    if args.list || args.dry_run {
        let text = if args.list { preview::list(&plan, &chosen) } else { preview::details(&plan, &chosen) };
        say(&text).map_err(|error| unwritable(&error, call))?;
        return Ok(Exit::Success);
    }
    let mut reports = Reports::new(args, &files, call)?;
    let left = args.deadline.map(|deadline| deadline.saturating_sub(began.elapsed()));
    let (report, signal) = watch(args, left, &plan, &chosen, &mut reports, call)?;
    reports.write(&report, call)?;
    remember(args, memory, &report, &paths, call);
    Ok(match signal {
        Some(signal) => Exit::Signal(signal),
        None if args.warn_only => Exit::Success,
        None if reports_to_nagios(args) => report::nagios_exit(&report),
        None => report.exit(args.fail_on_flaky),
    })
}

/// Whoever reads that format goes by statuses of its own.
fn reports_to_nagios(args: &Args) -> bool {
    args.outputs().iter().any(|output| output.format == Format::Nagios && output.path.is_none())
}

fn variables(args: &Args) -> Variables {
    Variables::new(args.variables.iter().cloned())
}

/// Reads files and targets; time is up when the run's is.
fn read(args: &Args, call: &Invocation) -> Result<Vec<Source>, Failure> {
    let (words, notation) = (args.sources.clone(), args.file_format.map(Into::into));
    let Reading { sources, bare } =
        Sources { words, notation, variables: variables(args) }.read_within(args.deadline);
    if !bare.is_empty() {
        let names: Vec<String> = bare.iter().map(|name| format!("${{{name}}}")).collect();
        let (names, least) = (names.join(", "), Secrets::SHORTEST);
        warn(call, format_args!("{names}: shorter than {least} characters, so not hidden in what is shown"));
    }
    sources.map_err(|refusal| refusal.failure(args.color.on(&io::stderr()), call))
}

/// Files that cannot be used, and what is wrong with them.
fn refused(files: &[InvalidFile], color: bool) -> Failure {
    let joined = |words: &dyn Fn(&InvalidFile) -> String, between| {
        files.iter().map(words).collect::<Vec<_>>().join(between)
    };
    let plain = joined(&ToString::to_string, "\n");
    Failure::styled(Exit::Misuse, joined(&|file| file.render(color), "\n\n")).or_plain(plain)
}

impl Refusal {
    fn failure(self, color: bool, call: &Invocation) -> Failure {
        match self {
            Self::Unreadable { name, error } => {
                let shown = Secrets::NONE.show(&name);
                let failure = call.failure(Exit::Misuse, format_args!("{shown}: {}", strerror(&error)));
                let is_place = error.kind() == io::ErrorKind::NotFound && name.contains(':');
                let kind = if name.contains('/') { "http" } else { "tcp" };
                match is_place {
                    true => failure.hint(format!("a target begins with its kind, as in {kind}://{shown}")),
                    false => failure,
                }
            }
            Self::NotText { name, offset } => call
                .failure(
                    Exit::Misuse,
                    format_args!("{}: not UTF-8 text, from byte {offset} on", Secrets::NONE.show(&name)),
                )
                .hint("a check file is TOML or JSON"),
            Self::TooLong { name } => call.failure(
                Exit::Misuse,
                format_args!("{}: longer than 16 MiB, so no check file", Secrets::NONE.show(&name)),
            ),
            Self::Yaml { name } => call
                .failure(Exit::Misuse, format_args!("{}: YAML is not read", Secrets::NONE.show(&name)))
                .hint("a check file is TOML or JSON; --file-format says so of a name like this"),
            Self::GivenTwice { name } => {
                call.failure(Exit::Misuse, format_args!("{}: given twice", Secrets::NONE.show(&name)))
            }
            Self::InvalidFiles(files) => refused(&files, color),
            Self::TooLate => call.failure(Exit::CouldNot, "the deadline passed before all files were read"),
            Self::NoThread(error) => {
                call.failure(Exit::CouldNot, format_args!("cannot start a thread: {}", strerror(&error)))
            }
        }
    }
}

impl Source {
    /// What reports call its file, and where that is.
    fn named(&self) -> Option<(String, PathBuf)> {
        let name = self.plan.checks.iter().find_map(|check| check.file.as_deref())?;
        Some((name.to_owned(), self.path.clone()?))
    }
}

/// What is remembered of earlier runs.
fn recall(args: &Args, call: &Invocation) -> Result<Memory, Failure> {
    let Some(place) = args.state.as_deref() else { return Ok(Memory::default()) };
    let shown = place.display();
    match Memory::load(place) {
        Ok(Some(memory)) => Ok(memory),
        Ok(None) if args.failed => Err(call
            .failure(
                Exit::Misuse,
                format_args!("{shown}: no such file: nothing is remembered of earlier runs"),
            )
            .hint(format!("run it once without --failed: --state {shown} remembers what does not pass"))),
        Ok(None) => Ok(Memory::default()),
        Err(error) => Err(call.failure(Exit::Misuse, format_args!("{shown}: {error}"))),
    }
}

fn choose(
    args: &Args,
    plan: &Plan,
    memory: &Memory,
    paths: &[(String, PathBuf)],
    call: &Invocation,
) -> Result<Vec<usize>, Failure> {
    let failed = || memory.failed(paths.iter().map(|(_, path)| path.as_path()));
    let selection =
        Selection { tags: args.tags.clone(), names: args.names.clone(), only: args.failed.then(failed) };
    let chosen = selection.choose(plan);
    if chosen.is_empty() && !args.allow_empty {
        let words = match plan.checks.len() {
            0 => "there is no check in it".to_owned(),
            count => format!("no check is selected, of {count}"),
        };
        let hint = "--list shows what there is; --allow-empty makes this no error";
        return Err(call.failure(Exit::Misuse, words).hint(hint));
    }
    Ok(plan.with_dependencies(&chosen))
}

/// Runs the checks, for no longer than `deadline`; a signal ends the run, and is told.
fn watch<'p>(
    args: &Args,
    deadline: Option<Duration>,
    plan: &'p Plan,
    chosen: &[usize],
    reports: &mut Reports,
    call: &Invocation,
) -> Result<(Report<'p>, Option<u8>), Failure> {
    let options = Options { jobs: args.jobs.get(), deadline, no_exec: args.no_exec };
    // Before there is another thread.
    let signals = Signals::block([Signal::SIGINT, Signal::SIGTERM]);
    let signals = signals.map_err(FailedCall::of("pthread_sigmask")).map_err(no_loop(call))?;
    reports.begin(call)?;
    let signalled = Cell::new(None);
    // Lines on the same terminal show how far it is as well.
    let shown = !reports.is_live() || !io::stdout().is_terminal();
    let mut bar = Bar::new(plan, chosen.len(), shown);
    // A name that is still being looked up does not hold the end up.
    let report = runtime::run(1, async {
        // Before a check can use up the descriptors.
        let arriving = signals.arriving()?;
        let stop = async { signalled.set(Some(arriving.next().await)) };
        let report = run::run(plan, chosen, options, stop, |progress| {
            bar.watch(&progress);
            reports.watch(plan, &progress);
        });
        Ok(report.await)
    });
    bar.finish();
    let report = report.and_then(|report| report).map_err(no_loop(call))?;
    let signal = signalled.take().transpose().map_err(no_loop(call))?;
    let signal = signal.filter(|_| report.stopped == Some(StopReason::Interrupted));
    Ok((report, signal.map(|signal| signal as u8)))
}

fn remember(
    args: &Args,
    mut memory: Memory,
    report: &Report<'_>,
    paths: &[(String, PathBuf)],
    call: &Invocation,
) {
    let Some(place) = args.state.as_deref().filter(|_| !paths.is_empty()) else { return };
    memory.learn(report, |name| Some(paths.iter().find(|(file, _)| file == name)?.1.as_path()));
    if let Err(error) = memory.save(place) {
        warn(call, format_args!("{}: {}", place.display(), strerror(&error)));
    }
}

/// The schema of reports as JSON.
pub(crate) fn report_schema() -> schemars::Schema {
    report::schema()
}

#[cfg(test)]
mod tests {
    use netdiag_check::report::RenderOptions;

    use super::*;
    use crate::json::conformance::Conformance;
    use crate::json::reference;

    #[test]
    fn json_is_what_its_schema_says() {
        let words = [
            "sysctl:kernel.ostype?value=Linux&tags=a",
            "sysctl:kernel.osrelease?value=0",
            "sysctl:no.such?value=0",
            "sysctl:no.such/either?value=0&required=true",
            "sysctl:kernel.version?value=0&retry=2",
        ];
        let plans = words.iter().filter_map(|word| Plan::of_target(word).ok());
        let plan = Plan::join(plans).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = Options { jobs: 2, ..Options::default() };
        let all: Vec<usize> = (0..plan.checks.len()).collect();
        let report = runtime.block_on(run::run(&plan, &all, options, std::future::pending(), |_| {}));
        let setting = RenderOptions { host: Some("here"), ..RenderOptions::default() };
        let document = serde_json::from_str(&Format::Json.render(&report, setting)).unwrap();
        Conformance::new(report_schema().to_value()).document(&document).unwrap();
    }

    #[test]
    fn the_reference_of_reports_says_the_same() {
        reference::matches("json-check.md", report_schema().as_value());
    }
}
