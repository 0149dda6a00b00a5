//! Every command line that the documents show, read by our own parser.
//!
//! What stands for something else (`FILE…`, `[FILE]`, `$FILE`) is a value like any other.

use crate::invocation::Invocation;
use crate::tools;

const DOCUMENTS: [(&str, &str); 8] = [
    ("README.md", include_str!("../../../README.md")),
    ("check.md", include_str!("../../../docs/check.md")),
    ("check-host.md", include_str!("../../../docs/check-host.md")),
    ("ci.md", include_str!("../../../docs/ci.md")),
    ("filter.md", include_str!("../../../docs/filter.md")),
    ("json-check.md", include_str!("../../../docs/json-check.md")),
    ("serve.md", include_str!("../../../docs/serve.md")),
    ("ss.md", include_str!("../../../docs/ss.md")),
];

/// The code of a document: lines within fences, and what stands in backticks.
fn code(document: &str) -> Vec<&str> {
    let mut code = Vec::new();
    let mut fenced = false;
    for line in document.lines() {
        match (line.trim_start().starts_with("```"), fenced) {
            (true, _) => fenced = !fenced,
            (false, true) => code.push(line.trim_start()),
            (false, false) => code.extend(line.split('`').skip(1).step_by(2)),
        }
    }
    code
}

/// The command line in a piece of code; `None` where netdiag is not called.
fn command(code: &str) -> Option<Vec<String>> {
    if let Some(at) = code.find("[\"netdiag\"") {
        return serde_json::from_str(&code[at..]).ok();
    }
    let at = code.match_indices("netdiag ").map(|(at, _)| at).find(|at| {
        let before = &code[..*at];
        ["", "$ ", "- run: ", "- "].contains(&before) || before.ends_with(['\'', '|', '&'])
    })?;
    let (before, rest) = code.split_at(at);
    // Within the quotes of another language, or of a shell.
    let line = if before.ends_with('\'') { rest.split('\'').next()? } else { rest };
    // A comment begins behind a space; a `#` within a word is a URL's.
    let line = line.split_once(" #").map_or(line, |(line, _)| line);
    let words = shlex::split(line)?;
    let ends = |word: &String| matches!(word.as_str(), "|" | "||" | "&&" | "&" | ";" | ">" | ">>");
    Some(words.into_iter().take_while(|word| !ends(word)).collect())
}

#[test]
fn every_command_line_is_one() {
    for (name, document) in DOCUMENTS {
        let commands: Vec<Vec<String>> = code(document).into_iter().filter_map(command).collect();
        assert!(!commands.is_empty(), "{name}");
        // A tool that is only named is not called.
        for words in commands.iter().filter(|words| words.len() > 2) {
            let call = Invocation::new(words.iter().map(Into::into).collect(), tools::linked);
            if let Err(error) = tools::parse(tools::called(&call), &call) {
                // Help and versions are errors as clap has it.
                assert!(!error.use_stderr(), "{name}: {words:?}: {error}");
            }
        }
    }
}

#[test]
fn command_lines_are_found_where_they_are() {
    #[rustfmt::skip]
    let cases = [
        ("netdiag check net.toml -o junit=a || page",       Some("netdiag check net.toml -o junit=a")),
        ("$ netdiag check 'icmp://gw?loss<=1%' # so",       Some("netdiag check icmp://gw?loss<=1%")),
        ("steps { sh 'netdiag check a.toml' }",             Some("netdiag check a.toml")),
        ("HEALTHCHECK CMD [\"netdiag\", \"check\", \"a\"]", Some("netdiag check a")),
        ("name: netdiag check",                             None),
        ("crates/netdiag/src",                              None),
    ];
    for (code, words) in cases {
        assert_eq!(command(code).map(|words| words.join(" ")).as_deref(), words, "{code}");
    }
}
