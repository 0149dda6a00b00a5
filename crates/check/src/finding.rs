//! What one attempt at a check found.

use netdiag_text::{Bound, Quantity};

/// The result of one attempt.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// Everything measured, whether or not anything was expected of it, in the order it is best read.
    pub measurements: Vec<Measurement>,
    /// What was expected, and whether it was so.
    pub assertions: Vec<Assertion>,
    /// Why nothing, or not all, could be measured; the target is not to blame for it.
    pub unmeasured: Option<Unmeasured>,
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Its name as in `expect`: `rtt_p99`, `count(close-wait)`.
    pub name: String,
    /// The value.
    pub value: Quantity,
}

/// One expectation met or not.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// What it is about, as in [`Measurement::name`], or a few words.
    pub subject: String,
    /// What was wanted.
    pub wanted: String,
    /// What was seen; `None` where there was nothing to see, which meets no expectation.
    pub seen: Option<String>,
    /// Whether it was as wanted.
    pub holds: bool,
}

/// Why something could not be measured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unmeasured {
    /// What was refused or is missing.
    pub reason: String,
    /// The command or setting that helps.
    pub remedy: Option<String>,
}

impl Finding {
    /// An attempt that could not be made.
    pub fn unmeasured(reason: impl Into<String>, remedy: Option<String>) -> Self {
        Self { unmeasured: Some(Unmeasured { reason: reason.into(), remedy }), ..Self::default() }
    }

    /// Whether everything expected was found.
    pub fn holds(&self) -> bool {
        self.unmeasured.is_none() && self.assertions.iter().all(|assertion| assertion.holds)
    }

    /// Notes a value, if there is one.
    pub fn measured(&mut self, name: impl Into<String>, value: impl Into<Option<Quantity>>) {
        self.measurements.extend(value.into().map(|value| Measurement { name: name.into(), value }));
    }

    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<&Quantity> {
        self.measurements.iter().find(|measure| measure.name == name).map(|measure| &measure.value)
    }

    /// Notes an expectation and how it turned out, in words.
    pub fn asserted(
        &mut self,
        subject: impl Into<String>,
        wanted: impl Into<String>,
        seen: impl Into<String>,
        holds: bool,
    ) {
        let (subject, wanted, seen) = (subject.into(), wanted.into(), Some(seen.into()));
        self.assertions.push(Assertion { subject, wanted, seen, holds });
    }

    /// Holds the value of this name against what is expected of it.
    pub fn judge(&mut self, name: &str, bound: &Bound) {
        let value = self.value(name);
        let holds = value.is_some_and(|value| bound.holds(value));
        let seen = value.map(ToString::to_string);
        let (subject, wanted) = (name.to_owned(), bound.to_string());
        self.assertions.push(Assertion { subject, wanted, seen, holds });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netdiag_text::Dimension;

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
        let seen: Vec<_> =
            finding.assertions.iter().map(|found| (found.seen.as_deref(), found.holds)).collect();
        assert_eq!(seen, [(Some("5%"), true), (Some("5%"), false), (None, false)]);
        assert!(!finding.holds());
        assert!(!Finding::unmeasured("socket: EPERM", None).holds());
    }
}
