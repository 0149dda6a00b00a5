//! Every command line that the documents and the help show, read by our own parser.

use clap::error::ErrorKind;

use crate::command_lines::{all, command};
use crate::help::examples;
use crate::invocation::Invocation;
use crate::tools;

/// What our parser has against a command line.
fn refused(words: &[String]) -> Option<clap::Error> {
    let call = Invocation::new(words.iter().map(Into::into).collect(), tools::linked);
    // Help and versions are errors as clap has it.
    tools::parse(tools::called(&call), &call).err().filter(clap::Error::use_stderr)
}

#[test]
fn every_command_line_is_one() {
    let lines = all();
    for page in ["README.md", "docs/check.md", "docs/ci.md", "docs/serve.md", "docs/talk.md", "docs/ping.md"]
    {
        assert!(lines.iter().any(|(name, _)| name == page), "none is found in {page}");
    }
    let wrong = lines.iter().filter_map(|(page, words)| {
        let error = refused(words)?;
        // Options that a sentence names without what they are used on.
        (error.kind() != ErrorKind::MissingRequiredArgument).then(|| format!("{page}: {words:?}: {error}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>().concat(), "");
}

#[test]
fn every_example_is_one() {
    for tool in tools::names() {
        let lines = examples(tool);
        assert_eq!(lines.len(), 3, "{tool}");
        for line in lines {
            let words = command(line).or_else(|| shlex::split(line).filter(|words| words[0] == "netdiag"));
            let words = words.unwrap_or_else(|| panic!("{line}"));
            assert!(tool.is_empty() || words[1] == tool, "{tool}: {line}");
            assert!(refused(&words).is_none(), "{tool}: {line}: {:?}", refused(&words));
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
        ("$ printf x | netdiag connect a:1 > b",            Some("netdiag connect a:1")),
        ("sudo netdiag ping host",                          Some("netdiag ping host")),
        ("netdiag check",                                   None),
        ("name: netdiag check",                             None),
        ("crates/netdiag/src",                              None),
    ];
    for (code, words) in cases {
        assert_eq!(command(code).map(|words| words.join(" ")).as_deref(), words, "{code}");
    }
}
