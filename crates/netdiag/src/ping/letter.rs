//! The value of an option that has one of upstream's letters: as upstream reads it, and as we do.
//!
//! Which reading holds depends on the name of the call, which is not known where values are read. What neither takes is refused
//! there already, so that the first mistake of a command line is the first that is told.

use super::bad_option::BadOption;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::refusal;

/// A value that at least one of the two readings takes.
#[derive(Clone, Debug)]
pub(super) struct Letter<T> {
    text: String,
    /// By the reading that holds; until that is known, by either.
    value: T,
    upstream: Option<BadOption>,
    ours: Result<T, BadOption>,
    /// What follows the number, which upstream warns of and ignores.
    garbage: Option<String>,
}

impl<T: Copy> Letter<T> {
    /// The value of `text`; `wanted` is what is said under our own name to one that will not do.
    pub(super) fn new(
        text: &str,
        upstream: Result<T, BadOption>,
        ours: Result<T, String>,
    ) -> Result<Self, BadOption> {
        let (value, upstream, ours) = match (upstream, ours) {
            (Ok(value), Ok(ours)) => (value, None, Ok(ours)),
            (Ok(value), Err(wanted)) => (value, None, Err(BadOption::ours(wanted))),
            (Err(wrong), Ok(ours)) => (ours, Some(wrong), Ok(ours)),
            (Err(wrong), Err(wanted)) => return Err(wrong.wanted(wanted)),
        };
        Ok(Self { text: text.to_owned(), value, upstream, ours, garbage: None })
    }

    /// The same with something behind the number.
    pub(super) fn with_garbage(self, garbage: Option<String>) -> Self {
        Self { garbage, ..self }
    }

    /// By upstream's reading, or by ours.
    pub(super) fn read(&self, linked: bool) -> Result<T, BadOption> {
        match (&self.upstream, linked) {
            (Some(wrong), true) => Err(wrong.clone()),
            (None, true) => Ok(self.value),
            (_, false) => self.ours.clone(),
        }
    }

    pub(super) fn value(&self) -> T {
        self.value
    }

    /// What follows the number, if the number is all that holds.
    pub(super) fn garbage(&self) -> Option<&str> {
        self.garbage.as_deref()
    }
}

/// Has the reading hold that the name of the call asks for; `option` is how the help writes it.
///
/// # Errors
/// That reading does not take the value.
pub(super) fn settle<T: Copy>(
    letter: Option<&mut Letter<T>>,
    option: &str,
    call: &Invocation,
) -> Result<(), Failure> {
    let Some(letter) = letter else { return Ok(()) };
    letter.value = letter.read(call.linked).map_err(|wrong| match call.linked {
        true => call.failure(wrong.exit, wrong),
        false => {
            let complaint = refusal::invalid(&letter.text, option, &wrong.wanted);
            call.failure(wrong.exit, complaint).hint("see 'netdiag ping --help'")
        }
    })?;
    letter.garbage = letter.garbage.take().filter(|_| call.linked);
    Ok(())
}

/// Says what upstream says about what follows a number.
pub(super) fn warn_of(garbage: &str, call: &Invocation) {
    warn(call, format_args!("option argument contains garbage: {garbage}"));
    warn(call, "this will become fatal error in the future");
}
