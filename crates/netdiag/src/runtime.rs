//! Event loops: of one thread for one-shot commands, of several for servers.
//!
//! What a loop cannot do without, it has from its beginning: its own descriptors, which it would otherwise miss with a panic, and threads
//! for what cannot be interrupted (a look-up, a read of standard input). These must not keep the process from ending.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};
use std::{fs, io};

use nix::errno::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::{Builder, Runtime};

use crate::scarcity::FailedCall;

/// Runs `task` to its end. It may have `waits` things at a time that cannot be interrupted, more where there are threads for them.
///
/// # Errors
/// There are no descriptors or not as many threads.
pub(crate) fn run<T>(waits: usize, task: impl Future<Output = T>) -> Result<T, FailedCall> {
    let runtime = made(Builder::new_current_thread(), 0, waits)?;
    let result = runtime.block_on(task);
    runtime.shutdown_background();
    Ok(result)
}

/// A loop with a thread for each processor this process may use.
///
/// # Errors
/// There are no descriptors or not as many threads.
pub(crate) fn of_many() -> Result<Runtime, FailedCall> {
    let workers = available_parallelism().map_or(1, usize::from);
    let mut builder = Builder::new_multi_thread();
    // Left out, it would come from the environment, where it may be nonsense.
    builder.worker_threads(workers);
    made(builder, workers, 1)
}

/// A loop whose threads all run.
fn made(mut builder: Builder, workers: usize, waits: usize) -> Result<Runtime, FailedCall> {
    have_descriptors()?;
    // A single one that is missing is a panic, which is caught; of several, some would be waited for for ever.
    if workers + waits > 1 {
        have_threads(workers + waits)?;
    }
    // A thread that waits for work stays, so that there always are as many. Its stack is not the environment's business either.
    builder.enable_all().thread_keep_alive(LONG).thread_stack_size(STACK);
    let runtime = without_panic(|| {
        let runtime = builder.build()?;
        let all = Arc::new(Barrier::new(waits));
        for _ in 0..waits {
            let all = Arc::clone(&all);
            drop(runtime.spawn_blocking(move || all.wait()));
        }
        Ok(runtime)
    });
    runtime?.map_err(FailedCall::of("epoll_create1"))
}

/// Fails where a loop would panic, or wait for ever, for want of threads: for a moment all of them are there at once.
fn have_threads(count: usize) -> Result<(), FailedCall> {
    let before = threads();
    let begun = thread::scope(|scope| {
        // They end when these do.
        let mut held = Vec::new();
        (0..count).try_for_each(|_| {
            let (sender, end) = channel::<()>();
            held.push(sender);
            let wait = move || end.recv().unwrap_or_default();
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, wait).map(drop)
        })
    });
    begun.map_err(FailedCall::of("clone"))?;
    // A thread that has ended counts until the kernel has taken it off the list; without `/proc` there is no list.
    let start = Instant::now();
    while threads() > before && start.elapsed() < PARTING {
        thread::yield_now();
    }
    Ok(())
}

/// Makes a loop, which panics where somebody else has taken its last thread meanwhile.
fn without_panic<T>(make: impl FnOnce() -> T) -> Result<T, FailedCall> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let made = panic::catch_unwind(AssertUnwindSafe(make));
    panic::set_hook(hook);
    made.map_err(|_| FailedCall { call: "clone", source: Errno::EAGAIN.into() })
}

/// How many threads this process has.
fn threads() -> Option<usize> {
    fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}

/// Fails where a loop would panic for want of descriptors of its own.
fn have_descriptors() -> Result<(), FailedCall> {
    let pairs = (0..DESCRIPTORS / 2).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>();
    pairs.map(drop).map_err(FailedCall::of("socketpair"))
}

/// A descriptor of its own kind, to be waited for until it can be read.
///
/// # Errors
/// Of `epoll_ctl(2)`.
#[expect(
    deprecated,
    reason = "its replacement is unsafe; what can become an `OwnedFd` owns its descriptor, which is all that is asked"
)]
pub(crate) fn readable<T: AsRawFd + Into<OwnedFd>>(descriptor: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::with_interest(descriptor, Interest::READABLE)
}

/// What an event loop opens for itself before it is one, rounded up to pairs.
const DESCRIPTORS: usize = 6;
/// How long threads may take to be gone for good.
const PARTING: Duration = Duration::from_secs(1);
/// Longer than any process lives.
const LONG: Duration = Duration::from_secs(365 * 24 * 3600);
/// Bytes; what Rust gives a thread where nobody says.
const STACK: usize = 2 << 20;
