//! What is wrong with a filter, where, and what would be right.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use netdiag_text::duration::BadDuration;
use netdiag_text::{Message, Secrets, Trusted, message};

use super::lookup_error::LookupError;
use super::netids::NETIDS;
use crate::send_limit::SendLimit;

/// A mistake in a filter; it is displayed without its place, as [`FilterErrorKind::message`].
#[derive(Debug, Eq, PartialEq)]
pub struct FilterError {
    /// Where in the text, in bytes.
    pub at: Range<usize>,
    /// What is wrong there.
    pub kind: FilterErrorKind,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Secrets::NONE.show(&self.kind.message()).fmt(f)
    }
}

impl Error for FilterError {}

/// What is wrong.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FilterErrorKind {
    /// Not a filter: what is expected there instead.
    Syntax(&'static str),
    /// A word that is no predicate; and what upstream says of it as an operand.
    Stray {
        /// The word.
        word: String,
        /// What is wrong with it as an operand, if it could be one.
        operand: Option<Box<Self>>,
    },
    /// No address of a form upstream has words for.
    Address,
    /// Neither an address nor a host.
    Prefix(String),
    /// A host that cannot be looked up, so that nobody knows whether there is one.
    Host {
        /// Its name.
        name: String,
        /// Why it cannot.
        reason: LookupError,
    },
    /// Neither a port nor a service.
    Port(String),
    /// TCP and UDP disagree about this service.
    AmbiguousPort(String),
    /// No interface.
    Device,
    /// No mark.
    Mark(String),
    /// No control group.
    Cgroup {
        /// The path as typed.
        path: String,
        /// Why there is none.
        reason: LookupError,
    },
    /// No number.
    Number(String),
    /// No length of time, or none with a unit.
    Time {
        /// What stands there.
        word: String,
        /// What is wrong with it.
        reason: BadDuration,
    },
    /// Nothing that holds a sender back.
    Limit(String),
    /// No user.
    User(String),
    /// No address family.
    Family(String),
    /// No kind of socket.
    Netid(String),
    /// Why it cannot be told which ports the kernel hands out.
    LocalPorts(LookupError),
    /// Why it cannot be told who holds sockets.
    Owners(LookupError),
    /// Groups within groups beyond any need.
    TooDeep,
}

impl FilterErrorKind {
    /// What upstream's `ss` says, for those who look for its words; `None` where it takes what we do not, or the reverse.
    pub fn upstream(&self) -> Option<String> {
        const END: &str = "Cannot parse dst/src address.";
        Some(match self {
            Self::Stray { operand: Some(kind), .. } => return kind.upstream(),
            Self::Syntax(_) | Self::Stray { operand: None, .. } => {
                "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.".to_owned()
            }
            Self::Address => END.to_owned(),
            Self::Prefix(word) | Self::Host { name: word, .. } => {
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

    /// What is wrong, in words.
    pub fn message(&self) -> Message {
        match self {
            Self::Syntax(expected) => message!("the filter cannot be read: {}", Trusted(expected)),
            Self::Stray { word, .. } => message!("\"{}\" is no predicate", word),
            Self::Address => "this is no address of its family".into(),
            Self::Prefix(word) => message!("\"{}\" is neither an address nor a known host", word),
            Self::Host { name, reason } => {
                message!("\"{}\" could not be looked up: {}", name, Trusted(&reason.to_string()))
            }
            Self::Port(word) => message!("\"{}\" is neither a port nor a known service", word),
            Self::AmbiguousPort(word) => message!("\"{}\" is one port for TCP and another for UDP", word),
            Self::Device => "there is no such interface".into(),
            Self::Mark(word) => message!("\"{}\" is no mark", word),
            Self::Cgroup { path, reason } => message!("{}: {}", path, Trusted(&reason.to_string())),
            Self::Number(word) => message!("\"{}\" is no number", word),
            Self::Time { word, reason } => message!("\"{}\": {}", word, Trusted(&reason.to_string())),
            Self::Limit(word) => message!("\"{}\" is nothing that holds a sender back", word),
            Self::User(word) => message!("there is no user \"{}\"", word),
            Self::Family(word) => message!("\"{}\" is no address family", word),
            Self::Netid(word) => message!("\"{}\" is no kind of socket", word),
            Self::LocalPorts(reason) => {
                message!("cannot tell which ports the kernel hands out: {}", Trusted(&reason.to_string()))
            }
            Self::Owners(reason) => {
                message!("cannot find the sockets of processes: {}", Trusted(&reason.to_string()))
            }
            Self::TooDeep => "the filter nests too deeply".into(),
        }
    }

    /// What would be right.
    pub fn hint(&self) -> Message {
        match self {
            Self::Syntax(_) => "dport = 22 and ( src 10.0.0.0/8 or src [fe80::/10] ); unix names and control groups reach to the next blank".into(),
            Self::Stray { word, .. } if word == "age" => {
                "the kernel does not keep when a connection began; idle > 5m is for how long it has moved no data".into()
            }
            Self::Stray { .. } => {
                "predicates are src, dst, sport, dport, dev, fwmark, cgroup, autobound, uid, user, pid, process, inode, \
                 cookie, recvq, sendq, family, netid, retrans, rtt, idle, limited"
                    .into()
            }
            Self::Address => {
                "unix:PATTERN, link:PROTOCOL:INTERFACE, netlink:PROTOCOL:PID, vsock:CID:PORT, or [IPv6]:PORT".into()
            }
            Self::Prefix(word) if word.contains('/') => {
                "prefixes are 10.0.0.0/8 or [fe80::/10], and no longer than the address".into()
            }
            Self::Host { .. } => "an address needs no look-up: dst 10.0.0.1".into(),
            Self::Prefix(_) => "addresses are 10.0.0.1, 10/8, ::1, [::1]:22 or a host's name".into(),
            Self::Port(word) | Self::AmbiguousPort(word) => port_hint(word),
            Self::Device => "interfaces are known by name or number: dev = lo, dev = 1".into(),
            Self::Mark(_) => "marks are numbers, with a mask if need be: fwmark = 0x10/0xff".into(),
            Self::Cgroup { .. } => {
                "a path below the place cgroup2 is mounted at, such as cgroup = /sys/fs/cgroup/system.slice".into()
            }
            Self::Number(_) => "numbers are 22, 0x16 or 026".into(),
            Self::Time { .. } => "times have a unit: rtt > 100ms, idle >= 5m".into(),
            Self::Limit(_) => {
                message!("limits are {}", Message::join(SendLimit::ALL.map(|limit| Trusted(limit.name())), ", "))
            }
            Self::User(_) => "users are known by name or number: user = root, uid = 0".into(),
            Self::Family(_) => "families are inet, inet6, unix, link, netlink, vsock, tipc, xdp".into(),
            Self::Netid(_) => message!("kinds are {}", Message::join(NETIDS.map(Trusted), ", ")),
            Self::LocalPorts(_) => "say which ports are meant: sport >= 32768 and sport <= 60999".into(),
            Self::Owners(_) => "uid = N and inode = N need no look at processes".into(),
            Self::TooDeep => "leave out parentheses around a single predicate".into(),
        }
    }
}

/// What was probably meant.
fn port_hint(word: &str) -> Message {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((port, _)) = word.split_once('/').filter(|(port, _)| number(port)) {
        return message!("the protocol is chosen by -t or -u, or netid = tcp: dport = {}", port);
    }
    if word.contains(',') && word.split(',').all(number) {
        let ports = word.split(',').map(|port| message!("dport = {}", port));
        return message!("( {} )", Message::join(ports, " or "));
    }
    if let Some((first, last)) = word.split_once('-').filter(|(first, last)| number(first) && number(last)) {
        return message!("dport >= {} and dport <= {}", first, last);
    }
    "ports are numbers, or names from /etc/services: dport = 22".into()
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
            assert_eq!(&FilterErrorKind::Port(word.to_owned()).hint(), hint);
        }
    }
}
