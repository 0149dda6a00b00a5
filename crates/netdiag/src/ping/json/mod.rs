//! Runs as JSON, schema `netdiag.ping/1`: one document, or one object per line. docs/json-ping.md says what the keys mean.
//!
//! What was not measured is absent. A document is written as it comes, so it is no valid JSON before its end.

mod event;
mod run;
mod schema;
mod summary;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use netdiag_echo::{ClockSource, PingEvent, Statistics};
use netdiag_text::duration::micros;
use serde::Serialize;

use self::event::{Icmp, Lost, ReceiveFailed, Refused, Reply, SendFailed, UncountedReply};
pub(super) use self::run::Run;
use self::run::SCHEMA;
pub(crate) use self::schema::schema;
use self::summary::Summary;
use super::args::TimeFormat;
use super::figures::Figures;
use super::render::{Measured, Pinged};
use crate::json::{Frame, Notice, Shape};
use crate::render::Renderer;

/// Writes events of one run as they come.
pub(super) struct Json<W> {
    frame: Frame<W>,
    run: Run,
    /// The worst clock a round-trip time was read on.
    clock: Option<ClockSource>,
    /// Set if somebody ends the run before its own end.
    cut_short: Option<Arc<AtomicBool>>,
    start: Instant,
    /// How else than by `time` events tell when they were.
    times: Option<TimeFormat>,
}

/// An event, and when it was in the way that was asked for.
#[derive(Serialize)]
struct Timed<'a, T> {
    #[serde(flatten)]
    event: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_since_start_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_unix_us: Option<f64>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, run: Run, shape: Shape) -> Self {
        let start = Instant::now();
        Self { frame: Frame::new(out, shape, 0), run, clock: None, cut_short: None, start, times: None }
    }

    /// The same, with the times of events told in that way too.
    pub(super) fn timed(self, times: Option<TimeFormat>) -> Self {
        Self { times, ..self }
    }

    /// The same of a run that has an end of its own, and what is set if it does not come to it.
    pub(super) fn unless(self, cut_short: &Arc<AtomicBool>) -> Self {
        Self { cut_short: Some(Arc::clone(cut_short)), ..self }
    }

    fn put(&mut self, record: &str, event: &impl Serialize) -> io::Result<()> {
        self.put_at(Instant::now(), record, event)
    }

    fn put_at(&mut self, at: Instant, record: &str, event: &impl Serialize) -> io::Result<()> {
        let time = wall(at);
        let is = |format| (self.times == Some(format)).then_some(());
        let since_start = is(TimeFormat::Relative).map(|()| at.saturating_duration_since(self.start));
        let unix = is(TimeFormat::Unix).and_then(|()| time.duration_since(UNIX_EPOCH).ok());
        let [time_since_start_us, time_unix_us] = [since_start, unix].map(|time| time.map(micros));
        self.frame.event_among_others(record, time, &Timed { event, time_since_start_us, time_unix_us })?;
        self.frame.write()
    }

    /// What may be missing of the run.
    fn notices(&self, statistics: &Statistics) -> Vec<Notice> {
        let is_cut_short = self.cut_short.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
        let interrupted =
            is_cut_short.then(|| Notice::new("interrupted", "the run was ended before its end"));
        let pending = (statistics.pending > 0).then(|| Notice {
            missing: Some(statistics.pending),
            ..Notice::new("pending", "probes were still under way when the run ended")
        });
        interrupted.into_iter().chain(pending).collect()
    }
}

impl<W: Write> Renderer<Pinged> for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        self.frame.begin(SCHEMA, SystemTime::now(), &self.run)?;
        self.frame.begin_list("events");
        self.frame.write()
    }

    fn item(&mut self, (event, _): (&PingEvent, &Figures)) -> io::Result<()> {
        match event {
            PingEvent::Reply(reply) => {
                self.clock = Some(self.clock.map_or(reply.clock, |worst| worst.min(reply.clock)));
                self.put_at(reply.arrived, "reply", &Reply::from(reply))
            }
            PingEvent::Uncounted(reply) => self.put("uncounted-reply", &UncountedReply::from(reply)),
            PingEvent::Lost { seq, delay } => self.put("lost", &Lost::new(*seq, *delay)),
            PingEvent::Icmp { seq, from, error, fatal, authenticated, .. } => self
                .put(if *fatal { "error" } else { "advice" }, &Icmp::new(*seq, *from, error, *authenticated)),
            PingEvent::SendFailed(seq, error) => self.put("send-failed", &SendFailed::new(*seq, error)),
            PingEvent::Refused(error) => self.put("refused", &Refused::new(error)),
            PingEvent::ReceiveFailed(error) => self.put("receive-failed", &ReceiveFailed::new(error)),
            // The schema has a record for each of those above, and for nothing else.
            _ => Ok(()),
        }
    }

    fn end(&mut self, measured: Measured<'_>) -> io::Result<()> {
        let notices = self.notices(measured.statistics);
        self.frame.end_list();
        self.frame.end(SystemTime::now(), &notices, &Summary::new(measured, self.clock))
    }
}

/// A moment of the monotonic clock on the wall clock, as that is now: one that was stepped since has the moment moved with it.
fn wall(at: Instant) -> SystemTime {
    let (now, wall) = (Instant::now(), SystemTime::now());
    wall.checked_sub(now.saturating_duration_since(at)).unwrap_or(wall)
}

pub(super) const fn clock_name(clock: ClockSource) -> &'static str {
    match clock {
        ClockSource::Receive => "user-kernel",
        ClockSource::Kernel => "kernel",
        _ => "user",
    }
}

#[cfg(test)]
mod tests;
