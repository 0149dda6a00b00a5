//! What one attempt at a check found.

use netdiag_text::{Bound, Bytes, Message, Quantity, message};

/// The result of one attempt; `T` is what its words are: as they were found, or as a report may tell them.
#[derive(Clone, Debug)]
pub struct Finding<T = Message> {
    /// Everything measured, whether or not anything was expected of it, in the order it is best read.
    pub measurements: Vec<Measurement<T>>,
    /// What was expected, and whether it was so.
    pub assertions: Vec<Assertion<T>>,
    /// Why nothing, or not all, could be measured; the target is not to blame for it.
    pub unmeasured: Option<Unmeasured<T>>,
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement<T = Message> {
    /// Its name as in `expect`: `rtt_p99`, `count(close-wait)`.
    pub name: T,
    /// The value.
    pub value: Quantity,
    /// What is shown of a value that is words, if not all of it.
    pub shown: Option<T>,
}

/// One expectation met or not.
#[derive(Clone, Debug)]
pub struct Assertion<T = Message> {
    /// What it is about, as in [`Measurement::name`], or a few words.
    pub subject: T,
    /// What was wanted.
    pub wanted: T,
    /// What was seen; `None` where there was nothing to see, which meets no expectation.
    pub seen: Option<T>,
    /// Whether it was as wanted.
    pub holds: bool,
}

/// Why something could not be measured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unmeasured<T = Message> {
    /// What was refused or is missing.
    pub reason: T,
    /// The command or setting that helps.
    pub remedy: Option<T>,
}

impl<T> Default for Finding<T> {
    fn default() -> Self {
        Self { measurements: Vec::new(), assertions: Vec::new(), unmeasured: None }
    }
}

impl<T> Finding<T> {
    /// Whether everything expected was found.
    pub fn holds(&self) -> bool {
        self.unmeasured.is_none() && self.assertions.iter().all(|assertion| assertion.holds)
    }
}

impl Measurement {
    /// The value as it is told: of words that have no end, the beginning.
    pub(crate) fn words(&self) -> Message {
        match (&self.shown, &self.value) {
            (Some(shown), _) => shown.clone(),
            (None, Quantity::Text(text)) => message!("{}", Bytes::beginning(text.as_bytes(), LONGEST)),
            (None, value) => Message::foreign(value),
        }
    }
}

/// Columns of words that are told.
const LONGEST: usize = 64 * 1024;

impl Finding {
    /// An attempt that could not be made.
    pub fn unmeasured(reason: impl Into<Message>, remedy: Option<Message>) -> Self {
        Self { unmeasured: Some(Unmeasured { reason: reason.into(), remedy }), ..Self::default() }
    }

    /// Notes a value, if there is one.
    pub fn measured(&mut self, name: impl Into<Message>, value: impl Into<Option<Quantity>>) {
        self.measurements.extend(value.into().map(|value| Measurement {
            name: name.into(),
            value,
            shown: None,
        }));
    }

    /// Notes words, as they are to be shown: our own, or no more than their beginning.
    pub fn told(&mut self, name: impl Into<Message>, words: impl Into<Message>) {
        let shown: Message = words.into();
        let value = Quantity::Text(shown.unshown().to_owned());
        self.measurements.push(Measurement { name: name.into(), value, shown: Some(shown) });
    }

    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<&Quantity> {
        self.measurements.iter().find(|measure| measure.name == *name).map(|measure| &measure.value)
    }

    /// Notes an expectation and how it turned out, in words.
    pub fn asserted(
        &mut self,
        subject: impl Into<Message>,
        wanted: impl Into<Message>,
        seen: impl Into<Message>,
        holds: bool,
    ) {
        let (subject, wanted, seen) = (subject.into(), wanted.into(), Some(seen.into()));
        self.assertions.push(Assertion { subject, wanted, seen, holds });
    }

    /// Holds the value of this name against what is expected of it.
    pub fn judge(&mut self, name: impl Into<Message>, bound: &Bound) {
        let subject = name.into();
        let value = self.measurements.iter().find(|measure| measure.name.unshown() == subject.unshown());
        let holds = value.is_some_and(|measure| bound.holds(&measure.value));
        let seen = value.map(Measurement::words);
        self.assertions.push(Assertion { subject, wanted: Message::foreign(bound), seen, holds });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netdiag_text::Dimension;

    #[test]
    fn words_without_end_are_told_in_part_and_judged_whole() {
        let text = "x".repeat(10 << 20) + "end";
        let mut finding = Finding::default();
        finding.measured("body", Quantity::Text(text));
        finding.judge("body", &Bound::parse("~end", Dimension::Text).unwrap());
        let seen = finding.assertions[0].seen.as_ref().unwrap();
        let shown = netdiag_text::Secrets::NONE.show(seen);
        assert!(finding.holds() && shown.width() == (64 << 10) + 1 && shown.as_str().ends_with('…'));
    }

    #[test]
    fn what_was_not_seen_meets_no_expectation() {
        let mut finding = Finding::default();
        finding.measured("loss", Quantity::Ratio(0.05));
        let few = Bound::parse("<= 1%", Dimension::Ratio).unwrap();
        let some = Bound::parse("<= 10%", Dimension::Ratio).unwrap();
        let quick = Bound::parse("< 1s", Dimension::Time).unwrap();
        finding.judge("loss", &some);
        assert!(finding.holds());
        finding.judge("loss", &few);
        finding.judge("rtt_p99", &quick);
        let seen: Vec<_> = finding
            .assertions
            .iter()
            .map(|found| (found.seen.as_ref().map(Message::unshown), found.holds))
            .collect();
        assert_eq!(seen, [(Some("5%"), true), (Some("5%"), false), (None, false)]);
        assert!(!finding.holds());
        assert!(!Finding::unmeasured("socket: EPERM", None).holds());
    }
}
