//! The keyboard and what else may change the view, beside the run: [`Input`].
//!
//! A thread looks ten times a second. Whoever has something to tell asks the engine how things stand, and the run draws when it
//! answers; so nothing is drawn more often than that, and nothing at all where nothing changes.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use netdiag_echo::RunControl;
use nix::poll::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};

use super::keys::{Key, Keys};

/// What the thread and the run tell each other.
pub(super) struct Input {
    keys: Receiver<Key>,
    /// Whether there is something new to draw.
    pub(super) has_changed: Arc<AtomicBool>,
    /// Somebody wants us to stop for a while.
    pub(super) to_suspend: Arc<AtomicBool>,
    /// Somebody let us go on.
    pub(super) to_resume: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    pause: Arc<AtomicBool>,
    reset: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    waker: UnixStream,
}

impl Input {
    /// Begins to listen.
    pub(super) fn listen(control: &RunControl) -> io::Result<Self> {
        let (pressed, keys) = sync_channel(MOST_KEYS);
        let flag = || Arc::new(AtomicBool::new(false));
        let input = Self {
            keys,
            has_changed: flag(),
            to_suspend: flag(),
            to_resume: flag(),
            stop: control.stop(),
            pause: control.pause(),
            reset: control.reset(),
            is_over: flag(),
            waker: control.waker()?,
        };
        signal_hook::flag::register(SIGTSTP, Arc::clone(&input.to_suspend))?;
        signal_hook::flag::register(SIGCONT, Arc::clone(&input.to_resume))?;
        signal_hook::flag::register(SIGHUP, control.stop())?;
        let listener = Listener {
            pressed,
            status: control.status(),
            stop: control.stop(),
            wanted: [&input.has_changed, &input.to_suspend, &input.to_resume].map(Arc::clone),
            is_over: Arc::clone(&input.is_over),
            waker: control.waker()?,
            size: crossterm::terminal::size().ok(),
        };
        thread::Builder::new().spawn(move || listener.run())?;
        Ok(input)
    }

    /// The keys pressed since the last call.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.keys.try_iter()
    }

    pub(super) fn stop(&self) {
        self.tell(&self.stop, true);
    }

    pub(super) fn pause(&self, pause: bool) {
        self.tell(&self.pause, pause);
    }

    pub(super) fn reset(&self) {
        self.tell(&self.reset, true);
    }

    fn tell(&self, flag: &AtomicBool, value: bool) {
        flag.store(value, Ordering::Relaxed);
        wake(&self.waker);
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// The thread's end.
struct Listener {
    pressed: SyncSender<Key>,
    status: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    /// Any of these wants the view drawn.
    wanted: [Arc<AtomicBool>; 3],
    is_over: Arc<AtomicBool>,
    waker: UnixStream,
    size: Option<(u16, u16)>,
}

impl Listener {
    fn run(mut self) {
        let mut keys = Keys::default();
        while !self.is_over.load(Ordering::Relaxed) {
            let Some(pressed) = look(&mut keys) else {
                // The terminal is gone.
                self.stop.store(true, Ordering::Relaxed);
                wake(&self.waker);
                return;
            };
            let is_pressed = !pressed.is_empty();
            for key in pressed {
                // Nobody types so far ahead.
                let _ = self.pressed.try_send(key);
            }
            if is_pressed || self.is_resized() || self.is_wanted() {
                self.status.store(true, Ordering::Relaxed);
                wake(&self.waker);
            }
        }
    }

    fn is_resized(&mut self) -> bool {
        let size = crossterm::terminal::size().ok();
        std::mem::replace(&mut self.size, size) != size
    }

    fn is_wanted(&self) -> bool {
        let [has_changed, others @ ..] = &self.wanted;
        has_changed.swap(false, Ordering::Relaxed)
            || others.iter().any(|wanted| wanted.load(Ordering::Relaxed))
    }
}

/// The keys that are pressed within a tenth of a second; `None` if there is no keyboard any more.
fn look(keys: &mut Keys) -> Option<Vec<Key>> {
    let stdin = io::stdin();
    let mut polled = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    let tick = u16::try_from(TICK.as_millis()).unwrap_or(u16::MAX);
    match poll(&mut polled, tick) {
        Ok(0) => return Some(keys.rest().into_iter().collect()),
        // A signal.
        Err(_) => return Some(Vec::new()),
        Ok(_) => {}
    }
    let mut bytes = [0; 256];
    match rustix::io::read(stdin.as_fd(), &mut bytes) {
        Ok(0) => None,
        Ok(length) => Some(keys.read(bytes.get(..length).unwrap_or_default())),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Some(Vec::new()),
        Err(_) => None,
    }
}

fn wake(mut waker: &UnixStream) {
    // A full pipe has a wake-up in it already.
    let _ = waker.write(&[0]);
}

const TICK: Duration = Duration::from_millis(100);
/// Keys that may wait to be looked at.
const MOST_KEYS: usize = 256;
