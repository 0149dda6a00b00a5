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
        let writing = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&lines, &lost, format, io::stderr()))?;
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

fn write(lines: &Receiver<Vec<u8>>, lost: &AtomicU64, format: Format, mut err: impl Write) {
    // Nobody is left to tell when standard error itself cannot be written.
    for line in lines {
        let _ = err.write_all(&line);
        let _ = tell_lost(lost, format, &mut err);
    }
    // What was left out after the last line that was taken.
    let _ = tell_lost(lost, format, &mut err);
}

fn tell_lost(lost: &AtomicU64, format: Format, err: &mut impl Write) -> io::Result<()> {
    match lost.swap(0, Relaxed) {
        0 => Ok(()),
        lost => err.write_all(&line_of(News::Lost(lost), format, "")?),
    }
}

/// Lines that may wait to be written.
const WAITING: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told_to_the_last_line() {
        let (sender, lines) = sync_channel(WAITING);
        sender.send(b"a line\n".to_vec()).unwrap();
        drop(sender);
        let mut written = Vec::new();
        write(&lines, &AtomicU64::new(7), Format::Text, &mut written);
        let (_, lines) = sync_channel(WAITING);
        write(&lines, &AtomicU64::new(5), Format::Text, &mut written);
        let written = String::from_utf8(written).unwrap();
        let told: Vec<&str> = written.lines().collect();
        assert_eq!(told.len(), 3, "{written}");
        assert!(told[1].contains('7') && told[2].contains('5'), "{written}");
    }
}
