//! Expressions as text: the one canonical spelling of each, which reads back as the same expression.
//!
//! Whatever is inside another `and` or `or` stands in parentheses, so nobody has to know which binds tighter.

use std::fmt::{self, Display};

use super::expr::{Comparison, Expr, HeldSockets, Predicate, Quantity, Side};
use super::glob::Glob;
use super::host::{Host, Prefix};
use crate::send_limit::SendLimit;
use crate::words::UNKNOWN;

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) if parts.is_empty() => f.write_str("src *"),
            Self::Or(parts) if parts.is_empty() => f.write_str("not src *"),
            Self::And(parts) => list(f, parts, " and "),
            Self::Or(parts) => list(f, parts, " or "),
            Self::Not(part) => write!(f, "not {}", Unit(part)),
            Self::Is(predicate) => predicate.fmt(f),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        Unit(part).fmt(f)?;
    }
    Ok(())
}

/// An expression inside another one.
struct Unit<'a>(&'a Expr);

impl Display for Unit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::And(parts) | Expr::Or(parts) if !parts.is_empty() => write!(f, "( {} )", self.0),
            other => other.fmt(f),
        }
    }
}

impl Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(side, host) => {
                let word = match side {
                    Side::Local => "src",
                    Side::Remote => "dst",
                };
                write!(f, "{word} {host}")
            }
            Self::Port(side, comparison, number) => {
                let word = match side {
                    Side::Local => "sport",
                    Side::Remote => "dport",
                };
                write!(f, "{word} {comparison} {number}")
            }
            Self::Interface(index) => write!(f, "dev = {index}"),
            Self::Mark { value, mask: u32::MAX } => write!(f, "fwmark = {value:#x}"),
            Self::Mark { value, mask } => write!(f, "fwmark = {value:#x}/{mask:#x}"),
            Self::Cgroup(id) => write!(f, "cgroup = id:{id}"),
            Self::Autobound(_) => f.write_str("autobound"),
            Self::Number(quantity, comparison, number) => {
                write!(f, "{} {comparison} {}", quantity.name(), Operand(*quantity, *number))
            }
            Self::Held(HeldSockets { words, .. }) => f.write_str(words),
            Self::Family(family) => match family.name() {
                Some(name) => write!(f, "family = {name}"),
                None => write!(f, "family = {}", family.0),
            },
            Self::Netid(netid) => write!(f, "netid = {netid}"),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::Below => "<",
        })
    }
}

impl Quantity {
    /// What filters call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Inode => "inode",
            Self::Cookie => "cookie",
            Self::RecvQ => "recvq",
            Self::SendQ => "sendq",
            Self::Retrans => "retrans",
            Self::Rtt => "rtt",
            Self::Idle => "idle",
            Self::Limited => "limited",
        }
    }
}

/// What a number of a quantity is written as.
struct Operand(Quantity, u64);

impl Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(quantity, number) = *self;
        match quantity {
            Quantity::Rtt | Quantity::Idle => {
                let whole = |(length, _): &&(u64, &str)| number % length == 0;
                let (length, unit) = UNITS.iter().find(whole).unwrap_or(&(1, "ns"));
                write!(f, "{}{unit}", number / length)
            }
            Quantity::Limited => {
                let limit = SendLimit::ALL.into_iter().find(|limit| *limit as u64 == number);
                f.write_str(limit.map_or(UNKNOWN, SendLimit::name))
            }
            _ => number.fmt(f),
        }
    }
}

/// Units of time in nanoseconds, the largest first.
const UNITS: [(u64, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us"), (1, "ns")];

/// The operand of `src` and `dst`.
impl Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet { prefix, port } => {
                let v6 = prefix.address().is_ipv6();
                if v6 { write!(f, "[{prefix}]") } else { prefix.fmt(f) }?;
                port.map_or(Ok(()), |port| write!(f, ":{port}"))
            }
            Self::Unix(glob) => write!(f, "unix:{}", Escaped(glob)),
            Self::Link { protocol, interface } => pair(f, "link", protocol, interface),
            Self::Netlink { protocol, port } => pair(f, "netlink", protocol, port),
            Self::Vsock { cid, port } => pair(f, "vsock", cid, port),
        }
    }
}

fn pair(
    f: &mut fmt::Formatter<'_>,
    family: &str,
    first: &Option<impl Display>,
    second: &Option<impl Display>,
) -> fmt::Result {
    write!(f, "{family}:")?;
    match first {
        Some(first) => first.fmt(f)?,
        None => f.write_str("*")?,
    }
    second.as_ref().map_or(Ok(()), |second| write!(f, ":{second}"))
}

impl Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address().fmt(f)?;
        if self.is_host() { Ok(()) } else { write!(f, "/{}", self.len()) }
    }
}

/// A pattern as one word of a filter: blanks and backslashes lose their meaning there.
struct Escaped<'a>(&'a Glob);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.to_text().chars() {
            if matches!(char, ' ' | '\t' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{char}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_spelling() {
        let inet = |address: &str, len, port| Host::Inet {
            prefix: Prefix::new(address.parse().unwrap(), len).unwrap(),
            port,
        };
        let src = |host| Expr::Is(Predicate::Host(Side::Local, host));
        let uid = Expr::Is(Predicate::Number(Quantity::Uid, Comparison::NotEqual, 0));
        let dport = Expr::Is(Predicate::Port(Side::Remote, Comparison::AtLeast, -1));
        #[rustfmt::skip]
        let cases = [
            (src(inet("10.0.0.0", 8, None)),                        "src 10.0.0.0/8"),
            (src(inet("10.0.0.1", 32, Some(22))),                   "src 10.0.0.1:22"),
            (src(inet("::1", 128, Some(99_999))),                   "src [::1]:99999"),
            (src(inet("fe80::", 10, None)),                         "src [fe80::/10]"),
            (src(Host::Unix(Glob::new(*b"/a b\\*"))),               r"src unix:/a\ b\\*"),
            (src(Host::Link { protocol: None, interface: Some(2) }), "src link:*:2"),
            (src(Host::Vsock { cid: Some(3), port: None }),         "src vsock:3"),
            (Predicate::Mark { value: 1, mask: !0 }.into(),         "fwmark = 0x1"),
            (Predicate::Mark { value: 1, mask: 255 }.into(),        "fwmark = 0x1/0xff"),
            (Expr::Or(vec![uid.clone(), Expr::And(vec![uid.clone(), dport.clone()])]),
                                                                    "uid != 0 or ( uid != 0 and dport >= -1 )"),
            (Expr::Not(Expr::Or(vec![uid.clone(), dport]).into()),  "not ( uid != 0 or dport >= -1 )"),
            (Expr::Not(Expr::Not(uid.into()).into()),               "not not uid != 0"),
            (Expr::ALWAYS,                                          "src *"),
        ];
        for (expr, expected) in cases {
            assert_eq!(expr.to_string(), expected);
        }
    }
}
