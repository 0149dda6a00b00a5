//! The topics: every page of the documents, by the name of its file.
//!
//! The pages are reached by the link `docs` beside the manifest, so that they are in the package as well.

/// A page.
pub(super) struct Topic {
    /// The word after `netdiag help`: the name of the file in docs/.
    pub(super) name: &'static str,
    /// What it is about, in the list of topics.
    pub(super) about: &'static str,
    /// The page itself, in Markdown.
    pub(super) text: &'static str,
}

macro_rules! topics {
    ($($name:literal: $about:literal,)*) => {
        [$(Topic { name: $name, about: $about, text: include_str!(concat!("../../docs/", $name, ".md")) },)*]
    };
}

/// All of them; those called like a tool are shown with the help of that tool.
pub(super) const TOPICS: &[Topic] = &topics! {
    "ping": "Round-trip times, bounds on them, what can be asked of a run",
    "trace": "Paths hop by hop, what silence on them means, bounds",
    "traceroute": "traceroute and tracepath: the path hop by hop in the words of those programs",
    "mtr": "Paths as mtr reports them: forms, figures, what a run does",
    "ss": "Which sockets, which columns, what piles up, totals, closing sockets",
    "probe": "What a probe does, what can be expected of the answer",
    "connect": "Standard input and output as a connection; testing ports",
    "serve": "The other end of a test, with faults",
    "check": "Check files: notation, values, verdicts, reports, every kind with its keys",
    "wait": "When a server counts as up or down",
    "filter": "Which sockets: the filter language of ss and of checks",
    "talk": "What is said to a server and expected of it, message framing, escapes",
    "check-host": "Checks of the host they run on: sockets, counters, routes, interfaces",
    "ci": "check in CI, in containers and for monitoring",
    "conventions": "What options and values are called and take, in every tool",
    "exit-statuses": "What the exit status of each tool means",
    "json": "JSON of ss, and the rules that hold for the JSON of all tools",
    "json-ping": "JSON of ping",
    "json-trace": "JSON of trace",
    "json-ping-mtu": "JSON of ping --find-mtu",
    "json-probe": "JSON of probe",
    "json-serve": "JSON of serve",
    "json-wait": "JSON of wait",
    "json-check": "JSON of check",
    "compatibility": "What differs from ping, mtr, ss, nc, curl and others, and why",
    "limits": "Every bound, and what happens at it",
    "performance": "Measured beside ss, ping and other servers",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_page_is_a_topic() {
        let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        let names = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
        let pages: BTreeSet<String> =
            names.filter_map(|name| Some(name.strip_suffix(".md")?.to_owned())).collect();
        let mut topics: BTreeSet<String> = TOPICS.iter().map(|topic| topic.name.to_owned()).collect();
        // The list of the pages, which `netdiag help` is itself.
        topics.insert("README".to_owned());
        assert_eq!(topics, pages);
        assert_eq!(TOPICS.len() + 1, pages.len(), "one is there twice");
    }
}
