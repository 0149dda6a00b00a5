//! All paths as text: a line for each router, with how many flows come to it and where they go from there.

use netdiag_echo::{PathHop, PathNode, Sharing};
use netdiag_text::percentage;
use netdiag_text::terminal::padded;

use super::found::Found;
use super::sentence::{doubt, sentence};
use crate::ping::address::number;
use crate::trace::names::Who;
use crate::trace::names::{NAME_PATIENCE, WHO};

/// All of it, with the sentence below; the sentence alone where `quiet`.
pub(in crate::trace) fn paths(found: &Found, target: &str, who: &mut Who, quiet: bool) -> String {
    if quiet {
        return format!("{}\n", sentence(found));
    }
    found.prepare_names(who);
    let sure = percentage::Short(found.confidence.probability());
    let mut text =
        format!("\nall paths to {target}, by flows of {}, {sure} sure of each hop\n", flows(found));
    for hop in &found.graph.hops {
        for (at, node) in hop.nodes.iter().enumerate() {
            let distance = if at == 0 { format!("{:>2}", hop.distance) } else { "  ".to_owned() };
            let words = match node.address {
                Some(address) => who.words(address, NAME_PATIENCE),
                None => "*".to_owned(),
            };
            let notes: Vec<String> = [leads(found, hop, at), sharing(node)].into_iter().flatten().collect();
            let line =
                format!("{distance}  {}  {:>9}  {}", padded(&words, WHO), count(node), notes.join(", "));
            text += line.trim_end();
            text.push('\n');
        }
        if let Some(doubt) = doubt(hop) {
            text += &format!("    {doubt}\n");
        }
    }
    text + &format!("\n{}\n", sentence(found))
}

/// What flows are told apart by.
pub(in crate::trace) fn flows(found: &Found) -> String {
    match found.first_port {
        Some(port) => format!("UDP to port {port} and those behind it"),
        None => "ICMP echo with different checksums".to_owned(),
    }
}

/// How many flows come to it.
pub(super) fn count(node: &PathNode) -> String {
    match node.flows.len() {
        1 => "1 flow".to_owned(),
        count => format!("{count} flows"),
    }
}

/// Who is next.
pub(super) fn leads(found: &Found, hop: &PathHop, at: usize) -> Option<String> {
    let next = found.graph.hop(hop.distance.checked_add(1)?)?;
    let links = found.graph.links_to(next.distance).filter(|link| link.from == Some(at));
    let named = links.filter_map(|link| {
        let address = next.nodes.get(link.to)?.address.map_or_else(|| "*".to_owned(), number);
        Some(if link.is_certain { address } else { format!("{address}?") })
    });
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| format!("to {}", named.join(" ")))
}

/// How it shares traffic.
pub(super) fn sharing(node: &PathNode) -> Option<String> {
    node.sharing.map(|sharing| match sharing {
        Sharing::PerPacket => "packet by packet".to_owned(),
        _ => "flow by flow".to_owned(),
    })
}
