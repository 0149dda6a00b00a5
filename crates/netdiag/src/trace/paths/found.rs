//! What came of looking for all paths to a host: [`Found`].

use netdiag_echo::{Confidence, PathGraph};

use crate::trace::names::Who;

/// All paths to a host that were found.
pub(in crate::trace) struct Found {
    pub(in crate::trace) graph: PathGraph,
    /// How sure it was to be.
    pub(in crate::trace) confidence: Confidence,
    /// The port of flow 0; `None` where flows differ by checksum.
    pub(in crate::trace) first_port: Option<u16>,
    /// Whether the search was cut short.
    pub(in crate::trace) is_cut: bool,
    /// How many probes the system refused, and what it said of the first.
    pub(in crate::trace) refused: Option<(u64, String)>,
}

impl Found {
    /// Asks for all names that will be wanted, so that nobody waits for one after another.
    pub(in crate::trace) fn prepare_names(&self, who: &mut Who) {
        let nodes = self.graph.hops.iter().flat_map(|hop| &hop.nodes);
        nodes.filter_map(|node| node.address).for_each(|address| who.prepare(address));
    }
}
