//! The thread behind a wire or a scripted host.
//!
//! It sleeps in `ppoll` until one of its devices has a packet, something is due, or its owner is gone:
//! the owner holds the writing end of a pipe, so even a panic ends the thread.

use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::panic;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;

use crate::Error;
use crate::tun::Tun;

/// A running thread; dropping it stops and joins it, and passes its panic on.
#[derive(Debug)]
pub(crate) struct Worker {
    alive: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn new(name: String, work: impl FnOnce(Bell) + Send + 'static) -> Result<Self, Error> {
        let (owner, alive) = std::io::pipe().map_err(Error::os("pipe"))?;
        let run = move || {
            // The default slack of 50 µs would be added to every planned delay.
            set_timerslack(1).expect("any thread may do this");
            work(Bell { owner });
        };
        let thread = thread::Builder::new().name(name).spawn(run).map_err(Error::os("starting a thread"))?;
        Ok(Self { alive: Some(alive), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.alive = None;
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(panic)) = ended
            && !thread::panicking()
        {
            panic::resume_unwind(panic);
        }
    }
}

/// What a worker waits with.
pub(crate) struct Bell {
    owner: PipeReader,
}

impl Bell {
    /// Sleeps until a device is readable or `due`; `false` when it is time to end.
    pub(crate) fn wait(&self, devices: &[&Tun], due: Option<Instant>) -> bool {
        let mut polled = vec![PollFd::new(self.owner.as_fd(), PollFlags::POLLIN)];
        polled.extend(devices.iter().map(|device| PollFd::new(device.as_fd(), PollFlags::POLLIN)));
        let left = due.map(|due| TimeSpec::from_duration(due.saturating_duration_since(Instant::now())));
        match ppoll(&mut polled, left, None) {
            Ok(_) => polled[0].any() == Some(false),
            Err(errno) => errno == Errno::EINTR,
        }
    }
}
