//! The grammar: tokens to an expression.
//!
//! `not` binds tightest, then `and`, which may be left out, then `or`. Groups nest only so deep, because whatever walks the
//! expression later does so recursively.

use std::ffi::OsStr;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use netdiag_text::duration;

use crate::SendLimit;
use crate::filter::{AddressFamily, Comparison, Expr, Glob, HeldSockets, Predicate, Quantity, Side};

use super::defaults::Defaults;
use super::error::{FilterError, FilterErrorKind};
use super::filter::Filter;
use super::names::{Holder, NameLookup};
use super::netids::NETIDS;
use super::number::{integer, natural};
use super::operand::{Operand, Operands, unsigned};
use super::scan::{Extent, Scanner, Subject, Token};

impl Filter {
    /// Reads a filter; an empty one lets everything through.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &[u8], setting: Defaults, names: &dyn NameLookup) -> Result<Self, FilterError> {
        Parser::new(text, setting, names).filter()
    }
}

/// Reads one filter.
struct Parser<'a> {
    text: &'a [u8],
    scanner: Scanner<'a>,
    operands: Operands<'a>,
    family: Option<AddressFamily>,
    ambiguous: bool,
    depth: usize,
    /// What the latest predicate was about.
    subject: Subject,
}

impl<'a> Parser<'a> {
    fn new(text: &'a [u8], setting: Defaults, names: &'a dyn NameLookup) -> Self {
        Self {
            text,
            scanner: Scanner::new(text),
            operands: Operands { setting, names, lookup: true },
            family: None,
            ambiguous: false,
            depth: 0,
            subject: Subject::Host(Side::Local),
        }
    }

    /// The whole text.
    fn filter(mut self) -> Result<Filter, FilterError> {
        let expr = match self.scanner.peek() {
            (Token::End, _) => Expr::ALWAYS,
            _ => self.list()?,
        };
        match self.scanner.token() {
            (Token::End, _) => Ok(Filter { expr, family: self.family, ambiguous: self.ambiguous }),
            (Token::Close, at) => Err(syntax(at, "this parenthesis closes nothing")),
            (_, at) => Err(syntax(at, "and, or, or the end of the filter is expected here")),
        }
    }

    /// Alternatives.
    fn list(&mut self) -> Result<Expr, FilterError> {
        let mut alternatives = vec![self.all()?];
        while self.scanner.peek().0 == Token::Or {
            self.scanner.token();
            let next = self.all()?;
            self.ambiguous |= next.1;
            alternatives.push(next);
        }
        let alternatives: Vec<Expr> = alternatives.into_iter().map(|(expr, _)| expr).collect();
        Ok(one_or(alternatives, Expr::Or))
    }

    /// What must hold together, and whether it is several things.
    fn all(&mut self) -> Result<(Expr, bool), FilterError> {
        let mut parts = vec![self.unit()?];
        loop {
            match self.scanner.peek().0 {
                Token::And => {
                    self.scanner.token();
                }
                Token::Open | Token::Not | Token::Subject(_) | Token::Other => {}
                Token::End | Token::Close | Token::Or | Token::Compare(_) => break,
            }
            parts.push(self.unit()?);
        }
        let several = parts.len() > 1;
        Ok((one_or(parts, Expr::And), several))
    }

    fn unit(&mut self) -> Result<Expr, FilterError> {
        let (token, at) = self.scanner.token();
        match token {
            Token::Open => self.nested(at, |this, at| {
                let inner = this.list()?;
                match this.scanner.token() {
                    (Token::Close, _) => Ok(inner),
                    (Token::End, _) => Err(syntax(at, "this parenthesis is never closed")),
                    (_, at) => Err(syntax(at, "and, or, or ) is expected here")),
                }
            }),
            Token::Not => self.nested(at, |this, _| Ok(Expr::Not(this.unit()?.into()))),
            Token::Subject(subject) => {
                self.subject = subject;
                self.predicate(subject, at)
            }
            Token::Other => Err(self.stray(at)),
            Token::End | Token::Close | Token::And | Token::Or | Token::Compare(_) => {
                Err(syntax(at, "a predicate is expected here"))
            }
        }
    }

    fn nested(
        &mut self,
        at: Range<usize>,
        inner: impl FnOnce(&mut Self, Range<usize>) -> Result<Expr, FilterError>,
    ) -> Result<Expr, FilterError> {
        if self.depth == DEEPEST {
            return Err(FilterError { at, kind: FilterErrorKind::TooDeep });
        }
        self.depth += 1;
        let expr = inner(self, at)?;
        self.depth -= 1;
        Ok(expr)
    }

    fn predicate(&mut self, subject: Subject, at: Range<usize>) -> Result<Expr, FilterError> {
        if subject == Subject::Autobound {
            return self.autobound().map(Expr::from).map_err(|kind| FilterError { at, kind });
        }
        let comparison = self.scanner.comparison();
        let ordered = matches!(subject, Subject::Port(_) | Subject::Number(_))
            && subject != Subject::Number(Quantity::Limited);
        let comparison = match comparison {
            Some((comparison @ (Comparison::Equal | Comparison::NotEqual), _)) => comparison,
            Some((comparison, _)) if ordered => comparison,
            Some((_, at)) => return Err(syntax(at, "only = and != compare these")),
            None => Comparison::Equal,
        };
        let extent = self.extent(subject);
        let (operand, at) = self.scanner.operand(extent);
        let Some(operand) = operand else {
            return Err(syntax(at, "something to compare with is expected here"));
        };
        self.compare(subject, comparison, &operand).map_err(|kind| FilterError { at, kind })
    }

    /// Names of files may hold anything but blanks.
    fn extent(&mut self, subject: Subject) -> Extent {
        let operand = self.scanner.peek_operand();
        match subject {
            Subject::Cgroup => Extent::Blank,
            Subject::Host(_) | Subject::Port(_)
                if self.operands.family(operand).0 == Some(AddressFamily::UNIX) =>
            {
                Extent::Blank
            }
            _ => Extent::Operator,
        }
    }

    fn compare(
        &mut self,
        subject: Subject,
        comparison: Comparison,
        operand: &[u8],
    ) -> Result<Expr, FilterErrorKind> {
        let names = self.operands.names;
        let text = String::from_utf8_lossy(operand);
        let predicate = match subject {
            Subject::Host(side) => {
                let host = self.operands.host(operand)?;
                self.concerns(operand);
                return Ok(either(comparison, end(side, Comparison::Equal, host)));
            }
            Subject::Port(side) => {
                let port = self.operands.port(operand)?;
                self.concerns(operand);
                return Ok(end(side, comparison, port));
            }
            Subject::Number(quantity) => {
                let number = number(quantity, &text, names)?;
                return Ok(Predicate::Number(quantity, comparison, number).into());
            }
            Subject::User => {
                let uid = names
                    .user(&text)
                    .or_else(|| unsigned(&text))
                    .ok_or_else(|| FilterErrorKind::User(text.to_string()))?;
                return Ok(Predicate::Number(Quantity::Uid, comparison, uid.into()).into());
            }
            Subject::Device => {
                Predicate::Interface(self.operands.interface(&text).ok_or(FilterErrorKind::Device)?)
            }
            Subject::Mark => mark(&text).ok_or_else(|| FilterErrorKind::Mark(text.to_string()))?,
            Subject::Cgroup => Predicate::Cgroup(self.cgroup(operand)?),
            Subject::Pid => {
                let pid = unsigned(&text).ok_or_else(|| FilterErrorKind::Number(text.to_string()))?;
                self.held(format!("pid = {pid}"), &Holder::Pid(pid))?
            }
            Subject::Process => {
                let quoted = text.replace('\\', r"\\").replace('"', "\\\"");
                self.held(format!("process = \"{quoted}\""), &Holder::Process(Glob::new(operand)))?
            }
            Subject::Family => {
                let family =
                    AddressFamily::of_name(&text).ok_or_else(|| FilterErrorKind::Family(text.to_string()))?;
                Predicate::Family(family)
            }
            Subject::Netid if NETIDS.contains(&&*text) => Predicate::Netid(text.into()),
            Subject::Netid => return Err(FilterErrorKind::Netid(text.to_string())),
            Subject::Autobound => self.autobound()?,
        };
        Ok(either(comparison, predicate.into()))
    }

    /// An operand that names a family makes the listing one of that family.
    fn concerns(&mut self, operand: &[u8]) {
        self.family = self.operands.family(operand).0.or(self.family);
    }

    fn cgroup(&self, operand: &[u8]) -> Result<u64, FilterErrorKind> {
        let id = str::from_utf8(operand).ok().and_then(|text| natural(text.strip_prefix("id:")?));
        let path = Path::new(OsStr::from_bytes(operand));
        id.map_or_else(|| self.operands.names.cgroup(path), Ok)
            .map_err(|reason| FilterErrorKind::Cgroup { path: path.display().to_string(), reason })
    }

    fn autobound(&self) -> Result<Predicate, FilterErrorKind> {
        self.operands.names.ephemeral().map(Predicate::Autobound).map_err(FilterErrorKind::LocalPorts)
    }

    fn held(&self, words: String, by: &Holder) -> Result<Predicate, FilterErrorKind> {
        let inodes = self.operands.names.held(by).map_err(FilterErrorKind::Owners)?;
        Ok(Predicate::Held(HeldSockets::new(words, inodes)))
    }

    /// A word where a predicate should be: upstream takes it for an operand of the latest predicate, and complains about
    /// that first.
    fn stray(&mut self, at: Range<usize>) -> FilterError {
        let word = self.text.get(at.clone()).unwrap_or_default();
        self.operands.lookup = false;
        let taken = match self.subject {
            Subject::Autobound => Ok(Expr::ALWAYS),
            subject => self.compare(subject, Comparison::Equal, word),
        };
        let word = String::from_utf8_lossy(word).into_owned();
        FilterError { at, kind: FilterErrorKind::Stray { word, operand: taken.err().map(Box::new) } }
    }
}

fn syntax(at: Range<usize>, expected: &'static str) -> FilterError {
    FilterError { at, kind: FilterErrorKind::Syntax(expected) }
}

fn one_or(mut parts: Vec<Expr>, several: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}

/// `expr`, or its opposite for `!=`.
fn either(comparison: Comparison, expr: Expr) -> Expr {
    if comparison == Comparison::NotEqual { Expr::Not(expr.into()) } else { expr }
}

fn end(side: Side, comparison: Comparison, operand: Operand) -> Expr {
    let equal = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    match operand {
        Operand::Port(number) => Predicate::Port(side, comparison, number).into(),
        Operand::Hosts(hosts) if equal => {
            let hosts = hosts.into_iter().map(|host| Predicate::Host(side, host).into()).collect();
            either(comparison, one_or(hosts, Expr::Or))
        }
        Operand::Any if equal => either(comparison, Expr::ALWAYS),
        // Upstream compares with -1 where there is no number.
        Operand::Any | Operand::Hosts(_) => match comparison {
            Comparison::AtMost | Comparison::Below => Expr::Not(Expr::ALWAYS.into()),
            _ => Expr::ALWAYS,
        },
    }
}

/// What a quantity is compared with.
fn number(quantity: Quantity, text: &str, names: &dyn NameLookup) -> Result<u64, FilterErrorKind> {
    match quantity {
        Quantity::Rtt | Quantity::Idle => match duration::with_unit(text) {
            Ok(time) => Ok(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
            Err(reason) => Err(FilterErrorKind::Time { word: text.to_owned(), reason }),
        },
        Quantity::Limited => {
            let limit = SendLimit::named(text).ok_or_else(|| FilterErrorKind::Limit(text.to_owned()))?;
            Ok(limit as u64)
        }
        _ => {
            let name = || names.user(text).filter(|_| quantity == Quantity::Uid).map(u64::from);
            natural(text).or_else(name).ok_or_else(|| FilterErrorKind::Number(text.to_owned()))
        }
    }
}

/// `VALUE[/MASK]`.
fn mark(text: &str) -> Option<Predicate> {
    let bits = |text: &str| {
        let number = integer(text)?;
        u32::try_from(number).ok().or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned))
    };
    let (value, mask) = text.split_once('/').map_or((text, None), |(value, mask)| (value, Some(mask)));
    Some(Predicate::Mark { value: bits(value)?, mask: mask.map_or(Some(u32::MAX), bits)? })
}

/// How deep groups and negations nest.
const DEEPEST: usize = 200;

#[cfg(test)]
mod tests;
