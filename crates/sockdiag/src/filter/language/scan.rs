//! Filter text as tokens and operands.
//!
//! What a character means depends on where it stands: `(` opens a group where a predicate may begin, and belongs to the name
//! inside `unix:/tmp/a(b)`. So the parser asks for what it expects, and operators need no blanks around them.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::ops::Range;

use crate::filter::{Comparison, Quantity, Side};

/// Something between operands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token {
    End,
    Open,
    Close,
    Not,
    And,
    Or,
    Compare(Comparison),
    Subject(Subject),
    /// None of these.
    Other,
}

/// What a predicate is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    Host(Side),
    Port(Side),
    Device,
    Mark,
    Cgroup,
    Autobound,
    Number(Quantity),
    User,
    Pid,
    Process,
    Family,
    Netid,
}

/// Where an operand ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// At a blank only: names may hold anything else.
    Blank,
    /// At a parenthesis, `&` or `|` too; or it stands in double quotes.
    Operator,
}

/// Reads through the text once.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and where it is.
    pub(super) fn token(&mut self) -> (Token, Range<usize>) {
        self.skip_blanks();
        let start = self.at;
        let rest = self.rest();
        let symbol = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol.as_bytes()));
        let token = if rest.is_empty() {
            Token::End
        } else if let Some((symbol, token)) = symbol {
            self.at += symbol.len();
            *token
        } else {
            let word = until(rest, |byte| is_blank(byte) || SPECIAL.contains(&byte));
            let keyword = WORDS.iter().chain(&OUR_WORDS).find(|(known, _)| known.as_bytes() == word);
            self.at += keyword.map_or_else(|| word_len(rest), |_| word.len());
            keyword.map_or(Token::Other, |(_, token)| *token)
        };
        (token, start..self.at)
    }

    /// The token after this one, which stays where it is.
    pub(super) fn peek(&self) -> (Token, Range<usize>) {
        self.clone().token()
    }

    /// What an operand would begin with.
    pub(super) fn peek_operand(&mut self) -> &'a [u8] {
        self.skip_blanks();
        self.rest()
    }

    /// A comparison, if there is one. One in letters stands alone, or it would be part of an operand.
    pub(super) fn comparison(&mut self) -> Option<(Comparison, Range<usize>)> {
        match self.peek() {
            (Token::Compare(comparison), at) => {
                self.at = at.end;
                Some((comparison, at))
            }
            _ => None,
        }
    }

    /// An operand without its quotes and backslashes; `None` when an operator stands there instead.
    pub(super) fn operand(&mut self, extent: Extent) -> (Option<Vec<u8>>, Range<usize>) {
        self.skip_blanks();
        let start = self.at;
        let rest = self.rest();
        let word = rest.get(..word_len(rest)).unwrap_or_default();
        let reserved = WORDS.iter().chain(&SYMBOLS).any(|(known, _)| known.as_bytes() == word);
        let special = extent == Extent::Operator && word.first().is_some_and(|first| SPECIAL.contains(first));
        if word.is_empty() || reserved || special {
            self.at += word.len();
            return (None, start..self.at);
        }
        let (operand, len) = match (extent, rest) {
            (Extent::Operator, [b'"', quoted @ ..]) => unquote(quoted),
            (Extent::Operator, _) => unescape(word, |byte| STOPS.contains(&byte)),
            (Extent::Blank, _) => unescape(word, |_| false),
        };
        self.at += len;
        (Some(operand), start..self.at)
    }

    fn skip_blanks(&mut self) {
        self.at += until(self.rest(), |byte| !is_blank(byte)).len();
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// The words of `text` as they stand, divided at blanks.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let blanks = until(rest, |byte| !is_blank(byte)).len();
        rest = rest.get(blanks..)?;
        let (word, after) = rest.split_at_checked(word_len(rest))?;
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn until(text: &[u8], stop: impl Fn(u8) -> bool) -> &[u8] {
    let len = text.iter().position(|&byte| stop(byte)).unwrap_or(text.len());
    text.get(..len).unwrap_or_default()
}

/// How far it is to the next blank that no backslash protects.
fn word_len(text: &[u8]) -> usize {
    unescape(text, is_blank).1
}

/// The text before `stop`, its backslashes taken away, and how long it was with them.
fn unescape(text: &[u8], stop: impl Fn(u8) -> bool) -> (Vec<u8>, usize) {
    let mut plain = Vec::new();
    let mut bytes = text.iter().copied().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if stop(byte) {
            return (plain, at);
        }
        // The last one protects nothing and stands for itself.
        let literal = if byte == b'\\' { bytes.next().map_or(byte, |(_, next)| next) } else { byte };
        plain.push(literal);
    }
    (plain, text.len())
}

/// What stands before the closing quote, and how long it is with both; an open quote lasts to the end.
fn unquote(quoted: &[u8]) -> (Vec<u8>, usize) {
    let (plain, len) = unescape(quoted, |byte| byte == b'"');
    (plain, (len + 2).min(quoted.len() + 1))
}

/// What ends a keyword.
const SPECIAL: [u8; 8] = *b"()!&|=<>";
/// What ends an operand besides blanks.
const STOPS: [u8; 4] = *b"()&|";

/// Longer ones first.
#[rustfmt::skip]
const SYMBOLS: [(&str, Token); 14] = [
    ("!=", Token::Compare(Comparison::NotEqual)),
    ("==", Token::Compare(Comparison::Equal)),
    (">=", Token::Compare(Comparison::AtLeast)),
    ("<=", Token::Compare(Comparison::AtMost)),
    ("&&", Token::And),
    ("||", Token::Or),
    ("(",  Token::Open),
    (")",  Token::Close),
    ("!",  Token::Not),
    ("&",  Token::And),
    ("|",  Token::Or),
    ("=",  Token::Compare(Comparison::Equal)),
    (">",  Token::Compare(Comparison::Above)),
    ("<",  Token::Compare(Comparison::Below)),
];

/// Upstream's words: no operand can be spelled so.
#[rustfmt::skip]
const WORDS: [(&str, Token); 20] = [
    ("and",       Token::And),
    ("or",        Token::Or),
    ("not",       Token::Not),
    ("eq",        Token::Compare(Comparison::Equal)),
    ("ne",        Token::Compare(Comparison::NotEqual)),
    ("neq",       Token::Compare(Comparison::NotEqual)),
    ("ge",        Token::Compare(Comparison::AtLeast)),
    ("geq",       Token::Compare(Comparison::AtLeast)),
    ("le",        Token::Compare(Comparison::AtMost)),
    ("leq",       Token::Compare(Comparison::AtMost)),
    ("gt",        Token::Compare(Comparison::Above)),
    ("lt",        Token::Compare(Comparison::Below)),
    ("src",       Token::Subject(Subject::Host(Side::Local))),
    ("dst",       Token::Subject(Subject::Host(Side::Remote))),
    ("sport",     Token::Subject(Subject::Port(Side::Local))),
    ("dport",     Token::Subject(Subject::Port(Side::Remote))),
    ("dev",       Token::Subject(Subject::Device)),
    ("fwmark",    Token::Subject(Subject::Mark)),
    ("cgroup",    Token::Subject(Subject::Cgroup)),
    ("autobound", Token::Subject(Subject::Autobound)),
];

/// Words upstream does not have: they may still be operands.
#[rustfmt::skip]
const OUR_WORDS: [(&str, Token); 14] = [
    ("uid",     Token::Subject(Subject::Number(Quantity::Uid))),
    ("inode",   Token::Subject(Subject::Number(Quantity::Inode))),
    ("cookie",  Token::Subject(Subject::Number(Quantity::Cookie))),
    ("recvq",   Token::Subject(Subject::Number(Quantity::RecvQ))),
    ("sendq",   Token::Subject(Subject::Number(Quantity::SendQ))),
    ("retrans", Token::Subject(Subject::Number(Quantity::Retrans))),
    ("rtt",     Token::Subject(Subject::Number(Quantity::Rtt))),
    ("idle",    Token::Subject(Subject::Number(Quantity::Idle))),
    ("limited", Token::Subject(Subject::Number(Quantity::Limited))),
    ("user",    Token::Subject(Subject::User)),
    ("pid",     Token::Subject(Subject::Pid)),
    ("process", Token::Subject(Subject::Process)),
    ("family",  Token::Subject(Subject::Family)),
    ("netid",   Token::Subject(Subject::Netid)),
];
