//! From attempts to a verdict.

use std::time::{Duration, SystemTime};

use netdiag_text::{Quantity, Trusted, message};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::outcome::{Attempt, Outcome, StopReason};
use crate::finding::Finding;
use crate::plan::{Check, OnUnavailable, Repetition};
use crate::verdict::Verdict;
use crate::world::World;

/// Attempts `check`, which could begin at `ready`, as its course has it, or until the run is cut short.
pub(super) async fn follow(
    index: usize,
    check: &Check,
    world: &World,
    ready: Instant,
    mut cut: watch::Receiver<Option<StopReason>>,
) -> Outcome {
    let mut run = Run {
        index,
        check,
        world,
        ready,
        started: SystemTime::now(),
        start: Instant::now(),
        outcome: Tally::default(),
    };
    let cut = tokio::select! {
        // A verdict reached at the last moment counts.
        biased;
        verdict = run.verdict() => return run.finish(verdict),
        Ok(cut) = cut.wait_for(Option::is_some) => *cut,
    };
    let reason = cut.map(|cut| message!("{} before it ended", Trusted(cut.clause())));
    Outcome { reason, ..run.finish(Verdict::Error) }
}

struct Run<'a> {
    index: usize,
    check: &'a Check,
    world: &'a World,
    ready: Instant,
    started: SystemTime,
    start: Instant,
    outcome: Tally,
}

/// What the attempts came to so far.
#[derive(Default)]
struct Tally {
    count: u32,
    failures: Vec<Attempt>,
    last: Option<Attempt>,
}

/// How one attempt ended.
#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    Holds,
    Fails,
    Unmeasured,
}

impl Run<'_> {
    async fn verdict(&mut self) -> Verdict {
        match self.check.repetition {
            Repetition::Attempts { most, pause } => self.attempts(most, pause).await,
            Repetition::Eventually { within, every } => self.eventually(within, every).await,
            Repetition::Consistently { during, every } => self.consistently(during, every).await,
        }
    }

    async fn attempts(&mut self, most: u32, pause: Duration) -> Verdict {
        for number in 1..=most {
            match self.attempt(None).await {
                End::Holds if number == 1 => return Verdict::Pass,
                End::Holds => return Verdict::Flaky,
                End::Unmeasured => return self.unmeasured(),
                End::Fails if number < most => sleep_until(Instant::now() + pause).await,
                End::Fails => {}
            }
        }
        Verdict::Fail
    }

    async fn eventually(&mut self, within: Duration, every: Duration) -> Verdict {
        let end = self.start + within;
        loop {
            let next = Instant::now() + every;
            match self.attempt(Some(end)).await {
                End::Holds => return Verdict::Pass,
                End::Unmeasured => return self.unmeasured(),
                End::Fails if next >= end => return Verdict::Fail,
                End::Fails => sleep_until(next).await,
            }
        }
    }

    async fn consistently(&mut self, during: Duration, every: Duration) -> Verdict {
        let end = self.start + during;
        loop {
            let next = Instant::now() + every;
            match self.attempt(None).await {
                End::Holds if next >= end => return Verdict::Pass,
                End::Holds => sleep_until(next).await,
                End::Unmeasured => return self.unmeasured(),
                End::Fails => return Verdict::Fail,
            }
        }
    }

    async fn attempt(&mut self, end: Option<Instant>) -> End {
        let start = Instant::now();
        let deadline = start + self.check.timeout;
        let deadline = end.map_or(deadline, |end| deadline.min(end));
        let world = if self.outcome.count == 0 { self.world.first(self.ready) } else { self.world.again() };
        let work = self.check.work.attempt(&world, deadline);
        // Kinds keep to the deadline themselves, so that they can say what was seen until then.
        let finding = timeout_at(deadline + GRACE, work).await.unwrap_or_else(|_| self.endless());
        let end = match (&finding.unmeasured, finding.holds()) {
            (Some(_), _) => End::Unmeasured,
            (None, true) => End::Holds,
            (None, false) => End::Fails,
        };
        let attempt = Attempt { began: start - self.start, took: start.elapsed(), finding };
        self.outcome.keep(attempt, end);
        end
    }

    fn endless(&self) -> Finding {
        let mut finding = Finding::default();
        let wanted = message!("within {}", Quantity::Time(self.check.timeout));
        finding.asserted("end", wanted, "it did not end", false);
        finding
    }

    fn unmeasured(&self) -> Verdict {
        match self.check.on_unavailable {
            _ if self.check.required => Verdict::Error,
            OnUnavailable::Skip => Verdict::Skip,
            OnUnavailable::Warn => Verdict::Warn,
            OnUnavailable::Fail => Verdict::Fail,
        }
    }

    fn finish(self, verdict: Verdict) -> Outcome {
        let verdict = if verdict == Verdict::Fail && self.check.warn_only { Verdict::Warn } else { verdict };
        let Tally { count, failures, last } = self.outcome;
        let finding = last.as_ref().map(|attempt| &attempt.finding);
        let unmeasured = finding.and_then(|finding| finding.unmeasured.as_ref());
        let hint = match (unmeasured, finding) {
            (Some(unmeasured), _) => unmeasured.remedy.clone(),
            (None, Some(finding)) if !finding.holds() => self.check.work.hint(finding),
            _ => None,
        };
        Outcome {
            index: self.index,
            verdict,
            reason: unmeasured.map(|unmeasured| unmeasured.reason.clone()),
            attempts: count,
            failures,
            last,
            started: self.started,
            duration: self.start.elapsed(),
            hint,
        }
    }
}

impl Tally {
    fn keep(&mut self, attempt: Attempt, end: End) {
        self.count = self.count.saturating_add(1);
        if end == End::Fails && self.failures.len() < KEPT {
            self.failures.push(attempt.clone());
        }
        self.last = Some(attempt);
    }
}

/// How many failed attempts are kept to be shown, the first ones.
const KEPT: usize = 5;
/// How much longer than its deadline an attempt may take to tell what it saw.
const GRACE: Duration = Duration::from_millis(500);
