//! The reports of a run on their way out: which of them go where, and in which order.
//!
//! Files are claimed before the first check begins; what cannot be written then is refused then.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use netdiag_check::report::{self, Format, RenderOptions};
use netdiag_check::run::Report;
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::live::Live;
use crate::claim::Claim;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;

/// The reports that were asked for, their files claimed.
pub(super) struct Reports {
    files: Vec<(Format, PathBuf, Claim)>,
    stdout: Vec<Format>,
    /// What writes lines to standard output while checks run.
    pub(super) live: Option<Live>,
}

impl Reports {
    /// Claims the files; none of them may be one of `sources`, the files that are checked.
    pub(super) fn claim(args: &Args, sources: &[PathBuf], call: &Invocation) -> Result<Self, Failure> {
        let mut reports = Self { files: Vec::new(), stdout: Vec::new(), live: None };
        for output in &args.outputs {
            match &output.path {
                None => reports.stdout.push(output.format),
                Some(path) => {
                    let refused = |why: &dyn Display| {
                        call.failure(Exit::Misuse, format_args!("{}: {why}", path.display()))
                    };
                    let claim = Claim::of(path).map_err(|error| refused(&strerror(&error)))?;
                    let taken = |file: &Path| claim.replaces(file);
                    if sources.iter().any(|source| taken(source)) {
                        return Err(refused(&"a report would take the place of this check file"));
                    }
                    if reports.files.iter().any(|(.., other)| other.place().is_some_and(taken)) {
                        return Err(refused(&"one report would take the place of another"));
                    }
                    reports.files.push((output.format, path.clone(), claim));
                }
            }
        }
        let machines = reports.stdout.iter().filter(|format| format.is_for_machines()).count();
        if machines > 1 || machines == 1 && reports.stdout.len() > 1 {
            return Err(call
                .failure(Exit::Misuse, "standard output can carry one report if a program is to read it")
                .hint("write the others to files: -o junit=report.xml"));
        }
        if reports.stdout.is_empty() {
            reports.stdout.push(Format::Human);
        }
        if reports.stdout.contains(&Format::Jsonl) {
            reports.live = Some(Live::begin(host()).map_err(|error| unwritable(&error, call))?);
        }
        Ok(reports)
    }

    /// Writes all of them, and the end of the one that is live.
    pub(super) fn write(self, report: &Report<'_>, args: &Args, call: &Invocation) -> Result<(), Failure> {
        let host = host();
        let plain = RenderOptions { color: false, width: None, host: host.as_deref() };
        let on_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let annotated =
            self.stdout.contains(&Format::Github) || self.files.iter().any(|file| file.0 == Format::Github);
        for (format, path, claim) in self.files {
            let written = claim.write(&format.render(report, plain));
            written.map_err(|error| {
                call.failure(Exit::Unwritten, format_args!("{}: {}", path.display(), strerror(&error)))
            })?;
        }
        if on_github || annotated {
            summarize(report, call);
        }
        let machine = self.stdout.iter().any(|format| format.is_for_machines());
        if let Some(live) = self.live {
            live.finish(report).map_err(|error| unwritable(&error, call))?;
        }
        for format in self.stdout.into_iter().filter(|format| *format != Format::Jsonl) {
            let color = args.color.on(&io::stdout());
            let width = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col);
            let width = width.filter(|columns| *columns > 0);
            say(&format.render(report, RenderOptions { color, width, ..plain }), call)?;
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

/// What this host is called.
pub(super) fn host() -> Option<String> {
    nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok())
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

/// Writes to standard output; that nobody reads it any more is no error.
pub(super) fn say(text: &str, call: &Invocation) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritable(&error, call)),
        _ => Ok(()),
    }
}

fn unwritable(error: &io::Error, call: &Invocation) -> Failure {
    call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(error)))
}
