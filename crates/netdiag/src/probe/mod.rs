//! `netdiag probe`: URLs probed one after the other, once or again and again.
//!
//! An interrupted run says what it measured; what was under way when it was interrupted is not counted.

mod args;
mod certificate;
mod course;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod http_args;
mod icmp;
mod json;
mod kernel;
mod plan;
mod record;
mod record_found;
mod record_tls;
mod render;
mod script_args;
mod table;
mod text;

use std::cell::Cell;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;

use netdiag_probe::{Client, Report};
use netdiag_text::{Exit, strerror};
use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep_until};

pub(crate) use self::args::Args;
pub(crate) use self::certificate::validity;
use self::course::Course;
pub(crate) use self::icmp::echo;
pub(crate) use self::json::schema;
use self::kernel::Kernel;
use self::plan::{Plan, Task};
use self::record::Run;
use self::render::{Probe, ProbeRun};
use crate::failure::Failure;
use crate::format::Format;
use crate::invocation::Invocation;
use crate::json::Shape;
use crate::render::Renderer;
use crate::runtime;
use crate::scarcity::{FailedCall, no_loop};
use crate::signals::Signals;

/// Runs `probe`.
pub(crate) fn run(args: &Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let plan = Plan::new(args, call)?;
    args.elsewhere.enter(call)?;
    let mut courses: Vec<Course> = plan.jobs.iter().map(|job| Course::new(&job.url)).collect();
    let interrupted = Rc::new(Cell::new(false));
    let mut renderer = renderer(args, &interrupted);
    // Before there is another thread.
    let signals = Signals::block([Signal::SIGINT]);
    let signals = signals.map_err(FailedCall::of("pthread_sigmask")).map_err(no_loop(call))?;
    let probed = runtime::run(1, async {
        let signals = signals.arriving()?;
        tokio::select! {
            probed = all(args, &plan, &mut courses, &mut *renderer) => Ok(probed),
            stopped = signals.next() => stopped.map(|_| {
                interrupted.set(true);
                Ok(())
            }),
        }
    });
    let probed = probed.and_then(|probed| probed).map_err(no_loop(call))?;
    match probed.and_then(|()| renderer.end(&courses)) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(call.failure(Exit::Unwritten, format_args!("write error: {}", strerror(&error))))
        }
        _ => Ok(call.code(verdict(&courses))),
    }
}

fn renderer(args: &Args, interrupted: &Rc<Cell<bool>>) -> Box<dyn Renderer<ProbeRun>> {
    let out = io::stdout();
    match args.output.format {
        Format::Text => Box::new(text::Text::new(out, args)),
        Format::Table => Box::new(table::Table::new(out, args)),
        Format::Json => Box::new(json::Json::new(out, Run::new(args), Shape::Document, interrupted)),
        Format::Jsonl => Box::new(json::Json::new(out, Run::new(args), Shape::Lines, interrupted)),
    }
}

async fn all(
    args: &Args,
    plan: &Plan,
    courses: &mut [Course],
    renderer: &mut dyn Renderer<ProbeRun>,
) -> io::Result<()> {
    renderer.header()?;
    for seq in 1..=args.count.get() {
        let start = Instant::now();
        for (job, course) in plan.jobs.iter().zip(&mut *courses) {
            let mut kernel = None;
            let reports = probe(args, &plan.client, &job.task, &mut kernel).await;
            course.record(&reports);
            renderer.item(&Probe { url: &job.url, seq, reports: &reports, kernel: kernel.as_ref() })?;
        }
        if seq < args.count.get() {
            sleep_until(start + args.interval).await;
        }
    }
    Ok(())
}

/// One probe: a report, or one for each redirect.
async fn probe(
    args: &Args,
    client: &Client,
    task: &Task,
    kernel: &mut Option<Result<Kernel, netdiag_sockdiag::Error>>,
) -> Vec<Report> {
    let deadline = Instant::now() + args.timeout;
    let mut look = |local, peer| {
        if args.info {
            let seen = kernel::look(local, peer);
            // The latest that can be had; in the end the connection may be gone.
            if seen.is_ok() || kernel.is_none() {
                *kernel = Some(seen);
            }
        }
    };
    match task {
        Task::Socket(endpoint, errand) => vec![client.socket(endpoint, errand, deadline, &mut look).await],
        Task::Http(request, check) => client.http(request, check, deadline, &mut look).await,
        Task::Dns(question) => vec![client.dns(question, deadline, &mut look).await],
        Task::Name(host) => vec![client.name(host, deadline).await],
        Task::Icmp(host) => vec![echo(client, host, deadline).await],
    }
}

fn verdict(courses: &[Course]) -> Exit {
    if courses.iter().any(|course| course.failed() > 0) {
        Exit::Unexpected
    } else if courses.iter().any(|course| course.inconclusive > 0) {
        Exit::CouldNot
    } else {
        Exit::Success
    }
}
