//! A process whose end ends waiting.
//!
//! Its descriptor is readable as soon as it has ended, even if nobody has taken its status yet (`pidfd_open(2)`).

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::runtime;

/// A process as it was when waiting began, whoever has its number later.
pub(super) enum Process {
    Running(OwnedFd),
    Gone,
}

impl Process {
    /// # Errors
    /// Of `pidfd_open(2)`: the number is a thread's, or the kernel is older than Linux 5.3.
    pub(super) fn of(pid: i32) -> io::Result<Self> {
        match Pid::from_raw(pid).map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
            Some(Ok(process)) => Ok(Self::Running(process)),
            Some(Err(Errno::SRCH)) | None => Ok(Self::Gone),
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// Waits for its end.
    pub(super) async fn end(self) -> io::Result<()> {
        if let Self::Running(process) = self {
            runtime::readable(process)?.readable().await?.retain_ready();
        }
        Ok(())
    }
}
