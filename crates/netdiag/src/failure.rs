//! A command's failure: its words, how it ends, and what to do next.
//!
//! The words are complete, prefix included: upstream tools do not prefix every message, and a drop-in must not either.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use netdiag_text::{Exit, Secrets, without_numbers};

use crate::invocation::Invocation;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    /// The message where it may have no pictures and no colour, if it has.
    plain: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// `message` goes to standard error, lines and all; what else is in it cannot steer a terminal.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::styled(exit, harmless(&message.into()))
    }

    /// The same of words that were made harmless before they were coloured.
    pub(crate) fn styled(exit: Exit, message: String) -> Self {
        Self { exit, message, plain: None, hint: None }
    }

    /// The same, with words for those who take neither pictures nor colour.
    pub(crate) fn or_plain(self, plain: String) -> Self {
        Self { plain: Some(plain), ..self }
    }

    /// What went wrong, without pictures and colour.
    pub(crate) fn words(&self) -> &str {
        self.plain.as_deref().unwrap_or(&self.message)
    }

    /// Nothing is to be said: the status says it all.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// Adds the setting or command that helps; shown only when called as `netdiag`.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(harmless(&hint.into()));
        self
    }

    /// The same where nothing helps yet.
    pub(crate) fn hint_if_none(self, hint: impl Into<String>) -> Self {
        if self.hint.is_some() { self } else { self.hint(hint) }
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

    /// All that is said of it, without a last newline.
    pub(crate) fn told(&self, call: &Invocation) -> String {
        match &self.hint {
            Some(hint) if !call.linked && !self.message.is_empty() => {
                format!("{}\n\nhint: {hint}", self.message)
            }
            _ => self.message.clone(),
        }
    }

    /// Says it and gives the exit status.
    pub(crate) fn report(&self, call: &Invocation) -> ExitCode {
        let told = self.told(call);
        if !told.is_empty() {
            // Nobody is left to tell when standard error itself cannot be written.
            let _ = writeln!(io::stderr().lock(), "{told}");
        }
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
    let line = format!("{}: {}\n", call.program, harmless(&message.to_string()));
    // Nobody is left to tell when standard error itself cannot be written.
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Words of ours with words of others in them, none of which can steer a terminal; lines stay lines. Numbers of errors are no
/// words.
fn harmless(words: &str) -> String {
    let words = without_numbers(words);
    words.split('\n').map(|line| Secrets::NONE.show(line).to_string()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_do_nothing_on_the_way() {
        let failure = Failure::new(Exit::Misuse, "\u{9b}2J\u{202e}: no such file\n\n  usage\t").hint("\x1bx");
        assert_eq!(failure.message, "\\u{9b}2J\\u{202e}: no such file\n\n  usage\\t");
        assert_eq!(failure.hint.as_deref(), Some("\\x1bx"));
        let refused = io::Error::from_raw_os_error(1);
        assert_eq!(
            Failure::new(Exit::CouldNot, format!("socket: {refused}")).message,
            "socket: Operation not permitted"
        );
    }
}
