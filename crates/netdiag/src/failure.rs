//! A command's failure: its words, how it ends, and what to do next.
//!
//! The words are complete, prefix included: upstream tools do not prefix every message, and a drop-in must not either.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use netdiag_text::Exit;

use crate::invocation::Invocation;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// `message` is printed as it stands, on standard error.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Nothing is to be said: the status says it all.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// Adds the setting or command that helps; shown only when called as `netdiag`.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same words for another end.
    pub(crate) fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
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
        call.code(self.exit)
    }
}

impl Invocation {
    /// A failure in this program's name: `PROGRAM: MESSAGE`.
    pub(crate) fn failure(&self, exit: Exit, message: impl Display) -> Failure {
        Failure::new(exit, format!("{}: {message}", self.program))
    }

    /// The number the tool that was called for has for this end.
    pub(crate) fn code(&self, exit: Exit) -> ExitCode {
        exit.status(self.tool()).into()
    }
}

/// Says something that does not end the command: `PROGRAM: MESSAGE` on standard error.
pub(crate) fn warn(call: &Invocation, message: impl Display) {
    let line = format!("{}: {message}\n", call.program);
    // Nobody is left to tell when standard error itself cannot be written.
    let _ = io::stderr().write_all(line.as_bytes());
}
