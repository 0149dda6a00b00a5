//! A word of the command line that cannot be meant, as a failure of the command.
//!
//! The word is somebody else's: a [`Complaint`] shows it such that nothing in it reaches the terminal as a control character.

use netdiag_probe::ParseError;
use netdiag_text::{Complaint, Exit};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// The same mistake as one in the value of an option.
pub(crate) fn of_option(name: &str) -> impl Fn(ParseError) -> ParseError {
    move |wrong| ParseError { message: format!("--{name}: {}", wrong.message), ..wrong }
}

/// A usage error about a word of the command line, the place in it marked.
pub(crate) fn misplaced(wrong: &ParseError, call: &Invocation) -> Failure {
    let complaint = Complaint::new(wrong.text.as_str(), wrong.at.clone(), &wrong.message);
    let failure = call.failure(Exit::Misuse, complaint);
    match &wrong.help {
        Some(help) => failure.hint(help),
        None => failure,
    }
}
