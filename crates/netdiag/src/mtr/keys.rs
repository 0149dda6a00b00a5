//! The keys of the split form: `q` ends the run, `r` begins counting anew.
//!
//! Programs that show it write them into a pipe, so it need be no terminal they come from.

use std::io::{self, Read, Write};
use std::sync::atomic::Ordering;
use std::thread;

use netdiag_echo::RunControl;
use nix::sys::signal::{SigSet, Signal};

/// Listens for them for as long as the process lives.
pub(super) fn listen(control: &RunControl) -> io::Result<()> {
    let (stop, anew, mut waker) = (control.stop(), control.reset(), control.waker()?);
    // Without a thread there are no keys, but a run all the same.
    let _ = thread::Builder::new().spawn(move || {
        // In the background, reading a terminal would stop the process; with the signal blocked it fails instead.
        let mut stops = SigSet::empty();
        stops.add(Signal::SIGTTIN);
        if stops.thread_block().is_err() {
            return;
        }
        for key in io::stdin().lock().bytes() {
            let flag = match key.map(|key| key.to_ascii_lowercase()) {
                Ok(b'q' | CONTROL_C) => &stop,
                Ok(b'r') => &anew,
                Ok(_) => continue,
                Err(_) => return,
            };
            flag.store(true, Ordering::Relaxed);
            // A full pipe has a wake-up in it already.
            let _ = waker.write(&[0]);
        }
    });
    Ok(())
}

/// As a terminal sends it that makes no signal of it.
const CONTROL_C: u8 = 3;
