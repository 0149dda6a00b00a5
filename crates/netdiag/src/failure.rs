//! A command's failure: its words, its exit status, and what to do next.
//!
//! The words are complete, prefix included: upstream tools do not prefix every message, and a drop-in must not either.

use std::fmt::Display;
use std::io::{self, Write};
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
        Self { status, message: message.into(), hint: None }
    }

    /// Nothing is to be said: the status says it all.
    pub(crate) fn silent(status: u8) -> Self {
        Self::new(status, "")
    }

    /// Adds the setting or command that helps; shown only when called as `netdiag`.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same words with another exit status.
    pub(crate) fn with_status(self, status: u8) -> Self {
        Self { status, ..self }
    }

    /// For those who asked for explanations, the hint goes on the line of the message, so that it is always shown.
    pub(crate) fn explained(self, explain: bool) -> Self {
        if !explain {
            return self;
        }
        let hint = self.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        Self { message: self.message + &hint, hint: None, ..self }
    }

    /// Says it and gives the exit status.
    pub(crate) fn report(&self, call: &Invocation) -> ExitCode {
        let mut err = io::stderr().lock();
        // Nobody is left to tell when standard error itself cannot be written.
        let _ = match &self.hint {
            _ if self.message.is_empty() => Ok(()),
            Some(hint) if !call.linked => writeln!(err, "{}\n\nhint: {hint}", self.message),
            _ => writeln!(err, "{}", self.message),
        };
        ExitCode::from(self.status)
    }
}

impl Invocation {
    /// A failure in this program's name: `PROGRAM: MESSAGE`.
    pub(crate) fn failure(&self, status: u8, message: impl Display) -> Failure {
        Failure::new(status, format!("{}: {message}", self.program))
    }
}

/// Says something that does not end the command: `PROGRAM: MESSAGE` on standard error.
pub(crate) fn warn(call: &Invocation, message: impl Display) {
    let line = format!("{}: {message}\n", call.program);
    // Nobody is left to tell when standard error itself cannot be written.
    let _ = io::stderr().write_all(line.as_bytes());
}
