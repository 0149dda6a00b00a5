//! The event loop of one-shot commands: one thread, and no waiting for what was left behind.
//!
//! A look-up or a read of standard input cannot be interrupted; it goes on on a thread of its own, which must not keep the
//! process from ending.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Builder;

/// Runs `task` to its end.
pub(crate) fn run<T>(task: impl Future<Output = T>) -> io::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(task);
    runtime.shutdown_background();
    Ok(result)
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
