//! How the program was called: its name decides which tool it is and what its messages begin with.
//!
//! A link named after an upstream tool makes the rest of the command line that tool's; `netdiag TOOL` does the same under
//! our own name, and only then do errors carry hints, because scripts compare the upstream tools' messages.

use std::ffi::OsString;
use std::path::Path;

use netdiag_echo::Family;

/// A program of ours that answers to an upstream tool's command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tool {
    Ping,
    Ss,
}

/// One call of the binary.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// What messages begin with: `argv[0]` as typed when called through a link, else `netdiag`.
    pub(crate) program: String,
    /// Whether the name of a link chose the tool.
    pub(crate) linked: bool,
    /// The tool asked for, if the words name one.
    pub(crate) tool: Option<Tool>,
    /// The family the link's name insists on: the last character of `ping4` and `ping6`.
    pub(crate) family: Option<Family>,
    /// The command line as `netdiag` itself would be typed: `netdiag TOOL ARGS`.
    pub(crate) words: Vec<OsString>,
}

impl Invocation {
    pub(crate) fn of_this_process() -> Self {
        Self::new(std::env::args_os().collect())
    }

    fn new(mut words: Vec<OsString>) -> Self {
        let typed = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let name = Path::new(&typed).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (linked, family) = match name {
            "ping" => (Some("ping"), None),
            "ping4" => (Some("ping"), Some(Family::V4)),
            "ping6" => (Some("ping"), Some(Family::V6)),
            "ss" => (Some("ss"), None),
            _ => (None, None),
        };
        if let Some(subcommand) = linked {
            words.splice(0..1, ["netdiag".into(), subcommand.into()]);
        }
        let tool = match words.get(1).and_then(|word| word.to_str()) {
            Some("ping") => Some(Tool::Ping),
            Some("ss") => Some(Tool::Ss),
            _ => None,
        };
        let program = if linked.is_some() { typed } else { "netdiag".to_owned() };
        Self { program, linked: linked.is_some(), tool, family, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> Invocation {
        Invocation::new(words.iter().map(Into::into).collect())
    }

    #[test]
    fn a_name_decides_the_tool_and_the_prefix() {
        #[rustfmt::skip]
        let cases = [
            // words,                   tool,             family,           program
            (&["ping", "h"][..],        Some(Tool::Ping), None,             "ping"),
            (&["/usr/bin/ping6", "h"],  Some(Tool::Ping), Some(Family::V6), "/usr/bin/ping6"),
            (&["./ping4", "h"],         Some(Tool::Ping), Some(Family::V4), "./ping4"),
            (&["/opt/ss", "-t"],        Some(Tool::Ss),   None,             "/opt/ss"),
            (&["netdiag", "ss", "-t"],  Some(Tool::Ss),   None,             "netdiag"),
            (&["/x/netdiag", "ping"],   Some(Tool::Ping), None,             "netdiag"),
            (&["netdiag", "--help"],    None,             None,             "netdiag"),
            (&[],                       None,             None,             "netdiag"),
        ];
        for (words, tool, family, program) in cases {
            let call = call(words);
            assert_eq!((call.tool, call.family, call.program.as_str()), (tool, family, program), "{words:?}");
        }
    }

    #[test]
    fn a_linked_call_reads_like_our_own() {
        assert_eq!(call(&["/usr/bin/ping", "-c1", "h"]).words, ["netdiag", "ping", "-c1", "h"]);
    }
}
