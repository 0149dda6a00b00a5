//! What is wrong with a filter, where, and what would be right.
//!
//! Under the name `ss` the words are upstream's, which scripts may look for; under our own the filter is shown with the
//! place marked.

use std::ops::Range;

use super::super::args::usage;
use super::super::messages::{self, USAGE};
use super::parse::NETIDS;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::place::mark;

/// A mistake.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Wrong {
    /// Where in the text.
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

/// What is wrong.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Not a filter: what is expected there instead.
    Syntax(&'static str),
    /// A word that is no predicate; and what upstream says of it as an operand.
    Stray {
        word: String,
        operand: Option<Box<Self>>,
    },
    /// No address of a form upstream has words for.
    Address,
    Prefix(String),
    Port(String),
    /// TCP and UDP disagree about this service.
    AmbiguousPort(String),
    Device,
    Mark(String),
    Cgroup {
        path: String,
        reason: String,
    },
    Number(String),
    User(String),
    Family(String),
    Netid(String),
    /// Why it cannot be told who holds sockets.
    Owners(String),
    TooDeep,
}

impl Wrong {
    pub(super) fn failure(self, text: &[u8], call: &Invocation) -> Failure {
        let status = self.kind.status();
        if call.linked
            && let Some(words) = self.kind.upstream()
        {
            let usage = if status == USAGE { format!("\n{}", usage(call).trim_end()) } else { String::new() };
            return Failure::new(status, words + &usage);
        }
        let message = self.kind.message();
        let failure = if call.linked {
            messages::failure(call, status, message)
        } else {
            messages::failure(call, status, format_args!("{message}\n\n{}", mark(text, &self.at)))
        };
        failure.hint(self.kind.hint())
    }
}

impl Kind {
    fn status(&self) -> u8 {
        match self {
            Self::Syntax(_) | Self::TooDeep | Self::Stray { operand: None, .. } => USAGE,
            Self::Stray { operand: Some(kind), .. } => kind.status(),
            _ => 1,
        }
    }

    /// What upstream says, if it would say anything.
    pub(super) fn upstream(&self) -> Option<String> {
        const END: &str = "Cannot parse dst/src address.";
        Some(match self {
            Self::Stray { operand: Some(kind), .. } => return kind.upstream(),
            Self::Syntax(_) | Self::Stray { operand: None, .. } => {
                "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.".to_owned()
            }
            Self::Address => END.to_owned(),
            Self::Prefix(word) => {
                format!("Error: an inet prefix is expected rather than \"{word}\".\n{END}")
            }
            Self::Port(word) => format!("Error: \"{word}\" does not look like a port.\n{END}"),
            Self::AmbiguousPort(word) => format!("Error: ambiguous port \"{word}\".\n{END}"),
            Self::Device => "Cannot parse device.".to_owned(),
            Self::Mark(word) => format!("Cannot parse mark {word}."),
            Self::Cgroup { path, reason } => format!("{reason}\nCannot parse cgroup {path}."),
            _ => return None,
        })
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Syntax(expected) => format!("the filter cannot be read: {expected}"),
            Self::Stray { word, .. } => format!("\"{word}\" is no predicate"),
            Self::Address => "this is no address of its family".to_owned(),
            Self::Prefix(word) => format!("\"{word}\" is neither an address nor a known host"),
            Self::Port(word) => format!("\"{word}\" is neither a port nor a known service"),
            Self::AmbiguousPort(word) => format!("\"{word}\" is one port for TCP and another for UDP"),
            Self::Device => "there is no such interface".to_owned(),
            Self::Mark(word) => format!("\"{word}\" is no mark"),
            Self::Cgroup { path, reason } => format!("{path}: {reason}"),
            Self::Number(word) => format!("\"{word}\" is no number"),
            Self::User(word) => format!("there is no user \"{word}\""),
            Self::Family(word) => format!("\"{word}\" is no address family"),
            Self::Netid(word) => format!("\"{word}\" is no kind of socket"),
            Self::Owners(reason) => format!("cannot find the sockets of processes: {reason}"),
            Self::TooDeep => "the filter nests too deeply".to_owned(),
        }
    }

    pub(super) fn hint(&self) -> String {
        match self {
            Self::Syntax(_) => "dport = 22 and ( src 10.0.0.0/8 or src [fe80::/10] ); unix names and control groups reach to the next blank".to_owned(),
            Self::Stray { .. } => {
                "predicates are src, dst, sport, dport, dev, fwmark, cgroup, autobound, uid, user, pid, process, inode, \
                 cookie, recvq, sendq, family, netid"
                    .to_owned()
            }
            Self::Address => {
                "unix:PATTERN, link:PROTOCOL:INTERFACE, netlink:PROTOCOL:PID, vsock:CID:PORT, or [IPv6]:PORT".to_owned()
            }
            Self::Prefix(word) if word.contains('/') => {
                "prefixes are 10.0.0.0/8 or [fe80::/10], and no longer than the address".to_owned()
            }
            Self::Prefix(_) => "addresses are 10.0.0.1, 10/8, ::1, [::1]:22 or a host's name".to_owned(),
            Self::Port(word) | Self::AmbiguousPort(word) => port_hint(word),
            Self::Device => "interfaces are known by name or number: dev = lo, dev = 1".to_owned(),
            Self::Mark(_) => "marks are numbers, with a mask if need be: fwmark = 0x10/0xff".to_owned(),
            Self::Cgroup { .. } => {
                "a path below the place cgroup2 is mounted at, such as cgroup = /sys/fs/cgroup/system.slice".to_owned()
            }
            Self::Number(_) => "numbers are 22, 0x16 or 026".to_owned(),
            Self::User(_) => "users are known by name or number: user = root, uid = 0".to_owned(),
            Self::Family(_) => "families are inet, inet6, unix, link, netlink, vsock, tipc, xdp".to_owned(),
            Self::Netid(_) => format!("kinds are {}", NETIDS.join(", ")),
            Self::Owners(_) => "uid = N and inode = N need no look at processes".to_owned(),
            Self::TooDeep => "leave out parentheses around a single predicate".to_owned(),
        }
    }
}

/// What was probably meant.
fn port_hint(word: &str) -> String {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((port, _)) = word.split_once('/').filter(|(port, _)| number(port)) {
        return format!("the protocol is chosen by -t or -u, or netid = tcp: dport = {port}");
    }
    if word.contains(',') && word.split(',').all(number) {
        let ports: Vec<_> = word.split(',').map(|port| format!("dport = {port}")).collect();
        return format!("( {} )", ports.join(" or "));
    }
    if let Some((first, last)) = word.split_once('-').filter(|(first, last)| number(first) && number(last)) {
        return format!("dport >= {first} and dport <= {last}");
    }
    "ports are numbers, or names from /etc/services: dport = 22".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_say_what_was_meant() {
        #[rustfmt::skip]
        let cases = [
            ("22/tcp",  "the protocol is chosen by -t or -u, or netid = tcp: dport = 22"),
            ("22,80",   "( dport = 22 or dport = 80 )"),
            ("20-30",   "dport >= 20 and dport <= 30"),
            ("nosuch",  "ports are numbers, or names from /etc/services: dport = 22"),
        ];
        for (word, hint) in cases {
            assert_eq!(Kind::Port(word.to_owned()).hint(), hint);
        }
    }
}
