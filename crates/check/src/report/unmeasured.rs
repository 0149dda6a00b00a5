//! The end of a report for people: what could not be measured and was let pass, why, and what helps.
//!
//! Checks that had to be measured are errors, which are told as such. A check that was skipped for another's failure is none of these.

use std::fmt::Write as _;

use super::entry::{Entry, Page};
use crate::verdict::Verdict;

/// Checks that could not be measured for the same reason.
struct Group<'p> {
    reason: &'p str,
    remedy: Option<&'p str>,
    names: Vec<&'p str>,
}

/// Lines about them; none where all was measured.
pub(super) fn lines(page: &Page) -> String {
    let mut text = String::new();
    let groups = groups(page);
    let count: usize = groups.iter().map(|group| group.names.len()).sum();
    let total = page.entries.len();
    let mut line =
        |words: std::fmt::Arguments<'_>| writeln!(text, "{words}").expect("a string takes everything");
    if count > 0 {
        line(format_args!(
            "not measured: {count} of {total}; --require-all makes that an error, exit status 3"
        ));
    }
    for Group { reason, remedy, names } in groups {
        let more = names.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        line(format_args!("    {}{more}: {reason}", names[..names.len().min(SHOWN)].join(", ")));
        if let Some(remedy) = remedy {
            line(format_args!("    hint: {remedy}"));
        }
    }
    text
}

fn groups(page: &Page) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for entry in page.entries.iter().filter(|entry| is_let_pass(entry)) {
        let Some(unmeasured) = entry.outcome.finding().and_then(|finding| finding.unmeasured.as_ref()) else {
            continue;
        };
        let (reason, remedy) = (unmeasured.reason.as_str(), unmeasured.remedy.as_deref());
        match groups.iter_mut().find(|group| (group.reason, group.remedy) == (reason, remedy)) {
            Some(group) => group.names.push(&entry.name),
            None => groups.push(Group { reason, remedy, names: vec![&entry.name] }),
        }
    }
    groups
}

fn is_let_pass(entry: &Entry) -> bool {
    matches!(entry.outcome.verdict, Verdict::Skip | Verdict::Warn)
}

/// Names that are told of one reason.
const SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use super::super::entry::Clean;
    use super::super::fixture;
    use super::*;
    use crate::finding::Finding;
    use crate::run::{Attempt, Outcome, Report};

    fn unmeasured(
        index: usize,
        verdict: Verdict,
        reason: &'static str,
        remedy: Option<&'static str>,
    ) -> Outcome {
        let finding = Finding::unmeasured(reason, remedy.map(Into::into));
        let last =
            Some(Attempt { began: std::time::Duration::ZERO, took: std::time::Duration::ZERO, finding });
        Outcome { last, ..Outcome::without_attempt(index, verdict, reason.into()) }
    }

    #[test]
    fn checks_of_one_reason_are_told_together() {
        let plan = fixture::plan();
        let mut outcomes: Vec<Outcome> =
            (0..6).map(|index| unmeasured(index, Verdict::Skip, "no socket", Some("be root"))).collect();
        outcomes.push(unmeasured(6, Verdict::Warn, "no module", None));
        let name = |index: usize| plan.checks[index].name.unshown().to_owned();
        let names: Vec<String> = (0..5).map(name).collect();
        let report = Report { plan: &plan, outcomes, ..fixture::report(&plan) };
        let expected = format!(
            "not measured: 7 of 7; --require-all makes that an error, exit status 3\n    {} and 1 more: no socket\n    \
             hint: be root\n    {}: no module\n",
            names.join(", "),
            name(6)
        );
        assert_eq!(lines(&Page::new(&report, Clean::Exact)), expected.replace("hunter2", "***"));
    }

    #[test]
    fn what_is_an_error_or_was_measured_is_not_told_again() {
        let plan = fixture::plan();
        let outcomes = vec![
            unmeasured(0, Verdict::Error, "no socket", None),
            Outcome::without_attempt(1, Verdict::Skip, "depends on `x`, which did not pass".into()),
            Outcome::without_attempt(2, Verdict::Pass, "".into()),
        ];
        let report = Report { plan: &plan, outcomes, ..fixture::report(&plan) };
        assert_eq!(lines(&Page::new(&report, Clean::Exact)), "");
    }
}
