//! The event loop of one-shot commands: one thread, and no waiting for what was left behind.
//!
//! A look-up or a read of standard input cannot be interrupted; it goes on on a thread of its own, which must not keep the
//! process from ending.

use std::io;

use tokio::runtime::Builder;

/// Runs `task` to its end.
pub(crate) fn run<T>(task: impl Future<Output = T>) -> io::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(task);
    runtime.shutdown_background();
    Ok(result)
}
