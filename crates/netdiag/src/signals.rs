//! Signals that end what an event loop does, read from a descriptor.
//!
//! They are blocked, not caught: one that comes early is kept until it is asked for, and where a command takes this process over, it
//! finds them as they were. A loop that sleeps in a system call of its own has `signal_wake.rs`.

use std::fs;
use std::io;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use tokio::io::unix::AsyncFd;

use crate::runtime;
use crate::scarcity::FailedCall;

/// The signals, held back.
pub(crate) struct Signals {
    awaited: SigSet,
    /// What the caller has blocked.
    before: SigSet,
}

impl Signals {
    /// Holds them back, from threads that are begun later, too.
    ///
    /// # Errors
    /// Of `pthread_sigmask(3)`.
    pub(crate) fn block(signals: impl IntoIterator<Item = Signal>) -> io::Result<Self> {
        let awaited = SigSet::from_iter(signals);
        let before = awaited.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { awaited, before })
    }

    /// Them as they arrive, for the event loop that runs here.
    ///
    /// # Errors
    /// Of `signalfd(2)` and `epoll_ctl(2)`.
    pub(crate) fn arriving(&self) -> Result<Arriving, FailedCall> {
        let signals = SignalFd::with_flags(&self.awaited, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK);
        let signals = signals.map_err(|errno| FailedCall { call: "signalfd", source: errno.into() })?;
        runtime::readable(signals).map(Arriving).map_err(FailedCall::of("epoll_ctl"))
    }

    /// Lets them through as before; what has come meanwhile arrives now.
    ///
    /// # Errors
    /// Of `pthread_sigmask(3)`.
    pub(crate) fn release(&self) -> io::Result<()> {
        Ok(self.before.thread_set_mask()?)
    }
}

/// Signals as they arrive.
pub(crate) struct Arriving(AsyncFd<SignalFd>);

impl Arriving {
    /// The next one.
    ///
    /// # Errors
    /// Of `read(2)`.
    pub(crate) async fn next(&self) -> Result<Signal, FailedCall> {
        self.read().await.map_err(FailedCall::of("read"))
    }

    async fn read(&self) -> io::Result<Signal> {
        loop {
            let mut ready = self.0.readable().await?;
            match self.0.get_ref().read_signal()? {
                Some(signal) => return Ok(Signal::try_from(signal.ssi_signo.cast_signed())?),
                None => ready.clear_ready(),
            }
        }
    }
}

/// Those of the signals that the caller does not ignore (`nohup(1)`).
pub(crate) fn heeded(signals: impl IntoIterator<Item = Signal>) -> impl Iterator<Item = Signal> {
    // Without /proc, none are taken to be ignored: few are.
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    signals.into_iter().filter(move |signal| ignored >> (*signal as u32 - 1) & 1 == 0)
}

/// The signals this process ignores, a bit each, in what `/proc/PID/status` says (`proc(5)`).
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_what_is_ignored() {
        assert_eq!(ignored("Name:\tx\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n"), 0x1001);
        assert_eq!(ignored(""), 0);
    }
}
