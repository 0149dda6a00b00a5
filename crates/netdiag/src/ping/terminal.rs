//! The Enter key as a question: on a terminal it asks for the status, as `SIGQUIT` does.
//!
//! Only under our own name: whoever types ahead while `ping` runs means the shell.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::Ordering;
use std::thread;

use netdiag_echo::RunControl;
use nix::sys::signal::{SigSet, Signal};

/// Listens for the key for as long as the process lives.
pub(super) fn listen(control: &RunControl) -> io::Result<()> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(());
    }
    let (status, mut waker) = (control.status(), control.waker()?);
    thread::spawn(move || {
        // In the background, reading a terminal would stop the process; with the signal blocked it fails instead.
        let mut stops = SigSet::empty();
        stops.add(Signal::SIGTTIN);
        if stops.thread_block().is_err() {
            return;
        }
        for line in io::stdin().lock().lines() {
            if line.is_err() {
                return;
            }
            status.store(true, Ordering::Relaxed);
            // A full pipe has a wake-up in it already.
            let _ = waker.write(&[0]);
        }
    });
    Ok(())
}
