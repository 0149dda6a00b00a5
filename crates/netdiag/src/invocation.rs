//! How the program was called: its name decides which tool it is and what its messages begin with.
//!
//! A link named after an upstream tool makes the rest of the command line that tool's; `netdiag TOOL` does the same under
//! our own name, and only then do errors carry hints, because scripts compare the upstream tools' messages.

use std::ffi::OsString;
use std::path::Path;

use netdiag_echo::Family;

/// One call of the binary.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// What messages begin with: `argv[0]` as typed when called through a link, else `netdiag`.
    pub(crate) program: String,
    /// Whether the name of a link chose the tool.
    pub(crate) linked: bool,
    /// The family the link's name insists on: the last character of `ping4` and `ping6`.
    pub(crate) family: Option<Family>,
    /// The command line as `netdiag` itself would be typed: `netdiag TOOL ARGS`.
    pub(crate) words: Vec<OsString>,
}

/// What the name of a link makes of the binary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linked {
    /// The tool it is, whatever words follow.
    pub(crate) tool: &'static str,
    /// The family it insists on.
    pub(crate) family: Option<Family>,
}

impl Invocation {
    /// A call with these words, the name of the program first; `linked` knows the names of links.
    pub(crate) fn new(mut words: Vec<OsString>, linked: impl FnOnce(&str) -> Option<Linked>) -> Self {
        let typed = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let name = Path::new(&typed).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(Linked { tool, family }) = linked(name) else {
            return Self { program: "netdiag".to_owned(), linked: false, family: None, words };
        };
        words.splice(0..1, ["netdiag".into(), tool.into()]);
        Self { program: typed, linked: true, family, words }
    }

    /// The word that names the tool, if there is one: what it says is not known to be a tool.
    pub(crate) fn tool(&self) -> Option<&str> {
        self.words.get(1)?.to_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linked_call_reads_like_our_own() {
        let words = ["/usr/bin/ping", "-c1", "h"].map(OsString::from).to_vec();
        let call =
            Invocation::new(words, |name| (name == "ping").then_some(Linked { tool: "ping", family: None }));
        assert_eq!(call.words, ["netdiag", "ping", "-c1", "h"]);
        assert_eq!((call.tool(), call.linked), (Some("ping"), true));
    }
}
