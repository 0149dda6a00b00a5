//! `netdiag wait`: until servers are up, or down; then perhaps a command in place of this process.
//!
//! The command gets this process as it is: its PID, its standard input untouched, signals as they were.

mod args;
mod local;
mod pause;
mod subject;

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use netdiag_probe::talk::escape;
use netdiag_probe::{Client, Connector, Counted, Family};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) use self::args::Args;
use self::subject::{Seen, Subject};
use crate::failure::{Failure, strerror, warn};
use crate::invocation::Invocation;
use crate::{place, runtime};

/// Runs `wait`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let family = match (args.ipv4, args.ipv6) {
        (true, _) => Some(Family::V4),
        (_, true) => Some(Family::V6),
        _ => None,
    };
    let subjects = args.targets.iter().map(|typed| {
        let target = typed.parse().map_err(|wrong| place::misplaced(&wrong, call))?;
        Ok(Subject::new(typed, target, family))
    });
    let subjects: Vec<Subject> = subjects.collect::<Result<_, Failure>>()?;
    let secure = subjects.iter().any(Subject::speaks_tls);
    let tls = secure.then(|| args.tls.client(call)).transpose()?;
    let client = Client { connector: Connector { family, ..Connector::default() }, tls };
    let mut courses: Vec<Course<'_>> = subjects.iter().map(Course::new).collect();
    let ended = runtime::run(wait(args, &client, &mut courses)).and_then(|ended| ended);
    match ended.map_err(|error| call.failure(3, format_args!("event loop: {}", strerror(&error))))? {
        Ended::Ready => {
            if !args.quiet {
                courses
                    .iter()
                    .filter(|course| course.ready.is_some())
                    .for_each(|course| course.say(args, call));
            }
            exec(&args.command, call)
        }
        Ended::TimeUp => {
            Err(lost(args, &courses, 124, &format!("not ready after {}", span(args.timeout)), call))
        }
        Ended::ProcessGone => {
            let pid = args.pid_alive.unwrap_or_default();
            Err(lost(args, &courses, 1, &format!("process {pid} has ended"), call))
        }
    }
}

/// Why waiting is over.
#[derive(Clone, Copy, Debug)]
enum Ended {
    Ready,
    TimeUp,
    ProcessGone,
}

/// How waiting for one of them went.
struct Course<'s> {
    subject: &'s Subject,
    attempts: u64,
    last: Option<String>,
    /// After how long it was as waited for.
    ready: Option<Duration>,
}

async fn wait(args: &Args, client: &Client, courses: &mut [Course<'_>]) -> io::Result<Ended> {
    let start = Instant::now();
    let deadline = start + args.timeout;
    let mut waiting: FuturesUnordered<_> =
        courses.iter_mut().map(|course| course.wait(args, client, start, deadline)).collect();
    let ready = async {
        while waiting.next().await.is_some() {
            if args.any {
                return;
            }
        }
    };
    let gone = async {
        match args.pid_alive {
            Some(pid) => end_of(pid).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        gone = gone => gone.map(|()| Ended::ProcessGone),
        () = ready => Ok(Ended::Ready),
        () = sleep_until(deadline) => Ok(Ended::TimeUp),
    }
}

/// Waits for the end of a process, on a thread of its own. Its descriptor is readable then, even if nobody has taken its status
/// yet (`pidfd_open(2)`).
async fn end_of(pid: i32) -> io::Result<()> {
    let process = match Pid::from_raw(pid).map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
        Some(Ok(process)) => process,
        Some(Err(Errno::SRCH)) | None => return Ok(()),
        Some(Err(error)) => return Err(error.into()),
    };
    let ended = spawn_blocking(move || {
        let mut ready = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
        while let Err(error) = poll(&mut ready, PollTimeout::NONE) {
            if error != nix::errno::Errno::EINTR {
                return Err(error.into());
            }
        }
        Ok(())
    });
    ended.await?
}

impl<'s> Course<'s> {
    fn new(subject: &'s Subject) -> Self {
        Self { subject, attempts: 0, last: None, ready: None }
    }

    async fn wait(&mut self, args: &Args, client: &Client, start: Instant, deadline: Instant) {
        let mut streak = 0;
        let mut pauses = self.subject.pauses(args.interval);
        loop {
            let seen = self.subject.look(client, deadline).await;
            self.attempts += 1;
            let wrong = match (seen, args.down) {
                (Seen::Up, false) | (Seen::Down(_), true) => None,
                (Seen::Up, true) => Some("it is up".to_owned()),
                (Seen::Down(why) | Seen::Neither(why), _) => Some(why),
            };
            if wrong.is_none() != (streak > 0) {
                // Something has happened: more may soon.
                pauses = self.subject.pauses(args.interval);
            }
            streak = if wrong.is_none() { streak + 1 } else { 0 };
            self.last = wrong;
            if streak == args.stable.get() {
                self.ready = Some(start.elapsed());
                return;
            }
            sleep(pauses.next()).await;
        }
    }

    fn say(&self, args: &Args, call: &Invocation) {
        let Self { subject, attempts, ready, .. } = self;
        let state = if args.down { "down" } else { "up" };
        let looks = Counted(*attempts, "look");
        let after = span(ready.unwrap_or_default());
        warn(call, format_args!("{} is {state} after {after}, {looks}", shown(&subject.typed)));
    }
}

/// What was typed or told, with nothing in it a terminal would act on.
fn shown(text: &str) -> String {
    escape(text.as_bytes(), 200)
}

/// A time with three decimals at most.
fn span(time: Duration) -> String {
    let text = format!("{:.3}", time.as_secs_f64());
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

fn lost(args: &Args, courses: &[Course<'_>], status: u8, why: &str, call: &Invocation) -> Failure {
    if args.quiet {
        return Failure::silent(status);
    }
    let mut rows = vec![["target".to_owned(), "looks".to_owned(), "last error".to_owned()]];
    for course in courses {
        let last = match (&course.last, course.ready) {
            (_, Some(_)) => "none".to_owned(),
            (Some(last), None) => shown(last),
            (None, None) if course.attempts == 0 => "no look has ended".to_owned(),
            (None, None) => "not for long enough".to_owned(),
        };
        rows.push([shown(&course.subject.typed), course.attempts.to_string(), last]);
    }
    let wide = rows.iter().map(|[target, ..]| target.chars().count()).max().unwrap_or_default();
    let lines = rows.iter().map(|[target, looks, last]| format!("  {target:wide$}  {looks:>5}  {last}"));
    let table = lines.collect::<Vec<_>>().join("\n");
    call.failure(status, format_args!("{why}\n\n{table}"))
}

/// Becomes the command, if there is one.
fn exec(command: &[OsString], call: &Invocation) -> Result<ExitCode, Failure> {
    let Some((program, words)) = command.split_first() else { return Ok(ExitCode::SUCCESS) };
    let error = Command::new(program).args(words).exec();
    let status = if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 };
    Err(call.failure(status, format_args!("{}: {}", program.to_string_lossy(), strerror(&error))))
}
