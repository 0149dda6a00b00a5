//! Echo requests, for the kinds that send some: the thread they run on, and what a refused socket comes to.

use std::error::Error as _;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netdiag_echo::{Error, RunControl};
use netdiag_text::{Trusted, without_numbers};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use crate::finding::Finding;

/// Does `ping` on a thread of its own, as the engine's driver sleeps in poll(2), and ends it at `deadline`, or as soon as nobody
/// waits for it any more.
pub(crate) async fn apart<T: Send + 'static>(
    deadline: Instant,
    ping: impl FnOnce(&RunControl) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let os = |call| move |source| Error::Os { call, source };
    let control = RunControl::new();
    let stop = Stop { flag: control.stop(), waker: control.waker().map_err(os("socketpair"))? };
    let mut running = spawn_blocking(move || ping(&control));
    let ended = tokio::select! {
        ended = &mut running => ended,
        () = sleep_until(deadline) => {
            drop(stop);
            running.await
        }
    };
    ended.expect("a ping does not panic, nor is it aborted")
}

/// Ends a run when it is dropped.
struct Stop {
    flag: Arc<AtomicBool>,
    waker: UnixStream,
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Relaxed);
        // A full pipe wakes as well.
        let _ = self.waker.write(&[0]);
    }
}

/// A refused socket says nothing of the target.
pub(crate) fn unmeasured(error: &Error) -> Finding {
    let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    let more = if let Error::Unsupported(_) = error { ": this kernel has no such sockets" } else { "" };
    let remedy = matches!(error, Error::NotPermitted(_)).then(|| REMEDY.into());
    Finding::unmeasured(Trusted(&without_numbers(&format!("{error}{cause}{more}"))), remedy)
}

const REMEDY: &str =
    "sysctl -w net.ipv4.ping_group_range='0 2147483647', or run it as a user with cap_net_raw, as root is";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_helps() {
        let refused = unmeasured(&Error::NotPermitted(std::io::ErrorKind::PermissionDenied.into()));
        let remedy = refused.unmeasured.unwrap().remedy.unwrap();
        let remedy = remedy.unshown();
        assert!(remedy.contains("net.ipv4.ping_group_range") && remedy.contains("cap_net_raw"));
    }
}
