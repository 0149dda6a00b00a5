//! Signals for a loop that sleeps in a system call of its own: they make a descriptor readable that it sleeps on as well.
//!
//! They are caught, not blocked, so the call returns at once, whatever else it waits for. Event loops have `signals.rs`.

use std::io;
use std::os::unix::net::UnixStream;

use nix::sys::signal::Signal;

/// Lets each of the signals write to a copy of `waker`, whose other end the loop sleeps on.
///
/// # Errors
/// Of `sigaction(2)`, and for want of descriptors.
pub(crate) fn wake(signals: impl IntoIterator<Item = Signal>, waker: &UnixStream) -> io::Result<()> {
    signals.into_iter().try_for_each(|signal| {
        signal_hook::low_level::pipe::register(signal as i32, waker.try_clone()?).map(drop)
    })
}
