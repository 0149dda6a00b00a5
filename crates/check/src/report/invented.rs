//! Checks nobody can run and outcomes they never had: what reports are tested with, and fuzzed.
//!
//! Words are taken as they come, secrets included.

use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::Message;
use tokio::time::Instant;

use crate::finding::Finding;
use crate::plan::{Check, OnUnavailable, Repetition};
use crate::run::{Attempt, Outcome};
use crate::source::Position;
use crate::verdict::Verdict;
use crate::work::Work;
use crate::world::World;

#[derive(Debug)]
struct Never;

impl Work for Never {
    fn target(&self) -> Message {
        Message::default()
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        std::future::pending().boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        None
    }
}

pub(super) fn check(name: &str, kind: &'static str, target: &str, line: usize) -> Check {
    Check {
        name: name.to_owned().into(),
        kind,
        target: target.to_owned().into(),
        file: (line > 0).then(|| "ci,net.toml".into()),
        place: (line > 0).then_some(Position { line, column: 1 }),
        tags: Vec::new(),
        depends_on: Vec::new(),
        exclusive: false,
        serial: None,
        required: false,
        warn_only: false,
        on_unavailable: OnUnavailable::Skip,
        timeout: Duration::from_secs(5),
        repetition: Repetition::Attempts { most: 3, pause: Duration::from_secs(1) },
        work: Box::new(Never),
    }
}

pub(super) fn attempt(began_ms: u64, took_ms: u64, finding: Finding) -> Attempt {
    Attempt { began: Duration::from_millis(began_ms), took: Duration::from_millis(took_ms), finding }
}

pub(super) fn outcome(index: usize, verdict: Verdict, took_ms: u64) -> Outcome {
    Outcome {
        index,
        verdict,
        reason: None,
        attempts: 1,
        failures: Vec::new(),
        last: Some(attempt(0, took_ms, Finding::default())),
        started: start(),
        duration: Duration::from_millis(took_ms),
        hint: None,
    }
}

pub(super) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_250)
}
