//! `netdiag wait`: until servers are up, or down; then perhaps a command in place of this process.
//!
//! The command gets this process as it is: its PID, its standard input untouched, signals as they were.

mod args;
mod course;
mod directory;
mod ended;
mod json;
mod local;
mod pause;
mod process;
mod progress;
mod seen;
mod subject;
mod table;
mod targets;

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use netdiag_probe::{Client, Connector, Counted};
use netdiag_text::duration::Short;
use netdiag_text::{Exit, strerror};
use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep_until};

pub(crate) use self::args::Args;
use self::course::{Course, Terms};
use self::ended::Ended;
use self::json::Json;
pub(crate) use self::json::schema;
use self::process::Process;
use self::progress::Progress;
use self::subject::Subject;
use self::table::table;
pub(crate) use self::targets::refuse;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::runtime;
use crate::scarcity::{FailedCall, no_loop};
use crate::signals::{Signals, heeded};

/// Runs `wait`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let family = args.family.family();
    let targets = targets::read(&args.targets, call)?;
    let subjects: Vec<Subject> =
        args.targets.iter().zip(targets).map(|(typed, target)| Subject::new(typed, target, family)).collect();
    let secure = subjects.iter().any(Subject::speaks_tls);
    let tls = secure.then(|| args.tls.client(call)).transpose()?;
    args.elsewhere.enter(call)?;
    let client =
        Client { connector: Connector { family, race: true, ..Connector::default() }, tls, patience: None };
    let process = args.pid_alive.map(|pid| {
        let broken =
            |error| call.failure(Exit::CouldNot, format_args!("process {pid}: {}", strerror(&error)));
        Process::of(pid).map_err(broken)
    });
    let process = process.transpose()?;
    let broken = no_loop(call);
    let masked = FailedCall::of("pthread_sigmask");
    // Before there is another thread.
    let signals = heeded([Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM]);
    let signals = Signals::block(signals).map_err(&masked).map_err(&broken)?;
    let mut courses: Vec<Course<'_>> = subjects.iter().map(Course::new).collect();
    let mut json = args.shape().map(|shape| Json::new(io::stdout(), shape, args));
    let start = Instant::now();
    let waited = runtime::run(1, wait(args, &client, &mut courses, process, &signals, json.as_mut()));
    let ended = waited.and_then(|ended| ended).map_err(&broken)?;
    if let Some(json) = json {
        let written = json.end(&courses, ended, start.elapsed());
        let failed = |error| call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error)));
        written.map_err(failed)?;
    }
    let lost = |exit, why: &str| Err(lost(args, &courses, exit, why, call));
    match ended {
        Ended::Ready => {
            courses.iter().filter(|_| !args.is_silent()).for_each(|course| say(course, args, call));
            signals.release().map_err(&masked).map_err(&broken)?;
            exec(&args.command, call)
        }
        Ended::TimeUp => lost(Exit::TimedOut, &format!("not ready after {}", Short(args.deadline))),
        Ended::ProcessGone => {
            lost(Exit::Unexpected, &format!("process {} has ended", args.pid_alive.unwrap_or_default()))
        }
        Ended::Signalled(signal) => {
            lost(Exit::Signal(signal as u8), &format!("not ready when {signal} came"))
        }
    }
}

async fn wait(
    args: &Args,
    client: &Client,
    courses: &mut [Course<'_>],
    process: Option<Process>,
    signals: &Signals,
    mut json: Option<&mut Json<io::Stdout>>,
) -> Result<Ended, FailedCall> {
    let start = Instant::now();
    let deadline = start + if args.deadline.is_zero() { NEVER } else { args.deadline };
    let signals = signals.arriving()?;
    let progress =
        if args.quiet { Progress::hidden() } else { Progress::of(courses.iter().map(Course::shown)) };
    let terms = Terms { args, client, start, deadline, progress: &progress };
    let mut waiting: FuturesUnordered<_> = courses.iter_mut().map(|course| course.wait(terms)).collect();
    let ready = async {
        while let Some(target) = waiting.next().await {
            if let Some(json) = &mut json {
                json.ready(&target);
            }
            if args.any {
                return;
            }
        }
    };
    let gone = async {
        match process {
            Some(process) => process.end().await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        biased;
        gone = gone => gone.map(|()| Ended::ProcessGone).map_err(FailedCall::of("epoll_ctl")),
        () = ready => Ok(Ended::Ready),
        signal = signals.next() => signal.map(Ended::Signalled),
        () = sleep_until(deadline) => Ok(Ended::TimeUp),
    };
    progress.clear();
    ended
}

/// Longer than anybody waits.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Says when a target was ready, if it was.
fn say(course: &Course<'_>, args: &Args, call: &Invocation) {
    let Some(ready) = course.ready else { return };
    let state = if args.down { "down" } else { "up" };
    let (shown, after, looks) = (course.shown(), Short(ready), Counted(course.looks, "look"));
    warn(call, format_args!("{shown} is {state} after {after}, {looks}"));
}

fn lost(args: &Args, courses: &[Course<'_>], exit: Exit, why: &str, call: &Invocation) -> Failure {
    match args.is_silent() {
        true => Failure::silent(exit),
        false => call.failure(exit, format_args!("{why}\n\n{}", table(courses, args.down))),
    }
}

/// Becomes the command, if there is one.
fn exec(command: &[OsString], call: &Invocation) -> Result<ExitCode, Failure> {
    let Some((program, words)) = command.split_first() else { return Ok(ExitCode::SUCCESS) };
    let error = Command::new(program).args(words).exec();
    let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::NotExecutable };
    Err(call.failure(exit, format_args!("{}: {}", program.to_string_lossy(), strerror(&error))))
}
