//! Whether what came back is about a probe of this run: [`believed`].
//!
//! An echo reply has to have the run's secret in it, unless probes are too short for one. A router may quote as little as the ICMP
//! header, and fill up what RFC 4884 wants to be there; what it quotes of the secret beyond that has to be right.

use std::net::IpAddr;

use super::meaning::AnswerMeaning;
use crate::payload::{Payload, Quoted};
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
    proven(to, payload, seq, answer)?;
    let meaning = match answer.kind {
        AnswerKind::Icmp { error, .. } => AnswerMeaning::of(error, answer.from.ip() == to),
        AnswerKind::Reply { .. } | AnswerKind::Port(_) => Some(AnswerMeaning::Reached),
    };
    Some((seq, meaning))
}

/// How far it is proved that an answer is about that probe, which went to that address with such data; `None` if it cannot be.
pub(crate) fn proven(to: IpAddr, payload: &Payload, seq: Seq, answer: &Answer<'_>) -> Option<Quoted> {
    match answer.kind {
        // Probes too short for a secret have nothing but their numbers.
        AnswerKind::Reply { intact, .. } if !payload.is_secret() => intact.then_some(Quoted::Unproven),
        AnswerKind::Reply { payload: data, intact, .. } => {
            (intact && payload.proves(seq, data)).then_some(Quoted::Proven)
        }
        // The kernel has compared what nobody can guess: its own sequence number.
        AnswerKind::Port(_) => (answer.from.ip() == to).then_some(Quoted::Proven),
        AnswerKind::Icmp { data, .. } => {
            let is_there = answer.probe.to.is_none_or(|quoted| quoted.ip() == to);
            Some(payload.quoted(seq, data)).filter(|quoted| is_there && *quoted != Quoted::Foreign)
        }
    }
}
