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
use super::json::Json;
use super::render::News;
use super::text::Text;
use crate::invocation::Invocation;
use crate::render::Renderer;

/// The thread that writes.
pub(super) struct Log(JoinHandle<()>);

/// What a server calls when something happens.
pub(super) type Tell = Box<dyn Fn(Event<'_>) + Send + Sync>;

impl Log {
    pub(super) fn new(args: &Args, call: &Invocation) -> io::Result<(Self, Tell)> {
        let (sender, lines) = sync_channel::<Vec<u8>>(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let (losing, format, quiet) = (Arc::clone(&lost), args.format, args.quiet);
        let program = call.program.clone();
        let tell = move |event: Event<'_>| {
            if quiet && matches!(event, Event::Connection(_) | Event::Datagrams(_) | Event::Draining { .. }) {
                return;
            }
            // Nothing goes wrong in memory.
            let line = line_of(News::Event(&event), format, &program).unwrap_or_default();
            if !line.is_empty() && sender.try_send(line).is_err() {
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
    let words = line_of(News::Warning(&message), args.format, &call.program);
    // Nobody is left to tell when standard error itself cannot be written.
    let _ = words.and_then(|words| io::stderr().write_all(&words));
}

/// The line for something in a format, empty if there is none. `program` is what it is called by.
pub(super) fn line_of(news: News<'_>, format: Format, program: &str) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    match format {
        Format::Text => Text::new(&mut line, program).item(news)?,
        Format::Jsonl => Json::new(&mut line).item(news)?,
    }
    Ok(line)
}

fn write(lines: &Receiver<Vec<u8>>, lost: &AtomicU64, format: Format) {
    for line in lines {
        let lost = lost.swap(0, Relaxed);
        let mut err = io::stderr().lock();
        // Nobody is left to tell when standard error itself cannot be written.
        let _ = err.write_all(&line);
        if lost > 0 {
            let _ = line_of(News::Lost(lost), format, "").and_then(|line| err.write_all(&line));
        }
    }
}

/// Lines that may wait to be written.
const WAITING: usize = 4096;
