//! What is to be done: checks with everything decided, so that running them meets no bad value.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::file::Place;
use crate::kinds::Work;
use crate::redact::Redactor;
use crate::report::visible;

/// The checks of one run, in the order of their reports.
#[derive(Debug, Default)]
pub struct Plan {
    /// The checks; what one depends on comes anywhere.
    pub checks: Vec<Check>,
    /// What no report may show.
    pub secrets: Redactor,
}

/// One check.
pub struct Check {
    /// Unique in its plan.
    pub name: String,
    /// The kind's word: `tcp`, `not-listen`.
    pub kind: &'static str,
    /// What is checked, as a person would say it.
    pub target: String,
    /// What its file is called; `None` for a check from the command line.
    pub file: Option<Arc<str>>,
    /// Where in the file it begins.
    pub place: Option<Place>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Places in [`Plan::checks`] of those that must have passed before.
    pub depends_on: Vec<usize>,
    /// Whether nothing else may run beside it.
    pub exclusive: bool,
    /// Whether it is an error if it cannot be measured.
    pub required: bool,
    /// Whether it only warns when it fails.
    pub warn_only: bool,
    /// What it comes to when it cannot be measured and is not required.
    pub on_unavailable: OnUnavailable,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How often it is attempted.
    pub course: Course,
    /// What an attempt does.
    pub(crate) work: Box<dyn Work>,
}

impl Plan {
    /// The checks of all `plans`, in that order.
    ///
    /// # Errors
    /// The name of a check that two of them have.
    pub fn join(plans: impl IntoIterator<Item = Self>) -> Result<Self, String> {
        let mut joined = Self::default();
        let mut names = HashSet::new();
        for plan in plans {
            let before = joined.checks.len();
            for mut check in plan.checks {
                check.depends_on.iter_mut().for_each(|on| *on += before);
                if !names.insert(check.name.clone()) {
                    return Err(check.name);
                }
                joined.checks.push(check);
            }
            joined.secrets.merge(plan.secrets);
        }
        Ok(joined)
    }

    /// `text` as it may be shown to people: without secrets, and without characters that do something to a terminal.
    pub fn shown(&self, text: &str) -> String {
        visible(&self.secrets.redact(text))
    }
}

/// What a check comes to that cannot be measured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnavailable {
    /// It is skipped, with the reason.
    #[default]
    Skip,
    /// It warns.
    Warn,
    /// It fails.
    Fail,
}

/// How attempts make a verdict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Course {
    /// So many attempts at most; one that passes after others failed is flaky.
    Attempts {
        /// At least one.
        most: u32,
        /// Between them.
        pause: Duration,
    },
    /// It passes as soon as one attempt does.
    Eventually {
        /// Since the first attempt began.
        within: Duration,
        /// From the beginning of one attempt to that of the next.
        every: Duration,
    },
    /// It passes if every attempt does.
    Consistently {
        /// Since the first attempt began.
        during: Duration,
        /// From the beginning of one attempt to that of the next.
        every: Duration,
    },
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.name, self.kind, self.target)
    }
}
