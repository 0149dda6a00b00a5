//! One socket of a snapshot.
//!
//! What queues count depends on the socket: bytes of a connection, connections of a listener.

use std::net::{IpAddr, SocketAddr};

use netdiag_sockdiag::filter::{AddressFamily, Subject};
use netdiag_sockdiag::{InetAttrs, InetSocket, SocketType, State, States, UnixSocket, inet};

/// A kind of socket that can be asked for by itself.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, schemars::JsonSchema, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Table {
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

/// One socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Socket<'a> {
    pub(crate) table: Table,
    pub(crate) view: View<'a>,
}

/// What the kernel said of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum View<'a> {
    Inet(InetSocket<'a>),
    Unix(UnixSocket<'a>),
}

impl Table {
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

    /// The protocol to ask the kernel for; `None` for unix sockets, which are a family of their own.
    pub(crate) fn protocol(self) -> Option<u8> {
        match self {
            Self::Tcp => Some(inet::TCP),
            Self::Udp => Some(inet::UDP),
            Self::Raw => Some(inet::RAW),
            Self::Sctp => Some(inet::SCTP),
            Self::Unix => None,
        }
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
    pub(crate) fn families(self) -> &'static [AddressFamily] {
        match self {
            Self::Unix => &[AddressFamily::UNIX],
            _ => &[AddressFamily::INET, AddressFamily::INET6],
        }
    }

    /// The names the Netid column of `netdiag ss` has for its sockets; `None` where each tells its own protocol.
    pub(crate) fn netids(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Tcp => Some(&["tcp"]),
            Self::Udp => Some(&["udp"]),
            Self::Raw => None,
            Self::Sctp => Some(&["sctp"]),
            Self::Unix => Some(&["u_str", "u_dgr", "u_seq"]),
        }
    }
}

impl<'a> Socket<'a> {
    /// As filters see it.
    pub(crate) fn subject(&self) -> Subject<'a> {
        let subject = match &self.view {
            View::Inet(socket) => Subject::from(socket),
            View::Unix(socket) => Subject::from(socket),
        };
        Subject { netid: self.netid(), ..subject }
    }

    fn netid(&self) -> &'static str {
        match (self.table, &self.view) {
            (Table::Unix, View::Unix(socket)) => match socket.kind() {
                SocketType::STREAM => "u_str",
                SocketType::DGRAM => "u_dgr",
                _ => "u_seq",
            },
            (Table::Raw, View::Inet(socket)) => match socket.protocol() {
                Some(inet::TCP) => "tcp",
                Some(inet::UDP) => "udp",
                Some(inet::SCTP) => "sctp",
                Some(ICMPV6) => "icmp6",
                None | Some(0) => "raw",
                Some(_) => "???",
            },
            _ => self.table.word(),
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.view {
            View::Inet(socket) => socket.state(),
            View::Unix(socket) => socket.state(),
        }
    }

    /// Whether it waits for peers: a listener, or a datagram socket that is bound and not connected.
    pub(crate) fn is_listening(&self) -> bool {
        match (self.state(), self.view) {
            (State::LISTEN, _) => true,
            (State::CLOSE, View::Inet(socket)) => self.table == Table::Udp && socket.local_port() != 0,
            (State::CLOSE, View::Unix(socket)) => {
                socket.kind() == SocketType::DGRAM && socket.name().is_some()
            }
            _ => false,
        }
    }

    pub(crate) fn local(&self) -> Option<SocketAddr> {
        match self.view {
            View::Inet(socket) => Some(socket.local()),
            View::Unix(_) => None,
        }
    }

    pub(crate) fn remote(&self) -> Option<SocketAddr> {
        match self.view {
            View::Inet(socket) => Some(socket.remote()).filter(|remote| remote.port() != 0),
            View::Unix(_) => None,
        }
    }

    /// Which timer runs, how often it fired in vain, and when it does next in milliseconds; nothing but 0 for unix sockets.
    pub(crate) fn timer(&self) -> (u8, u8, u32) {
        match self.view {
            View::Inet(socket) => (socket.timer(), socket.retransmits(), socket.expires()),
            View::Unix(_) => (0, 0, 0),
        }
    }

    pub(crate) fn inode(&self) -> u32 {
        match self.view {
            View::Inet(socket) => socket.inode(),
            View::Unix(socket) => socket.inode(),
        }
    }

    pub(crate) fn cookie(&self) -> u64 {
        match self.view {
            View::Inet(socket) => socket.cookie(),
            View::Unix(socket) => socket.cookie(),
        }
    }

    pub(crate) fn uid(&self) -> Option<u32> {
        match self.view {
            View::Inet(socket) => Some(socket.uid()),
            View::Unix(socket) => socket.uid(),
        }
    }

    pub(crate) fn rqueue(&self) -> Option<u32> {
        match self.view {
            View::Inet(socket) => Some(socket.rqueue()),
            View::Unix(socket) => socket.rqueue(),
        }
    }

    pub(crate) fn wqueue(&self) -> Option<u32> {
        match self.view {
            View::Inet(socket) => Some(socket.wqueue()),
            View::Unix(socket) => socket.wqueue(),
        }
    }

    /// What the kernel knows of an inet socket besides; nothing for others.
    pub(crate) fn attrs(&self) -> Option<InetAttrs<'a>> {
        match self.view {
            View::Inet(socket) => Some(InetAttrs::new(socket.attrs)),
            View::Unix(_) => None,
        }
    }

    /// Whether what is sent to `address` here reaches it; see [`netdiag_sockdiag::inet::Socket::takes`].
    pub(crate) fn takes(&self, address: IpAddr) -> bool {
        matches!(self.view, View::Inet(socket) if socket.takes(address))
    }

    /// Where it is, as `netdiag ss` shows it; `*` for a wildcard of both families.
    pub(crate) fn place(&self) -> String {
        match self.view {
            View::Inet(socket) => {
                let both =
                    socket.local().ip().is_unspecified() && self.takes(ANY_V4) && socket.local().is_ipv6();
                if both { format!("*:{}", socket.local_port()) } else { socket.local().to_string() }
            }
            View::Unix(socket) => match socket.name() {
                Some([0, name @ ..]) => format!("@{}", String::from_utf8_lossy(name).replace('\0', "@")),
                Some(path) => String::from_utf8_lossy(path).into_owned(),
                None => "(unnamed)".to_owned(),
            },
        }
    }
}

const ANY_V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
/// `IPPROTO_ICMPV6`.
const ICMPV6: u8 = 58;
