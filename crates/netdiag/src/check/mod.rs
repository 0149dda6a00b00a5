//! `netdiag check`: reads files and targets, runs their checks, and reports.
//!
//! Everything that can be wrong with files, options and the places of reports is found before the first check runs.

mod args;
mod init;
mod memory;
mod output;
mod preview;
mod progress;
mod source;

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use netdiag_check::file::Variables;
use netdiag_check::plan::Plan;
use netdiag_check::report::{self, Format, Setting};
use netdiag_check::run::{self, Cut, Options, Report};
use netdiag_check::selection::Selection;
use nix::libc::{SIGINT, SIGTERM};
use tokio::signal::unix::{SignalKind, signal};

pub(crate) use self::args::Args;
use self::memory::Memory;
use self::output::Claim;
use self::progress::Bar;
use self::source::{Refusal, Source};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::json::schema::plainly;
use crate::runtime;

/// Runs the checks that the command line asks for.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let status = attempt(args, call);
    match status {
        // Docker knows no third status of a HEALTHCHECK.
        Ok(status) if args.healthcheck => Ok(ExitCode::from(u8::from(status != 0))),
        Ok(status) => Ok(ExitCode::from(status)),
        Err(failure) if args.healthcheck => Err(failure.with_status(1)),
        Err(failure) => Err(failure),
    }
}

fn attempt(args: &Args, call: &Invocation) -> Result<u8, Failure> {
    if let Some(file) = &args.init {
        return init::run(file.as_deref(), call).map(|()| 0);
    }
    let sources = read(args, call)?;
    let paths: Vec<(String, PathBuf)> = sources.iter().filter_map(Source::named).collect();
    let plan = Plan::join(sources.into_iter().map(|source| source.plan)).map_err(|name| {
        call.failure(2, format_args!("two checks are called `{}`", report::visible(&name)))
    })?;
    let place = args.state.clone().or_else(memory::usual_place);
    let memory = recall(args, place.as_deref(), call)?;
    let chosen = choose(args, &plan, &memory, &paths, call)?;
    if args.list || args.dry_run {
        let text = if args.list { preview::list(&plan, &chosen) } else { preview::details(&plan, &chosen) };
        say(&text, call)?;
        return Ok(0);
    }
    let reports = Reports::claim(args, call)?;
    let (report, signal) = watch(args, &plan, &chosen, call)?;
    reports.write(&report, args, call)?;
    remember(args, memory, place.as_deref(), &report, &paths, call);
    Ok(match signal {
        Some(signal) => 128 + signal,
        None if args.warn_only => 0,
        None if reports_to_nagios(args) => report::nagios_status(&report),
        None => report.exit_status(args.fail_on_flaky),
    })
}

/// Whoever reads that format goes by statuses of its own.
fn reports_to_nagios(args: &Args) -> bool {
    args.outputs.iter().any(|output| output.format == Format::Nagios && output.path.is_none())
}

fn read(args: &Args, call: &Invocation) -> Result<Vec<Source>, Failure> {
    let variables = Variables::new(args.variables.iter().cloned());
    let notation = args.file_format.map(Into::into);
    let mut sources = Vec::new();
    let mut rejected = Vec::new();
    for word in &args.sources {
        match source::read(word, notation, &variables) {
            Ok(source) => sources.push(source),
            // All files are complained about in one go.
            Err(Refusal::Rejected(refused)) => rejected.push(refused.render(args.color.on(&io::stderr()))),
            Err(refusal) => return Err(refusal.failure(call)),
        }
    }
    if rejected.is_empty() { Ok(sources) } else { Err(Failure::new(2, rejected.join("\n\n"))) }
}

impl Refusal {
    fn failure(self, call: &Invocation) -> Failure {
        match self {
            Self::Unreadable { name, error } => {
                let shown = report::visible(&name);
                let failure = call.failure(2, format_args!("{shown}: {}", crate::failure::strerror(&error)));
                match name.split_once(':') {
                    Some((host, port)) if error.kind() == io::ErrorKind::NotFound => failure.hint(format!(
                        "a target begins with its kind, as in tcp://{}:{}",
                        report::visible(host),
                        report::visible(port)
                    )),
                    _ => failure,
                }
            }
            Self::NotText { name, offset } => call
                .failure(2, format_args!("{}: not UTF-8 text, from byte {offset} on", report::visible(&name)))
                .hint("a check file is TOML or JSON"),
            Self::TooLong { name } => call
                .failure(2, format_args!("{}: longer than 16 MiB, so no check file", report::visible(&name))),
            Self::Rejected(rejected) => Failure::new(2, rejected.render(false)),
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

fn recall(args: &Args, place: Option<&Path>, call: &Invocation) -> Result<Memory, Failure> {
    match place.map(Memory::load) {
        Some(Ok(memory)) => Ok(memory),
        Some(Err(error)) if args.failed || args.state.is_some() => {
            let path = place.map(Path::display).expect("there was one to load");
            Err(call.failure(2, format_args!("{path}: {error}")))
        }
        None if args.failed => Err(call
            .failure(2, "nothing is remembered of earlier runs: neither XDG_STATE_HOME nor HOME is set")
            .hint("name a file with --state")),
        Some(Err(_)) | None => Ok(Memory::default()),
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
        return Err(call.failure(2, words).hint(hint));
    }
    Ok(chosen)
}

/// Runs the checks; a signal ends the run, and is told.
fn watch<'p>(
    args: &Args,
    plan: &'p Plan,
    chosen: &[usize],
    call: &Invocation,
) -> Result<(Report<'p>, Option<u8>), Failure> {
    let options = Options { jobs: args.jobs.get(), deadline: args.deadline, no_exec: args.no_exec };
    let signalled = Cell::new(None);
    let mut bar = Bar::new(plan, chosen.len());
    // A name that is still being looked up does not hold the end up.
    let report = runtime::run(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stop = async {
            let number = tokio::select! {
                _ = interrupt.recv() => SIGINT,
                _ = terminate.recv() => SIGTERM,
            };
            signalled.set(u8::try_from(number).ok());
        };
        io::Result::Ok(run::run(plan, chosen, options, stop, |progress| bar.watch(&progress)).await)
    });
    bar.finish();
    let report = report.map_err(|error| call.failure(2, format_args!("cannot start: {error}")))?;
    let report =
        report.map_err(|error| call.failure(2, format_args!("cannot watch for signals: {error}")))?;
    let signal = signalled.get().filter(|_| report.cut == Some(Cut::Interrupted));
    Ok((report, signal))
}

/// The reports that were asked for, their files claimed.
struct Reports {
    files: Vec<(Format, PathBuf, Claim)>,
    stdout: Vec<Format>,
}

impl Reports {
    fn claim(args: &Args, call: &Invocation) -> Result<Self, Failure> {
        let mut reports = Self { files: Vec::new(), stdout: Vec::new() };
        for output in &args.outputs {
            match &output.path {
                None => reports.stdout.push(output.format),
                Some(path) => {
                    let claim = Claim::of(path).map_err(|error| {
                        call.failure(
                            2,
                            format_args!("{}: {}", path.display(), crate::failure::strerror(&error)),
                        )
                    })?;
                    reports.files.push((output.format, path.clone(), claim));
                }
            }
        }
        let machines = reports.stdout.iter().filter(|format| format.is_for_machines()).count();
        if machines > 1 || machines == 1 && reports.stdout.len() > 1 {
            return Err(call
                .failure(2, "standard output can carry one report if a program is to read it")
                .hint("write the others to files: -o junit=report.xml"));
        }
        if reports.stdout.is_empty() {
            reports.stdout.push(Format::Human);
        }
        Ok(reports)
    }

    fn write(self, report: &Report<'_>, args: &Args, call: &Invocation) -> Result<(), Failure> {
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        let plain = Setting { color: false, width: None, host: host.as_deref() };
        let on_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let annotated =
            self.stdout.contains(&Format::Github) || self.files.iter().any(|file| file.0 == Format::Github);
        for (format, path, claim) in self.files {
            let written = claim.write(&format.render(report, plain));
            written.map_err(|error| call.failure(2, format_args!("{}: {error}", path.display())))?;
        }
        if on_github || annotated {
            summarize(report, call);
        }
        let machine = self.stdout.iter().any(|format| format.is_for_machines());
        for format in self.stdout {
            let color = args.color.on(&io::stdout());
            let width = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col);
            let width = width.filter(|columns| *columns > 0);
            say(&format.render(report, Setting { color, width, ..plain }), call)?;
        }
        if on_github && !annotated {
            let annotations = Format::Github.render(report, plain);
            // The runner reads both streams; a program reads only the first.
            match machine {
                false => say(&annotations, call)?,
                true => io::stderr().write_all(annotations.as_bytes()).unwrap_or_default(),
            }
        }
        Ok(())
    }
}

/// Adds to the page GitHub shows for the step, if there is one.
fn summarize(report: &Report<'_>, call: &Invocation) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    let text = report::summary(report, SUMMARY);
    let written = OpenOptions::new().append(true).create(true).open(&path);
    if let Err(error) = written.and_then(|mut file| file.write_all(text.as_bytes())) {
        warn(call, format_args!("{}: {error}", Path::new(&path).display()));
    }
}

/// GitHub refuses a step's summary of more than 1 MiB, and other steps of a job want room, too.
const SUMMARY: usize = 900_000;

fn remember(
    args: &Args,
    mut memory: Memory,
    place: Option<&Path>,
    report: &Report<'_>,
    paths: &[(String, PathBuf)],
    call: &Invocation,
) {
    let Some(place) = place.filter(|_| !paths.is_empty()) else { return };
    memory.learn(report, |name| Some(paths.iter().find(|(file, _)| file == name)?.1.as_path()));
    match memory.save(place) {
        // Nobody asked for it: a home that cannot be written is common in containers.
        Err(error) if args.state.is_some() => warn(call, format_args!("{}: {error}", place.display())),
        _ => {}
    }
}

/// Writes to standard output; that nobody reads it any more is no error.
fn say(text: &str, call: &Invocation) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(call.failure(2, format_args!("write error: {error}")))
        }
        _ => Ok(()),
    }
}

/// The schema of reports as JSON.
pub(crate) fn report_schema() -> schemars::Schema {
    plainly(report::schema())
}

#[cfg(test)]
mod tests {
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
        let setting = Setting { host: Some("here"), ..Setting::default() };
        let document = serde_json::from_str(&Format::Json.render(&report, setting)).unwrap();
        Conformance::new(report_schema().to_value()).document(&document).unwrap();
    }

    #[test]
    fn the_reference_of_reports_says_the_same() {
        reference::matches("json-check.md", report_schema().as_value());
    }
}
