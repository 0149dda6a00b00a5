//! How the outside reaches into a run: [`RunControl`].
//!
//! A flag alone could be set just before the process goes to sleep. So another thread also makes a descriptor readable that the
//! driver sleeps on, and signals are let in nowhere but while it sleeps; a run needs no descriptor for them.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

use crate::engine::Input;

/// Requests to a running engine.
#[derive(Debug, Default)]
pub struct RunControl {
    stop: Arc<AtomicBool>,
    status: Arc<AtomicBool>,
    reset: Arc<AtomicBool>,
    pause: Arc<AtomicBool>,
    /// What the engine was last told of `pause`.
    is_paused: AtomicBool,
    /// The writing end and the other, made when somebody asks for the first.
    waker: OnceLock<(UnixStream, UnixStream)>,
    /// What is blocked while the run sleeps; `None` is what is blocked anyway.
    asleep: Option<SigSet>,
}

impl RunControl {
    /// A control nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Set this to end the run, then wake it.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Set this to be told how things stand, then wake the run.
    pub fn status(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.status)
    }

    /// Set this to have a trace begin anew, then wake it.
    pub fn reset(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.reset)
    }

    /// As long as this is set a trace sends nothing; wake the run when it changes.
    pub fn pause(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.pause)
    }

    /// A writing end that wakes the run: write a byte to it, from any thread. It is to be asked for before the run begins.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn waker(&self) -> io::Result<UnixStream> {
        if let Some((waker, _)) = self.waker.get() {
            return waker.try_clone();
        }
        let (waker, woken) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let (waker, _) = self.waker.get_or_init(|| (waker, woken));
        waker.try_clone()
    }

    /// Has these signals (by number) wake the run, whose handlers set a flag: blocks them on this thread, and on those it begins
    /// from now on, but while a run on this thread sleeps.
    ///
    /// # Errors
    /// A number that is no signal's, or a refusal of the system.
    pub fn wake_on(&mut self, signals: &[i32]) -> io::Result<()> {
        let signals: Vec<Signal> =
            signals.iter().map(|&signal| Signal::try_from(signal)).collect::<Result<_, _>>()?;
        let heeded = SigSet::from_iter(signals.iter().copied());
        let mut asleep = heeded.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        signals.into_iter().for_each(|signal| asleep.remove(signal));
        self.asleep = Some(asleep);
        Ok(())
    }

    /// What was asked for since the last call.
    pub(crate) fn take(&self) -> Option<Input<'static>> {
        if self.stop.swap(false, Ordering::Relaxed) {
            return Some(Input::Stop);
        }
        let pause = self.pause.load(Ordering::Relaxed);
        if self.is_paused.swap(pause, Ordering::Relaxed) != pause {
            return Some(Input::Pause(pause));
        }
        if self.reset.swap(false, Ordering::Relaxed) {
            return Some(Input::Reset);
        }
        self.status.swap(false, Ordering::Relaxed).then_some(Input::Status)
    }

    /// Forgets the wake-ups so far; requests are in the flags.
    pub(crate) fn rest(&self) {
        let mut bytes = [0; 64];
        let woken = self.waker.get().map(|(_, woken)| woken);
        while woken.is_some_and(|mut woken| matches!(woken.read(&mut bytes), Ok(1..))) {}
    }

    pub(crate) fn woken(&self) -> Option<BorrowedFd<'_>> {
        self.waker.get().map(|(_, woken)| woken.as_fd())
    }

    /// The signal mask to sleep under.
    pub(crate) const fn asleep(&self) -> Option<SigSet> {
        self.asleep
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn each_request_is_taken_once_and_wakes_until_it_is_seen() {
        let control = RunControl::new();
        assert!(control.woken().is_none() && control.take().is_none());
        let mut waker = control.waker().unwrap();
        control.stop().store(true, Ordering::Relaxed);
        control.status().store(true, Ordering::Relaxed);
        (0..3).for_each(|_| waker.write_all(&[0]).unwrap());
        control.reset().store(true, Ordering::Relaxed);
        assert!(matches!(control.take(), Some(Input::Stop)));
        assert!(matches!(control.take(), Some(Input::Reset)));
        assert!(matches!(control.take(), Some(Input::Status)));
        for pause in [true, false] {
            control.pause().store(pause, Ordering::Relaxed);
            assert!(matches!(control.take(), Some(Input::Pause(told)) if told == pause));
            assert!(control.take().is_none());
        }
        control.rest();
        let mut woken = &control.waker.get().unwrap().1;
        assert_eq!(woken.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_signal_is_blocked_but_while_the_run_sleeps() {
        let mut control = RunControl::new();
        control.wake_on(&[Signal::SIGUSR1 as i32]).unwrap();
        assert!(SigSet::thread_get_mask().unwrap().contains(Signal::SIGUSR1));
        assert!(!control.asleep().unwrap().contains(Signal::SIGUSR1));
        assert!(control.wake_on(&[12_345]).is_err());
    }
}
