//! `-o FORMAT[=FILE]`: where reports go.

use std::path::PathBuf;
use std::str::FromStr;

use netdiag_check::report::Format;

/// One report that is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Output {
    pub(super) format: Format,
    /// The file; standard output if absent.
    pub(super) path: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, path) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((word, path)) => (word, Some(PathBuf::from(path)).filter(|path| path.as_os_str() != "-")),
            None => (text, None),
        };
        Ok(Self { format: format(word)?, path })
    }
}

/// A format by its word.
pub(super) fn format(word: &str) -> Result<Format, String> {
    let format = Format::ALL.iter().copied().find(|format| format.word() == word);
    let words = || Format::ALL.iter().map(|format| format.word()).collect::<Vec<_>>().join(", ");
    format.ok_or_else(|| format!("formats are {}", words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_goes_to_a_file_or_to_standard_output() {
        #[rustfmt::skip]
        let cases = [
            ("junit=a/b.xml", Some((Format::Junit, Some("a/b.xml")))),
            ("json",          Some((Format::Json,  None))),
            ("json=-",        Some((Format::Json,  None))),
            ("prom=a=b",      Some((Format::Prom,  Some("a=b")))),
            ("json=",         None),
            ("xml=x",         None),
            ("",              None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(format, path)| Output { format, path: path.map(PathBuf::from) });
            assert_eq!(text.parse::<Output>().ok(), expected, "{text}");
        }
    }
}
