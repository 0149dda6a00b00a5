//! What is to be said of one hop beside its figures, in words for people.

use std::io;
use std::time::Duration;

use netdiag_echo::extensions::{InterfaceInformation, InterfaceRole, LabelStack, Object, objects};
use netdiag_echo::{AnswerMeaning, HopReport, PortState, Responder, Verdict};
use netdiag_text::{Secrets, strerror};

use super::headline::a_second;
use crate::ping::icmp_text;

/// The verdict and what follows from it; empty where nothing is worth a word.
pub(super) fn notes(report: &HopReport) -> Vec<String> {
    let mut notes: Vec<String> = verdict(report).into_iter().collect();
    if is_slow_to_answer(report) {
        notes.push("slow to answer".to_owned());
    }
    let unsent = report.hop.unsent;
    if unsent > 0 {
        let why =
            report.hop.refusal.map(|errno| format!(": {}", strerror(&io::Error::from_raw_os_error(errno))));
        notes.push(format!("{unsent} not sent{}", why.unwrap_or_default()));
    }
    notes
}

/// The verdict in a word.
pub(super) const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Quiet { .. } => "quiet",
        Verdict::LossFromHere { .. } => "loss from here",
        _ => "unknown",
    }
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
    if let Some(back) = hops_back(responder).filter(|back| *back != distance) {
        said.push(format!("answers come back over {back} hops"));
    }
    said
}

/// What a port says, in a word.
pub(super) const fn port_word(state: PortState) -> &'static str {
    match state {
        PortState::Open => "open",
        PortState::Closed => "closed",
    }
}

/// How many hops an answer came back over, if it left with one of the hop limits that are used.
pub(super) fn hops_back(responder: &Responder) -> Option<u8> {
    let limit = responder.hop_limit?;
    let began = [32, 64, 128, 255].into_iter().find(|began| *began >= limit)?;
    (began - limit).checked_add(1)
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
