//! A file of the repository, and what a rule finds in it.
//!
//! A line of code is one without its comment; only ` // ` begins a comment behind code, as a URL has slashes too.

use std::fmt;

/// One file of the repository.
#[derive(Debug)]
pub(super) struct Source {
    /// Where it is, from the workspace's directory, with `/` between the parts.
    pub(super) path: String,
    /// What it says; empty if it is no Rust file, manifest or page that a rule is about.
    pub(super) text: String,
}

impl Source {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The lines, numbered from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines without comments, numbered from 1.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(number, line)| {
            let code = line.split_once(" // ").map_or(line, |(code, _)| code);
            (number, code)
        })
    }

    pub(super) fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }
}

/// A rule not kept, and where.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Finding {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Whether `line` has `word` standing by itself, not as a part of a longer identifier.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let (open, close) = (word.starts_with(part), word.ends_with(part));
    line.match_indices(word).any(|(at, _)| {
        !(open && line[..at].ends_with(part) || close && line[at + word.len()..].starts_with(part))
    })
}

#[cfg(test)]
pub(super) fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_by_themselves() {
        #[rustfmt::skip]
        let cases = [
            ("use pnet::packet;",      "pnet",     true),
            ("use pnet_packet::icmp;", "pnet",     false),
            ("let my_pnet = 1;",       "pnet",     false),
            ("pnetx(pnet)",            "pnet",     true),
            ("eprintln!(\"\")",        "println!", false),
            ("println!(\"\")",         "println!", true),
        ];
        for (line, word, expected) in cases {
            assert_eq!(has_word(line, word), expected, "{word} in {line}");
        }
    }

    #[test]
    fn code_is_what_comments_leave() {
        let file = source("a.rs", "//! pnet\nlet a = 1; // pnet\n    /// pnet\nlet url = \"http://pnet\";\n");
        let code: Vec<_> = file.code().collect();
        assert_eq!(code, [(2, "let a = 1;"), (4, "let url = \"http://pnet\";")]);
    }

    #[test]
    fn a_finding_reads_like_a_compilers() {
        assert_eq!(source("src/a.rs", "").finding(3, "too long").to_string(), "src/a.rs:3: too long");
    }
}
