//! Runs as JSON, schema `netdiag.ping/1`: one document, or one object per line. docs/json-ping.md says what the keys mean.
//!
//! What was not measured is absent. A document is written as it comes, so it is no valid JSON before its end.

mod event;
mod run;
mod schema;
mod summary;

use std::io::{self, Write};

use netdiag_echo::{ClockSource, PingEvent};
use serde::Serialize;

use self::event::{Icmp, Lost, ReceiveFailed, Refused, Reply, SendFailed, UncountedReply};
pub(super) use self::run::Run;
use self::run::SCHEMA;
pub(crate) use self::schema::schema;
use self::summary::Summary;
use super::figures::Figures;
use super::render::{Measured, Pinged};
use crate::json::{Frame, Shape, Style};
use crate::render::Renderer;

/// Writes events of one run as they come.
pub(super) struct Json<W> {
    frame: Frame<W>,
    run: Run,
    /// The worst clock a round-trip time was read on.
    clock: Option<ClockSource>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, run: Run, shape: Shape) -> Self {
        Self { frame: Frame::new(out, shape, STYLE, 0), run, clock: None }
    }

    fn put(&mut self, event: &impl Serialize) -> io::Result<()> {
        self.frame.named_item(event)?;
        self.frame.write()
    }
}

impl<W: Write> Renderer<Pinged> for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        if self.frame.is_document() {
            self.frame.key("schema", &SCHEMA)?;
        }
        self.frame.key("run", &self.run)?;
        self.frame.begin_list("events");
        self.frame.write()
    }

    fn item(&mut self, (event, _): (&PingEvent, &Figures)) -> io::Result<()> {
        match event {
            PingEvent::Reply(reply) => {
                self.clock = Some(self.clock.map_or(reply.clock, |worst| worst.min(reply.clock)));
                self.put(&Reply::from(reply))
            }
            PingEvent::Uncounted(reply) => self.put(&UncountedReply::from(reply)),
            PingEvent::Lost { seq, delay } => self.put(&Lost::new(*seq, *delay)),
            PingEvent::Icmp { seq, from, error, fatal, authenticated, .. } => {
                self.put(&Icmp::new(*seq, *from, error, *fatal, *authenticated))
            }
            PingEvent::SendFailed(seq, error) => self.put(&SendFailed::new(*seq, error)),
            PingEvent::Refused(error) => self.put(&Refused::new(error)),
            PingEvent::ReceiveFailed(error) => self.put(&ReceiveFailed::new(error)),
            // The schema has a record for each of those above, and for nothing else.
            _ => Ok(()),
        }
    }

    fn end(&mut self, measured: Measured<'_>) -> io::Result<()> {
        self.frame.end_list();
        self.frame.key("summary", &Summary::new(measured, self.clock))?;
        self.frame.finish()
    }
}

/// Lines are told apart by the key `event`, which events have in a document, too.
const STYLE: Style = Style { tag: "event", indent: "  " };

const fn clock_name(clock: ClockSource) -> &'static str {
    match clock {
        ClockSource::Receive => "user-kernel",
        ClockSource::Kernel => "kernel",
        _ => "user",
    }
}

#[cfg(test)]
mod tests;
