//! Traces as JSON, schema `netdiag.trace/1`: one document, or one object per line. docs/json-trace.md says what keys mean.
//!
//! Events are written as they happen; hops and paths are known at the end only.

mod event;
mod hop;
mod mtu;
mod path;
mod schema;
mod ways;
mod words;

use std::io::{self, Write};
use std::time::SystemTime;

use netdiag_echo::TraceEvent;

use self::event::{Answer, AskingSlowly, ReceiveFailed, Refused, RouteChange, SendFailed, Silent};
use self::hop::Hop;
pub(super) use self::path::Begin;
use self::path::{Path, notices};
pub(crate) use self::schema::schema;
use super::names::Who;
use super::render::{Item, Outcome, Traced};
use crate::json::{Frame, Nothing, Shape};
use crate::render::Renderer;

/// Traces as JSON on a stream.
pub(super) struct Json<W> {
    frame: Frame<W>,
    begin: Begin,
    who: Who,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, shape: Shape, begin: Begin, who: Who) -> Self {
        Self { frame: Frame::new(out, shape, 0), begin, who }
    }

    fn event(&mut self, index: usize, event: &TraceEvent) -> io::Result<()> {
        let (frame, now, target) = (&mut self.frame, SystemTime::now(), self.begin.name(index));
        match event {
            TraceEvent::Answer(answer) => {
                self.who.prepare(answer.from);
                frame.event_among_others("answer", now, &Answer::new(target, answer))
            }
            TraceEvent::Silent { round, distance } => {
                frame.event_among_others("silent", now, &Silent::new(target, *round, *distance))
            }
            TraceEvent::SendFailed { round, distance, error } => {
                let failed = SendFailed::new(target, self.begin.call(error), (*round, *distance), error);
                frame.event_among_others("send-failed", now, &failed)
            }
            TraceEvent::Refused(error) => {
                frame.event_among_others("refused", now, &Refused::new(target, error))
            }
            TraceEvent::ReceiveFailed(error) => {
                frame.event_among_others("receive-failed", now, &ReceiveFailed::new(error))
            }
            TraceEvent::RouteChanged { round, distance, before, after } => {
                let change = RouteChange::new(target, *round, *distance, (*before, *after));
                frame.event_among_others("route-change", now, &change)
            }
            TraceEvent::AskingSlowly { hops, takes, .. } => {
                frame.event_among_others("asking-slowly", now, &AskingSlowly::new(target, *hops, *takes))
            }
            // The schema has a record for each of those above, and for nothing else.
            _ => Ok(()),
        }
    }
}

impl<W: Write> Renderer<Traced> for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        self.frame.begin(SCHEMA, SystemTime::now(), &self.begin)?;
        self.frame.begin_list("events");
        self.frame.flush()
    }

    fn item(&mut self, Item { index, event, .. }: Item<'_>) -> io::Result<()> {
        self.event(index, event)?;
        self.frame.flush()
    }

    fn end(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        self.frame.end_list();
        self.frame.begin_list("hops");
        for outcome in outcomes {
            for report in &outcome.hops {
                self.frame.item("hop", &Hop::new(outcome, report, &mut self.who))?;
            }
        }
        self.frame.end_list();
        self.frame.begin_list("paths");
        for outcome in outcomes {
            self.frame.item("path", &Path::new(outcome, &mut self.who))?;
        }
        self.frame.end_list();
        self.frame.end(SystemTime::now(), &notices(&self.begin, outcomes), &Nothing {})
    }
}

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.trace/1";
