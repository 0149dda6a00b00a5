//! Lines about what happens: text on standard error, JSON on standard output.
//!
//! They are written by a thread of their own: a terminal that stands still must not hold up connections. What it cannot keep
//! up with is left out, and counted.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use netdiag_probe::serve::{ConnectionEnd, Event};

use super::args::{Args, Format};
use super::json::Json;
use super::render::{Ending, News};
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
        let (lost, cut) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (losing, cutting, format, quiet) = (Arc::clone(&lost), Arc::clone(&cut), args.format, args.quiet);
        let program = call.program.clone();
        let tell = move |event: Event<'_>| {
            if matches!(&event, Event::Connection(ended) if matches!(ended.end, ConnectionEnd::Cut)) {
                cutting.fetch_add(1, Relaxed);
            }
            if quiet && matches!(event, Event::Connection(_) | Event::Datagrams(_) | Event::Draining { .. }) {
                return;
            }
            // Nothing goes wrong in memory.
            let line = line_of(News::Event(&event), format, &program).unwrap_or_default();
            if !line.is_empty() && sender.try_send(line).is_err() {
                losing.fetch_add(1, Relaxed);
            }
        };
        let writing = thread::Builder::new().name("log".to_owned()).spawn(move || match format {
            Format::Text => write(&lines, &lost, &cut, format, io::stderr()),
            Format::Jsonl => write(&lines, &lost, &cut, format, io::stdout()),
        })?;
        Ok((Self(writing), Box::new(tell)))
    }

    /// Waits until everything is written. The server, and with it whoever tells, must be gone.
    pub(super) fn finish(self) {
        // It ends with its channel, and has nothing to panic about.
        let _ = self.0.join();
    }
}

/// Tells what is to be served, before anything else is told.
pub(super) fn begin(args: &Args, call: &Invocation) {
    tell(News::Begin(args.kind), args, call);
}

/// Tells of something before there is a thread for it.
pub(super) fn warn(args: &Args, call: &Invocation, message: impl Display) {
    tell(News::Warning(&message), args, call);
}

fn tell(news: News<'_>, args: &Args, call: &Invocation) {
    // Nobody is left to tell when it cannot be written.
    let _ = line_of(news, args.format, &call.program).and_then(|words| match args.format {
        Format::Text => io::stderr().write_all(&words),
        Format::Jsonl => {
            let mut out = io::stdout().lock();
            out.write_all(&words).and_then(|()| out.flush())
        }
    });
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

/// Writes lines as they come, and behind the last of them what was left out and cut off in all.
fn write(lines: &Receiver<Vec<u8>>, lost: &AtomicU64, cut: &AtomicU64, format: Format, mut out: impl Write) {
    let mut in_all = 0;
    // Nobody is left to tell when it cannot be written.
    for line in lines {
        let _ = out.write_all(&line).and_then(|()| out.flush());
        in_all += tell_lost(lost, format, &mut out);
    }
    // What was left out after the last line that was taken.
    in_all += tell_lost(lost, format, &mut out);
    let ending = Ending { lost: in_all, cut: cut.load(Relaxed) };
    let _ = match format {
        Format::Text => Text::new(out, "").end(ending),
        Format::Jsonl => Json::new(out).end(ending),
    };
}

/// Tells how many lines were left out since this was last told.
fn tell_lost(lost: &AtomicU64, format: Format, out: &mut impl Write) -> u64 {
    let lost = lost.swap(0, Relaxed);
    if lost > 0 {
        let _ = line_of(News::Lost(lost), format, "").and_then(|line| out.write_all(&line));
    }
    lost
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
        write(&lines, &AtomicU64::new(7), &AtomicU64::new(0), Format::Text, &mut written);
        let (_, lines) = sync_channel(WAITING);
        write(&lines, &AtomicU64::new(5), &AtomicU64::new(0), Format::Text, &mut written);
        let written = String::from_utf8(written).unwrap();
        let told: Vec<&str> = written.lines().collect();
        assert_eq!(told.len(), 3, "{written}");
        assert!(told[1].contains('7') && told[2].contains('5'), "{written}");
    }
}
