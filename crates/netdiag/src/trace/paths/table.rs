//! All paths as a table: a row for each router.

use netdiag_text::table::{Cell, Heading, Look, lay_out};

use super::found::Found;
use super::sentence::{doubt, sentence};
use super::text::{leads, sharing};
use crate::format::screen;
use crate::trace::names::NAME_PATIENCE;
use crate::trace::names::Who;

/// All of it, with the sentence below.
pub(in crate::trace) fn paths(found: &Found, who: &mut Who, look: Look) -> String {
    found.prepare_names(who);
    let mut rows = Vec::new();
    for hop in &found.graph.hops {
        for (at, node) in hop.nodes.iter().enumerate() {
            let notes = [sharing(node), doubt(hop).filter(|_| at == 0)].into_iter().flatten();
            rows.push(vec![
                Cell::new(if at == 0 { hop.distance.to_string() } else { String::new() }),
                Cell::new(if at == 0 { hop.nodes.len().to_string() } else { String::new() }),
                Cell::new(
                    node.address.map_or_else(|| "*".to_owned(), |address| who.words(address, NAME_PATIENCE)),
                ),
                Cell::new(node.flows.len()),
                Cell::new(leads(found, hop, at).unwrap_or_default()),
                Cell::new(notes.collect::<Vec<_>>().join(", ")),
            ]);
        }
    }
    let headings = [
        ("Hop", true),
        ("Ways", true),
        ("Router", false),
        ("Flows", true),
        ("Leads", false),
        ("Notes", false),
    ];
    let headings: Vec<Heading> =
        headings.into_iter().map(|(name, figures)| Heading { name, figures }).collect();
    let table = if rows.is_empty() { String::new() } else { lay_out(&headings, rows, screen(), look) };
    format!("\n{table}\n{}\n", sentence(found))
}
