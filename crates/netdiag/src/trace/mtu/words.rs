//! The MTU of a path in words for people.

use netdiag_echo::{HopMtus, MtuStep, Stopped};
use netdiag_text::duration::Short;

use super::PathMtu;
use crate::ping::address::number;
use crate::ping::icmp_text;

/// The sentence, without a full stop.
pub(in crate::trace) fn sentence(mtu: &PathMtu) -> String {
    let mut parts = vec![measured(&mtu.found)];
    parts.extend(mtu.found.steps.iter().filter(|step| step.is_black_hole()).map(black_hole));
    if mtu.found.alternates {
        parts.push("packets take ways of different MTU".to_owned());
    }
    parts
        .extend(mtu.cached.map(|(bytes, expires)| format!("cached {bytes} (expires in {})", Short(expires))));
    parts.join("; ")
}

fn measured(found: &HopMtus) -> String {
    let why = if found.is_cut { "not found in time" } else { "not found" };
    match (found.path(), found.interface) {
        (Some(size), _) if !found.complete => format!("Path MTU {why}: {size} bytes get through"),
        (None, _) => format!("Path MTU {why}"),
        (Some(size), _) if !found.steps.is_empty() => format!("Path MTU {size}: {}", stairs(found)),
        (Some(size), Some(_)) => format!("Path MTU {size}, which is what this host's interface takes"),
        (Some(size), None) => format!("Path MTU {size}"),
    }
}

/// What passes how far, as in "1500 up to hop 2, 1400 up to hop 4, 1280 from there".
fn stairs(found: &HopMtus) -> String {
    let up_to = |step: &MtuStep| Some(format!("{} up to hop {}", found.at(step.after)?, step.after));
    let mut parts: Vec<String> = found.steps.iter().filter_map(up_to).collect();
    let last = found.steps.last().map(|step| match step.after {
        0 => format!("{} from this host on", step.size),
        _ => format!("{} from there", step.size),
    });
    parts.extend(last);
    parts.join(", ")
}

fn black_hole(step: &MtuStep) -> String {
    let begin = if step.after == 0 { "this host".to_owned() } else { format!("hop {}", step.after) };
    format!("black hole between {begin} and hop {}: more than {} bytes vanish", step.before, step.size)
}

/// What is said of a hop that less comes to than to those before it.
pub(in crate::trace) fn note(mtu: Option<&PathMtu>, distance: u8) -> Option<String> {
    let step = mtu?.found.steps.iter().find(|step| step.before == distance)?;
    let why = match step.why {
        Stopped::TooBig { from, authenticated, .. } => {
            let forged = if authenticated { "" } else { ", may be forged" };
            format!(" (says {}{forged})", number(from))
        }
        Stopped::Refused { from, error } => {
            format!(" ({} says: {})", number(from), icmp_text::describe(&error))
        }
        Stopped::Silence => " (black hole)".to_owned(),
        _ => String::new(),
    };
    Some(format!("pmtu {}{why}", step.size))
}

/// What limits it, in a word, and who.
pub(in crate::trace) const fn limiter(why: &Stopped) -> (&'static str, Option<std::net::SocketAddr>) {
    match why {
        Stopped::Interface(_) => ("interface", None),
        Stopped::TooBig { from, .. } => ("router", Some(*from)),
        Stopped::Refused { from, .. } => ("refused", Some(*from)),
        _ => ("black-hole", None),
    }
}
