//! What a socket has for a key.
//!
//! Values order as people look for them: numbers by size, words by letter. What a socket does not have, and what could not be found out,
//! are groups too, and come last.

use std::net::IpAddr;

/// The answer to one key.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Value {
    /// One of our own words.
    Word {
        /// As the columns of `ss` have it.
        shown: &'static str,
        /// Everywhere else.
        name: &'static str,
    },
    /// A process. A socket that several hold is the one's of the lowest number, which mostly made it.
    Process {
        /// Its name.
        comm: Box<[u8]>,
        /// Its number.
        pid: u32,
        /// How many other processes hold the socket.
        others: usize,
    },
    /// An IP address; an IPv4 address that an IPv6 socket has is one.
    Address(IpAddr),
    /// A name from outside: of a unix socket, a unit.
    Name(Box<[u8]>),
    /// A control group.
    Cgroup {
        /// Its path; how it is shown where it has none.
        path: Box<[u8]>,
        /// Its number.
        id: u64,
    },
    /// A port.
    Port(u32),
    /// A user id.
    User(u32),
    /// It has none.
    None,
    /// It could not be found out.
    Unknown,
}

impl Value {
    /// A word that is the same everywhere.
    pub(crate) fn word(name: &'static str) -> Self {
        Self::Word { shown: name, name }
    }

    /// A name; an empty one is none.
    pub(crate) fn name(name: &[u8]) -> Self {
        if name.is_empty() { Self::None } else { Self::Name(name.into()) }
    }
}
