//! The kinds of sockets that check files name.
//!
//! They are coarser than the tables of `netdiag ss`: unix sockets of all types are one.

use netdiag_host::{Family, Socket, Table};
use netdiag_sockdiag::{State, States};

/// A kind of socket that can be asked for by itself.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, schemars::JsonSchema, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Proto {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Raw IP sockets.
    Raw,
    /// SCTP.
    Sctp,
    /// Unix sockets of all types.
    Unix,
}

impl Proto {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] = [Self::Tcp, Self::Udp, Self::Raw, Self::Sctp, Self::Unix];

    /// Its word in check files.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Raw => "raw",
            Self::Sctp => "sctp",
            Self::Unix => "unix",
        }
    }

    /// Options of `netdiag ss` that list it.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Tcp => "t",
            Self::Udp => "u",
            Self::Raw => "w",
            Self::Sctp => "S",
            Self::Unix => "x",
        }
    }

    /// The tables its sockets are of.
    pub(crate) fn tables(self) -> &'static [Table] {
        match self {
            Self::Tcp => &[Table::Tcp],
            Self::Udp => &[Table::Udp],
            Self::Raw => &[Table::Raw],
            Self::Sctp => &[Table::Sctp],
            Self::Unix => &[Table::UnixStream, Table::UnixDgram, Table::UnixSeqpacket],
        }
    }

    /// Whether a socket is of this kind.
    pub(crate) fn has(self, socket: &Socket<'_>) -> bool {
        socket.table().is_some_and(|table| self.tables().contains(&table))
    }

    /// The states its sockets can be in.
    pub(crate) fn states(self) -> States {
        match self {
            Self::Tcp | Self::Sctp => States::ALL,
            Self::Udp | Self::Raw => States::only(State::ESTABLISHED) | States::only(State::CLOSE),
            Self::Unix => States::only(State::ESTABLISHED) | States::LISTENING,
        }
    }

    /// The families its sockets are of.
    pub(crate) fn families(self) -> &'static [Family] {
        if self == Self::Unix { &[Family::Unix] } else { &[Family::Inet, Family::Inet6] }
    }

    /// The names the Netid column of `netdiag ss` has for its sockets; `None` where each tells its own protocol.
    pub(crate) fn netids(self) -> Option<impl Iterator<Item = &'static str>> {
        (self != Self::Raw).then(|| self.tables().iter().map(|table| table.netid()))
    }
}
