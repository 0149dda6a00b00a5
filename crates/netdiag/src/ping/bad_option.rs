//! A value of an option of a drop-in that will not do: upstream's words for it, and ours.
//!
//! Which are said depends on the name of the call, which is not known where values are read.

use std::fmt::{self, Display};

use netdiag_text::Exit;

/// A value that will not do, and how the call ends that has it.
#[derive(Clone, Debug)]
pub(crate) struct BadOption {
    /// Upstream tells whole numbers from the rest.
    pub(crate) exit: Exit,
    message: String,
    /// What would do, for those who called us by our own name.
    pub(crate) wanted: String,
}

impl BadOption {
    /// In upstream's words.
    pub(crate) fn new(exit: Exit, message: String) -> Self {
        let wanted = message.clone();
        Self { exit, message, wanted }
    }

    /// Where upstream takes the value, or has no such option.
    pub(crate) fn ours(wanted: String) -> Self {
        Self::new(Exit::Misuse, wanted)
    }

    /// The same with what would do.
    pub(crate) fn wanted(self, wanted: impl Into<String>) -> Self {
        Self { wanted: wanted.into(), ..self }
    }
}

impl Display for BadOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadOption {}
