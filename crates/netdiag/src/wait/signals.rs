//! Signals that end waiting, read from a descriptor.
//!
//! They are blocked, not caught: those the caller ignores stay ignored, and one that comes when waiting is over finds the command.

use std::fs;
use std::io;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::runtime;

/// The signals, held back.
pub(super) struct Signals {
    ending: SigSet,
    /// What the caller has blocked.
    before: SigSet,
}

impl Signals {
    /// Holds them back, from threads that are begun later, too.
    pub(super) fn block() -> io::Result<Self> {
        // Without /proc, none are taken to be ignored: few are.
        let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
        let mut ending = SigSet::empty();
        [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM]
            .into_iter()
            .filter(|signal| ignored >> (*signal as u32 - 1) & 1 == 0)
            .for_each(|signal| ending.add(signal));
        let before = ending.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { ending, before })
    }

    /// The next of them.
    pub(super) async fn next(&self) -> io::Result<Signal> {
        let signals = SignalFd::with_flags(&self.ending, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let signals = runtime::readable(signals)?;
        loop {
            let mut ready = signals.readable().await?;
            match signals.get_ref().read_signal()? {
                Some(signal) => return Ok(Signal::try_from(signal.ssi_signo.cast_signed())?),
                None => ready.clear_ready(),
            }
        }
    }

    /// Lets them through as before; what has come meanwhile arrives now.
    pub(super) fn release(&self) -> io::Result<()> {
        Ok(self.before.thread_set_mask()?)
    }
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
