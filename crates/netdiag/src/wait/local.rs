//! Sockets of this host, watched without connecting: a look at one that is up costs its server nothing and leaves nothing behind.
//!
//! The list proves that something is up, never that it is down: a port can be led elsewhere before anybody is looked for who listens
//! on it (DNAT), and a path can be bound in another network namespace. Whether it is down shows by connecting.

use std::net::IpAddr;

use netdiag_host::{Needs, Table, any_known};
use netdiag_probe::{Endpoint, Host, HostPort, UnixKind, UnixName};
use netdiag_sockdiag::{SocketType, State, States};
use nix::ifaddrs::getifaddrs;

/// A socket to look for in the kernel's lists.
#[derive(Debug)]
pub(super) enum Local {
    /// A port at any of these addresses, of TCP or UDP.
    Port(Table, Vec<IpAddr>, u16),
    /// A unix socket.
    Unix(UnixKind, UnixName),
}

impl Local {
    /// `None` for what is of another host, or may be.
    pub(super) fn of(endpoint: &Endpoint, family: Option<netdiag_probe::Family>) -> Option<Self> {
        let port = |table, inet: &HostPort| {
            let mut addresses = own(&inet.host)?;
            addresses
                .retain(|address| family.is_none_or(|family| netdiag_probe::Family::of(*address) == family));
            Some(Self::Port(table, addresses, inet.port))
                .filter(|local| !matches!(local, Self::Port(_, none, _) if none.is_empty()))
        };
        match endpoint {
            Endpoint::Tcp(inet) => port(Table::Tcp, inet),
            Endpoint::Udp(inet) => port(Table::Udp, inet),
            Endpoint::Tls(_) => None,
            Endpoint::Unix(kind, name) => Some(Self::Unix(*kind, name.clone())),
        }
    }

    /// Whether the kernel lists it; `None` if that is not known.
    pub(super) fn is_listed(&self) -> Option<bool> {
        let state = States::only(if self.has_connections() { State::LISTEN } else { State::CLOSE });
        let snapshot = netdiag_host::Host::here().snapshot(&Needs::of([self.table()], state));
        match self {
            Self::Port(table, addresses, port) => {
                any_known(addresses.iter().map(|address| snapshot.takes(*table, *address, *port)))
            }
            Self::Unix(kind, UnixName::Path(path)) => snapshot.waits_at(path, type_of(*kind)),
            Self::Unix(kind, UnixName::Abstract(name)) => snapshot.waits_under(name, type_of(*kind)),
        }
    }

    fn table(&self) -> Table {
        match self {
            Self::Port(table, ..) => *table,
            Self::Unix(UnixKind::Stream, _) => Table::UnixStream,
            Self::Unix(UnixKind::Dgram, _) => Table::UnixDgram,
            Self::Unix(UnixKind::Seqpacket, _) => Table::UnixSeqpacket,
        }
    }

    fn has_connections(&self) -> bool {
        !matches!(self.table(), Table::Udp | Table::UnixDgram)
    }
}

fn type_of(kind: UnixKind) -> SocketType {
    match kind {
        UnixKind::Stream => SocketType::STREAM,
        UnixKind::Dgram => SocketType::DGRAM,
        UnixKind::Seqpacket => SocketType::SEQPACKET,
    }
}

/// The addresses of a host that is surely this one.
fn own(host: &Host) -> Option<Vec<IpAddr>> {
    let loopback = || vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    match host {
        Host::Any => Some(loopback()),
        Host::Name(name) => (name == "localhost").then(loopback),
        Host::Ip(address, _) if address.is_unspecified() => Some(loopback()),
        Host::Ip(address, None) => (address.is_loopback() || is_own(*address)).then(|| vec![*address]),
        Host::Ip(_, Some(_)) => None,
    }
}

fn is_own(address: IpAddr) -> bool {
    let addresses = getifaddrs().into_iter().flatten().filter_map(|interface| interface.address);
    addresses.into_iter().any(|own| {
        let v4 = own.as_sockaddr_in().map(|own| IpAddr::V4(own.ip()));
        let v6 = own.as_sockaddr_in6().map(|own| IpAddr::V6(own.ip()));
        v4.or(v6) == Some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_here_is_watched() {
        #[rustfmt::skip]
        let cases = [
            ("5432",               true),
            ("localhost:1",        true),
            ("127.0.0.9:1",        true),
            ("udp://[::1]:1",      true),
            ("unix:/run/s",        true),
            ("192.0.2.1:1",        false),
            ("db:1",               false),
            ("tls://127.0.0.1:1",  false),
        ];
        for (text, watched) in cases {
            assert_eq!(Local::of(&text.parse().unwrap(), None).is_some(), watched, "{text}");
        }
    }
}
