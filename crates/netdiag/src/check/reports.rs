//! The reports of a run on their way out: which of them go where, and in which order.
//!
//! Files are made sure of before the first check begins; what cannot be written then is refused then.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use netdiag_check::plan::Plan;
use netdiag_check::report::{self, Format, RenderOptions};
use netdiag_check::run::{Progress, Report};
use netdiag_text::{Exit, strerror};

use super::args::Args;
use super::live::Live;
use super::output::Output;
use super::render::{Checking, To, Whole, say};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::render::Renderer;
use crate::scarcity::FailedCall;
use crate::written_file::{Identity, WrittenFile};

/// The reports that were asked for, their files made sure of.
pub(super) struct Reports {
    files: Vec<(PathBuf, Whole)>,
    stdout: Vec<Box<dyn Renderer<Checking>>>,
    formats: Formats,
}

/// Which reports there are.
struct Formats {
    files: Vec<Format>,
    stdout: Vec<Format>,
}

impl Formats {
    fn new(outputs: &[Output]) -> Self {
        let those = |in_file: bool| {
            let outputs = outputs.iter().filter(move |output| output.path.is_some() == in_file);
            outputs.map(|output| output.format).collect::<Vec<_>>()
        };
        let (files, mut stdout) = (those(true), those(false));
        if stdout.is_empty() {
            stdout.push(Format::Text);
        }
        Self { files, stdout }
    }

    /// Whether a program reads standard output.
    fn is_for_machines(&self) -> bool {
        self.stdout.iter().any(|format| format.is_for_machines())
    }
}

impl Reports {
    /// Makes sure of the files; none of them may be one of `sources`, the files that are checked.
    pub(super) fn new(args: &Args, sources: &[PathBuf], call: &Invocation) -> Result<Self, Failure> {
        let sources: Vec<Identity> = sources.iter().filter_map(|source| Identity::of(source)).collect();
        let mut taken: Vec<Identity> = Vec::new();
        let mut files = Vec::new();
        let outputs = args.outputs();
        for output in &outputs {
            let Some(path) = &output.path else { continue };
            let refused =
                |why: &dyn Display| call.failure(Exit::Misuse, format_args!("{}: {why}", path.display()));
            let file = WrittenFile::at(path).map_err(|error| refused(&strerror(&error)))?;
            if let Some(identity) = file.identity() {
                if sources.contains(&identity) {
                    return Err(refused(&"a report would take the place of this check file"));
                }
                if taken.contains(&identity) {
                    return Err(refused(&"one report would take the place of another"));
                }
                taken.push(identity);
            }
            let to = To::File(Some(file));
            files.push((path.clone(), Whole { format: output.format, host: host(), to }));
        }
        let formats = Formats::new(&outputs);
        if formats.is_for_machines() && formats.stdout.len() > 1 {
            return Err(call
                .failure(Exit::Misuse, "standard output can carry one report if a program is to read it")
                .hint("write the others to files: -o junit=report.xml"));
        }
        let stdout = formats.stdout.iter().map(|format| -> Box<dyn Renderer<Checking>> {
            match format {
                Format::Jsonl => Box::new(Live::new(host())),
                format => Box::new(Whole {
                    format: *format,
                    host: host(),
                    to: To::Stdout { color: args.color, quiet: args.quiet },
                }),
            }
        });
        Ok(Self { files, stdout: stdout.collect(), formats })
    }

    /// The checks begin.
    pub(super) fn begin(&mut self, call: &Invocation) -> Result<(), Failure> {
        let begun = self.stdout.iter_mut().try_for_each(|renderer| renderer.header());
        // Nothing is written yet, but by a thread that is begun.
        begun.map_err(FailedCall::of("clone")).map_err(|error| call.failure(Exit::CouldNot, error))
    }

    /// Whether standard output tells of every check as it ends.
    pub(super) fn is_live(&self) -> bool {
        self.formats.stdout.contains(&Format::Jsonl)
    }

    /// Takes note of what happens. What cannot be written is told of at the end.
    pub(super) fn watch(&mut self, plan: &Plan, progress: &Progress<'_>) {
        for renderer in &mut self.stdout {
            let _ = renderer.item((plan, progress));
        }
    }

    /// Writes all of them, and the end of the one that is live.
    pub(super) fn write(mut self, report: &Report<'_>, call: &Invocation) -> Result<(), Failure> {
        let on_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let annotated =
            [&self.formats.stdout, &self.formats.files].iter().any(|all| all.contains(&Format::Github));
        for (path, file) in &mut self.files {
            let written = file.end(report);
            written.map_err(|error| {
                call.failure(Exit::Unwritten, format_args!("{}: {}", path.display(), strerror(&error)))
            })?;
        }
        if on_github || annotated {
            summarize(report, call);
        }
        let written = self.stdout.iter_mut().try_for_each(|renderer| renderer.end(report));
        written.map_err(|error| unwritable(&error, call))?;
        if on_github && !annotated {
            let host = host();
            let setting = RenderOptions { host: host.as_deref(), ..RenderOptions::default() };
            let annotations = Format::Github.render(report, setting);
            // The runner reads both streams; a program reads only the first.
            match self.formats.is_for_machines() {
                false => say(&annotations).map_err(|error| unwritable(&error, call))?,
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

pub(super) fn unwritable(error: &io::Error, call: &Invocation) -> Failure {
    call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(error)))
}
