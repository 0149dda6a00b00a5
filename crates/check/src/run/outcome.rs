//! What came of the checks, as every report tells it.

use std::time::{Duration, SystemTime};

use netdiag_text::{Exit, Message};

use crate::finding::Finding;
use crate::plan::{Check, Plan};
use crate::verdict::Verdict;

/// What came of a run.
#[derive(Debug)]
pub struct Report<'p> {
    /// What was run.
    pub plan: &'p Plan,
    /// In the plan's order; checks nobody chose are not among them.
    pub outcomes: Vec<Outcome>,
    /// When it began.
    pub started: SystemTime,
    /// From its beginning to its end.
    pub duration: Duration,
    /// Why it ended before all checks had.
    pub stopped: Option<StopReason>,
}

/// Why a run ended early.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// Somebody said so.
    Interrupted,
    /// It took longer than it might.
    Deadline,
}

/// What came of one check; `T` is what its words are, as in [`Finding`].
#[derive(Clone, Debug)]
pub struct Outcome<T = Message> {
    /// Its place in the plan.
    pub index: usize,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it was skipped or could not be measured.
    pub reason: Option<T>,
    /// How many attempts came to their end.
    pub attempts: u32,
    /// The first few attempts that failed.
    pub failures: Vec<Attempt<T>>,
    /// The last attempt; `None` if there was none.
    pub last: Option<Attempt<T>>,
    /// When it began.
    pub started: SystemTime,
    /// From its first attempt to its verdict.
    pub duration: Duration,
    /// What to do or look at next.
    pub hint: Option<T>,
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt<T = Message> {
    /// Since the check began.
    pub began: Duration,
    /// How long it took.
    pub took: Duration,
    /// What it found.
    pub finding: Finding<T>,
}

impl StopReason {
    /// Its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Deadline => "deadline",
        }
    }

    /// The beginning of why a check did not end, or not even begin.
    pub(super) fn clause(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Deadline => "the deadline of the run passed",
        }
    }
}

impl Outcome {
    pub(crate) fn without_attempt(index: usize, verdict: Verdict, reason: Message) -> Self {
        Self {
            index,
            verdict,
            reason: Some(reason),
            attempts: 0,
            failures: Vec::new(),
            last: None,
            started: SystemTime::now(),
            duration: Duration::ZERO,
            hint: None,
        }
    }
}

impl<T> Outcome<T> {
    /// What the last attempt found.
    pub fn finding(&self) -> Option<&Finding<T>> {
        self.last.as_ref().map(|attempt| &attempt.finding)
    }
}

impl<'p> Report<'p> {
    /// The check an outcome is of.
    pub fn check(&self, outcome: &Outcome) -> &'p Check {
        &self.plan.checks[outcome.index]
    }

    /// How many checks ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
    }

    /// How a run ends: as stated, not as stated, or that something required could not be measured; flaky ones count as stated
    /// unless `fail_on_flaky`.
    pub fn exit(&self, fail_on_flaky: bool) -> Exit {
        let failed = self.count(Verdict::Fail) + if fail_on_flaky { self.count(Verdict::Flaky) } else { 0 };
        match (failed, self.count(Verdict::Error)) {
            (1.., _) => Exit::Unexpected,
            (0, 1..) => Exit::CouldNot,
            (0, 0) => Exit::Success,
        }
    }
}
