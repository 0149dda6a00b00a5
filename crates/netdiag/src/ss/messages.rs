//! What the listing says besides the sockets, in upstream's words where upstream has any.
//!
//! Upstream prefixes some messages with a literal `ss:` and others with nothing; only option errors carry the name it was
//! called by.

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use netdiag_host::{CutShort, FamilyTable, Owners};
use netdiag_sockdiag::{Error, RecordingError};
use netdiag_text::{Exit, nearest, strerror};

use super::notice::Notice;
use super::words::Wrong;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::scarcity::limit;

/// A message with the tool's own name in front.
pub(crate) fn failure(call: &Invocation, exit: Exit, message: impl Display) -> Failure {
    let tool = if call.linked { "ss" } else { "netdiag" };
    Failure::new(exit, format!("{tool}: {message}"))
}

pub(crate) fn wrong_word(wrong: Wrong, call: &Invocation) -> Failure {
    match wrong {
        Wrong::Incomplete => Failure::new(Exit::Misuse, "Command line is not complete. Try option \"help\""),
        Wrong::State(name) => {
            let name = name.to_string_lossy();
            let meant =
                nearest(&name.to_lowercase(), STATES.split([',', ' ', ';']).filter(|word| word.len() > 2));
            let hint = match meant {
                Some(meant) => format!("did you mean {meant}?"),
                None => STATES.to_owned(),
            };
            failure(call, Exit::Misuse, format_args!("wrong state name: {name}")).hint(hint)
        }
    }
}

const STATES: &str = "states are established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, \
     last-ack, listening, closing, bound-inactive; groups are all, connected, synchronized, bucket, big";

pub(crate) fn no_client(error: Error, call: &Invocation) -> Failure {
    failed(&Arc::new(error), "cannot ask the kernel about sockets", call)
}

/// That nothing can be listed at all.
pub(crate) fn not_asked(why: &CutShort, call: &Invocation) -> Failure {
    cut_short(why, "cannot ask the kernel about sockets", call)
}

/// How to put a notice, if it is to be put at all.
pub(crate) fn notice(part: FamilyTable, notice: Notice, call: &Invocation) -> Option<Failure> {
    match notice {
        Notice::Unreplayable(error) => Some(unreplayable(error, call)),
        Notice::Untold(source) => Some(failure(
            call,
            Exit::CouldNot,
            format_args!(
                "{part}: {source} does not tell what the filter asks for: retrans, rtt, idle, limited"
            ),
        )),
        Notice::CutShort(CutShort::Interrupted) => {
            Some(Failure::new(Exit::Success, "Dump was interrupted and may be inconsistent."))
        }
        Notice::CutShort(CutShort::Malformed(count)) => Some(failure(
            call,
            Exit::CouldNot,
            format_args!("{part}: {count} records of the kernel could not be read and are missing"),
        )),
        // Scripts take silence here for granted, and what the kernel cannot have is not missing from the list.
        Notice::CutShort(CutShort::Unsupported) if call.linked => None,
        Notice::CutShort(CutShort::Unsupported) => {
            let words = failure(call, Exit::Success, format_args!("{part}: this kernel cannot list them"));
            Some(match part.module() {
                Some(module) => words.hint(format!("modprobe {module}")),
                None => words,
            })
        }
        Notice::CutShort(why) => Some(cut_short(&why, &format!("cannot list {part}"), call)),
    }
}

fn cut_short(why: &CutShort, what: &str, call: &Invocation) -> Failure {
    match why {
        CutShort::NotAnswered(error) => failed(error, what, call),
        CutShort::Unreadable { .. } => {
            failure(call, Exit::CouldNot, format_args!("{what}: cannot read {why}"))
        }
        CutShort::Exhausted { call: refused, source } => {
            failure(call, Exit::CouldNot, format_args!("{what}: {why}{}", limit(refused, source)))
        }
        why => failure(call, Exit::CouldNot, format_args!("{what}: {why}")),
    }
}

/// What to say of a recording that cannot be read.
fn unreplayable(error: RecordingError, call: &Invocation) -> Failure {
    match error {
        RecordingError::Open(error) if call.linked => {
            Failure::new(Exit::Success, format!("fopen($TCPDIAG_FILE): {}", strerror(&error)))
        }
        RecordingError::End if call.linked => {
            Failure::new(Exit::Success, "Unexpected EOF reading $TCPDIAG_FILE")
        }
        RecordingError::Refused(error) if call.linked => {
            Failure::new(Exit::Success, format!("TCPDIAG answered: {}", strerror(&error)))
        }
        error => {
            let chain = anyhow::Error::new(error);
            failure(call, Exit::Success, format_args!("$TCPDIAG_FILE {chain:#}"))
        }
    }
}

/// Says why owners may be missing, to whoever wants to know (`explain`), or to a person where one was looked for in vain: a program
/// reads it in the missing cell.
pub(crate) fn unknown_owners(owners: &Owners, call: &Invocation, explain: bool) {
    let Some(why) = owners.cut_short() else { return };
    if explain || owners.missed() && io::stderr().is_terminal() {
        let may = if owners.missed() { "are not" } else { "may not be" };
        let words = failure(call, Exit::Success, format_args!("some owners {may} shown: {}", unknown(why)));
        words.hint(why.owners_remedy()).explained(explain).report(call);
    }
}

fn unknown(why: &CutShort) -> String {
    match why {
        CutShort::Withheld(count) => format!("no permission to look into {count} processes"),
        why => why.to_string(),
    }
}

/// What became of writing; that nobody reads on is no failure.
pub(crate) fn written(status: io::Result<ExitCode>, call: &Invocation) -> Result<ExitCode, Failure> {
    match status {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(failure(call, Exit::Unwritten, format_args!("write error: {}", strerror(&error)))),
        Ok(status) => Ok(status),
    }
}

fn failed(error: &Arc<Error>, what: &str, call: &Invocation) -> Failure {
    let hint = hint(error);
    let limit = match &**error {
        Error::Os { call, source } => limit(call, source),
        _ => String::new(),
    };
    let chain = anyhow::Error::new(Arc::clone(error)).context(what.to_owned());
    let failure = failure(call, Exit::CouldNot, format_args!("{chain:#}{limit}"));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn hint(error: &Error) -> Option<&'static str> {
    let (Error::Os { source, .. } | Error::Refused { source, .. }) = error else {
        return None;
    };
    match source.raw_os_error().map(nix::errno::Errno::from_raw)? {
        nix::errno::Errno::EAFNOSUPPORT => {
            Some("the sandbox must allow AF_NETLINK sockets (systemd: RestrictAddressFamilies=)")
        }
        nix::errno::Errno::EPROTONOSUPPORT => Some("modprobe inet_diag"),
        _ if source.kind() == io::ErrorKind::PermissionDenied => {
            Some("listing sockets needs no privilege by itself: look for a seccomp or security module policy")
        }
        _ => None,
    }
}
