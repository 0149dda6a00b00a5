//! What is to be said of one hop beside its figures, in words for people.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::extensions::{InterfaceInformation, InterfaceRole, LabelStack, Object, objects};
use netdiag_echo::{AnswerMeaning, HopReport, PortState, Quoted, Responder, Verdict};
use netdiag_text::{Secrets, strerror};

use super::headline::a_second;
use crate::ping::icmp_text;
use crate::scarcity::limit;

/// The verdict and what follows from it; empty where nothing is worth a word.
pub(super) fn notes(report: &HopReport) -> Vec<String> {
    let mut notes: Vec<String> = verdict(report).into_iter().collect();
    if report.hop.told_by_port > 0 {
        notes.push("quotes little, so asked at ports of its own".to_owned());
    }
    if report.hop.takes_turns {
        notes.push("several routers answer here".to_owned());
    }
    if is_slow_to_answer(report) {
        notes.push("slow to answer".to_owned());
    }
    let unsent = report.hop.unsent;
    if unsent > 0 {
        notes.push(not_sent((unsent, report.hop.refusal)));
    }
    notes
}

/// That so many probes were refused, and by which error the last of them.
pub(super) fn not_sent((count, errno): (u64, Option<i32>)) -> String {
    let error = errno.map(io::Error::from_raw_os_error);
    let why = error.map(|error| format!(": {}{}", strerror(&error), limit("socket", &error)));
    format!("{count} not sent{}", why.unwrap_or_default())
}

fn verdict(report: &HopReport) -> Option<String> {
    let asked = report.hop.asked;
    match report.verdict {
        Verdict::Ok if asked.silent > 0 => Some("no loss of its own".to_owned()),
        Verdict::Quiet { passes, limits } => {
            let answers = match asked.answered {
                0 => "does not answer".to_owned(),
                answered => format!("answers {answered}/{}", asked.decided()),
            };
            let passes = format!("passes {}/{}", passes.answered, passes.decided());
            let rate = report.answers_per_second.map(|rate| format!(" to about {}", a_second(rate)));
            let limits = limits.then(|| format!("; limits its answers{}", rate.unwrap_or_default()));
            Some(format!("{answers}, {passes}{}", limits.unwrap_or_default()))
        }
        Verdict::LossFromHere { .. } => Some("loss from here".to_owned()),
        Verdict::Unknown { more: Some(more) } => Some(format!("unknown ({more} more probes)")),
        Verdict::Unknown { more: None } => Some("unknown".to_owned()),
        _ => None,
    }
}

/// Whether its answers take clearly longer than the path to it.
pub(super) fn is_slow_to_answer(report: &HopReport) -> bool {
    let own = report.hop.rtts.min();
    own.zip(report.path_rtt).is_some_and(|(own, path)| own > path + path / 4 && own > path + NOISE)
}

/// What one of a hop's responders says beside that it is there.
pub(super) fn said(responder: &Responder, distance: u8) -> Vec<String> {
    let mut said = Vec::new();
    if let AnswerMeaning::Refused(error) | AnswerMeaning::Faulted(error) = responder.meaning {
        said.push(format!("says: {}", icmp_text::describe(&error)));
    }
    said.extend(responder.port.map(|state| format!("port {}", port_word(state))));
    // What cannot be read says nothing.
    for object in objects(&responder.extensions).into_iter().flatten().flatten() {
        match object {
            Object::Labels(stack) => said.push(labels(&stack)),
            Object::Interface(interface) => said.extend(way_in(&interface)),
            _ => {}
        }
    }
    said.extend(responder.quoted.iter().flat_map(|told| quoted(told, responder.meaning)));
    if let Some(back) = responder.hops_back().filter(|back| *back != distance) {
        said.push(format!("answers come back over {back} hops"));
    }
    said
}

/// What had become of a probe's header by the time it came to the router.
fn quoted(quoted: &Quoted, meaning: AnswerMeaning) -> Vec<String> {
    let mut words = Vec::new();
    if quoted.is_translated() {
        let number = |address: SocketAddr| match address.port() {
            0 => address.ip().to_string(),
            _ => address.to_string(),
        };
        let source = quoted.source.map(|source| format!(" (from {})", number(source)));
        let destination = quoted.destination.map(|to| format!(" (to {})", number(to)));
        words.push(format!("NAT{}{}", source.unwrap_or_default(), destination.unwrap_or_default()));
    }
    for (name, sent, here) in
        [("DSCP", dscp(quoted.sent_tos), dscp(quoted.tos)), ("ECN", ecn(quoted.sent_tos), ecn(quoted.tos))]
    {
        words.extend((sent != here).then(|| format!("{name} {sent} has become {here}")));
    }
    // Who refuses it does so before they are used up.
    if quoted.hop_limit > 1 && meaning == AnswerMeaning::Passing {
        words.push(format!("had a TTL of {} left", quoted.hop_limit));
    }
    words
}

/// The code point in a type of service or traffic class (RFC 2474).
pub(super) const fn dscp(tos: u8) -> u8 {
    tos >> 2
}

/// Its bits for congestion (RFC 3168).
pub(super) const fn ecn(tos: u8) -> u8 {
    tos & 3
}

/// What a port says, in a word.
pub(super) const fn port_word(state: PortState) -> &'static str {
    match state {
        PortState::Open => "open",
        PortState::Closed => "closed",
    }
}

/// The labels one of a hop's responders tells of, in the words of [`said`].
pub(super) fn labels_said(responder: &Responder) -> Vec<String> {
    let objects = objects(&responder.extensions).into_iter().flatten().flatten();
    let stacks = objects.filter_map(|object| match object {
        Object::Labels(stack) => Some(labels(&stack)),
        _ => None,
    });
    stacks.collect()
}

fn labels(stack: &LabelStack<'_>) -> String {
    let labels = stack.iter().map(|label| match label.traffic_class {
        0 => label.label.to_string(),
        class => format!("{} (class {class})", label.label),
    });
    format!("MPLS {}", labels.collect::<Vec<_>>().join(", "))
}

fn way_in(interface: &InterfaceInformation<'_>) -> Option<String> {
    let way = match interface.role {
        InterfaceRole::Incoming => "in by",
        InterfaceRole::IncomingPart => "in by part",
        InterfaceRole::Outgoing => "out by",
        InterfaceRole::NextHop => "next hop",
    };
    let name = interface.name.map(|name| Secrets::NONE.show(name).to_string());
    let index = interface.index.map(|index| format!("#{index}"));
    let address = interface.address.map(|address| address.to_string());
    let mtu = interface.mtu.map(|mtu| format!("MTU {mtu}"));
    let words: Vec<String> = [name, index, address, mtu].into_iter().flatten().collect();
    (!words.is_empty()).then(|| format!("{way} {}", words.join(" ")))
}

/// Round trips that differ by less do not differ.
const NOISE: Duration = Duration::from_micros(500);
