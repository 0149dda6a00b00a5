//! `-o jsonl` on standard output: a line as soon as a check ends.
//!
//! A thread of its own writes them, so that a reader who is slow holds up no check whose times are measured.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use netdiag_check::plan::Plan;
use netdiag_check::report;
use netdiag_check::run::{Progress, Report};

use super::render::Checking;
use crate::render::Renderer;

/// The lines of a run.
pub(super) struct Live {
    writing: Option<Writing>,
    host: Option<String>,
}

/// The thread that writes, until it is told the last line.
struct Writing {
    lines: Sender<String>,
    writer: JoinHandle<io::Result<()>>,
}

impl Live {
    /// `host` is the name of this one, where it is known.
    pub(super) fn new(host: Option<String>) -> Self {
        Self { writing: None, host }
    }

    fn tell(&self, line: String) {
        // The writer has ended if nothing can be written any more; the end tells why.
        let _ = self.writing.as_ref().map(|writing| writing.lines.send(line));
    }
}

impl Renderer<Checking> for Live {
    fn header(&mut self) -> io::Result<()> {
        let (lines, written) = mpsc::channel();
        let writer = thread::Builder::new().name("jsonl".to_owned()).spawn(move || write(&written))?;
        self.writing = Some(Writing { lines, writer });
        Ok(())
    }

    fn item(&mut self, (plan, progress): (&Plan, &Progress<'_>)) -> io::Result<()> {
        match progress {
            Progress::Started(started) => self.tell(report::first_line(*started, self.host.as_deref())),
            Progress::Ended(outcome) => self.tell(report::result_line(plan, outcome)),
            // Nothing else has a line of its own.
            _ => {}
        }
        Ok(())
    }

    /// Waits until all lines are written; that nobody reads them any more is no error.
    fn end(&mut self, report: &Report<'_>) -> io::Result<()> {
        self.tell(report::last_line(report));
        let Some(Writing { lines, writer }) = self.writing.take() else { return Ok(()) };
        drop(lines);
        match writer.join().expect("writing does not panic") {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }
}

fn write(lines: &Receiver<String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| out.write_all(line.as_bytes()).and_then(|()| out.flush()))
}
