//! What is to be said to a peer, and what it is to say: one step after the other.
//!
//! A step is written as a word and the rest of its line, which is taken as it stands: blanks belong to it, except at its ends.

use std::fmt;

use netdiag_text::pattern;
use regex::bytes::{Regex, RegexBuilder};

use super::escape::{escape, unescape};
use crate::endpoint::ParseError;

/// The steps of a conversation, in order.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The steps; without any, connecting is all.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Says these bytes.
    Send(Vec<u8>),
    /// Waits until the peer has said this.
    Expect(Pattern),
    /// Begins TLS.
    StartTls,
    /// Says that nothing more will be said.
    End,
    /// Waits until the peer says so.
    ExpectEnd,
}

/// What to wait for.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// These very bytes.
    Text(Vec<u8>),
    /// An expression over bytes, `^` and `$` being the ends of a line, whose `\r\n` or `\n` is matched by no `.`.
    Regex(Regex),
}

impl Script {
    /// Reads one step a line; empty lines and those that begin with `#` are none.
    ///
    /// # Errors
    /// The number of the line, from 1, and what is wrong where in it.
    pub fn parse(text: &str) -> Result<Self, (usize, ParseError)> {
        let mut steps = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                steps.push(Step::parse(line).map_err(|wrong| (index + 1, wrong))?);
            }
        }
        Ok(Self { steps })
    }
}

impl Step {
    /// Reads a line: a word, and what belongs to it.
    ///
    /// # Errors
    /// [`ParseError`] in the line.
    pub fn parse(line: &str) -> Result<Self, ParseError> {
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let argument = rest.trim_start();
        let start = line.len() - argument.len();
        if !WORDS.contains(&word) {
            let known = format!("no step: known are {}", WORDS.join(", "));
            return Err(ParseError::new(line, 0..word.len(), known));
        }
        Self::new(word, argument).map_err(|wrong| {
            ParseError::new(line, start + wrong.at.start..start + wrong.at.end, wrong.message)
        })
    }

    /// Reads `send TEXT`, `expect REGEX`, `expect-text TEXT`, `starttls`, `end` or `expect-end`, already taken apart.
    ///
    /// # Errors
    /// [`ParseError`] in the argument.
    pub fn new(word: &str, argument: &str) -> Result<Self, ParseError> {
        let step = match word {
            "send" => Self::Send(unescape(argument)?),
            "expect" => Self::Expect(Pattern::regex(argument)?),
            "expect-text" => Self::Expect(Pattern::text(argument)?),
            "starttls" => Self::StartTls,
            "end" => Self::End,
            _ => Self::ExpectEnd,
        };
        let takes = matches!(step, Self::Send(_) | Self::Expect(_));
        match argument.is_empty() {
            true if takes => Err(ParseError::new(argument, 0..0, format!("{word} takes a text"))),
            false if !takes => {
                Err(ParseError::new(argument, 0..argument.len(), format!("{word} takes nothing")))
            }
            _ => Ok(step),
        }
    }
}

/// What a step can be.
const WORDS: [&str; 6] = ["send", "expect", "expect-text", "starttls", "end", "expect-end"];

impl Pattern {
    /// An expression of the `regex` crate.
    ///
    /// # Errors
    /// [`ParseError`] in the expression.
    pub fn regex(text: &str) -> Result<Self, ParseError> {
        let built = RegexBuilder::new(text).multi_line(true).crlf(true).size_limit(pattern::LARGEST).build();
        built.map(Self::Regex).map_err(|error| fault(text, &error))
    }

    /// A text as [`unescape`] takes it.
    ///
    /// # Errors
    /// [`ParseError`] in the text.
    pub fn text(text: &str) -> Result<Self, ParseError> {
        unescape(text).map(Self::Text)
    }

    /// Where the first match in `bytes` ends.
    pub fn end_in(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Regex(regex) => regex.find(bytes).map(|found| found.end()),
            Self::Text(text) => memchr::memmem::find(bytes, text).map(|start| start + text.len()),
        }
    }
}

/// Where an expression is wrong.
fn fault(text: &str, error: &regex::Error) -> ParseError {
    let parsed =
        regex_syntax::ParserBuilder::new().utf8(false).multi_line(true).crlf(true).build().parse(text);
    let (span, message) = match parsed {
        Err(regex_syntax::Error::Parse(error)) => (Some(*error.span()), error.kind().to_string()),
        Err(regex_syntax::Error::Translate(error)) => (Some(*error.span()), error.kind().to_string()),
        _ => (None, error.to_string()),
    };
    let at = span.map_or(0..text.len(), |span| span.start.offset..span.end.offset);
    ParseError::new(text, at, message)
}

/// As it is written in a script.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "send {}", typed(bytes)),
            Self::Expect(pattern @ Pattern::Regex(_)) => write!(f, "expect {pattern}"),
            Self::Expect(pattern @ Pattern::Text(_)) => write!(f, "expect-text {pattern}"),
            Self::StartTls => f.write_str("starttls"),
            Self::End => f.write_str("end"),
            Self::ExpectEnd => f.write_str("expect-end"),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&typed(text)),
            Self::Regex(regex) => f.write_str(regex.as_str()),
        }
    }
}

/// Bytes as they can be typed: blanks around what is typed are not part of it.
fn typed(bytes: &[u8]) -> String {
    let text = escape(bytes, usize::MAX);
    let inner = text.trim();
    let hidden = |blanks: &str| blanks.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let (before, after) = text.split_once(inner).filter(|_| !inner.is_empty()).unwrap_or((&text, ""));
    format!("{}{inner}{}", hidden(before), hidden(after))
}

/// Columns of a text or a pattern that are shown where it did not match.
pub(crate) const QUOTED: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_step_a_line() {
        let text = "# smtp\nexpect ^220 .*\\r\\n\n\n  send EHLO a b\\r\\n  \nstarttls\nexpect-text \\x00ok\nend\nexpect-end\n";
        let script = Script::parse(text).unwrap();
        let shown: Vec<_> = script.steps.iter().map(ToString::to_string).collect();
        let expected = [
            "expect ^220 .*\\r\\n",
            "send EHLO a b\\r\\n",
            "starttls",
            "expect-text \\x00ok",
            "end",
            "expect-end",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn blanks_around_what_is_sent_can_be_typed_again() {
        for text in ["send \\x20 a \\x20", "send \\x20", "expect-text \\x20\\t", "send \\xe3\\x80\\x80x"] {
            let shown = Step::parse(text).unwrap().to_string();
            assert_eq!(Step::parse(&shown).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn a_mistake_has_a_line_and_a_place() {
        #[rustfmt::skip]
        let cases = [
            ("send a\\q",        1, 6..8,   "known are"),
            ("\n#\nexpect a(b",  3, 8..9,   "unclosed group"),
            ("expect [z-a]",     1, 8..11,  "range"),
            ("sned x",           1, 0..4,   "no step"),
            ("starttls now",     1, 9..12,  "takes nothing"),
            ("send",             1, 4..4,   "takes a text"),
        ];
        for (text, line, at, words) in cases {
            let (number, wrong) = Script::parse(text).expect_err(text);
            assert_eq!((number, wrong.at.clone()), (line, at), "{text}: {wrong}");
            assert!(wrong.message.contains(words), "{text}: {wrong}");
        }
    }

    #[test]
    fn an_expression_takes_no_more_memory_than_its_bound() {
        for text in ["expect \\w{1,200}x", "expect (((a{9}){9}){9}){99}"] {
            let (line, wrong) = Script::parse(text).expect_err(text);
            assert!(line == 1 && wrong.message.contains("size limit"), "{text}: {wrong}");
        }
    }

    #[test]
    fn patterns_find_their_end() {
        #[rustfmt::skip]
        let cases = [
            ("expect ^250 ",        &b"250-a\r\n250 b\r\n"[..], Some(11)),
            ("expect a$",           b"xa\r\ny",                 Some(2)),
            ("expect (?-u:\\xff)+", b"\0\xff\xff\0",            Some(3)),
            ("expect-text ok",      b"not ok",                  Some(6)),
            ("expect-text \\x00\\x01", b"\x00\x00\x01",         Some(3)),
            ("expect-text ok",      b"o",                       None),
        ];
        for (line, bytes, end) in cases {
            let Step::Expect(pattern) = Step::parse(line).unwrap() else { panic!("{line}") };
            assert_eq!(pattern.end_in(bytes), end, "{line}");
        }
    }
}
