//! How the outside reaches into a run: [`Control`].
//!
//! A flag alone could be set just before the process goes to sleep; so each request also makes a descriptor readable, and the
//! driver sleeps on that together with its socket. Both halves are safe to touch from a signal handler.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::Input;

/// Requests to a running engine.
#[derive(Debug)]
pub struct Control {
    stop: Arc<AtomicBool>,
    status: Arc<AtomicBool>,
    waker: UnixStream,
    woken: UnixStream,
}

impl Control {
    /// A control nobody has used yet.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn new() -> io::Result<Self> {
        let (waker, woken) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        Ok(Self { stop: Arc::default(), status: Arc::default(), waker, woken })
    }

    /// Set this, then write a byte to the [`waker`](Self::waker), to end the run.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Set this, then write a byte to the [`waker`](Self::waker), to be told how things stand.
    pub fn status(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.status)
    }

    /// A writing end that wakes the run.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn waker(&self) -> io::Result<UnixStream> {
        self.waker.try_clone()
    }

    /// What was asked for since the last call.
    pub(crate) fn take(&self) -> Option<Input<'static>> {
        if self.stop.swap(false, Ordering::Relaxed) {
            return Some(Input::Stop);
        }
        self.status.swap(false, Ordering::Relaxed).then_some(Input::Status)
    }

    /// Forgets the wake-ups so far; requests are in the flags.
    pub(crate) fn rest(&self) {
        let mut bytes = [0; 64];
        while matches!((&self.woken).read(&mut bytes), Ok(1..)) {}
    }

    pub(crate) fn woken(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }
}
