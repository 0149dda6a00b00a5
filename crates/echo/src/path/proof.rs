//! Whether what came back is about a probe of this run: [`believed`].
//!
//! An echo reply has to have the run's secret in it, unless probes are too short for one. A router may quote as little as the ICMP
//! header; what it quotes of the secret beyond that has to be right.

use std::net::IpAddr;

use super::meaning::AnswerMeaning;
use crate::payload::Payload;
use crate::probe::{Answer, AnswerKind, Seq};
use crate::window::Window;

/// The probe an answer is about, and what it says, which is nothing if it is advice; `None` if it is nobody's, or forged.
pub(crate) fn believed(
    to: IpAddr,
    payload: &Payload,
    window: &mut Window,
    answer: &Answer<'_>,
) -> Option<(Seq, Option<AnswerMeaning>)> {
    let (seq, slot) = window.by_wire(answer.probe.seq)?;
    slot.sent?;
    match answer.kind {
        AnswerKind::Reply { payload: data, intact, .. } => {
            // Probes too short for a secret have nothing but their numbers.
            let is_proven = !payload.is_secret() || payload.proves(seq, data);
            (intact && is_proven).then_some((seq, Some(AnswerMeaning::Reached)))
        }
        // The kernel has compared what nobody can guess: its own sequence number.
        AnswerKind::Port(_) => (answer.from.ip() == to).then_some((seq, Some(AnswerMeaning::Reached))),
        AnswerKind::Icmp { error, data, .. } => {
            let contradicts = payload.is_secret() && !payload.begins(seq, data);
            if contradicts || answer.probe.to.is_some_and(|quoted| quoted.ip() != to) {
                return None;
            }
            Some((seq, AnswerMeaning::of(error, answer.from.ip() == to)))
        }
    }
}
