//! What formats may tell of a run: every word of it without secrets, and without characters that do something to a terminal.
//!
//! Words from outside come in here and nowhere else; a format that needs one more takes it through [`Page::new`].

use std::time::{Duration, SystemTime};

use netdiag_text::{Charset, Message, MessagePart, Quantity, Redacted, Secrets};

use crate::finding::{Assertion, Finding, Measurement, Unmeasured};
use crate::parts::command::quoted;
use crate::plan::{Check, Plan};
use crate::run::{Attempt, Outcome, Report, StopReason};
use crate::source::Position;
use crate::verdict::Verdict;

/// A report whose words may be shown.
#[derive(Debug)]
pub(super) struct Page {
    /// In the plan's order.
    pub(super) entries: Vec<Entry>,
    pub(super) started: SystemTime,
    pub(super) duration: Duration,
    pub(super) cut: Option<StopReason>,
    /// Whether people want to see only what is worth a look.
    pub(super) quiet: bool,
}

/// What came of one check.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) target: String,
    pub(super) file: Option<String>,
    pub(super) place: Option<Position>,
    pub(super) tags: Vec<String>,
    pub(super) outcome: Outcome<String>,
}

/// How words are made harmless, besides the removal of secrets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Clean {
    /// Not at all: the format has an escape for every character.
    Exact,
    /// Control characters, and those that change the direction of writing, become their escapes, as does what is not of the charset.
    Visible(Charset),
}

impl Page {
    pub(super) fn new(report: &Report<'_>, clean: Clean) -> Self {
        Self {
            entries: report.outcomes.iter().map(|outcome| Entry::new(report.plan, outcome, clean)).collect(),
            started: report.started,
            duration: report.duration,
            cut: report.stopped,
            quiet: false,
        }
    }

    /// The entries that people are shown one by one; all of them are counted.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Entry> {
        let is_idle = |entry: &Entry| matches!(entry.outcome.verdict, Verdict::Pass | Verdict::Skip);
        self.entries.iter().filter(move |entry| !(self.quiet && is_idle(entry)))
    }

    /// How many checks ended so.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.entries.iter().filter(|entry| entry.outcome.verdict == verdict).count()
    }

    /// Every verdict that occurs, with its number, bad ones first: `1 failed, 2 flaky, 11 passed`.
    pub(super) fn tally(&self) -> String {
        let counted = Verdict::ALL.iter().rev().map(|verdict| (self.count(*verdict), *verdict));
        let parts: Vec<String> = counted
            .filter(|(count, _)| *count > 0)
            .map(|(count, verdict)| format!("{count} {}", verdict.participle()))
            .collect();
        match parts.is_empty() {
            true => "nothing to check".to_owned(),
            false => parts.join(", "),
        }
    }

    /// Why it ended early, in a few words.
    pub(super) fn cut(&self) -> Option<&'static str> {
        self.cut.map(|cut| match cut {
            StopReason::Interrupted => "interrupted",
            StopReason::Deadline => "the deadline passed",
        })
    }
}

impl Entry {
    pub(super) fn new(plan: &Plan, outcome: &Outcome, clean: Clean) -> Self {
        Washer { secrets: &plan.secrets, netns: plan.netns.as_deref(), clean }
            .entry(&plan.checks[outcome.index], outcome)
    }

    /// Why it did not simply pass, in one line.
    pub(super) fn message(&self) -> Option<String> {
        let outcome = &self.outcome;
        let last = || outcome.finding().map(told);
        match outcome.verdict {
            Verdict::Pass => None,
            Verdict::Flaky => {
                let first =
                    outcome.failures.first().map(|attempt| format!("; at first: {}", told(&attempt.finding)));
                Some(format!("passed at attempt {}{}", outcome.attempts, first.unwrap_or_default()))
            }
            _ => match (&outcome.reason, outcome.finding()) {
                // Cut off, but not before something was found.
                (Some(reason), Some(finding)) if finding.unmeasured.is_none() && !finding.holds() => {
                    Some(format!("{reason}; until then: {}", told(finding)))
                }
                (reason, _) => reason.clone().or_else(last),
            },
        }
    }

    /// `kind target`, as in the name of a check that has none.
    pub(super) fn subject(&self) -> String {
        format!("{} {}", self.kind, self.target)
    }

    /// How long it took, as a person reads it.
    pub(super) fn time(&self) -> String {
        Quantity::Time(self.outcome.duration).to_string()
    }

    /// What was expected of the last attempt.
    pub(super) fn assertions(&self) -> &[Assertion<String>] {
        self.outcome.finding().map(|finding| &finding.assertions[..]).unwrap_or_default()
    }
}

/// What is not as expected, in one line.
pub(super) fn told(finding: &Finding<String>) -> String {
    if let Some(unmeasured) = &finding.unmeasured {
        return unmeasured.reason.clone();
    }
    let failed = finding.assertions.iter().filter(|assertion| !assertion.holds);
    let (seen, unseen): (Vec<_>, Vec<_>) = failed.partition(|assertion| assertion.seen.is_some());
    let told =
        |failed: &[&Assertion<String>]| failed.iter().copied().map(sentence).collect::<Vec<_>>().join("; ");
    match (&seen[..], &unseen[..]) {
        // What was seen is why the rest was not: without a connection there is no status.
        ([_, ..], [_, _, ..]) => format!("{}; {} more not seen", told(&seen), unseen.len()),
        _ => told(&[seen, unseen].concat()),
    }
}

/// `loss 5%, wanted <= 1%`
pub(super) fn sentence(assertion: &Assertion<String>) -> String {
    let Assertion { subject, wanted, seen, .. } = assertion;
    match seen {
        Some(seen) => format!("{subject} {seen}, wanted {wanted}"),
        None => format!("{subject} not seen, wanted {wanted}"),
    }
}

impl Verdict {
    /// `2 failed`: how a sentence says it.
    pub(super) fn participle(self) -> &'static str {
        match self {
            Self::Pass => "passed",
            Self::Skip => "skipped",
            Self::Warn => "warned",
            Self::Flaky => "flaky",
            Self::Fail => "failed",
            Self::Error => "not measured",
        }
    }
}

/// Makes words such that they may be told.
struct Washer<'r> {
    secrets: &'r Secrets,
    /// Where commands of ours have to work as well.
    netns: Option<&'r str>,
    clean: Clean,
}

impl Washer<'_> {
    fn entry(&self, check: &Check, outcome: &Outcome) -> Entry {
        Entry {
            name: self.text(&check.name),
            kind: check.kind,
            target: self.text(&check.target),
            file: check.file.as_deref().map(|file| self.text(file)),
            place: check.place,
            tags: check.tags.iter().map(|tag| self.text(tag)).collect(),
            outcome: self.outcome(outcome),
        }
    }

    fn outcome(&self, outcome: &Outcome) -> Outcome<String> {
        let Outcome { index, verdict, attempts, started, duration, .. } = *outcome;
        Outcome {
            index,
            verdict,
            reason: self.maybe(outcome.reason.as_ref()),
            attempts,
            failures: outcome.failures.iter().map(|attempt| self.attempt(attempt)).collect(),
            last: outcome.last.as_ref().map(|attempt| self.attempt(attempt)),
            started,
            duration,
            hint: outcome.hint.as_ref().map(|hint| self.hint(hint)),
        }
    }

    fn attempt(&self, attempt: &Attempt) -> Attempt<String> {
        let Finding { measurements, assertions, unmeasured } = &attempt.finding;
        let finding = Finding {
            measurements: measurements.iter().map(|measure| self.measure(measure)).collect(),
            assertions: assertions.iter().map(|assertion| self.assertion(assertion)).collect(),
            unmeasured: unmeasured.as_ref().map(|unmeasured| Unmeasured {
                reason: self.text(&unmeasured.reason),
                remedy: self.maybe(unmeasured.remedy.as_ref()),
            }),
        };
        Attempt { began: attempt.began, took: attempt.took, finding }
    }

    fn measure(&self, measure: &Measurement) -> Measurement<String> {
        let value = match &measure.value {
            Quantity::Text(_) => Quantity::Text(self.text(&measure.words())),
            value => value.clone(),
        };
        Measurement { name: self.text(&measure.name), value, shown: None }
    }

    fn assertion(&self, assertion: &Assertion) -> Assertion<String> {
        Assertion {
            subject: self.text(&assertion.subject),
            wanted: self.text(&assertion.wanted),
            seen: self.maybe(assertion.seen.as_ref()),
            holds: assertion.holds,
        }
    }

    /// A command that does the same, in the same place.
    fn hint(&self, hint: &Message) -> String {
        let hint = self.shown(&self.secrets.redact_command(hint));
        let of_ours = hint.strip_prefix("netdiag ").and_then(|rest| rest.split_once(' '));
        match (of_ours, self.netns) {
            (Some((tool, rest)), Some(netns)) => {
                let netns = self.text(&quoted(&Message::foreign(netns)));
                format!("netdiag {tool} --netns {netns} {rest}")
            }
            _ => hint,
        }
    }

    fn maybe(&self, words: Option<&Message>) -> Option<String> {
        words.map(|words| self.text(words))
    }

    fn text(&self, words: &(impl MessagePart + ?Sized)) -> String {
        self.shown(&self.secrets.redact(words))
    }

    fn shown(&self, redacted: &Redacted) -> String {
        match self.clean {
            Clean::Exact => redacted.exact(),
            Clean::Visible(charset) => charset.spelled(redacted.shown().as_str()).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use netdiag_text::{Bound, Dimension};

    #[test]
    fn one_line_says_what_is_wrong_and_not_all_that_follows_from_it() {
        let failed = |count: usize| {
            let mut finding = Finding::default();
            let quick = Bound::parse("< 1s", Dimension::Time).unwrap();
            ["connect", "ttfb", "total"][..count].iter().for_each(|name| finding.judge(*name, &quick));
            finding
        };
        let shown = |finding| {
            let attempt = Attempt { began: Duration::ZERO, took: Duration::ZERO, finding };
            told(
                &Washer { secrets: &Secrets::NONE, netns: None, clean: Clean::Exact }
                    .attempt(&attempt)
                    .finding,
            )
        };
        let refused = |count| {
            let mut finding = failed(count);
            finding.asserted("outcome", "ok", "refused", false);
            shown(finding)
        };
        assert_eq!(shown(failed(2)), "connect not seen, wanted < 1s; ttfb not seen, wanted < 1s");
        assert_eq!(refused(0), "outcome refused, wanted ok");
        assert_eq!(refused(1), "outcome refused, wanted ok; connect not seen, wanted < 1s");
        assert_eq!(refused(3), "outcome refused, wanted ok; 3 more not seen");
    }

    #[test]
    fn a_hint_is_to_be_tried_where_the_check_was() {
        let mut secrets = Secrets::default();
        secrets.hide("env:TOKEN", "hunter2");
        let washer = |netns| Washer { secrets: &secrets, netns, clean: Clean::Exact };
        #[rustfmt::skip]
        let cases = [
            ("netdiag probe tcp://h:1",              None,          "netdiag probe tcp://h:1"),
            ("netdiag probe tcp://h:1",              Some("web"),   "netdiag probe --netns web tcp://h:1"),
            ("netdiag ss -ltnp 'sport = 1'",         Some("a b"),   "netdiag ss --netns 'a b' -ltnp 'sport = 1'"),
            ("sysctl kernel.ostype",                 Some("web"),   "sysctl kernel.ostype"),
            ("netdiag probe '--header=A: hunter2' h", Some("web"),  "netdiag probe --netns web '--header=A: '\"$TOKEN\"'' h"),
        ];
        for (hint, netns, expected) in cases {
            assert_eq!(washer(netns).hint(&Message::foreign(hint)), expected);
        }
    }

    #[test]
    fn a_check_that_was_cut_off_tells_what_it_found_until_then() {
        let plan = fixture::plan();
        let message = |verdict| {
            let outcome =
                fixture::report(&plan).outcomes.into_iter().find(|it| it.verdict == verdict).unwrap();
            let reason = Some("interrupted before it ended".into());
            let cut = Outcome { verdict: Verdict::Error, reason, ..outcome };
            Entry::new(&plan, &cut, Clean::Exact).message().unwrap()
        };
        let tried = message(Verdict::Fail);
        assert!(tried.starts_with("interrupted before it ended; until then: loss 5%, wanted"), "{tried}");
        assert_eq!(message(Verdict::Pass), "interrupted before it ended");
    }
}
