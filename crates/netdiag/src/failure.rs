//! A command's failure: its words, its exit status, and what to do next.
//!
//! The words are complete, prefix included: upstream tools do not prefix every message, and a drop-in must not either.

use std::io::Write;
use std::process::ExitCode;

use crate::invocation::Invocation;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// `message` is printed as it stands, on standard error.
    pub(crate) fn new(status: u8, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the setting or command that helps; shown only when called as `netdiag`.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says it and gives the exit status.
    pub(crate) fn report(&self, call: &Invocation) -> ExitCode {
        let mut err = std::io::stderr().lock();
        // Nobody is left to tell when standard error itself cannot be written.
        let _ = match &self.hint {
            Some(hint) if !call.linked => writeln!(err, "{}\n\nhint: {hint}", self.message),
            _ => writeln!(err, "{}", self.message),
        };
        ExitCode::from(self.status)
    }
}
