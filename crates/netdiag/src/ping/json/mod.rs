//! Runs as JSON, schema `netdiag.ping/1`: one document, or one object per line. docs/json-ping.md says what the keys mean.
//!
//! What was not measured is absent. A document is written as it comes, so it is no valid JSON before its end.

mod event;
mod run;
mod schema;
mod summary;

use std::io::{self, Write};
use std::time::Duration;

use netdiag_echo::{Clock, PingEvent};
use serde::Serialize;

use self::event::{Icmp, Lost, ReceiveFailed, Refused, Reply, SendFailed};
pub(super) use self::run::Run;
use self::run::SCHEMA;
pub(crate) use self::schema::schema;
use self::summary::Summary;
use super::figures::Figures;
use super::render::{Measured, Renderer};
use crate::json::tagged;

/// How the objects are put together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// One object with everything in it.
    Document,
    /// Lines, told apart by the key `event`.
    Lines,
}

/// Writes events of one run as they come.
pub(super) struct Json<W> {
    out: W,
    run: Run,
    shape: Shape,
    /// What comes between this event and the one before, in a document.
    separator: &'static str,
    /// The worst clock a round-trip time was read on.
    clock: Option<Clock>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, run: Run, shape: Shape) -> Self {
        Self { out, run, shape, separator: "", clock: None }
    }

    fn put(&mut self, event: &impl Serialize) -> io::Result<()> {
        let mut page = Vec::new();
        if self.shape == Shape::Document {
            page.extend(self.separator.bytes().chain(*b"\n  "));
            self.separator = ",";
        }
        netdiag_text::json::to_writer(&mut page, event)?;
        if self.shape == Shape::Lines {
            page.push(b'\n');
        }
        self.out.write_all(&page)
    }
}

/// Writes a line that a document has as a key of its own.
fn line(out: &mut impl Write, event: &str, value: &impl Serialize) -> io::Result<()> {
    let mut page = Vec::new();
    tagged(&mut page, "event", event, value)?;
    page.push(b'\n');
    out.write_all(&page)
}

impl<W: Write> Renderer for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        match self.shape {
            Shape::Lines => line(&mut self.out, "run", &self.run),
            Shape::Document => {
                write!(self.out, "{{\"schema\":\"{SCHEMA}\",\"run\":")?;
                netdiag_text::json::to_writer(&mut self.out, &self.run)?;
                write!(self.out, ",\"events\":[")
            }
        }
    }

    fn event(&mut self, event: &PingEvent, _: &Figures) -> io::Result<()> {
        match event {
            PingEvent::Reply(reply) => {
                if reply.intact {
                    self.clock = Some(self.clock.map_or(reply.clock, |worst| worst.min(reply.clock)));
                }
                self.put(&Reply::from(reply))
            }
            PingEvent::Lost(seq) => self.put(&Lost::new(*seq)),
            PingEvent::Icmp { seq, from, error, fatal, .. } => {
                self.put(&Icmp::new(*seq, *from, error, *fatal))
            }
            PingEvent::SendFailed(seq, error) => self.put(&SendFailed::new(*seq, error)),
            PingEvent::Refused(error) => self.put(&Refused::new(error)),
            PingEvent::ReceiveFailed(error) => self.put(&ReceiveFailed::new(error)),
            PingEvent::Sent(_) | PingEvent::Unanswered(_) | PingEvent::Status(_) => Ok(()),
        }
    }

    fn summary(&mut self, measured: Measured<'_>) -> io::Result<()> {
        let summary = Summary::new(measured, self.clock);
        match self.shape {
            Shape::Lines => line(&mut self.out, "summary", &summary)?,
            Shape::Document => {
                write!(self.out, "\n],\"summary\":")?;
                netdiag_text::json::to_writer(&mut self.out, &summary)?;
                writeln!(self.out, "}}")?;
            }
        }
        self.out.flush()
    }
}

const fn clock_name(clock: Clock) -> &'static str {
    match clock {
        Clock::User => "user",
        Clock::Receive => "user-kernel",
        Clock::Kernel => "kernel",
        Clock::Hardware => "hardware",
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

#[cfg(test)]
mod tests;
