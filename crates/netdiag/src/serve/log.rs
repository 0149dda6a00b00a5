//! Lines about what happens, on standard error.
//!
//! They are written by a thread of their own: a terminal that stands still must not hold up connections. What it cannot keep
//! up with is left out, and counted.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use netdiag_probe::serve::Event;

use super::args::{Args, Format};
use super::{json, text};
use crate::failure;
use crate::invocation::Invocation;

/// The thread that writes.
pub(super) struct Log(JoinHandle<()>);

/// What a server calls when something happens.
pub(super) type Tell = Box<dyn Fn(Event<'_>) + Send + Sync>;

impl Log {
    pub(super) fn new(args: &Args, call: &Invocation) -> io::Result<(Self, Tell)> {
        let (sender, lines) = sync_channel::<String>(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let (losing, format, quiet) = (Arc::clone(&lost), args.format, args.quiet);
        let program = call.program.clone();
        let tell = move |event: Event<'_>| {
            if quiet && matches!(event, Event::Connection(_) | Event::Datagrams(_) | Event::Draining { .. }) {
                return;
            }
            let line = match format {
                Format::Text => text::event(&event, &program),
                Format::Jsonl => json::event(&event),
            };
            if line.is_some_and(|line| sender.try_send(line).is_err()) {
                losing.fetch_add(1, Relaxed);
            }
        };
        let writing =
            thread::Builder::new().name("log".to_owned()).spawn(move || write(&lines, &lost, format))?;
        Ok((Self(writing), Box::new(tell)))
    }

    /// Waits until everything is written. The server, and with it whoever tells, must be gone.
    pub(super) fn finish(self) {
        // It ends with its channel, and has nothing to panic about.
        let _ = self.0.join();
    }
}

/// Tells of something before there is a thread for it.
pub(super) fn warn(args: &Args, call: &Invocation, message: impl Display) {
    match args.format {
        Format::Text => failure::warn(call, message),
        // Nobody is left to tell when standard error itself cannot be written.
        Format::Jsonl => drop(io::stderr().write_all(json::warning(message.to_string()).as_bytes())),
    }
}

fn write(lines: &Receiver<String>, lost: &AtomicU64, format: Format) {
    for line in lines {
        let lost = lost.swap(0, Relaxed);
        let mut err = io::stderr().lock();
        // Nobody is left to tell when standard error itself cannot be written.
        let _ = err.write_all(line.as_bytes());
        if lost > 0 {
            let words = match format {
                Format::Text => text::lost(lost),
                Format::Jsonl => json::lost(lost),
            };
            let _ = err.write_all(words.as_bytes());
        }
    }
}

/// Lines that may wait to be written.
const WAITING: usize = 4096;
