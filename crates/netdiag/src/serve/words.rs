//! The words of `serve` as what they mean: a directory and addresses.

use std::path::PathBuf;

use netdiag_probe::Endpoint;
use netdiag_text::Exit;

use super::args::Kind;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::place;

/// What follows the kind.
pub(super) struct Words {
    pub(super) directory: Option<PathBuf>,
    pub(super) endpoints: Vec<Endpoint>,
}

impl Words {
    /// With HTTP, the first word is a directory unless it can only be an address.
    pub(super) fn new(kind: Kind, words: &[String], call: &Invocation) -> Result<Self, Failure> {
        let (directory, addresses) = match words {
            [first, rest @ ..] if kind == Kind::Http && !is_address(first) => (Some(first), rest),
            words => (None, words),
        };
        if addresses.is_empty() {
            return Err(call
                .failure(Exit::Misuse, "an address is missing: where to listen")
                .hint(":8080 is port 8080 of every address, 127.0.0.1:0 a port the kernel chooses"));
        }
        let endpoints = addresses.iter().map(|word| word.parse::<Endpoint>()).collect::<Result<_, _>>();
        let endpoints = endpoints.map_err(|wrong| place::misplaced(&wrong, call))?;
        Ok(Self { directory: directory.map(PathBuf::from), endpoints })
    }
}

/// Whether a word can only be an address: it has a colon or is a port. A path alone is a directory's here.
fn is_address(word: &str) -> bool {
    let before_slash = word.split('/').next().unwrap_or_default();
    before_slash.contains(':') || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_can_only_be_an_address_is_one() {
        #[rustfmt::skip]
        let cases = [
            (":8080", true), ("8080", true), ("localhost:80", true), ("[::1]:80", true), ("unix:/run/x", true),
            ("tcp://*:80", true), ("unix:x", true),
            (".", false), ("..", false), ("public", false), ("./8080", false), ("/run/x.sock", false), ("", false),
            ("a/b:c", false),
        ];
        for (word, expected) in cases {
            assert_eq!(is_address(word), expected, "{word}");
        }
    }
}
