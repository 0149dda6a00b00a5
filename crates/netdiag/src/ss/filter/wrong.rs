//! What is wrong with a filter, as a failure of the command.
//!
//! Under the name `ss` the words are upstream's, which scripts may look for; under our own the filter is shown with the
//! place marked.

use netdiag_sockdiag::filter::language::{FilterError, FilterErrorKind};
use netdiag_text::{Complaint, Exit, Secrets};

use super::super::messages;
use super::super::refused::usage;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// The failure of a command that was given the filter `text`.
pub(super) fn failure(wrong: &FilterError, text: &[u8], call: &Invocation) -> Failure {
    let exit = exit(&wrong.kind);
    if call.linked
        && let Some(words) = wrong.kind.upstream()
    {
        let usage =
            if exit == Exit::Misuse { format!("\n{}", usage(call).trim_end()) } else { String::new() };
        return Failure::new(exit, words + &usage);
    }
    let complaint = Complaint::new(text, wrong.at.clone(), wrong.kind.message());
    let failure = match call.linked {
        true => messages::failure(call, exit, Secrets::NONE.show(&complaint.message)),
        false => messages::failure(call, exit, complaint),
    };
    failure.hint(Secrets::NONE.show(&wrong.kind.hint()))
}

fn exit(kind: &FilterErrorKind) -> Exit {
    match kind {
        FilterErrorKind::Syntax(_)
        | FilterErrorKind::TooDeep
        | FilterErrorKind::Stray { operand: None, .. } => Exit::Misuse,
        FilterErrorKind::Stray { operand: Some(kind), .. } => exit(kind),
        _ => Exit::CouldNot,
    }
}
