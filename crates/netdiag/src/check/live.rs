//! `-o jsonl` on standard output: a line as soon as a check ends.
//!
//! A thread of its own writes them, so that a reader who is slow holds up no check whose times are measured.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use netdiag_check::plan::Plan;
use netdiag_check::report;
use netdiag_check::run::{Progress, Report};

/// The lines of a run.
pub(super) struct Live {
    lines: Sender<String>,
    writer: JoinHandle<io::Result<()>>,
    host: Option<String>,
}

impl Live {
    pub(super) fn begin(host: Option<String>) -> io::Result<Self> {
        let (lines, written) = mpsc::channel();
        let writer = thread::Builder::new().name("jsonl".to_owned()).spawn(move || write(&written))?;
        Ok(Self { lines, writer, host })
    }

    pub(super) fn watch(&self, plan: &Plan, progress: &Progress<'_>) {
        match progress {
            Progress::Started(started) => self.tell(report::first_line(*started, self.host.as_deref())),
            Progress::Ended(outcome) => self.tell(report::result_line(plan, outcome)),
            // Nothing else has a line of its own.
            _ => {}
        }
    }

    /// Writes the last line and waits until all are written; that nobody reads them any more is no error.
    pub(super) fn finish(self, report: &Report<'_>) -> io::Result<()> {
        self.tell(report::last_line(report));
        drop(self.lines);
        let written = self.writer.join().expect("writing does not panic");
        written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
    }

    fn tell(&self, line: String) {
        // The writer has ended if nothing can be written any more; `finish` tells why.
        let _ = self.lines.send(line);
    }
}

fn write(lines: &Receiver<String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| out.write_all(line.as_bytes()).and_then(|()| out.flush()))
}
