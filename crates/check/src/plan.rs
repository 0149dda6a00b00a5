//! What is to be done: checks with everything decided, so that running them meets no bad value.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use netdiag_text::{Message, MessagePart, Secrets, Shown, message};

pub use crate::repetition::{OnUnavailable, Repetition};
use crate::source::Position;
use crate::work::Work;

/// The checks of one run, in the order of their reports.
#[derive(Debug, Default)]
pub struct Plan {
    /// The checks; what one depends on comes anywhere.
    pub checks: Vec<Check>,
    /// The names under `[vars]`.
    pub variables: BTreeSet<String>,
    /// What no report may show.
    pub secrets: Secrets,
    /// The network namespace the program was told to work in, as it was told: hints have it.
    pub netns: Option<String>,
}

/// One check.
pub struct Check {
    /// Unique in its plan.
    pub name: Message,
    /// The kind's word: `tcp`, `not-listen`.
    pub kind: &'static str,
    /// What is checked, as a person would say it.
    pub target: Message,
    /// What its file is called; `None` for a check from the command line.
    pub file: Option<Arc<str>>,
    /// Where in the file it begins.
    pub place: Option<Position>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Places in [`Plan::checks`] of those that must have passed before.
    pub depends_on: Vec<usize>,
    /// Whether nothing else may run beside it.
    pub exclusive: bool,
    /// A word: no other check of the same word may run beside it.
    pub serial: Option<String>,
    /// Whether it is an error if it cannot be measured.
    pub required: bool,
    /// Whether it only warns when it fails.
    pub warn_only: bool,
    /// What it comes to when it cannot be measured and is not required.
    pub on_unavailable: OnUnavailable,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How often it is attempted.
    pub repetition: Repetition,
    /// What an attempt does.
    pub(crate) work: Box<dyn Work>,
}

impl Plan {
    /// The checks of all `plans`, in that order.
    ///
    /// # Errors
    /// Two checks of one name.
    pub fn join(plans: impl IntoIterator<Item = Self>) -> Result<Self, DuplicateName> {
        let mut joined = Self::default();
        let mut places = HashMap::new();
        for plan in plans {
            let before = joined.checks.len();
            joined.variables.extend(plan.variables);
            joined.secrets.merge(plan.secrets);
            for mut check in plan.checks {
                check.depends_on.iter_mut().for_each(|on| *on += before);
                let name = check.name.unshown().to_owned();
                if let Some(first) = places.insert(name, check.whereabouts()) {
                    let words = message!(
                        "two checks are called `{}`: {} and {}",
                        check.name,
                        first,
                        check.whereabouts()
                    );
                    return Err(DuplicateName(joined.shown(&words)));
                }
                joined.checks.push(check);
            }
        }
        Ok(joined)
    }

    /// The places in `chosen`, and those of all they depend on, in the plan's order.
    pub fn with_dependencies(&self, chosen: &[usize]) -> Vec<usize> {
        let mut wanted = BTreeSet::new();
        let mut to_visit = chosen.to_vec();
        while let Some(index) = to_visit.pop() {
            if wanted.insert(index) {
                to_visit.extend(&self.checks[index].depends_on);
            }
        }
        wanted.into_iter().collect()
    }

    /// Words as they may be kept in a file.
    pub fn written(&self, words: &Message) -> String {
        self.secrets.redact(words).exact()
    }

    /// Words as they may be shown to people.
    pub fn shown(&self, words: &(impl MessagePart + ?Sized)) -> Shown {
        self.secrets.show(words)
    }
}

impl Check {
    /// `FILE:LINE:COLUMN`, or that it is from the command line.
    fn whereabouts(&self) -> Message {
        match (&self.file, self.place) {
            (Some(file), Some(place)) => message!("{}:{}", file, place),
            _ => "the command line".into(),
        }
    }
}

/// Two checks that reports could not tell apart.
#[derive(Debug)]
pub struct DuplicateName(Shown);

impl fmt::Display for DuplicateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for DuplicateName {}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} {:?})", self.name, self.kind, self.target)
    }
}
