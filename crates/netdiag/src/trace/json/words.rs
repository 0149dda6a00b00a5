//! The words of `netdiag.trace/1` for what the engine tells.

use std::net::SocketAddr;

use netdiag_echo::{AnswerMeaning, ClockSource, IcmpError};

use crate::json::{ErrorRecord, of_reason};
use crate::ping::icmp_text;

pub(super) const fn meaning_word(meaning: AnswerMeaning) -> &'static str {
    match meaning {
        AnswerMeaning::Passing => "passing",
        AnswerMeaning::Reached => "reached",
        AnswerMeaning::Refused(_) => "refused",
        _ => "faulted",
    }
}

pub(super) const fn clock_word(clock: ClockSource) -> &'static str {
    match clock {
        ClockSource::Kernel => "kernel",
        ClockSource::Receive => "user-kernel",
        _ => "user",
    }
}

/// What somebody says who does not let probes pass.
pub(super) fn said(meaning: AnswerMeaning, from: SocketAddr) -> Option<ErrorRecord> {
    let told = |error: IcmpError| of_reason(&error, from, icmp_text::describe(&error));
    match meaning {
        AnswerMeaning::Refused(error) | AnswerMeaning::Faulted(error) => Some(told(error)),
        _ => None,
    }
}
