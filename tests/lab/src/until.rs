//! Waiting for a condition.
//!
//! The short pauses between looks are not what a test waits for: it ends as soon as the condition
//! holds, and fails by name when it does not.

use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// Looks again and again until `condition` yields something.
///
/// # Errors
/// [`Error::TimedOut`] naming `what` after `limit`.
pub fn until<T>(
    what: impl Into<String>,
    limit: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return Ok(value);
        }
        if start.elapsed() >= limit {
            return Err(Error::TimedOut { what: what.into(), limit });
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// How long the lab waits for the kernel to bring about what it was asked for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

const BETWEEN_LOOKS: Duration = Duration::from_millis(1);
